"""Settings from the environment and from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from agents.settings import Settings
from schemas.topics import Topics


def test_the_defaults_are_those_of_a_broker_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLA_BROKERS", raising=False)

    settings = Settings()

    assert settings.brokers == "localhost:9092"
    assert settings.topics == Topics()


def test_the_environment_sets_what_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLA_BROKERS", "a:1,b:2")
    monkeypatch.setenv("SLA_TOPIC_STATE", "desk-state")
    monkeypatch.setenv("SLA_POLICIES", "gold.yaml, silver.yaml")

    settings = Settings()

    assert settings.brokers == "a:1,b:2"
    assert settings.topics.state == "desk-state"
    assert settings.policies == (Path("gold.yaml"), Path("silver.yaml"))


def test_a_secret_may_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret\n", encoding="utf-8")
    monkeypatch.setenv("SLA_KAFKA_SECURITY", "SASL_PLAINTEXT")
    monkeypatch.setenv("SLA_KAFKA_USERNAME", "monitor")
    monkeypatch.setenv("SLA_KAFKA_PASSWORD_FILE", str(secret))

    password = Settings().kafka_password

    assert password is not None
    assert password.get_secret_value() == "s3cret"


def test_a_value_and_a_file_for_it_contradict_each_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLA_KAFKA_PASSWORD", "one")
    monkeypatch.setenv("SLA_KAFKA_PASSWORD_FILE", str(tmp_path / "two"))

    with pytest.raises(ValueError, match="SLA_KAFKA_PASSWORD_FILE are both set"):
        Settings()


def test_a_file_that_is_a_setting_itself_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLA_KAFKA_CA_FILE", "/etc/ssl/ca.pem")

    assert Settings().kafka_ca_file == Path("/etc/ssl/ca.pem")


def test_a_password_does_not_show_itself() -> None:
    settings = Settings(kafka_security="SASL_SSL", kafka_username="monitor", kafka_password="s3cret")

    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"kafka_security": "SASL_SSL"}, "needs SLA_KAFKA_USERNAME"),
        ({"kafka_cert_file": "cert.pem"}, "belong together"),
        ({"session_seconds": 6, "heartbeat_seconds": 3}, "three heartbeats"),
        ({"quiesce_seconds": 60, "rebalance_seconds": 60}, "must be shorter"),
        ({"step_records": 100, "step_records_live": 200}, "must not be above"),
        ({"batch_bytes": 2_000_000}, "1000000"),
    ],
)
def test_settings_that_do_not_agree_are_refused(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Settings.model_validate(given)


def test_the_writer_of_a_partition_is_named_after_group_state_topic_and_number() -> None:
    settings = Settings(group="desk", topic_state="desk-state")

    assert settings.transactional_id(3) == "desk-desk-state-3"


def test_a_file_that_cannot_be_read_is_named_with_its_variable_and_nothing_of_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    monkeypatch.setenv("SLA_KAFKA_PASSWORD_FILE", str(secret))
    with pytest.raises(ValueError, match=f"SLA_KAFKA_PASSWORD_FILE: {secret} cannot be read: No such file"):
        Settings()
    secret.write_bytes(b"\xff\xfesecret")
    with pytest.raises(ValueError, match=f"SLA_KAFKA_PASSWORD_FILE: {secret} is no text in UTF-8") as refused:
        Settings()
    assert "0xff" not in str(refused.value)
    assert refused.value.__cause__ is None
