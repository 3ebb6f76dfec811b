"""Tests of what is said about variables that look like settings and are none."""

from __future__ import annotations

from agents.cli.configured import unknown_variables


def test_a_misspelt_variable_is_named_with_the_nearest_right_one() -> None:
    (sentence,) = unknown_variables({"SLA_BROKRES": "x", "PATH": "y"})
    assert sentence.startswith("SLA_BROKRES is no setting")
    assert "SLA_BROKERS" in sentence


def test_settings_and_their_files_are_known() -> None:
    known = {
        "SLA_BROKERS": "",
        "SLA_KAFKA_PASSWORD_FILE": "",
        "SLA_TOPIC_TICKETS": "",
        "SLA_REQUIRE_KAFKA": "",
    }
    assert unknown_variables(known) == []
