"""Alerts: what people must hear about a clock now, given what they heard before (S40-S43)."""

from __future__ import annotations

from typing import Any, NamedTuple

from monitor import clocks
from monitor.calendars import Calendar
from monitor.policies import ObjectiveRule
from monitor.tickets import (
    ALERT_CANCELLED,
    ALERT_STATES,
    AT_RISK,
    BREACHED,
    CANCELLED,
    COUNTING,
    DEADLINE_SHARE,
    MET,
    MISSED,
    RESOLVED,
    RETRACTED,
    Clock,
    Ticket,
)
from monitor.verdicts import SOURCE_SILENT, elapsed_and_paused, instant_or_none, to_json
from schemas.instants import Micros, as_seconds, from_micros
from schemas.reasons import Reason

_OPEN_ALERTS = (AT_RISK, BREACHED)
_WITHOUT_VERDICT = frozenset(
    {Reason.CANCELLED, Reason.MERGED, Reason.DELETED, Reason.OBJECTIVE_GONE, Reason.POLICY_GONE}
)


class Transition(NamedTuple):
    """One step of an alert's life, with what the alert was right after it."""

    state: int
    reason: Reason
    revision: int
    episode: int
    share: int  # per mille of the target; 1000 is the deadline


def transitions(clock: Clock, calendar: Calendar, rule: ObjectiveRule, before: Micros) -> list[Transition]:
    """Moves a clock's alert to what is true just before an instant; the steps taken, oldest first."""
    if clock.outcome == MISSED:
        return _missed(clock)
    if clock.outcome == MET:
        return _ended(clock, RESOLVED)
    if clock.outcome == CANCELLED:
        return _ended(clock, ALERT_CANCELLED)
    return _running(clock, calendar, rule, before)


def _missed(clock: Clock) -> list[Transition]:
    steps = []
    announced = clock.alert_share == DEADLINE_SHARE
    if clock.alert_state != BREACHED and (clock.live or not announced):
        on_change = clock.reason == Reason.ON_CHANGE.value
        steps.append(
            _open(clock, BREACHED, DEADLINE_SHARE, Reason.ON_CHANGE if on_change else Reason.DEADLINE)
        )
    if not clock.live and clock.alert_state == BREACHED:
        reason = Reason(clock.stop_reason)
        steps.append(_step(clock, ALERT_CANCELLED if reason in _WITHOUT_VERDICT else RESOLVED, reason))
    return steps


def _ended(clock: Clock, from_at_risk: int) -> list[Transition]:
    """A clock that did not miss: its open alert ends, a breach that was announced is taken back (S33)."""
    if clock.alert_state not in _OPEN_ALERTS:
        return []
    reason = Reason(clock.reason)
    if clock.alert_state == AT_RISK:
        return [_step(clock, from_at_risk, reason)]
    return [_take_back(clock, Reason.RETRACTED if clock.outcome == MET else reason)]


def _running(clock: Clock, calendar: Calendar, rule: ObjectiveRule, before: Micros) -> list[Transition]:
    steps = []
    if clock.alert_state == BREACHED:  # a late event moved the deadline, so the breach never was
        steps.append(_take_back(clock, Reason.RETRACTED))
    if clock.alert_state != AT_RISK and clock.next >= before:
        return steps
    passed = clocks.passed_share(clock, calendar, rule, before)
    if clock.alert_state == AT_RISK and passed < clock.alert_share:
        steps.append(_step(clock, ALERT_CANCELLED, Reason.NO_LONGER_TRUE))
    fired = clock.alert_share if clock.alert_state == AT_RISK else 0
    if passed > fired and clock.mode == COUNTING:
        steps.append(_open(clock, AT_RISK, passed, Reason.THRESHOLD))
    return steps


def _open(clock: Clock, state: int, share: int, reason: Reason) -> Transition:
    if clock.alert_state not in _OPEN_ALERTS:
        clock.alert_episode += 1
    clock.alert_share = share
    return _step(clock, state, reason)


def _take_back(clock: Clock, reason: Reason) -> Transition:
    """Retracts a breach that never was (S33); should there be one after all, it is announced again."""
    step = _step(clock, RETRACTED, reason)
    clock.alert_share = 0
    return step


def _step(clock: Clock, state: int, reason: Reason) -> Transition:
    clock.alert_state = state
    clock.alert_revision += 1
    return Transition(state, reason, clock.alert_revision, clock.alert_episode, clock.alert_share)


def alert_id(ticket: Ticket, clock: Clock) -> str:
    """The identity of S40, readable: ticket, objective and cycle."""
    return f"{ticket.ticket_id}:{clock.name}:{clock.cycle}"


def _instants(clock: Clock) -> dict[str, Any]:
    """When it was due, broken and stopped: of a retracted alert, the proof (S33)."""
    return {
        "due_at": instant_or_none(clock.due),
        "breached_at": instant_or_none(clock.breached),
        "stopped_at": instant_or_none(clock.stopped),
    }


def alert_record(
    ticket: Ticket,
    clock: Clock,
    calendar: Calendar,
    step: Transition,
    at: Micros,
    *,
    now: Micros,
    historical: bool,
) -> tuple[bytes, bytes]:
    """Key and value for `sla-alerts` (`schemas.alerts.Alert`); `at` is what it is about, `now` the detection."""
    version, policy = ticket.citations[clock.policy]
    identity = alert_id(ticket, clock)
    value: dict[str, Any] = {
        "alert_id": identity,
        "revision": step.revision,
        "episode": step.episode,
        "state": ALERT_STATES[step.state],
        "threshold": step.share / DEADLINE_SHARE,
        "ticket_id": ticket.ticket_id,
        "customer": ticket.customer,
        "priority": ticket.priority,
        "tier": clock.tier or ticket.tier,
        "queue": ticket.queue,
        "assignee": ticket.assignee,
        "objective": clock.name,
        "cycle": clock.cycle,
        **_instants(clock),
        "detected_at": from_micros(now),
        "elapsed_seconds": as_seconds(elapsed_and_paused(clock, calendar, at)[0]),
        "historical": historical,
        "reason": step.reason.value,
        "doubtful": SOURCE_SILENT if clock.doubtful and step.state == BREACHED else None,
        "policy": policy,
        "policy_version": version,
        "subject": ticket.subject,
        "url": ticket.url,
    }
    return identity.encode(), to_json(value)
