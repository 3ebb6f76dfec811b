"""The demo's policy is a policy file like any other, and its office is open whenever someone looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agents.cli.demo_policy import demo_policy, open_office
from monitor.adapters.policy_file import parse_policy
from monitor.synthetic import PROMISES

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("day", range(0, 365, 13))
def test_the_office_is_open_for_the_next_five_hours(day: int) -> None:
    for hour in range(24):
        now = NEW_YEAR + timedelta(days=day, hours=hour, minutes=59)
        local = now.astimezone(ZoneInfo(open_office(now)))
        assert 9 <= local.hour < 13


def test_the_policy_promises_what_the_desk_is_made_up_for() -> None:
    policy = parse_policy(demo_policy(NEW_YEAR), "demo").file
    assert [entry.name for entry in policy.policies] == ["acme-gold", "globex-office"]
    assert list(policy.priorities) == list(PROMISES)
    for entry in policy.policies:
        assert entry.objectives.first_response is not None
        assert entry.objectives.resolution is not None
        assert [handoff.tier for handoff in entry.objectives.handoff] == [2, 3]
