"""What each event does to a ticket."""

from __future__ import annotations

from monitor import history
from monitor.fold import CREATED, DELETED, RANK, Fold
from monitor.tickets import Event, Hold, Moment, OpenSpan, Ticket
from schemas.events import EVENT_TYPES
from tests.builders import book
from tests.monitor.engine_desk import Desk, at

PLAIN = """
hold_reasons: {"Wait-User": waiting_customer}
policies:
  - name: plain
    objectives:
      first_response: {target: 1h}
      next_response: {target: 1h}
      resolution: {target: 8h}
      handoff: [{tier: 2, target: 2h}, {tier: 3, target: 2h}]
"""
CREATED_AT_TEN = "2026-03-02T10:00:00Z created INC-1"


def _desk(*timeline: str) -> Desk:
    desk = Desk(book(PLAIN))
    desk.tell(CREATED_AT_TEN, *timeline)
    return desk


def _ticket(*timeline: str) -> Ticket:
    return _desk(*timeline).ticket()


def test_every_type_of_event_has_its_place_in_the_order_and_a_deletion_the_last() -> None:
    assert list(RANK) == list(EVENT_TYPES)
    assert RANK["created"] == CREATED == 0
    assert max(RANK.values()) + 1 == DELETED


def test_created_sets_the_attributes_and_the_birth() -> None:
    desk = Desk()
    desk.tell("2026-03-02T10:00:00Z created INC-1 tier=2 queue=vpn channel=email source=zammad assignee=ann")
    ticket = desk.ticket()
    assert (ticket.source, ticket.assignee, ticket.tier) == ("zammad", "ann", 2)
    assert ticket.birth == ("P2", 2, "vpn", "email", None)
    assert ticket.spans == [OpenSpan(at("2026-03-02T10:00:00Z"), None, "P2", 2)]


def test_said_twice_the_first_creation_stands_and_attributes_may_differ() -> None:
    ticket = _ticket("2026-03-02T10:30:00Z created INC-1 priority=P1 queue=vpn")
    assert (ticket.created, ticket.priority, ticket.queue) == (at("2026-03-02T10:00:00Z"), "P1", "vpn")
    assert ticket.birth[0] == "P2"
    assert [clock.name for clock in ticket.clocks] == ["first_response", "resolution"]


def test_an_earlier_creation_that_comes_late_is_the_first() -> None:
    ticket = _ticket("2026-03-02T09:00:00Z created INC-1 priority=P1")
    assert (ticket.created, ticket.birth[0], ticket.priority) == (at("2026-03-02T09:00:00Z"), "P1", "P2")


def test_s10_automation_is_no_answer() -> None:
    ticket = _ticket("2026-03-02T10:30:00Z responded INC-1 actor_kind=automation")
    assert ticket.responded is None
    assert ticket.clocks[0].live


def test_an_answer_stops_the_question_and_the_first_one_is_remembered() -> None:
    ticket = _ticket(
        "2026-03-02T10:10:00Z responded INC-1",
        "2026-03-02T10:20:00Z customer_replied INC-1",
        "2026-03-02T10:30:00Z responded INC-1",
    )
    assert ticket.responded == at("2026-03-02T10:10:00Z")
    assert [clock.live for clock in ticket.clocks if clock.name == "next_response"] == [False]


def test_s11_an_answer_to_a_resolved_ticket_leaves_nothing_to_wait_for() -> None:
    ticket = _ticket(
        "2026-03-02T10:10:00Z responded INC-1",
        "2026-03-02T10:20:00Z resolved INC-1",
        "2026-03-02T10:30:00Z customer_replied INC-1",
        "2026-03-02T10:40:00Z responded INC-1",
        "2026-03-02T10:50:00Z reopened INC-1",
    )
    assert ticket.unanswered is None
    assert [clock.name for clock in ticket.clocks if clock.live] == ["resolution"]


