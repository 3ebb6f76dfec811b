"""Settings from the environment and the command line, and how they reach librdkafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.cli.configured import SettingInvalid, librdkafka_options, settings_with


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLA_BROKERS", "env:9092")
    assert settings_with(brokers="option:9092").brokers == "option:9092"
    assert settings_with(brokers=None).brokers == "env:9092"


def test_a_bad_setting_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLA_HTTP_PORT", "99999")
    with pytest.raises(SettingInvalid, match="SLA_HTTP_PORT: is out of range: at most 65535"):
        settings_with()


def test_settings_that_disagree_are_told_in_their_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLA_KAFKA_SECURITY", "SASL_SSL")
    with pytest.raises(SettingInvalid, match=r"^SASL_SSL needs SLA_KAFKA_USERNAME"):
        settings_with()


def test_a_secret_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SLA_KAFKA_PASSWORD_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SettingInvalid, match="nowhere"):
        settings_with()


def test_credentials_and_certificates_reach_librdkafka(tmp_path: Path) -> None:
    options = librdkafka_options(
        settings_with(
            brokers="a:1,b:2",
            kafka_security="SASL_SSL",
            kafka_mechanism="SCRAM-SHA-256",
            kafka_username="monitor",
            kafka_password="secret",
            kafka_ca_file=tmp_path / "ca.pem",
        )
    )
    assert options == {
        "bootstrap.servers": "a:1,b:2",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": "monitor",
        "sasl.password": "secret",
        "ssl.ca.location": str(tmp_path / "ca.pem"),
    }


def test_a_client_certificate_reaches_librdkafka(tmp_path: Path) -> None:
    options = librdkafka_options(
        settings_with(
            kafka_security="SSL",
            kafka_cert_file=tmp_path / "cert.pem",
            kafka_key_file=tmp_path / "key.pem",
            kafka_key_password="secret",
        )
    )
    assert options["ssl.certificate.location"] == str(tmp_path / "cert.pem")
    assert options["ssl.key.location"] == str(tmp_path / "key.pem")
    assert options["ssl.key.password"] == "secret"
    assert "sasl.mechanism" not in options
