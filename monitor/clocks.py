"""What a clock does: count, pause, end, breach, and know its next deadline. Pure; the instant is an argument.

A clock never runs by itself. It knows since when it counts (`mark`) and how much it counted before, so its
deadline is one addition on the calendar and its elapsed time one subtraction.
"""

from __future__ import annotations

from monitor.calendars import Calendar
from monitor.policies import ObjectiveRule
from monitor.tickets import (
    AT_RISK,
    CANCELLED,
    COUNTING,
    DEADLINE_SHARE,
    HOLDING,
    MET,
    MISSED,
    NEVER,
    OPEN,
    STOPPED,
    Clock,
    Ticket,
)
from schemas.instants import Micros
from schemas.reasons import Reason


def counted_at(clock: Clock, calendar: Calendar, at: Micros) -> Micros:
    """The open time counted up to an instant."""
    if clock.mode == COUNTING:
        return clock.counted + calendar.open_between(clock.mark, at)
    return clock.counted


def paused_at(clock: Clock, calendar: Calendar, at: Micros) -> Micros:
    """The open time spent on hold up to an instant."""
    if clock.mode == HOLDING:
        return clock.paused + calendar.open_between(clock.mark, at)
    return clock.paused


def switch(clock: Clock, calendar: Calendar, at: Micros, mode: int) -> None:
    """Ends what the clock was doing at an instant and begins another mode."""
    if clock.mode == COUNTING:
        clock.counted += calendar.open_between(clock.mark, at)
    elif clock.mode == HOLDING:
        clock.paused += calendar.open_between(clock.mark, at)
    clock.mark = at
    clock.mode = mode


def plan(clock: Clock, calendar: Calendar, rule: ObjectiveRule) -> None:
    """Finds the deadline and the next instant at which something is due: a threshold or the deadline.

    Nothing fires while a clock is paused (S42); a decided clock has nothing more to fire.
    """
    clock.next = NEVER
    if clock.outcome != OPEN:
        return
    if clock.mode != COUNTING:
        if not clock.due_from_source:
            clock.due = None
        return
    if not clock.due_from_source:
        clock.due = _used_up(clock, calendar, clock.mark)
    clock.next = _next_threshold(clock, calendar, rule)


def _used_up(clock: Clock, calendar: Calendar, since: Micros) -> Micros:
    """When the target is used up by a clock that counts since an instant: at once, open or not, if nothing is left."""
    left = clock.target - clock.counted
    return calendar.add_open(since, left) if left > 0 else since


def _next_threshold(clock: Clock, calendar: Calendar, rule: ObjectiveRule) -> Micros:
    """The earliest of the thresholds that have not fired and the deadline."""
    assert clock.due is not None  # noqa: S101 - `plan` has just set it
    fired = clock.alert_share if clock.alert_state == AT_RISK else 0
    for share in rule.warn_at:
        if share <= fired:
            continue
        return min(threshold_at(clock, calendar, share), clock.due)
    return clock.due


def threshold_at(clock: Clock, calendar: Calendar, share: int) -> Micros:
    """When a share of the target is used up; on hold, only if it was used up before.

    One that was passed before `mark`, on hold or by a change, counts as passed just before it: it is true already,
    and fires as soon as the clock counts (S42).
    """
    missing = clock.target * share // DEADLINE_SHARE - clock.counted
    if missing <= 0:
        return clock.mark - (missing < 0)
    return calendar.add_open(clock.mark, missing) if clock.mode == COUNTING else NEVER


def passed_share(clock: Clock, calendar: Calendar, rule: ObjectiveRule, before: Micros) -> int:
    """The highest threshold that lies before an instant, in per mille of the target; 0 for none (S41)."""
    if clock.outcome != OPEN:
        return 0
    passed = 0
    for share in rule.warn_at:
        if threshold_at(clock, calendar, share) < before:
            passed = share
    return passed


def settle(clock: Clock, outcome: int, reason: Reason, ticket: Ticket) -> None:
    """Decides a clock, as of the priority and tier that the ticket has now (S59)."""
    clock.outcome = outcome
    clock.reason = reason.value
    clock.settled_priority = ticket.priority
    clock.settled_tier = ticket.tier
    clock.next = NEVER


def breach(clock: Clock, calendar: Calendar, at: Micros, reason: Reason, ticket: Ticket) -> None:
    """Records the breach at its instant: the deadline, or the change that put the deadline into the past."""
    clock.breached = at
    clock.breach_counted = counted_at(clock, calendar, at)
    clock.breach_paused = paused_at(clock, calendar, at)
    settle(clock, MISSED, reason, ticket)


def stop(clock: Clock, calendar: Calendar, at: Micros, reason: Reason, ticket: Ticket) -> None:
    """Ends a clock at an instant; on or before its deadline it is met (S3)."""
    switch(clock, calendar, at, STOPPED)
    clock.stopped = at
    clock.stop_priority = ticket.priority
    clock.stop_tier = ticket.tier
    clock.stop_reason = reason.value
    clock.next = NEVER
    if clock.outcome != OPEN:
        return
    if clock.due is None:  # stopped on hold: the deadline it would have had
        clock.due = _used_up(clock, calendar, at)
    settle(clock, MET, reason, ticket)


def cancel(clock: Clock, calendar: Calendar, at: Micros, reason: Reason, ticket: Ticket) -> None:
    """Ends a clock without a verdict; one that was decided keeps its verdict (S24)."""
    if clock.mode == STOPPED:
        return
    switch(clock, calendar, at, STOPPED)
    clock.stopped = at  # without `stop_priority`: what was cut off has no time to be filed (S51)
    clock.stop_reason = reason.value
    if clock.outcome == OPEN:
        settle(clock, CANCELLED, reason, ticket)
    clock.next = NEVER


def resume_after_gap(clock: Clock, at: Micros) -> None:
    """Lets a stopped clock go on at a reopen; a met verdict is withdrawn, a missed one stays (S19)."""
    clock.mark = at
    clock.mode = COUNTING
    clock.stopped = None
    clock.stop_priority = ""
    clock.stop_tier = 0
    clock.stop_reason = ""
    clock.excluded = clock.excluded_wall = 0
    if clock.outcome == MET:
        clock.outcome = OPEN
        clock.reason = Reason.REOPENED.value
        clock.settled_priority = ""
        clock.settled_tier = 0
