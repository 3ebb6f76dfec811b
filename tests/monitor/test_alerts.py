"""Alerts: each transition of S40 to S43, and none that is not true."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import book
from tests.monitor.engine_desk import Desk

PLAIN = """
policies:
  - name: plain
    objectives:
      first_response: {target: 1h, warn_at: [50%, 75%], pause_on: any}
      resolution: {target: {P1: 2h, P2: 8h, P3: 80h}, warn_at: [50%, 90%]}
"""
CREATED = "2026-03-02T10:00:00Z created INC-1"


@pytest.fixture
def desk() -> Desk:
    return Desk(book(PLAIN))


def _lives(desk: Desk, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(alert[name] for name in names) for alert in desk.alerts]


def test_s40_each_transition_raises_the_revision_of_the_same_identity(desk: Desk) -> None:
    desk.tell(CREATED, "2026-03-02T11:30:00Z responded INC-1")
    assert _lives(desk, "alert_id", "revision", "episode", "state", "threshold") == [
        ("INC-1:first_response:1", 1, 1, "at_risk", 0.5),
        ("INC-1:first_response:1", 2, 1, "at_risk", 0.75),
        ("INC-1:first_response:1", 3, 1, "breached", 1.0),
        ("INC-1:first_response:1", 4, 1, "resolved", 1.0),
    ]


def test_s40_it_carries_when_it_is_due_since_when_and_who_owns_it(desk: Desk) -> None:
    desk.tell(CREATED, "2026-03-02T10:05:00Z assigned INC-1 queue=vpn assignee=ann tier=2")
    desk.tell("2026-03-02T10:50:00Z updated INC-1 subject=VPN", now="2026-03-02T10:50:07Z")
    [alert] = desk.alerts[1:]
    assert alert == alert | {
        "state": "at_risk",
        "due_at": "2026-03-02T11:00:00Z",
        "breached_at": None,
        "detected_at": "2026-03-02T10:50:07Z",
        "elapsed_seconds": 2700,
        "queue": "vpn",
        "assignee": "ann",
        "tier": 2,
        "reason": "threshold",
        "policy": "plain",
    }


def test_s40_a_breach_is_dated_by_its_deadline_and_not_by_its_detection(desk: Desk) -> None:
    desk.tell(CREATED)
    desk.tick("2026-03-02T11:10:00Z")
    assert desk.alerts[-1] == desk.alerts[-1] | {
        "state": "breached",
        "breached_at": "2026-03-02T11:00:00Z",
        "detected_at": "2026-03-02T11:10:00Z",
        "elapsed_seconds": 3600,
    }


def test_s41_what_was_passed_since_the_last_look_is_one_alert_the_highest(desk: Desk) -> None:
    desk.tell(CREATED)
    desk.tick("2026-03-02T10:50:00Z")
    assert _lives(desk, "state", "threshold") == [("at_risk", 0.75)]


def test_s41_thresholds_that_fall_on_the_same_instant_are_one_alert() -> None:
    desk = Desk(
        book(
            """
            policies:
              - {name: tiny, objectives: {resolution: {target: 1s, warn_at: [50%, 90%]}}}
            """
        )
    )
    due = '{"resolution":"2026-03-02T10:00:00.000001Z"}'
    desk.tell(
        f"2026-03-02T10:00:00Z created INC-1 due={due}", "2026-03-02T10:00:00.000001Z rated INC-1 score=1"
    )
    assert _lives(desk, "state", "threshold") == [("at_risk", 0.9)]


def test_s42_nothing_fires_on_hold_and_what_was_passed_fires_at_the_resume(desk: Desk) -> None:
    desk.tell(CREATED, "2026-03-02T10:20:00Z held INC-1")
    desk.tick("2026-03-03T10:00:00Z")
    assert desk.announced() == []
    desk.tell("2026-03-03T10:00:00Z resumed INC-1", "2026-03-03T10:11:00Z rated INC-1 score=5")
    assert _lives(desk, "objective", "threshold") == [("first_response", 0.5)]


def test_s42_an_open_alert_stays_open_on_hold(desk: Desk) -> None:
    desk.tell(CREATED, "2026-03-02T10:40:00Z held INC-1", "2026-03-02T10:50:00Z held INC-1 reason=other")
    assert desk.announced() == ["first_response at_risk"]
    desk.tell("2026-03-02T12:00:00Z resumed INC-1", "2026-03-02T12:00:00Z rated INC-1 score=5")
    assert desk.announced() == ["first_response at_risk"]


def test_s42_a_change_on_hold_cancels_what_is_no_longer_true() -> None:
    desk = Desk(book(PLAIN.replace("warn_at: [50%, 90%]", "warn_at: [50%]")))
    desk.tell(
        CREATED,
        "2026-03-02T10:00:00Z responded INC-1",
        "2026-03-02T15:00:00Z held INC-1",
        "2026-03-02T16:00:00Z priority_changed INC-1 priority=P3",
    )
    assert _lives(desk, "state", "reason") == [("at_risk", "threshold"), ("cancelled", "no_longer_true")]


def test_s40_a_lower_threshold_that_is_still_true_opens_as_the_next_episode() -> None:
    policy = PLAIN.replace("P3: 80h", "P3: 12h")
    desk = Desk(book(policy))
    desk.tell(
        CREATED,
        "2026-03-02T10:00:00Z responded INC-1",
        "2026-03-02T17:30:00Z priority_changed INC-1 priority=P3",
        "2026-03-02T21:30:00Z resolved INC-1",
    )
    assert _lives(desk, "episode", "state", "threshold") == [
        (1, "at_risk", 0.5),
        (1, "at_risk", 0.9),
        (1, "cancelled", 0.9),
        (2, "at_risk", 0.5),
        (2, "at_risk", 0.9),
        (2, "resolved", 0.9),
    ]


def test_s43_a_breach_ends_the_at_risk_and_a_resolved_ticket_all_its_alerts(desk: Desk) -> None:
    desk.tell(CREATED, "2026-03-02T14:30:00Z resolved INC-1")
    assert desk.announced() == [
        "first_response at_risk",
        "first_response at_risk",
        "first_response breached",
        "resolution at_risk",
        "first_response resolved",
        "resolution resolved",
    ]


def test_s20_a_breach_by_a_change_is_told_once_even_on_hold(desk: Desk) -> None:
    desk.tell(
        CREATED,
        "2026-03-02T10:00:00Z responded INC-1",
        "2026-03-02T13:00:00Z held INC-1",
        "2026-03-02T14:00:00Z priority_changed INC-1 priority=P1",
        "2026-03-02T15:00:00Z resumed INC-1",
        "2026-03-02T16:00:00Z updated INC-1 subject=x",
    )
    [alert] = desk.alerts
    assert (alert["state"], alert["reason"]) == ("breached", "on_change")
    assert (alert["due_at"], alert["breached_at"]) == ("2026-03-02T12:00:00Z", "2026-03-02T14:00:00Z")
    assert alert["elapsed_seconds"] == 3 * 3600


def test_s24_a_cancelled_ticket_cancels_its_alerts(desk: Desk) -> None:
    desk.tell(CREATED, "2026-03-02T11:30:00Z merged INC-1 into=INC-2")
    assert _lives(desk, "state", "reason")[-1] == ("cancelled", "merged")
    desk.tell("2026-03-02T18:30:00Z responded INC-1")
    assert desk.announced()[-1] == "first_response cancelled"


def test_s33_a_retracted_breach_that_comes_back_is_announced_again(desk: Desk) -> None:
    desk.tell(
        "2026-03-02T10:30:00Z created INC-1",
        "2026-03-02T12:00:00Z responded INC-1",
        "2026-03-02T11:00:00Z responded INC-1",  # it was in time
        "2026-03-02T09:50:00Z created INC-1",  # and yet it was not: the ticket is older than was said
    )
    told = [state for name, state in _lives(desk, "objective", "state") if name == "first_response"]
    assert told == ["at_risk", "at_risk", "breached", "resolved", "retracted", "breached", "resolved"]
    assert [alert["episode"] for alert in desk.alerts][-3:] == [1, 2, 2]


def test_s33_a_deadline_that_a_late_event_moves_takes_the_breach_back(desk: Desk) -> None:
    desk.tell(CREATED, "2026-03-02T10:00:00Z responded INC-1", "2026-03-02T18:30:00Z rated INC-1 score=1")
    assert desk.announced()[-1] == "resolution breached"
    desk.tell("2026-03-02T11:00:00Z priority_changed INC-1 priority=P3")
    assert _lives(desk, "state", "reason")[-1] == ("retracted", "retracted")
    desk.tell("2026-03-02T12:00:00Z priority_changed INC-1 priority=P2")
    assert _lives(desk, "state", "episode")[-1] == ("breached", 2)


def test_s33_a_breach_that_came_after_the_ticket_had_ended_is_taken_back(desk: Desk) -> None:
    desk.tell(
        CREATED,
        "2026-03-02T12:00:00Z cancelled INC-1",
        "2026-03-02T10:30:00Z cancelled INC-1",
        "2026-03-02T10:20:00Z merged INC-1 into=INC-2",
    )
    told = [one for one in _lives(desk, "objective", "state", "reason") if one[0] == "first_response"]
    assert told[-3:] == [
        ("first_response", "breached", "deadline"),
        ("first_response", "cancelled", "cancelled"),
        ("first_response", "retracted", "cancelled"),
    ]


def test_s33_a_clock_that_was_never_there_takes_its_alert_back() -> None:
    desk = Desk(book("policies: [{name: p, objectives: {next_response: {target: 1h, warn_at: [50%]}}}]"))
    desk.tell(
        CREATED,
        "2026-03-02T10:00:00Z responded INC-1",
        "2026-03-02T11:00:00Z customer_replied INC-1",
        "2026-03-02T11:40:00Z customer_replied INC-1",
        "2026-03-02T10:50:00Z resolved INC-1",
    )
    assert _lives(desk, "state", "reason") == [("at_risk", "threshold"), ("cancelled", "superseded")]
    assert desk.results == []  # no verdict was ever published
    desk.tell("2026-03-02T10:45:00Z reopened INC-1", "2026-03-02T12:00:00Z rated INC-1 score=1")
    assert desk.announced()[-1] == "next_response cancelled"


def test_s37_a_breach_noticed_after_the_horizon_is_historical_and_pages_no_one(desk: Desk) -> None:
    for number, now in ((1, "2026-03-02T11:15:00Z"), (2, "2026-03-02T11:15:00.000001Z")):
        desk = Desk(book(PLAIN))
        desk.tell(CREATED)
        step = desk.tick(now)
        breach = desk.alerts[-1]
        assert (breach["state"], breach["historical"]) == ("breached", number == 2)
        assert len(step.breaches) == (number == 1)


def test_s37_every_alert_of_a_replay_is_historical_and_detected_when_it_happened() -> None:
    desk = Desk(book(PLAIN), replay=True)
    desk.tell(CREATED, "2026-03-02T11:30:00Z responded INC-1")
    assert {alert["historical"] for alert in desk.alerts} == {True}
    assert _lives(desk, "detected_at") == [
        ("2026-03-02T10:30:00Z",),
        ("2026-03-02T10:45:00Z",),
        ("2026-03-02T11:00:00Z",),
        ("2026-03-02T11:30:00Z",),
    ]
