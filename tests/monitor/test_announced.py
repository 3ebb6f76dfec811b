"""What was announced about a clock stays with it when late events tell its past anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import book
from tests.monitor.engine_desk import Desk

POLICY = """
policies:
  - name: all
    objectives:
      next_response: {target: 1h, warn_at: [50%]}
      resolution: {target: 8h}
"""
WAITED = (
    "2026-03-02T09:00:00Z created INC-1",
    "2026-03-02T09:10:00Z responded INC-1",
    "2026-03-02T10:00:00Z customer_replied INC-1",
)
TOO_LATE = "2026-03-02T11:30:00Z updated INC-1 category=network"
SOLVED_BEFORE = "2026-03-02T09:30:00Z resolved INC-1"
REOPENED = "2026-03-02T12:00:00Z reopened INC-1"


def _results(desk: Desk, objective: str) -> list[dict[str, Any]]:
    return [result for result in desk.results if result["objective"] == objective]


def _alerts(desk: Desk, objective: str) -> list[tuple[int, int, str]]:
    return [
        (alert["revision"], alert["episode"], alert["state"])
        for alert in desk.alerts
        if alert["objective"] == objective
    ]


def _reborn() -> Desk:
    """A next response was breached, proves never to have been due, and starts after all at a reopen."""
    desk = Desk(book(POLICY))
    desk.tell(*WAITED, TOO_LATE)
    desk.tell(SOLVED_BEFORE)
    desk.tell(REOPENED)
    return desk


def test_s31_a_clock_that_was_un_made_and_starts_after_all_has_a_verdict() -> None:
    desk = _reborn()
    desk.tell("2026-03-02T13:30:00Z responded INC-1")
    told = [(one["revision"], one["outcome"], one["reason"]) for one in _results(desk, "next_response")]
    assert told == [
        (1, "missed", "deadline"),
        (2, "cancelled", "superseded"),
        (3, "running", "running"),
        (4, "missed", "deadline"),
        (5, "missed", "deadline"),
    ]
    assert _results(desk, "next_response")[-1]["started_at"] == "2026-03-02T12:00:00Z"
    assert desk.engine.ledger.document()["totals"]["overall"]["counts"]["missed:next_response"] == 1
    assert desk.ticket().ghosts == []


def test_s39_nothing_of_it_is_in_doubt_before_it_is_missed() -> None:
    assert not _reborn().clock("next_response").doubtful


def test_s40_its_alert_opens_again_as_the_next_episode_of_the_same_identity() -> None:
    desk = _reborn()
    desk.tick("2026-03-02T12:45:00Z")
    desk.tick("2026-03-02T13:15:00Z")
    desk.tell("2026-03-02T13:30:00Z responded INC-1")
    assert _alerts(desk, "next_response") == [
        (1, 1, "at_risk"),
        (2, 1, "breached"),
        (3, 1, "retracted"),
        (4, 2, "at_risk"),
        (5, 2, "breached"),
        (6, 2, "resolved"),
    ]


def test_s31_it_says_the_same_after_a_restart_and_in_the_right_order() -> None:
    desk = _reborn().restarted()
    desk.tell("2026-03-02T13:30:00Z responded INC-1")
    ordered = Desk(book(POLICY))
    ordered.tell(*WAITED[:2], SOLVED_BEFORE, WAITED[2], TOO_LATE, REOPENED)
    ordered.tell("2026-03-02T13:30:00Z responded INC-1")
    one, other = (_results(told, "next_response")[-1] | {"revision": 0} for told in (desk, ordered))
    assert one == other
    assert desk.engine.ledger.document() == ordered.engine.ledger.document()


@pytest.mark.parametrize("restart", [False, True])
def test_s31_a_verdict_that_was_taken_back_is_told_to_run_again_at_once(restart: bool) -> None:
    desk = Desk(book(POLICY))
    desk.tell(*WAITED, "2026-03-02T10:10:00Z responded INC-1")
    desk.tell(SOLVED_BEFORE)
    desk.tell("2026-03-02T10:20:00Z reopened INC-1", "2026-03-02T10:30:00Z resolved INC-1")
    desk.tell("2026-03-02T10:40:00Z reopened INC-1", "2026-03-02T10:50:00Z customer_replied INC-1")
    before = _results(desk, "next_response")
    desk = desk.restarted() if restart else desk
    told_then = len(_results(desk, "next_response"))
    desk.tell("2026-03-02T11:00:00Z priority_changed INC-1 priority=P1")
    assert _results(desk, "next_response")[told_then:] == []
    assert [(one["revision"], one["outcome"]) for one in before] == [
        (1, "met"),
        (2, "cancelled"),
        (3, "running"),
    ]


@pytest.mark.parametrize(
    ("late", "kinds"),
    [
        ("held INC-1 reason=waiting_vendor", [["counted"], ["counted", "waiting_vendor"]]),
        ("updated INC-1 category=vpn", [["counted"]]),
    ],
)
def test_s31_a_verdict_that_stands_on_other_evidence_is_published_again(
    late: str, kinds: list[list[str]]
) -> None:
    """A hold that comes to be known later, of closed hours only, changes what was counted and no figure."""
    desk = Desk(
        book(
            'calendars: {office: {hours: {mon-fri: ["09:00-17:00"]}}}\n'
            "policies: [{name: all, calendar: office, objectives: {resolution: {target: 9h}}}]"
        )
    )
    desk.tell("2026-03-02T09:00:00Z created INC-1", "2026-03-02T20:00:00Z resolved INC-1")
    desk.tell(f"2026-03-02T18:00:00Z {late}")
    told = _results(desk, "resolution")
    assert [[one["kind"] for one in result["evidence"]["intervals"]] for result in told] == kinds
    assert [result["revision"] for result in told] == [*range(1, len(kinds) + 1)]
    assert {result["paused_seconds"] for result in told} == {0}
