"""What the live view knows from the topics alone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from agents.cli.board import Board, Tally
from schemas.instants import SECOND, Micros, iso, parse_iso

NOW = parse_iso("2026-11-23T09:00:00Z")


def alert(**changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "alert_id": "a1",
        "revision": 1,
        "episode": 1,
        "state": "at_risk",
        "threshold": 0.75,
        "ticket_id": "INC-1",
        "customer": "acme",
        "priority": "P2",
        "tier": 1,
        "queue": "service-desk",
        "assignee": "Ana",
        "objective": "first_response",
        "cycle": 1,
        "due_at": iso(NOW + 30 * SECOND),
        "breached_at": None,
        "stopped_at": None,
        "doubtful": None,
        "detected_at": iso(NOW),
        "elapsed_seconds": 90,
        "historical": False,
        "reason": "threshold",
        "policy": "acme-gold",
        "policy_version": "0123456789ab",
        "subject": "VPN down",
        "url": None,
    }
    return orjson.dumps(fields | changes)


def breach(at: Micros, **changes: Any) -> bytes:
    return alert(**{"state": "breached", "revision": 2, "breached_at": iso(at), "due_at": iso(at)} | changes)


def result(ticket: str = "INC-1", outcome: str = "met", revision: int = 1, customer: str = "acme") -> bytes:
    return orjson.dumps(
        {
            "ticket_id": ticket,
            "objective": "resolution",
            "cycle": 1,
            "customer": customer,
            "outcome": outcome,
            "revision": revision,
        }
    )


@pytest.fixture
def board() -> Board:
    return Board(NOW)


def test_what_is_at_risk_is_listed_by_deadline(board: Board) -> None:
    board.alert(alert(alert_id="late", due_at=iso(NOW + 60 * SECOND)), NOW)
    board.alert(alert(alert_id="soon", due_at=iso(NOW + 5 * SECOND)), NOW)
    assert [a.alert_id for a in board.at_risk()] == ["soon", "late"]


def test_a_breach_moves_an_alert_from_at_risk_to_broken(board: Board) -> None:
    board.alert(alert(), NOW)
    board.alert(breach(NOW), NOW)
    assert not board.at_risk()
    assert [a.alert_id for a in board.broken()] == ["a1"]


@pytest.mark.parametrize("end", ["resolved", "retracted", "cancelled"])
def test_an_alert_that_is_over_leaves_the_lists(board: Board, end: str) -> None:
    board.alert(breach(NOW), NOW)
    board.alert(alert(state=end, revision=3), NOW)
    assert not board.broken()
    assert board.states == {"breached": 1, end: 1}


def test_a_repeated_revision_changes_nothing(board: Board) -> None:
    board.alert(breach(NOW), NOW + SECOND)
    board.alert(breach(NOW), NOW + 9 * SECOND)
    assert board.states["breached"] == 1
    assert board.delays == [SECOND]


def test_broken_promises_are_listed_by_priority_then_age(board: Board) -> None:
    board.alert(breach(NOW, alert_id="p2-old", priority="P2"), NOW)
    board.alert(breach(NOW + SECOND, alert_id="p1-new", priority="P1"), NOW)
    board.alert(breach(NOW + 2 * SECOND, alert_id="p2-new", priority="P2"), NOW)
    assert [a.alert_id for a in board.broken()] == ["p1-new", "p2-old", "p2-new"]


def test_a_historical_breach_says_nothing_about_the_detection_delay(board: Board) -> None:
    board.alert(breach(NOW - 3600 * SECOND, historical=True), NOW)
    assert board.delay(0.5) is None


def test_a_breach_that_a_reopened_ticket_announces_again_was_detected_once(board: Board) -> None:
    board.alert(breach(NOW), NOW + SECOND)
    board.alert(alert(state="resolved", revision=3), NOW + 2 * SECOND)
    board.alert(breach(NOW, revision=4, episode=2), NOW + 9 * SECOND)
    assert board.delays == [SECOND]
    assert board.states["breached"] == 2


def test_the_delay_is_the_nearest_rank(board: Board) -> None:
    board.delays = [micros * 1000 for micros in range(100, 0, -1)]
    assert board.delay(0.5) == 50_000
    assert board.delay(0.99) == 99_000


def test_a_corrected_verdict_replaces_the_first(board: Board) -> None:
    board.result(result(outcome="missed"))
    board.result(result(outcome="met", revision=2))
    board.result(result(outcome="missed"))
    assert board.total() == Tally(met=1, missed=0)


def test_cancelled_and_waived_verdicts_are_out_of_attainment(board: Board) -> None:
    board.result(result("INC-1", "met"))
    board.result(result("INC-2", "waived"))
    board.result(result("INC-3", "cancelled", customer="globex"))
    tallies = board.tallies()
    assert tallies["acme", "resolution"] == Tally(1, 0)
    assert tallies["globex", "resolution"].kept is None


def test_no_verdict_is_no_data_and_not_zero(board: Board) -> None:
    assert board.total().kept is None


def test_the_rate_counts_whole_seconds_only(board: Board) -> None:
    for second in range(20):
        board.produced(NOW + second * SECOND, 4)
    assert board.rate(NOW + 20 * SECOND) == 4.0
    assert board.events == 80


def test_the_rate_of_the_first_seconds_is_not_diluted(board: Board) -> None:
    board.produced(NOW, 6)
    board.produced(NOW + SECOND, 2)
    assert board.rate(NOW + 2 * SECOND) == 4.0
