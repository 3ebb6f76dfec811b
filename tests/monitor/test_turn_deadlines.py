"""Deadlines on both sides of a turn of the policies, and versions that take each other's place (S22, S36)."""

from __future__ import annotations

from typing import Final

import pytest

from tests.builders import book
from tests.monitor.engine_desk import Desk, at

TURN: Final = '"2026-03-02T10:30:00Z"'
TICKETS: Final = [f"INC-{number}" for number in range(1, 5)]


def _policy(resolution: str, effective: str = "") -> str:
    """First responses are due within an hour, by any version."""
    return (
        f"{effective and f'effective: {effective}'}\npolicies: [{{name: all, calendar: 24x7, objectives: "
        f"{{first_response: {{target: 1h}}, resolution: {{target: {resolution}}}}}}}]\n"
    )


def _breached(desk: Desk, objective: str) -> dict[str, str]:
    """When each ticket's promise was broken, as it was told."""
    told = [alert for alert in desk.alerts if alert["objective"] == objective]
    return {alert["ticket_id"]: alert["breached_at"] for alert in told if alert["state"] == "breached"}


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_s22_a_deadline_from_before_a_turn_that_fires_late_does_not_keep_its_ticket_from_the_turn(
    limit: int, restarted: bool
) -> None:
    """A tick may stop at its limit right behind the turn; the next record fires the rest, one by one."""
    desk = Desk(book(_policy("200h"), _policy("2h", TURN)))
    desk.tell(*(f"2026-03-02T09:00:00Z created {ticket}" for ticket in TICKETS))
    desk.tick("2026-03-02T10:31:00Z", limit)
    desk.tell("2026-03-02T10:32:00Z created INC-5")
    while desk.tick("2026-03-02T10:33:00Z").more:
        pass
    assert _breached(desk, "first_response") == dict.fromkeys(TICKETS, "2026-03-02T10:00:00Z")
    after = desk.restarted() if restarted else desk
    after.alerts = []
    while after.tick("2026-03-02T14:00:00Z").more:
        pass
    due = dict.fromkeys(TICKETS, "2026-03-02T11:00:00Z") | {"INC-5": "2026-03-02T12:32:00Z"}
    assert _breached(after, "resolution") == due


def test_s22_a_version_that_takes_the_place_of_one_that_has_judged_is_followed() -> None:
    """The partition's time may be past the start when the replacement becomes known: a source's clock was ahead."""
    announced, instead = (book(_policy("200h"), _policy(target, TURN)) for target in ("100h", "2h"))
    desk = Desk(announced)
    desk.tell("2026-03-02T09:00:00Z created INC-1", "2026-03-02T10:40:00Z responded INC-1")
    desk.engine.adopt(instead)
    assert desk.engine.replanning == 1
    desk.tick("2026-03-02T10:41:00Z")
    desk.tick("2026-03-02T14:00:00Z")
    assert _breached(desk, "resolution") == {"INC-1": "2026-03-02T11:00:00Z"}
    assert desk.engine.gauges().watermark == at("2026-03-02T14:00:00Z")