def test_s11_a_reply_before_any_answer_waits_for_the_first_response_only() -> None:
    ticket = _ticket("2026-03-02T10:10:00Z customer_replied INC-1")
    assert not any(clock.name == "next_response" for clock in ticket.clocks)


def test_s11_a_resolution_is_an_answer_so_a_reply_to_it_waits_for_the_next_once_reopened() -> None:
    replied = (
        "2026-03-02T10:10:00Z customer_replied INC-1",
        "2026-03-02T10:20:00Z resolved INC-1",
        "2026-03-02T10:30:00Z customer_replied INC-1",
    )
    assert not any(clock.name == "next_response" for clock in _ticket(*replied).clocks)
    ticket = _ticket(*replied, "2026-03-02T10:40:00Z reopened INC-1")
    assert [(clock.started, clock.live) for clock in ticket.clocks if clock.name == "next_response"] == [
        (at("2026-03-02T10:40:00Z"), True)
    ]


def test_s15_one_hold_per_reason_at_a_time_in_our_own_words() -> None:
    ticket = _ticket(
        "2026-03-02T10:10:00Z held INC-1 reason=Wait-User",
        "2026-03-02T10:20:00Z held INC-1 reason=waiting_customer",
        "2026-03-02T10:30:00Z held INC-1 reason=waiting_vendor",
        "2026-03-02T10:40:00Z resumed INC-1 reason=Wait-User",
        "2026-03-02T10:50:00Z held INC-1 reason=waiting_customer",
        "2026-03-02T11:00:00Z resumed INC-1",
    )
    assert ticket.holds == [
        Hold("waiting_customer", at("2026-03-02T10:10:00Z"), at("2026-03-02T10:40:00Z")),
        Hold("waiting_vendor", at("2026-03-02T10:30:00Z"), at("2026-03-02T11:00:00Z")),
        Hold("waiting_customer", at("2026-03-02T10:50:00Z"), at("2026-03-02T11:00:00Z")),
    ]


def test_s16_a_reply_ends_the_wait_and_the_late_resume_is_an_overrun() -> None:
    ticket = _ticket(
        "2026-03-02T10:10:00Z held INC-1 reason=waiting_customer",
        "2026-03-02T10:20:00Z customer_replied INC-1",
        "2026-03-02T10:25:00Z resumed INC-1 reason=waiting_vendor",
        "2026-03-02T10:50:00Z resumed INC-1",
        "2026-03-02T10:55:00Z resumed INC-1",
    )
    (hold,) = ticket.holds
    assert (hold.to, hold.resumed) == (at("2026-03-02T10:20:00Z"), at("2026-03-02T10:50:00Z"))


def test_a_resolved_ticket_is_not_put_on_hold() -> None:
    ticket = _ticket("2026-03-02T10:10:00Z resolved INC-1", "2026-03-02T10:20:00Z held INC-1")
    assert ticket.holds == []


def test_s12_closing_resolves_and_closes_and_closing_what_is_resolved_only_closes() -> None:
    closed = _ticket("2026-03-02T10:10:00Z closed INC-1")
    assert (closed.resolved, closed.closed) == (at("2026-03-02T10:10:00Z"), at("2026-03-02T10:10:00Z"))
    later = _ticket("2026-03-02T10:10:00Z resolved INC-1", "2026-03-02T10:20:00Z closed INC-1")
    assert (later.resolved, later.closed) == (at("2026-03-02T10:10:00Z"), at("2026-03-02T10:20:00Z"))
    assert [moment.kind for moment in later.moments].count("resolved") == 1


def test_s54_resolving_and_reopening_are_counted_each_time_and_spans_follow() -> None:
    ticket = _ticket(
        "2026-03-02T10:10:00Z resolved INC-1",
        "2026-03-02T10:15:00Z resolved INC-1",
        "2026-03-02T10:20:00Z reopened INC-1",
        "2026-03-02T10:25:00Z reopened INC-1",
        "2026-03-02T10:30:00Z closed INC-1",
    )
    kinds = [moment.kind for moment in ticket.moments]
    assert kinds == ["resolved", "first_resolved", "reopened", "resolved"]
    assert [(span.since, span.to) for span in ticket.spans] == [
        (at("2026-03-02T10:00:00Z"), at("2026-03-02T10:10:00Z")),
        (at("2026-03-02T10:20:00Z"), at("2026-03-02T10:30:00Z")),
    ]


