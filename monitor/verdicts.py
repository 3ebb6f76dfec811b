"""Verdicts as they are written: lines of `results.jsonl` and records of `sla-results` with their evidence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from monitor import past
from monitor.calendars import Calendar
from monitor.facts import waiver_of
from monitor.stretches import COUNTED, RuleOf, Stretch, stretches
from monitor.tickets import (
    CANCELLED,
    CHANGES,
    COUNTING,
    HOLDING,
    MET,
    MISSED,
    NEVER,
    OPEN,
    STARTED,
    Clock,
    Term,
    Ticket,
)
from schemas.instants import Micros, as_seconds, from_micros
from schemas.reasons import Reason

SOURCE_SILENT: Final = "source_silent"
"""Why a breach is in doubt: nothing was heard of the ticket's source (S39)."""


def outcome_of(ticket: Ticket, clock: Clock) -> str:
    """The outcome as the wire has it."""
    if clock.outcome == OPEN:
        return "running" if clock.mode == COUNTING else "paused"
    if clock.outcome == CANCELLED:
        return "cancelled"
    if waiver_of(ticket, clock) is not None:
        return "waived"
    return "met" if clock.outcome == MET else "missed"


def elapsed_and_paused(clock: Clock, calendar: Calendar, now: Micros) -> tuple[Micros, Micros]:
    """The open time counted and spent on hold: as of the stop, of the breach, or of `now` while it is open."""
    if clock.stopped is not None:
        return clock.counted, clock.paused
    if clock.outcome == MISSED:
        return clock.breach_counted, clock.breach_paused
    running = calendar.open_between(clock.mark, now)
    if clock.mode == COUNTING:
        return clock.counted + running, clock.paused
    return clock.counted, clock.paused + running


def result_line(ticket: Ticket, clock: Clock, calendar: Calendar, now: Micros) -> dict[str, Any]:
    """A line of `results.jsonl` (`schemas.results.ResultLine`), with instants as datetimes for `to_json`."""
    elapsed, paused = elapsed_and_paused(clock, calendar, now)
    version, policy = ticket.citations[clock.policy]
    return {
        "ticket_id": ticket.ticket_id,
        "customer": ticket.customer,
        "priority": clock.settled_priority or ticket.priority,
        "tier": clock.tier or clock.settled_tier or ticket.tier,
        "objective": clock.name,
        "cycle": clock.cycle,
        "started_at": from_micros(clock.started),
        "target_seconds": as_seconds(clock.target),
        "due_at": instant_or_none(clock.due),
        "stopped_at": instant_or_none(clock.stopped),
        "elapsed_seconds": as_seconds(elapsed),
        "paused_seconds": as_seconds(paused),
        "outcome": outcome_of(ticket, clock),
        "breached_at": instant_or_none(clock.breached),
        "reason": Reason.ON_HOLD.value if clock.outcome == OPEN and clock.mode == HOLDING else clock.reason,
        "policy": policy,
        "policy_version": version,
    }


def result_record(
    ticket: Ticket, clock: Clock, calendar: Calendar, rules: RuleOf, now: Micros
) -> tuple[bytes, bytes]:
    """Key and value for `sla-results` (`schemas.results.Result`): the line, its revision and its evidence."""
    value = result_line(ticket, clock, calendar, now)
    value["revision"] = clock.result_revision
    value["evidence"] = evidence(ticket, clock, calendar, rules, now)
    return ticket.ticket_id.encode(), to_json(value)


def evidence(ticket: Ticket, clock: Clock, calendar: Calendar, rules: RuleOf, now: Micros) -> dict[str, Any]:
    """The stretches a verdict rests on (`schemas.results.Evidence`)."""
    until = (
        clock.stopped if clock.stopped is not None else clock.breached if clock.breached is not None else now
    )
    spans = stretches(ticket, clock, rules, until)
    terms = clock.terms or [Term(clock.started, STARTED, clock.policy, clock.priority, clock.target)]
    account: dict[str, Any] = {
        "intervals": [_interval(stretch) for stretch in spans],
        "terms": [_term(ticket, clock, term, rules) for term in terms],
        "calendar_timezone": calendar.zone.key,
    }
    if clock.started < ticket.merged_to:
        elapsed, paused = elapsed_and_paused(clock, calendar, now)
        account["merged"] = {
            "to": from_micros(min(ticket.merged_to, until)),
            "counted_seconds": as_seconds(elapsed - sum(of.open_time for of in spans if of.kind == COUNTED)),
            "paused_seconds": as_seconds(paused - sum(of.open_time for of in spans if of.paused)),
        }
    if clock.due_from_source:
        account["due_from_source"] = True
    if clock.stop_reason not in {"", clock.reason}:
        account["stop_reason"] = clock.stop_reason
    overrun = _overrun(ticket, clock, spans, until)
    if overrun:
        account["hold_overrun_seconds"] = as_seconds(overrun)
    if clock.doubtful and clock.outcome == MISSED:
        account["doubtful"] = SOURCE_SILENT
    waiver = waiver_of(ticket, clock)
    if waiver is not None:
        account["waived"] = {"reason": waiver[0], "approved_by": waiver[1]}
    return account


def _overrun(ticket: Ticket, clock: Clock, spans: Sequence[Stretch], until: Micros) -> Micros:
    """What a clock counted after replies that ended a hold, up to when somebody said so (S16)."""
    late = sorted(_overruns(ticket, clock, until))
    if not late:
        return 0
    counted = [stretch for stretch in spans if stretch.kind == COUNTED]
    ends = [stretch.to for stretch in counted]
    total, done = 0, -NEVER
    for since, to in late:
        begin = max(since, done)  # two may overlap, where another hold began before the late resume
        first = bisect_right(ends, begin) if begin < to else len(counted)
        for number in range(first, len(counted)):
            stretch = counted[number]
            if stretch.since >= to:
                break
            total += stretch.calendar.open_between(max(begin, stretch.since), min(to, stretch.to))
        done = max(done, to)
    return total


def _overruns(ticket: Ticket, clock: Clock, until: Micros) -> Iterator[tuple[Micros, Micros]]:
    """From when to when holds had been ended by a reply and nobody had said so."""
    for hold in past.all_holds(ticket, clock.started):
        if hold.to is not None and (hold.overrun or hold.resumed is not None):
            yield hold.to, until if hold.resumed is None else min(hold.resumed, until)


def _interval(stretch: Stretch) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": stretch.kind,
        "from": from_micros(stretch.since),
        "to": from_micros(stretch.to),
        "open_seconds": as_seconds(stretch.open_time),
    }
    if stretch.reason:
        told["reason"] = stretch.reason
    return told


def _term(ticket: Ticket, clock: Clock, term: Term, rules: RuleOf) -> dict[str, Any]:
    version, policy = ticket.citations[term.policy]
    rule = rules(ticket, clock, term.policy)
    return {
        "from": from_micros(term.at),
        "change": CHANGES[term.change],
        "policy": policy,
        "policy_version": version,
        "priority": term.priority,
        "calendar": rule.calendar_name(term.priority),
        "calendar_timezone": rule.calendar_for(term.priority).zone.key,
        "target_seconds": as_seconds(term.target),
    }


def to_json(value: dict[str, Any]) -> bytes:
    """A document for the wire: instants in UTC, written with a Z."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def instant_or_none(instant: Micros | None) -> datetime | None:
    """An instant as a datetime, or nothing."""
    return None if instant is None else from_micros(instant)
