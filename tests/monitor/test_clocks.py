"""What a clock does: count, pause, end, breach, and know its next deadline."""

from __future__ import annotations

import pytest

from monitor import clocks
from monitor.calendars import Calendar
from monitor.policies import ObjectiveRule
from monitor.tickets import (
    AT_RISK,
    CANCELLED,
    COUNTING,
    HOLDING,
    MET,
    MISSED,
    NEVER,
    OPEN,
    RESOLUTION,
    STOPPED,
    Clock,
    Ticket,
)
from schemas.instants import HOUR, MINUTE, parse_iso
from schemas.reasons import Reason
from tests.builders import book

OFFICE = Calendar.from_config({"timezone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}})
MONDAY = parse_iso("2026-03-02T09:00:00Z")  # opening
CLOSING = MONDAY + 8 * HOUR
TUESDAY = MONDAY + 24 * HOUR
POLICY = """
policies:
  - name: plain
    objectives:
      resolution: {target: 4h, warn_at: [50%, 75%]}
      first_response: {target: 4h}
"""


@pytest.fixture
def rule() -> ObjectiveRule:
    return book(POLICY).versions[0].policies[0].objectives["resolution"]


@pytest.fixture
def ticket() -> Ticket:
    return Ticket(ticket_id="INC-1", priority="P2", tier=2)


def _clock(started: int = MONDAY) -> Clock:
    return Clock(
        objective=RESOLUTION,
        cycle=1,
        tier=0,
        policy=0,
        priority="P2",
        started=started,
        target=4 * HOUR,
        mark=started,
    )


@pytest.mark.parametrize(("left", "due"), [(0, CLOSING), (1, TUESDAY + 1), (2, TUESDAY + 2)])
def test_s15_a_hold_that_ends_in_closed_time_leaves_until_the_next_opening_only_what_is_left(
    left: int, due: int, rule: ObjectiveRule, ticket: Ticket
) -> None:
    """Also for a clock that is stopped on hold: the deadline it would have had."""
    clock, held = _clock(), _clock()
    clock.mark, clock.counted = CLOSING, 4 * HOUR - left
    held.mark, held.counted, held.mode = CLOSING - MINUTE, 4 * HOUR - left, HOLDING
    clocks.plan(clock, OFFICE, rule)
    clocks.stop(held, OFFICE, CLOSING, Reason.RESOLVED, ticket)
    assert (clock.due, held.due) == (due, due)


def test_a_clock_counts_open_time_only() -> None:
    clock = _clock(CLOSING - HOUR)
    assert clocks.counted_at(clock, OFFICE, TUESDAY + HOUR) == 2 * HOUR
    assert clocks.paused_at(clock, OFFICE, TUESDAY + HOUR) == 0


def test_s15_a_hold_counts_in_the_clocks_own_open_time() -> None:
    clock = _clock()
    clocks.switch(clock, OFFICE, CLOSING - HOUR, HOLDING)
    assert clocks.counted_at(clock, OFFICE, TUESDAY) == 7 * HOUR
    assert clocks.paused_at(clock, OFFICE, TUESDAY + HOUR) == 2 * HOUR
    clocks.switch(clock, OFFICE, TUESDAY + HOUR, COUNTING)
    assert (clock.counted, clock.paused, clock.mark) == (7 * HOUR, 2 * HOUR, TUESDAY + HOUR)
    clocks.switch(clock, OFFICE, TUESDAY + 2 * HOUR, STOPPED)
    clocks.switch(clock, OFFICE, TUESDAY + 3 * HOUR, COUNTING)  # what was stopped neither counts nor pauses
    assert (clock.counted, clock.paused) == (8 * HOUR, 2 * HOUR)


def test_s15_a_hold_outside_of_hours_moves_nothing(rule: ObjectiveRule) -> None:
    clock = _clock(CLOSING - HOUR)
    clocks.plan(clock, OFFICE, rule)
    due = clock.due
    clocks.switch(clock, OFFICE, CLOSING, HOLDING)
    clocks.switch(clock, OFFICE, TUESDAY, COUNTING)
    clocks.plan(clock, OFFICE, rule)
    assert clock.due == due == TUESDAY + 3 * HOUR


def test_the_next_instant_is_the_first_threshold_then_the_next_then_the_deadline(rule: ObjectiveRule) -> None:
    clock = _clock()
    clocks.plan(clock, OFFICE, rule)
    assert (clock.next, clock.due) == (MONDAY + 2 * HOUR, MONDAY + 4 * HOUR)
    clock.alert_state, clock.alert_share = AT_RISK, 500
    clocks.plan(clock, OFFICE, rule)
    assert clock.next == MONDAY + 3 * HOUR
    clock.alert_share = 750
    clocks.plan(clock, OFFICE, rule)
    assert clock.next == MONDAY + 4 * HOUR


def test_s41_the_smallest_threshold_there_is_comes_before_the_deadline() -> None:
    clock = _clock()
    early = book(POLICY.replace("50%, 75%", "0.1%")).versions[0].policies[0].objectives["resolution"]
    clocks.plan(clock, OFFICE, early)
    assert clock.next == MONDAY + 4 * HOUR // 1000


def test_s41_a_threshold_that_lacks_a_microsecond_is_not_passed() -> None:
    clock = _clock()
    clock.counted = 2 * HOUR - 1
    assert clocks.threshold_at(clock, OFFICE, 500) == MONDAY + 1


def test_without_thresholds_the_deadline_is_next() -> None:
    clock = _clock()
    clocks.plan(clock, OFFICE, book(POLICY).versions[0].policies[0].objectives["first_response"])
    assert clock.next == clock.due == MONDAY + 4 * HOUR


def test_s42_a_clock_on_hold_has_no_next_instant_and_no_deadline(rule: ObjectiveRule) -> None:
    clock = _clock()
    clocks.plan(clock, OFFICE, rule)
    clocks.switch(clock, OFFICE, MONDAY + HOUR, HOLDING)
    clocks.plan(clock, OFFICE, rule)
    assert (clock.next, clock.due) == (NEVER, None)


def test_s18_a_promised_deadline_is_not_computed(rule: ObjectiveRule) -> None:
    clock = _clock()
    clock.due, clock.due_from_source = MONDAY + HOUR, True
    clocks.plan(clock, OFFICE, rule)
    assert (clock.next, clock.due) == (MONDAY + HOUR, MONDAY + HOUR)
    clocks.switch(clock, OFFICE, MONDAY, STOPPED)
    clocks.plan(clock, OFFICE, rule)
    assert (clock.next, clock.due) == (NEVER, MONDAY + HOUR)


def test_a_decided_clock_has_no_next_instant(rule: ObjectiveRule, ticket: Ticket) -> None:
    clock = _clock()
    clocks.settle(clock, MISSED, Reason.DEADLINE, ticket)
    clocks.plan(clock, OFFICE, rule)
    assert clock.next == NEVER


def test_a_threshold_passed_before_the_clock_counts_again_lies_just_before_that() -> None:
    clock = _clock()
    clocks.switch(clock, OFFICE, MONDAY + 3 * HOUR, HOLDING)
    assert clocks.threshold_at(clock, OFFICE, 500) == MONDAY + 3 * HOUR - 1
    assert clocks.threshold_at(clock, OFFICE, 750) == MONDAY + 3 * HOUR  # reached at that instant, not passed
    assert clocks.threshold_at(clock, OFFICE, 900) == NEVER
    clocks.switch(clock, OFFICE, MONDAY + 5 * HOUR, COUNTING)
    assert clocks.threshold_at(clock, OFFICE, 900) == MONDAY + 5 * HOUR + 36 * MINUTE


def test_s41_the_highest_threshold_that_lies_before_counts(rule: ObjectiveRule, ticket: Ticket) -> None:
    clock = _clock()
    assert clocks.passed_share(clock, OFFICE, rule, MONDAY + 2 * HOUR) == 0
    assert clocks.passed_share(clock, OFFICE, rule, MONDAY + 2 * HOUR + 1) == 500
    assert clocks.passed_share(clock, OFFICE, rule, MONDAY + 4 * HOUR) == 750
    clocks.settle(clock, MET, Reason.RESOLVED, ticket)
    assert clocks.passed_share(clock, OFFICE, rule, MONDAY + 4 * HOUR) == 0


def test_s3_a_stop_is_met_and_noted_under_the_tickets_priority_and_tier(
    rule: ObjectiveRule, ticket: Ticket
) -> None:
    clock = _clock()
    clocks.plan(clock, OFFICE, rule)
    clocks.stop(clock, OFFICE, MONDAY + 4 * HOUR, Reason.RESOLVED, ticket)
    assert (clock.outcome, clock.reason, clock.stopped) == (MET, "resolved", MONDAY + 4 * HOUR)
    assert (clock.counted, clock.mode, clock.next) == (4 * HOUR, STOPPED, NEVER)
    assert (clock.settled_priority, clock.settled_tier) == (clock.stop_priority, clock.stop_tier) == ("P2", 2)


def test_a_clock_stopped_on_hold_shows_the_deadline_it_would_have_had(
    rule: ObjectiveRule, ticket: Ticket
) -> None:
    clock = _clock()
    clocks.switch(clock, OFFICE, MONDAY + HOUR, HOLDING)
    clocks.plan(clock, OFFICE, rule)
    clocks.stop(clock, OFFICE, MONDAY + 2 * HOUR, Reason.RESOLVED, ticket)
    assert (clock.outcome, clock.due) == (MET, MONDAY + 5 * HOUR)


def test_a_missed_clock_that_stops_stays_missed(ticket: Ticket) -> None:
    clock = _clock()
    clocks.breach(clock, OFFICE, MONDAY + 4 * HOUR, Reason.DEADLINE, ticket)
    assert (clock.outcome, clock.breached, clock.breach_counted) == (MISSED, MONDAY + 4 * HOUR, 4 * HOUR)
    assert clock.live
    clocks.stop(clock, OFFICE, MONDAY + 6 * HOUR, Reason.RESPONDED, ticket)
    assert (clock.outcome, clock.reason, clock.stop_reason) == (MISSED, "deadline", "responded")
    assert (clock.counted, clock.breach_counted) == (6 * HOUR, 4 * HOUR)


def test_s24_a_cancelled_clock_has_no_verdict_and_no_time_to_file(ticket: Ticket) -> None:
    clock = _clock()
    clocks.cancel(clock, OFFICE, MONDAY + HOUR, Reason.MERGED, ticket)
    assert (clock.outcome, clock.reason, clock.stopped) == (CANCELLED, "merged", MONDAY + HOUR)
    assert (clock.stop_priority, clock.counted, clock.next) == ("", HOUR, NEVER)


def test_s24_a_missed_clock_that_is_cancelled_keeps_its_verdict(ticket: Ticket) -> None:
    clock = _clock()
    clocks.breach(clock, OFFICE, MONDAY + 4 * HOUR, Reason.DEADLINE, ticket)
    clocks.cancel(clock, OFFICE, MONDAY + 5 * HOUR, Reason.CANCELLED, ticket)
    assert (clock.outcome, clock.stop_reason, clock.live) == (MISSED, "cancelled", False)


def test_a_stopped_clock_cannot_be_cancelled(ticket: Ticket) -> None:
    clock = _clock()
    clocks.stop(clock, OFFICE, MONDAY + HOUR, Reason.RESOLVED, ticket)
    clocks.cancel(clock, OFFICE, MONDAY + 2 * HOUR, Reason.CANCELLED, ticket)
    assert (clock.outcome, clock.stopped) == (MET, MONDAY + HOUR)


def test_s19_a_reopen_withdraws_a_met_verdict_and_no_missed_one(ticket: Ticket) -> None:
    met, missed = _clock(), _clock()
    clocks.breach(missed, OFFICE, MONDAY + 4 * HOUR, Reason.DEADLINE, ticket)
    for clock in (met, missed):
        clocks.stop(clock, OFFICE, MONDAY + 5 * HOUR, Reason.RESOLVED, ticket)
        clock.excluded, clock.excluded_wall = HOUR, HOUR
        clocks.resume_after_gap(clock, MONDAY + 6 * HOUR)
        assert (clock.excluded, clock.excluded_wall) == (0, 0)
        assert (clock.mode, clock.mark, clock.stopped) == (COUNTING, MONDAY + 6 * HOUR, None)
        assert (clock.stop_priority, clock.stop_tier, clock.stop_reason) == ("", 0, "")
        assert clocks.counted_at(clock, OFFICE, MONDAY + 7 * HOUR) == 6 * HOUR
    assert (met.outcome, met.reason, met.settled_priority, met.settled_tier) == (OPEN, "reopened", "", 0)
    assert (missed.outcome, missed.reason, missed.settled_priority) == (MISSED, "deadline", "P2")