def test_s59_a_span_is_cut_where_priority_or_tier_changes() -> None:
    ticket = _ticket(
        "2026-03-02T10:10:00Z priority_changed INC-1 priority=P1",
        "2026-03-02T10:10:00Z escalated INC-1 tier=2",
        "2026-03-02T10:20:00Z assigned INC-1 queue=vpn",
        "2026-03-02T10:30:00Z resolved INC-1",
        "2026-03-02T10:40:00Z priority_changed INC-1 priority=P3",
    )
    assert ticket.spans == [
        OpenSpan(at("2026-03-02T10:00:00Z"), at("2026-03-02T10:10:00Z"), "P2", 1),
        OpenSpan(at("2026-03-02T10:10:00Z"), at("2026-03-02T10:30:00Z"), "P1", 2),
    ]


def test_s53_a_rise_after_creation_is_counted_once() -> None:
    ticket = _ticket(
        "2026-03-02T10:10:00Z escalated INC-1 tier=2",
        "2026-03-02T10:20:00Z escalated INC-1 tier=1",
        "2026-03-02T10:30:00Z assigned INC-1 tier=3",
    )
    assert ticket.moments == [Moment("escalated", at("2026-03-02T10:10:00Z"), "P2", 2)]


def test_s53_a_return_to_the_tier_of_birth_is_no_rise() -> None:
    desk = Desk()
    desk.tell(
        "2026-03-02T10:00:00Z created INC-1 tier=2",
        "2026-03-02T10:10:00Z escalated INC-1 tier=1",
        "2026-03-02T10:20:00Z escalated INC-1 tier=2",
    )
    assert desk.ticket().moments == []


def test_s13_a_tier_entered_while_resolved_starts_with_the_reopen() -> None:
    ticket = _ticket(
        "2026-03-02T10:10:00Z resolved INC-1",
        "2026-03-02T10:20:00Z escalated INC-1 tier=2",
        "2026-03-02T10:30:00Z reopened INC-1",
        "2026-03-02T10:40:00Z escalated INC-1 tier=2",
    )
    [handoff] = [clock for clock in ticket.clocks if clock.name == "handoff"]
    assert (handoff.started, handoff.tier, handoff.live) == (at("2026-03-02T10:30:00Z"), 2, True)


def test_s24_what_has_ended_does_not_change_but_for_its_customer() -> None:
    ticket = _ticket(
        "2026-03-02T10:10:00Z merged INC-1 into=INC-2",
        "2026-03-02T10:20:00Z updated INC-1 priority=P1 customer=other",
        "2026-03-02T10:25:00Z updated INC-1 queue=vpn",
        "2026-03-02T10:30:00Z responded INC-1",
        "2026-03-02T10:40:00Z held INC-1",
        "2026-03-02T10:50:00Z resolved INC-1",
        "2026-03-02T11:00:00Z closed INC-1",
        "2026-03-02T11:10:00Z reopened INC-1",
        "2026-03-02T11:20:00Z customer_replied INC-1",
        "2026-03-02T11:30:00Z cancelled INC-1",
    )
    assert (ticket.ended, ticket.customer, ticket.priority, ticket.queue) == ("merged", "other", "P2", None)
    assert (ticket.responded, ticket.resolved, ticket.closed, ticket.holds) == (None, None, None, [])
    assert ticket.spans[-1].to == at("2026-03-02T10:10:00Z")


def test_s24_what_was_resolved_and_then_cancelled_keeps_its_span() -> None:
    ticket = _ticket("2026-03-02T10:10:00Z resolved INC-1", "2026-03-02T10:20:00Z cancelled INC-1")
    assert (ticket.ended, ticket.spans[-1].to) == ("cancelled", at("2026-03-02T10:10:00Z"))


