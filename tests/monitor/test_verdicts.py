"""Verdicts as they are written: their figures and the evidence they rest on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import book
from tests.monitor.engine_desk import Desk

PLAIN = """
timezone: Europe/Madrid
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-17:00"]}}
policies:
  - name: plain
    calendar: office
    objectives:
      first_response: {target: 1h}
      resolution: {target: 4h, pause_on: waiting_vendor}
      handoff: {tier: 2, target: 1h}
"""
CREATED = "2026-03-02T09:00:00+01:00 created INC-1"


def _desk(*timeline: str) -> Desk:
    desk = Desk(book(PLAIN))
    desk.tell(CREATED, *timeline)
    return desk


def _spent(result: dict[str, Any]) -> list[tuple[str, str, str, float]]:
    return [
        (stretch["kind"], stretch["from"][8:16], stretch["to"][8:16], stretch["open_seconds"])
        for stretch in result["evidence"]["intervals"]
    ]


def test_evidence_shows_what_was_counted_held_and_between_resolved_and_reopened() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 held INC-1 reason=waiting_vendor",
        "2026-03-02T10:30:00+01:00 held INC-1 reason=waiting_customer",
        "2026-03-02T11:00:00+01:00 resumed INC-1",
        "2026-03-02T12:00:00+01:00 resolved INC-1",
        "2026-03-02T16:00:00+01:00 reopened INC-1",
        "2026-03-03T10:00:00+01:00 resolved INC-1",
    )
    assert _spent(desk.results[-1]) == [
        ("counted", "02T08:00", "02T09:00", 3600),
        ("waiting_vendor", "02T09:00", "02T10:00", 3600),
        ("counted", "02T10:00", "02T11:00", 3600),
        ("resolved", "02T11:00", "02T15:00", 14400),
        ("counted", "02T15:00", "03T09:00", 7200),
    ]
    assert (desk.results[-1]["elapsed_seconds"], desk.results[-1]["paused_seconds"]) == (14400, 3600)
    assert desk.results[-1]["evidence"]["calendar_timezone"] == "Europe/Madrid"


def test_evidence_leaves_out_what_took_no_time() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 held INC-1 reason=waiting_vendor",
        "2026-03-02T10:00:00+01:00 resumed INC-1",
        "2026-03-02T11:00:00+01:00 held INC-1 reason=waiting_vendor",
        "2026-03-02T11:00:00+01:00 resolved INC-1",
        "2026-03-02T11:00:00+01:00 reopened INC-1",
        "2026-03-02T12:00:00+01:00 resolved INC-1",
    )
    assert _spent(desk.results[-1]) == [("counted", "02T08:00", "02T11:00", 10800)]


def test_evidence_of_a_later_cycle_begins_with_it() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 resolved INC-1",
        "2026-03-20T10:00:00+01:00 reopened INC-1",
        "2026-03-20T11:00:00+01:00 resolved INC-1",
    )
    assert desk.results[-1]["cycle"] == 2
    assert _spent(desk.results[-1]) == [("counted", "20T09:00", "20T10:00", 3600)]


def test_evidence_of_a_promised_time_counts_through_the_holds() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 held INC-1 reason=waiting_vendor",
        '2026-03-02T11:00:00+01:00 updated INC-1 due={"resolution":"2026-03-03T12:00:00+01:00"}',
        "2026-03-02T12:00:00+01:00 resolved INC-1",
    )
    assert _spent(desk.results[-1]) == [("counted", "02T08:00", "02T11:00", 10800)]


def test_a_breach_is_shown_as_of_the_breach_while_the_clock_runs_and_as_of_the_stop_after_it() -> None:
    desk = _desk("2026-03-02T10:00:00+01:00 responded INC-1", "2026-03-02T15:00:00+01:00 resolved INC-1")
    late = [result for result in desk.results if result["objective"] == "resolution"]
    assert [(one["revision"], one["outcome"], one["elapsed_seconds"], one["stopped_at"]) for one in late] == [
        (1, "missed", 14400, None),
        (2, "missed", 21600, "2026-03-02T14:00:00Z"),
    ]
    assert _spent(late[0]) == [("counted", "02T08:00", "02T12:00", 14400)]
    assert _spent(late[1]) == [("counted", "02T08:00", "02T14:00", 21600)]


@pytest.mark.parametrize(
    ("timeline", "outcomes"),
    [
        ([], []),
        (["2026-03-02T09:30:00+01:00 responded INC-1"], ["met"]),
        (["2026-03-02T11:30:00+01:00 responded INC-1"], ["missed", "missed"]),
        (["2026-03-02T09:30:00+01:00 cancelled INC-1"], ["cancelled", "cancelled"]),
        (
            [
                "2026-03-02T09:30:00+01:00 responded INC-1",
                "2026-03-02T09:40:00+01:00 waived INC-1 objective=first_response reason=x approved_by=y",
            ],
            ["met", "waived"],
        ),
    ],
)
def test_an_outcome_is_published_when_it_is_decided_and_when_it_changes(
    timeline: list[str], outcomes: list[str]
) -> None:
    assert [result["outcome"] for result in _desk(*timeline).results] == outcomes


def test_s19_a_withdrawn_verdict_is_published_as_running_and_then_as_it_ends() -> None:
    desk = _desk(
        "2026-03-02T09:10:00+01:00 responded INC-1",
        "2026-03-02T10:00:00+01:00 resolved INC-1",
        "2026-03-02T11:00:00+01:00 reopened INC-1",
        "2026-03-02T12:00:00+01:00 resolved INC-1",
    )
    told = [
        (result["revision"], result["outcome"], result["reason"], result["priority"])
        for result in desk.results[1:]
    ]
    assert told == [
        (1, "met", "resolved", "P2"),
        (2, "running", "reopened", "P2"),
        (3, "met", "resolved", "P2"),
    ]


def test_a_clock_that_a_late_event_un_made_is_published_as_superseded_with_nothing_counted() -> None:
    desk = Desk(book("policies: [{name: p, objectives: {next_response: {target: 1h}}}]"))
    desk.tell(
        CREATED,
        "2026-03-02T09:10:00+01:00 responded INC-1",
        "2026-03-02T10:00:00+01:00 customer_replied INC-1",
        "2026-03-02T11:30:00+01:00 responded INC-1",
        "2026-03-02T09:50:00+01:00 resolved INC-1",
    )
    last = desk.results[-1]
    assert last == last | {
        "outcome": "cancelled",
        "reason": "superseded",
        "elapsed_seconds": 0,
        "paused_seconds": 0,
    }
    assert (last["due_at"], last["breached_at"], last["evidence"]["intervals"]) == (None, None, [])
    assert desk.facts() == [
        "created 2026-03-02T08:00:00Z acme P2 1",
        "first_contact_resolved 2026-03-02T08:50:00Z acme P2 1",
        "first_resolved 2026-03-02T08:50:00Z acme P2 1",
        "resolved 2026-03-02T08:50:00Z acme P2 1",
    ]


def test_s59_a_verdict_shows_the_priority_and_tier_of_the_instant_that_dates_it() -> None:
    desk = _desk(
        "2026-03-02T09:10:00+01:00 escalated INC-1 tier=2",
        "2026-03-02T11:00:00+01:00 updated INC-1 tier=3 priority=P1",
        "2026-03-02T11:30:00+01:00 responded INC-1",
    )
    shown = {result["objective"]: (result["priority"], result["tier"]) for result in desk.results}
    assert shown["first_response"] == ("P2", 2)  # breached at ten, while it was that
    assert shown["handoff"] == ("P2", 2)
