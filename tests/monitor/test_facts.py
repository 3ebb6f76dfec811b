"""What a ticket files: under which instant and attributes, and what a correction takes back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from monitor.facts import life_of, verdict_of, waiver_of
from monitor.tickets import Ticket
from tests.builders import book
from tests.monitor.engine_desk import Desk

PLAIN = """
policies:
  - name: plain
    objectives:
      first_response: {target: 1h}
      next_response: {target: 1h}
      resolution: {target: 4h}
      handoff: {tier: 2, target: 1h}
"""


def _desk(*timeline: str) -> Desk:
    desk = Desk(book(PLAIN))
    desk.tell("2026-03-02T10:00:00Z created INC-1", *timeline)
    return desk


def _counts(desk: Desk, window: str = "day") -> dict[str, int]:
    """What the rows of a window count, by `CUSTOMER PRIORITY TIER KIND`; times by their number."""
    counts: dict[str, int] = {}
    for key, row in desk.kpis.items():
        head, value = orjson.loads(key), orjson.loads(row)
        if head["window"] != window or "priority" not in head:
            continue
        where = f"{head['customer']} {head['priority']} {head['tier']}"
        counts |= {f"{where} {name}": count for name, count in value.get("counts", {}).items()}
    return counts


def test_a_provisional_ticket_files_nothing() -> None:
    desk = Desk(book(PLAIN))
    desk.tell("2026-03-02T10:00:00Z responded INC-1")
    assert desk.facts() == []
    assert _counts(desk) == {}


def test_s54_volume_counts_events_by_the_attributes_of_the_creation_and_of_each_event() -> None:
    desk = Desk(book(PLAIN))
    desk.tell(
        "2026-03-02T10:00:00Z created INC-1 queue=vpn channel=email category=network",
        "2026-03-02T10:05:00Z updated INC-1 priority=P1 queue=desk",
        "2026-03-02T10:10:00Z resolved INC-1",
        "2026-03-02T10:20:00Z reopened INC-1",
        "2026-03-02T10:30:00Z cancelled INC-1",
    )
    assert [fact for fact in desk.facts() if "met" not in fact and "time" not in fact] == [
        "created 2026-03-02T10:00:00Z acme P2 1",
        "created:category:network 2026-03-02T10:00:00Z acme P2 1",
        "created:channel:email 2026-03-02T10:00:00Z acme P2 1",
        "created:queue:vpn 2026-03-02T10:00:00Z acme P2 1",
        "first_resolved 2026-03-02T10:10:00Z acme P1 1",
        "resolved 2026-03-02T10:10:00Z acme P1 1",
        "reopened 2026-03-02T10:20:00Z acme P1 1",
    ]


def test_s50_a_met_clock_is_filed_at_its_stop_and_a_missed_one_at_its_breach() -> None:
    desk = _desk("2026-03-02T10:30:00Z responded INC-1")
    desk.tick("2026-03-02T15:00:00Z")  # the ticket is still open
    assert [fact for fact in desk.facts() if "m" in fact.split(":")[0][:1]] == [
        "met:first_response 2026-03-02T10:30:00Z acme P2 1",
        "missed:resolution 2026-03-02T14:00:00Z acme P2 1",
    ]
    assert _counts(desk)["acme P2 1 missed:resolution"] == 1


def test_s50_cancelled_and_waived_clocks_are_out() -> None:
    waived = "waived INC-1 objective=first_response reason=x approved_by=y"
    desk = _desk(
        "2026-03-02T10:30:00Z responded INC-1",
        f"2026-03-02T10:40:00Z {waived}",
        "2026-03-02T10:50:00Z cancelled INC-1",
    )
    assert not any("met:" in fact or "missed:" in fact for fact in desk.facts())
    assert "first_response_time 2026-03-02T10:30:00Z acme P2 1" in desk.facts()
    desk.tell(f"2026-03-02T11:00:00Z {waived} revoked=true")
    assert "met:first_response 2026-03-02T10:30:00Z acme P2 1" in desk.facts()
    assert _counts(desk)["acme P2 1 met:first_response"] == 1


def test_s51_times_are_filed_at_the_stop_in_open_and_in_calendar_time() -> None:
    desk = Desk()
    desk.tell(
        "2026-03-02T16:00:00+01:00 created INC-1",
        "2026-03-03T09:30:00+01:00 responded INC-1",
        "2026-03-03T12:00:00+01:00 resolved INC-1",
    )
    hours = 3600 * 1_000_000
    ticket = desk.ticket()
    times = [verdict_of(ticket, clock) for clock in ticket.clocks]
    assert [(one.counted, (one.stopped or 0) - one.started) for one in times] == [
        (1.5 * hours, 17.5 * hours),
        (4 * hours, 20 * hours),
    ]
    assert [fact.split()[0] for fact in desk.facts() if "time" in fact] == [
        "first_response_time",
        "resolution_time",
    ]


@pytest.mark.parametrize("end", ["cancelled", "merged into=INC-2", "deleted"])
def test_s51_what_was_cut_off_has_no_time(end: str) -> None:
    kind, *rest = end.split()
    desk = _desk(" ".join(["2026-03-02T16:00:00Z", kind, "INC-1", *rest]))
    assert [fact for fact in desk.facts() if "time" in fact] == []
    assert "missed:resolution 2026-03-02T14:00:00Z acme P2 1" in desk.facts()


def test_s51_a_reopen_takes_the_time_back_until_the_next_stop() -> None:
    desk = _desk("2026-03-02T10:30:00Z resolved INC-1")
    assert any("resolution_time" in fact for fact in desk.facts())
    desk.tell("2026-03-02T11:00:00Z reopened INC-1")
    assert not any("resolution_time" in fact or "met:resolution" in fact for fact in desk.facts())
    assert "acme P2 1 met:resolution" not in _counts(desk)
    desk.tell("2026-03-02T11:30:00Z resolved INC-1")
    assert "resolution_time 2026-03-02T11:30:00Z acme P2 1" in desk.facts()
    assert _counts(desk)["acme P2 1 resolved"] == 2  # never withdrawn (S54)


def test_s53_an_escalation_is_filed_under_the_tier_it_rose_to() -> None:
    desk = _desk("2026-03-02T10:10:00Z escalated INC-1 tier=2", "2026-03-02T10:20:00Z escalated INC-1 tier=3")
    assert [fact for fact in desk.facts() if "escalated" in fact] == [
        "escalated 2026-03-02T10:10:00Z acme P2 2"
    ]


def test_s59_each_fact_has_the_attributes_of_its_instant() -> None:
    desk = _desk(
        "2026-03-02T10:30:00Z responded INC-1",
        "2026-03-02T10:40:00Z updated INC-1 priority=P1 tier=3",
        "2026-03-02T11:00:00Z resolved INC-1",
    )
    assert desk.facts() == [
        "created 2026-03-02T10:00:00Z acme P2 1",
        "first_response_time 2026-03-02T10:30:00Z acme P2 1",
        "met:first_response 2026-03-02T10:30:00Z acme P2 1",
        "escalated 2026-03-02T10:40:00Z acme P1 3",
        "first_resolved 2026-03-02T11:00:00Z acme P1 3",
        "met:resolution 2026-03-02T11:00:00Z acme P1 3",
        "resolution_time 2026-03-02T11:00:00Z acme P1 3",
        "resolved 2026-03-02T11:00:00Z acme P1 3",
    ]


@pytest.mark.parametrize(
    "ended", [[], ["2026-03-02T10:50:00Z closed INC-1"], ["2026-03-02T10:50:00Z cancelled INC-1"]]
)
def test_s59_a_corrected_customer_refiles_everything(ended: list[str]) -> None:
    desk = _desk(
        "2026-03-02T10:30:00Z responded INC-1", *ended, "2026-03-02T11:00:00Z updated INC-1 customer=beta"
    )
    assert {fact.split()[2] for fact in desk.facts()} == {"beta"}
    assert {name.split()[0] for name in _counts(desk)} == {"beta"}
    stock = [orjson.loads(key) for key in desk.kpis if b'"window":"open"' in key]
    assert {key["customer"] for key in stock} <= {"beta"}


def test_s33_a_late_event_takes_back_what_it_refutes() -> None:
    desk = _desk("2026-03-02T12:00:00Z responded INC-1")
    assert _counts(desk)["acme P2 1 missed:first_response"] == 1
    desk.tell("2026-03-02T10:30:00Z responded INC-1")
    assert "acme P2 1 missed:first_response" not in _counts(desk)
    assert _counts(desk)["acme P2 1 met:first_response"] == 1
    assert "first_response_time 2026-03-02T10:30:00Z acme P2 1" in desk.facts()


def test_s54_the_backlog_has_a_ticket_while_it_was_open_under_what_it_was_then() -> None:
    desk = _desk(
        "2026-03-03T10:00:00Z priority_changed INC-1 priority=P1", "2026-03-05T09:00:00Z resolved INC-1"
    )
    desk.tick("2026-03-06T00:00:00Z")
    stock: dict[str, Any] = {}
    for key, row in desk.kpis.items():
        head = orjson.loads(key)
        if head["window"] == "stock":
            stock[f"{head['start'][:10]} {head['priority']}"] = orjson.loads(row)
    assert stock == {
        "2026-03-02 P2": {"open": 1, "ages": {"0-1": 1}},
        "2026-03-03 P1": {"open": 1, "ages": {"1-3": 1}},
        "2026-03-04 P1": {"open": 1, "ages": {"1-3": 1}},
    }


def test_a_waiver_of_an_open_clock_waits_for_its_verdict() -> None:
    desk = _desk("2026-03-02T10:10:00Z waived INC-1 objective=resolution reason=storm approved_by=ann")
    assert waiver_of(desk.ticket(), desk.clock("resolution")) is None
    desk.tell("2026-03-02T10:20:00Z resolved INC-1")
    assert waiver_of(desk.ticket(), desk.clock("resolution")) == ("storm", "ann")
    assert waiver_of(desk.ticket(), desk.clock("first_response")) is None


def test_open_clocks_all_say_the_same_nothing() -> None:
    desk = _desk("2026-03-02T10:10:00Z held INC-1")
    ticket = desk.ticket()
    assert len({verdict_of(ticket, clock) for clock in ticket.clocks}) == 1


def test_a_life_is_equal_to_another_that_says_the_same() -> None:
    assert life_of(Ticket(ticket_id="a")) == life_of(Ticket(ticket_id="b"))
    assert life_of(_desk().ticket()) != life_of(_desk("2026-03-02T10:10:00Z resolved INC-1").ticket())