def test_s24_a_tombstone_comes_after_everything_else_of_its_instant() -> None:
    desk = _desk("2026-03-02T10:20:00Z deleted INC-1", "2026-03-02T10:20:00Z resolved INC-1")
    assert (desk.ticket().ended, desk.ticket().resolved) == ("deleted", at("2026-03-02T10:20:00Z"))
    assert desk.clock("resolution").reason == "resolved"


def test_s25_a_waiver_is_kept_by_objective_and_cycle_until_revoked() -> None:
    waived = "waived INC-1 objective=resolution reason=storm approved_by=ann"
    desk = _desk(f"2026-03-02T10:10:00Z {waived}", f"2026-03-02T10:11:00Z {waived} cycle=2")
    assert desk.ticket().waivers == {
        "resolution:1": {"reason": "storm", "approved_by": "ann"},
        "resolution:2": {"reason": "storm", "approved_by": "ann"},
    }
    desk.tell(
        f"2026-03-02T10:12:00Z {waived} revoked=true", f"2026-03-02T10:13:00Z {waived} cycle=9 revoked=true"
    )
    assert list(desk.ticket().waivers) == ["resolution:2"]


def test_s38_only_the_latest_waivers_are_kept() -> None:
    waived = "waived INC-1 objective=resolution reason=storm approved_by=ann"
    desk = _desk(*[f"2026-03-02T10:{n:02}:00Z {waived} cycle={n}" for n in range(1, 41)])
    assert list(desk.ticket().waivers) == [f"resolution:{n}" for n in range(9, 41)]


def test_s17_events_dated_before_creation_count_as_at_creation() -> None:
    ticket = _ticket("2026-03-02T08:00:00Z held INC-1", "2026-03-02T09:00:00Z responded INC-1")
    assert ticket.responded == ticket.holds[0].since == at("2026-03-02T10:00:00Z")
    assert ticket.clocks[0].counted == 0


def test_s38_a_base_holds_created_whatever_was_dated_before_it() -> None:
    fold = Fold(book(PLAIN))
    ticket = Ticket(ticket_id="INC-1")
    ticket = fold.again(ticket, Event(10, 0, CREATED, "e0", {"customer": "acme", "priority": "P2"}))
    for number in range(1, 7):
        ticket = fold.again(ticket, Event(number, 0, RANK["held"], f"e{number}", {"reason": f"r{number}"}))
    short = fold.shorten(ticket, 3)
    assert [event.at for event in history.events(short)] == [5, 6]
    assert short.base_order[0] == 4
    again = fold.again(short, Event(9, 0, RANK["resolved"], "e9", {}))
    assert again.resolved == again.created == 10
    assert [hold.reason for hold in again.holds] == [f"r{number}" for number in range(1, 7)]


def test_a_history_that_is_short_enough_is_left_alone() -> None:
    fold = Fold(book(PLAIN))
    ticket = fold.again(
        Ticket(ticket_id="INC-1"), Event(10, 0, CREATED, "e0", {"customer": "a", "priority": "P2"})
    )
    assert fold.shorten(ticket, 3) is ticket
    assert ticket.base is None


def test_s38_what_was_published_of_the_packed_past_is_remembered_when_the_history_is_shortened() -> None:
    desk = Desk(book(f"history_events: 40\n{PLAIN}"))
    talk = [
        f"2026-03-02T{10 + n // 60}:{n % 60:02}:00Z {'responded' if n % 2 else 'customer_replied'} INC-1"
        for n in range(1, 80)
    ]
    desk.tell(CREATED_AT_TEN, *talk)
    assert desk.ticket().base is not None
    desk.tell("2026-03-02T12:00:00Z waived INC-1 objective=next_response cycle=3 reason=x approved_by=y")
    last = desk.results[-1]
    assert (last["cycle"], last["outcome"], last["revision"]) == (3, "waived", 2)
