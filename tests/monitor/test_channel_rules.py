"""The rules of the channels, as the policy file's routes and settings give them."""

from __future__ import annotations

import pytest

from monitor.channel_rules import channel_rules
from monitor.errors import CalendarError
from schemas.instants import MINUTE, parse_iso
from schemas.policy import PolicyFile
from tests.monitor.notice_desk import rules_of


def test_every_channel_of_a_route_has_rules_and_no_other() -> None:
    file = PolicyFile.model_validate(
        {
            "policies": [{"name": "all", "objectives": {}}],
            "routes": [{"to": ["slack:a", "alertmanager"]}, {"to": "slack:a"}],
            "channels": {"slack:a": {"repeat_after": "15m"}, "slack:unused": {}},
            "storm_limit": 7,
        }
    )
    rules = channel_rules(file)
    assert list(rules) == ["slack:a", "alertmanager"]
    assert [rule.repeat_after for rule in rules.values()] == [15 * MINUTE, None]
    assert {rule.storm_limit for rule in rules.values()} == {7}
    assert rules["slack:a"].urgency == {"P1": 0, "P2": 1, "P3": 2, "P4": 3}


def test_quiet_hours_without_a_zone_are_in_that_of_the_file() -> None:
    quiet = {"hours": {"mon": ["09:00-10:00"]}}
    rules = rules_of(channels={"slack:a": {"quiet_hours": quiet}, "slack:b": {}}, timezone="Europe/Madrid")
    at = parse_iso("2026-03-02T09:30:00+01:00")
    assert rules["slack:a"].quiet_until(at, "P1") == at + 30 * MINUTE
    assert rules["slack:b"].quiet_until(at, "P1") is None


def test_quiet_hours_that_never_end_are_refused() -> None:
    with pytest.raises(CalendarError, match="never end"):
        rules_of(channels={"slack:a": {"quiet_hours": {"hours": {"mon-sun": ["00:00-24:00"]}}}})
