"""What a ticket contributes to the KPI windows: facts dated by the instant they happened (S50-S54, S59).

A change of a ticket is filed as the facts after it less the facts before it, so that a correction is a
subtraction and never a special case.
"""

from __future__ import annotations

from monitor.backlog import Span
from monitor.kpis import Fact
from monitor.tickets import CANCELLED, FIRST_RESPONSE, MET, OBJECTIVES, OPEN, RESOLUTION, Clock, Ticket

_TIMED = {FIRST_RESPONSE: "first_response_time", RESOLUTION: "resolution_time"}
_MET = tuple(f"met:{name}" for name in OBJECTIVES)
_MISSED = tuple(f"missed:{name}" for name in OBJECTIVES)


def facts_of(ticket: Ticket) -> list[Fact]:
    """All facts of a ticket, in a fixed order; none while it is provisional."""
    if ticket.created is None:
        return []
    customer = ticket.customer
    priority, tier, queue, channel, category = ticket.birth
    facts = [Fact("created", ticket.created, customer, priority, tier, 0, 0)]
    for dimension, name in (("queue", queue), ("channel", channel), ("category", category)):
        if name is not None:
            facts.append(Fact(f"created:{dimension}:{name}", ticket.created, customer, priority, tier, 0, 0))
    for moment in ticket.moments:
        facts.append(Fact(moment.kind, moment.at, customer, moment.priority, moment.tier, 0, 0))
    for clock in ticket.clocks:
        if clock.outcome != CANCELLED:
            _add_clock(facts, ticket, clock)
    return facts


def _add_clock(facts: list[Fact], ticket: Ticket, clock: Clock) -> None:
    customer = ticket.customer
    waived = ticket.waivers and f"{clock.name}:{clock.cycle}" in ticket.waivers
    if clock.outcome != OPEN and not waived:
        # A met clock is filed at its stop, a missed one at its breach (S50).
        met = clock.outcome == MET
        at = clock.stopped if met else clock.breached
        assert at is not None  # noqa: S101 - a settled clock has the instant that settled it
        kind = _MET[clock.objective] if met else _MISSED[clock.objective]
        facts.append(Fact(kind, at, customer, clock.settled_priority, clock.settled_tier, 0, 0))
    if clock.stopped is not None and clock.objective in _TIMED:
        wall = clock.stopped - clock.started
        facts.append(
            Fact(
                _TIMED[clock.objective],
                clock.stopped,
                customer,
                clock.stop_priority,
                clock.stop_tier,
                clock.counted,
                wall,
            )
        )


def spans_of(ticket: Ticket) -> list[Span]:
    """When the ticket was open, for the backlog at each day's close."""
    if ticket.created is None:
        return []
    return [
        Span(span.since, span.to, ticket.customer, span.priority, span.tier, ticket.created)
        for span in ticket.spans
    ]
