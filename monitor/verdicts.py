"""Verdicts: what is written about a clock, and whether it differs from what was written before."""

from __future__ import annotations

from typing import Any

import orjson

from monitor.calendars import Calendar
from monitor.policies import ObjectiveRule
from monitor.stretches import stretches
from monitor.tickets import CANCELLED, COUNTING, HOLDING, MET, MISSED, OPEN, Clock, Ticket
from schemas.instants import Micros, as_seconds, iso
from schemas.reasons import Reason

VerdictKey = tuple[object, ...]


def waiver_of(ticket: Ticket, clock: Clock) -> dict[str, str] | None:
    """Who excluded this clock's verdict and why, if anybody did (S25)."""
    if not ticket.waivers or not clock.settled:
        return None
    return ticket.waivers.get(f"{clock.name}:{clock.cycle}")


def verdict_key(ticket: Ticket, clock: Clock) -> VerdictKey:
    """All that a settled verdict shows; equal keys are equal verdicts. An open clock's key is its outcome."""
    if clock.outcome == OPEN:
        return (OPEN,)
    return (
        clock.outcome,
        clock.reason,
        clock.stopped,
        clock.breached,
        clock.due,
        clock.target,
        clock.counted if clock.stopped is not None else clock.breach_counted,
        clock.paused if clock.stopped is not None else clock.breach_paused,
        clock.settled_priority,
        clock.settled_tier,
        clock.started,
        ticket.citations[clock.policy],
        ticket.customer,
        waiver_of(ticket, clock),
    )


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
    """A line of `results.jsonl` (`schemas.results.ResultLine`)."""
    elapsed, paused = elapsed_and_paused(clock, calendar, now)
    version, policy = ticket.citations[clock.policy]
    return {
        "ticket_id": ticket.ticket_id,
        "customer": ticket.customer,
        "priority": clock.settled_priority or ticket.priority,
        "tier": clock.tier or clock.settled_tier or ticket.tier,
        "objective": clock.name,
        "cycle": clock.cycle,
        "started_at": iso(clock.started),
        "target_seconds": as_seconds(clock.target),
        "due_at": _iso(clock.due),
        "stopped_at": _iso(clock.stopped),
        "elapsed_seconds": as_seconds(elapsed),
        "paused_seconds": as_seconds(paused),
        "outcome": outcome_of(ticket, clock),
        "breached_at": _iso(clock.breached),
        "reason": Reason.ON_HOLD.value if clock.outcome == OPEN and clock.mode == HOLDING else clock.reason,
        "policy": policy,
        "policy_version": version,
    }


def result_record(
    ticket: Ticket, clock: Clock, calendar: Calendar, rule: ObjectiveRule, now: Micros
) -> tuple[bytes, bytes]:
    """Key and value for `sla-results` (`schemas.results.Result`): the line, its revision and its evidence."""
    value = result_line(ticket, clock, calendar, now)
    value["revision"] = clock.result_revision
    value["evidence"] = evidence(ticket, clock, calendar, rule, now)
    return ticket.ticket_id.encode(), orjson.dumps(value)


def evidence(
    ticket: Ticket, clock: Clock, calendar: Calendar, rule: ObjectiveRule, now: Micros
) -> dict[str, Any]:
    """The stretches a verdict rests on (`schemas.results.Evidence`)."""
    until = clock.stopped if clock.stopped is not None else clock.breached if clock.breached is not None else now
    account: dict[str, Any] = {
        "intervals": [
            {
                "kind": stretch.kind,
                "from": iso(stretch.since),
                "to": iso(stretch.to),
                "open_seconds": as_seconds(calendar.open_between(stretch.since, stretch.to)),
            }
            for stretch in stretches(ticket, clock, rule, until)
        ],
        "calendar_timezone": calendar.zone.key,
    }
    if ticket.overrun:
        account["hold_overrun_seconds"] = as_seconds(ticket.overrun)
    waiver = waiver_of(ticket, clock)
    if waiver is not None:
        account["waived"] = waiver
    return account


def _iso(instant: Micros | None) -> str | None:
    return None if instant is None else iso(instant)
