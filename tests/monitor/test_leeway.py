"""Very many deadlines at once: some are left for ticks, so that records need not wait for all of them (S36)."""

from __future__ import annotations

import pytest

from monitor import engine as engine_module
from schemas.instants import DAY, HOUR, SECOND
from tests.builders import book
from tests.monitor.engine_desk import Desk

PLAIN = """
retention: 1 days
policies: [{name: plain, objectives: {first_response: {target: 1h}}}]
"""
ALL = [f"INC-{number}" for number in range(5)]


@pytest.fixture(autouse=True)
def _fires_two_before_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_FIRED_BEFORE", 2)


def _desk(text: str = PLAIN) -> Desk:
    desk = Desk(book(text))
    desk.tell(*[f"2026-03-02T10:00:00Z created {ticket} source=zammad" for ticket in ALL])
    return desk


def _breached(desk: Desk) -> list[str]:
    return [alert["ticket_id"] for alert in desk.alerts if alert["state"] == "breached"]


def test_s36_records_overtake_what_is_due_since_a_moment_ago_and_ticks_fire_it() -> None:
    desk = _desk()
    desk.tell(
        "2026-03-02T11:00:00.3Z created INC-7",
        "2026-03-02T11:00:00.4Z assigned INC-7 assignee=ann",
        now="2026-03-02T11:00:00.5Z",
        leeway=SECOND,
    )
    assert _breached(desk) == ALL[:2]
    assert desk.tick("2026-03-02T11:00:00.6Z", limit=2).more
    assert _breached(desk) == ALL[:4]
    assert not desk.tick("2026-03-02T11:00:00.7Z", limit=2).more
    assert _breached(desk) == ALL


@pytest.mark.parametrize(
    ("now", "leeway"), [("2026-03-02T11:00:01.1Z", SECOND), ("2026-03-02T11:00:00.5Z", 0)]
)
def test_s36_nothing_is_left_that_is_due_for_longer_or_of_a_partition_that_is_behind(
    now: str, leeway: int
) -> None:
    desk = _desk()
    desk.tell("2026-03-02T11:00:00.4Z created INC-7", now=now, leeway=leeway)
    assert _breached(desk) == ALL


@pytest.mark.parametrize("kind", ["responded", "customer_replied", "resolved", "updated"])
def test_s36_a_tickets_own_deadline_comes_before_its_record(kind: str) -> None:
    told = []
    for leeway in (SECOND, 0):
        desk = _desk()
        for ticket in reversed(ALL):
            desk.tell(f"2026-03-02T11:00:00.4Z {kind} {ticket}", now="2026-03-02T11:00:00.5Z", leeway=leeway)
        assert sorted(_breached(desk)) == ALL
        desk.tick("2026-03-02T11:00:01Z")
        told.append(
            (
                {ticket: [alert for alert in desk.alerts if alert["ticket_id"] == ticket] for ticket in ALL},
                {ticket: [one for one in desk.results if one["ticket_id"] == ticket] for ticket in ALL},
                desk.kpis,
            )
        )
    assert told[0] == told[1]


def test_s33_nobody_hears_of_a_breach_that_the_record_in_hand_disproves() -> None:
    desk = _desk()
    desk.tell("2026-03-02T11:00:00.3Z created INC-7", now="2026-03-02T11:00:00.5Z", leeway=SECOND)
    desk.tell("2026-03-02T11:00:00Z responded INC-4", now="2026-03-02T11:00:00.5Z", leeway=SECOND)
    desk.tick("2026-03-02T11:00:00.6Z")
    assert _breached(desk) == ALL[:4]
    assert [one["outcome"] for one in desk.results if one["ticket_id"] == "INC-4"] == ["met"]


@pytest.mark.parametrize(
    "heard", ["2026-03-02T11:00:00.4Z created INC-8", "2026-03-02T10:25:00Z assigned INC-3"]
)
def test_s39_what_breached_in_a_silence_is_in_doubt_also_when_the_source_is_heard_first(heard: str) -> None:
    desk = _desk(f"silence_after: {{zammad: 30m}}\n{PLAIN}")
    desk.tell(
        "2026-03-02T11:00:00.3Z created INC-7 source=other", now="2026-03-02T11:00:00.4Z", leeway=SECOND
    )
    assert len(_breached(desk)) == 2
    desk.tell(f"{heard} source=zammad", now="2026-03-02T11:00:00.5Z", leeway=SECOND)
    desk.tell(
        "2026-03-02T10:50:00Z assigned INC-3 source=zammad", now="2026-03-02T11:00:00.5Z", leeway=SECOND
    )
    desk.tick("2026-03-02T11:00:00.6Z")
    doubts = {alert["ticket_id"]: alert["doubtful"] for alert in desk.alerts if alert["state"] == "breached"}
    assert doubts == dict.fromkeys(ALL, "source_silent")


def test_s34_a_ticket_whose_retention_is_over_does_not_come_back() -> None:
    desk = Desk(book(PLAIN))
    desk.tell(*[f"2026-03-02T10:00:00Z created {ticket}" for ticket in ALL])
    desk.tell(*[f"2026-03-02T10:30:00Z resolved {ticket}" for ticket in ALL])
    desk.tick("2026-03-03T10:29:00Z")  # the day closes
    step = desk.tell("2026-03-03T10:30:00.4Z reopened INC-4", now="2026-03-03T10:30:00.5Z", leeway=SECOND)
    assert len(desk.engine.rows) == 3
    assert step.counters["events", "reopened"] == 1
    assert desk.ticket("INC-4").provisional
    desk.tick("2026-03-03T10:30:00.5Z")
    assert len(desk.engine.rows) == 1


def test_s57_a_period_closes_with_all_that_was_due_before() -> None:
    desk = Desk(book(f"period_grace: 1h\ntimezone: UTC\n{PLAIN}"))
    desk.tell(*[f"2026-03-31T23:59:59Z created {ticket}" for ticket in ALL])
    before = dict(desk.kpis)
    desk.tell("2026-04-01T01:00:00.1Z created INC-7", now="2026-04-01T01:00:00.1Z", leeway=2 * HOUR + DAY)
    assert _breached(desk) == ALL
    assert before != desk.kpis
