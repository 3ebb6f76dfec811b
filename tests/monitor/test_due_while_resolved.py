"""A time that the source promised while its ticket was resolved, and what the policies say when it is reopened."""

from __future__ import annotations

import pytest

from schemas.instants import HOUR
from tests.builders import book
from tests.monitor.engine_desk import Desk, at

OFFICE = """
timezone: Europe/Madrid
calendars:
  office: {hours: {mon-fri: ["09:00-17:00"]}}
priorities: [P1, P2, P3, P4]
policies:
  - name: plain
    calendar: office
    objectives:
      resolution: {target: {P1: 2h, P2: 8h, P3: 2 working days}, calendar: {P1: 24x7}}
"""


@pytest.mark.parametrize(("customer", "reason"), [("silver", "objective_gone"), ("none", "policy_gone")])
@pytest.mark.parametrize("said", ["2026-03-02T09:10:00Z", "2026-03-02T10:10:00Z"])
def test_s21_a_due_time_said_for_a_resolution_that_is_promised_no_more_changes_nothing(
    said: str, customer: str, reason: str
) -> None:
    """The reopened clock follows the present policy (S19), whenever the source promised a time for it (S18)."""
    desk = Desk(
        book(
            "policies:\n"
            "  - {name: gold, match: {customer: gold}, objectives: {resolution: {target: 100h}}}\n"
            "  - {name: silver, match: {customer: silver}, objectives: {next_response: {target: 1h}}}\n"
        )
    )
    due = f'{said} updated INC-1 due={{"resolution":"2026-03-09T09:00:00Z"}}'
    told = ["2026-03-02T09:00:00Z created INC-1 customer=gold", "2026-03-02T10:00:00Z resolved INC-1", due]
    desk.tell(*sorted(told))
    desk.tell(f"2026-03-02T10:20:00Z updated INC-1 customer={customer}")
    desk.tell("2026-03-02T10:30:00Z reopened INC-1")
    clock = desk.clock("resolution")
    assert (clock.reason, clock.live) == (reason, False)


def test_s18_a_due_time_said_while_resolved_is_counted_by_the_policy_at_the_reopening() -> None:
    desk = Desk(book(OFFICE))
    desk.tell("2026-03-02T09:00:00+01:00 created INC-1", "2026-03-02T10:00:00+01:00 resolved INC-1")
    desk.tell('2026-03-02T10:10:00+01:00 updated INC-1 due={"resolution":"2026-03-02T12:00:00+01:00"}')
    desk.tell("2026-03-02T10:20:00+01:00 priority_changed INC-1 priority=P1")
    desk.tell("2026-03-02T11:00:00+01:00 reopened INC-1")
    clock = desk.clock("resolution")
    assert (clock.priority, clock.due, clock.target) == (
        "P1",
        at("2026-03-02T12:00:00+01:00"),
        2 * HOUR,
    )
