"""What a ticket says to the outside, as plain comparable values, and the facts it files (S50-S54, S59).

A change of a ticket is announced and counted as the difference of what it said before and says after, so that a
correction is a subtraction and never a special case. Only what differs is worked on.
"""

from __future__ import annotations

import msgspec

from monitor.backlog import Span
from monitor.kpis import Fact
from monitor.tickets import (
    FIRST_RESPONSE,
    MET,
    MISSED,
    NEXT_RESPONSE,
    OBJECTIVES,
    OPEN,
    RESOLUTION,
    Clock,
    Moment,
    Ticket,
)
from schemas.instants import Micros

_TIMED = {
    FIRST_RESPONSE: "first_response_time",
    NEXT_RESPONSE: "next_response_time",
    RESOLUTION: "resolution_time",
}
_MET = tuple(f"met:{name}" for name in OBJECTIVES)
_MISSED = tuple(f"missed:{name}" for name in OBJECTIVES)
_WAIVED = tuple(f"waived:{name}" for name in OBJECTIVES)

Birth = tuple[str, int, str | None, str | None, str | None]


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """All that a clock's verdict shows; equal values are equal verdicts."""

    outcome: int
    reason: str = ""
    started: Micros = 0
    stopped: Micros | None = None
    breached: Micros | None = None
    due: Micros | None = None
    target: Micros = 0
    counted: Micros = 0
    paused: Micros = 0
    settled_as: tuple[str, int] = ("", 0)
    stopped_as: tuple[str, int] = ("", 0)
    citation: tuple[str, str] = ("", "")
    customer: str = ""
    waiver: tuple[str, str] | None = None
    excluded: tuple[Micros, Micros] = (0, 0)  # open and wall time that exclusions took out
    due_from_source: bool = False


_NO_VERDICT = Verdict(OPEN)


def verdict_of(ticket: Ticket, clock: Clock) -> Verdict:
    """The verdict on a clock; the same empty one for every clock that is open."""
    if clock.outcome == OPEN:
        return _NO_VERDICT
    running = clock.stopped is None
    return Verdict(
        clock.outcome,
        clock.reason,
        clock.started,
        clock.stopped,
        clock.breached,
        clock.due,
        clock.target,
        clock.breach_counted if running else clock.counted,
        clock.breach_paused if running else clock.paused,
        (clock.settled_priority, clock.settled_tier),
        (clock.stop_priority, clock.stop_tier),
        ticket.citations[clock.policy],
        ticket.customer,
        waiver_of(ticket, clock),
        (clock.excluded, clock.excluded_wall),
        clock.due_from_source,
    )


def waiver_of(ticket: Ticket, clock: Clock) -> tuple[str, str] | None:
    """Who excluded this verdict and why, if anybody did (S25)."""
    if not ticket.waivers or not clock.settled:
        return None
    waiver = ticket.waivers.get(f"{clock.name}:{clock.cycle}")
    return None if waiver is None else (waiver["reason"], waiver["approved_by"])


class Life(msgspec.Struct, frozen=True, gc=False):
    """All that a ticket's own facts and its part in the backlog rest on."""

    created: Micros | None
    customer: str
    birth: Birth
    moments: tuple[Moment, ...]
    spans: tuple[tuple[Micros, Micros | None, str, int], ...]


def life_of(ticket: Ticket) -> Life:
    """A ticket's life as it stands."""
    return Life(
        ticket.created,
        ticket.customer,
        ticket.birth,
        tuple(ticket.moments),
        tuple([(span.since, span.to, span.priority, span.tier) for span in ticket.spans]),
    )


class Filed(msgspec.Struct, frozen=True, gc=False):
    """What was said of a ticket when it was last filed; lives while the ticket is in use."""

    life: Life
    verdicts: dict[tuple[int, int], Verdict]


def filed_of(ticket: Ticket) -> Filed:
    """What a ticket says now."""
    verdicts = {(clock.objective, clock.cycle): verdict_of(ticket, clock) for clock in ticket.clocks}
    for ghost in ticket.ghosts:
        verdicts[ghost.identity] = verdict_of(ticket, ghost)
    return Filed(life_of(ticket), verdicts)


def life_facts(life: Life) -> list[Fact]:
    """The facts of a ticket's life, in a fixed order; none while it is provisional."""
    at = life.created
    if at is None:
        return []
    customer = life.customer
    priority, tier, queue, channel, category = life.birth
    facts = [Fact("created", at, customer, priority, tier, 0, 0)]
    for dimension, name in (("queue", queue), ("channel", channel), ("category", category)):
        if name is not None:
            facts.append(Fact(f"created:{dimension}:{name}", at, customer, priority, tier, 0, 0))
    facts += [
        Fact(moment.kind, moment.at, customer, moment.priority, moment.tier, moment.weight, 0)
        for moment in life.moments
    ]
    return facts


def verdict_facts(objective: int, verdict: Verdict) -> list[Fact]:
    """The facts of a verdict: met at its stop or missed at its breach (S50), and its times at the stop (S51).

    A waived verdict is counted as such (S25), and what exclusions took out is told at the stop (S26).
    """
    facts: list[Fact] = []
    customer = verdict.customer
    counted, settled = _settled(objective, verdict)
    if counted and settled is not None:
        facts.append(Fact(counted, settled, customer, *verdict.settled_as, 0, 0))
    stopped = verdict.stopped
    if stopped is None or not verdict.stopped_as[0]:
        return facts
    timed = _TIMED.get(objective)
    if timed is not None:
        wall = stopped - verdict.started
        facts.append(Fact(timed, stopped, customer, *verdict.stopped_as, verdict.counted, wall))
    if verdict.excluded[1]:
        facts.append(Fact("excluded_time", stopped, customer, *verdict.stopped_as, *verdict.excluded))
    return facts


def _settled(objective: int, verdict: Verdict) -> tuple[str, Micros | None]:
    """What a verdict is counted as, and when it was settled; nothing for a clock without a verdict."""
    if verdict.outcome == MET:
        kind, settled = _MET[objective], verdict.stopped
    elif verdict.outcome == MISSED:
        kind, settled = _MISSED[objective], verdict.breached
    else:
        return "", None
    return (kind if verdict.waiver is None else _WAIVED[objective]), settled


def spans_of(life: Life) -> list[Span]:
    """When the ticket was open, for the backlog at each day's close."""
    created = life.created
    if created is None:
        return []
    return [
        Span(since, to, life.customer, priority, tier, created) for since, to, priority, tier in life.spans
    ]
