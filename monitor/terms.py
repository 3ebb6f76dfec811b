"""The terms of a clock: under which policy, priority and target it counts, and since when (S20, S22)."""

from __future__ import annotations

from typing import Final

from monitor.policies import ObjectiveRule
from monitor.tickets import FROM_NOW, RETROACTIVE, STARTED, Clock, Term, Ticket
from schemas.instants import Micros

# Changes of a clock that are kept: those that only tell its history, and those its account rests on.
_TOLD: Final = 16
_LAPS: Final = 64


def counted_from(clock: Clock) -> int:
    """The number of the term under which the clock was last counted from its start."""
    return max((n for n, term in enumerate(clock.terms) if term.change != FROM_NOW), default=0)


def come_under(clock: Clock, ticket: Ticket, at: Micros, change: int, target: Micros) -> None:
    """Puts a clock under the ticket's policy and priority as they are, with another target."""
    terms = clock.terms or [Term(clock.started, STARTED, clock.policy, clock.priority, clock.target)]
    clock.policy, clock.priority = ticket.policy, ticket.priority
    clock.target, clock.scaled_to = target, 0
    clock.terms = [*terms, Term(at, change, clock.policy, clock.priority, target)]
    if len(clock.terms) > _TOLD and counted_from(clock):
        del clock.terms[0]
    elif len(clock.terms) > _LAPS:  # the oldest of so many changes of one clock is told no more
        del clock.terms[1]


def cite(clock: Clock, ticket: Ticket, at: Micros) -> None:
    """Lets a clock name the ticket's policy and priority as they are, without counting anything again.

    Another priority is told as a term of its own.
    """
    if clock.priority != ticket.priority:
        scaled = clock.scaled_to
        laps = bool(clock.terms) and clock.terms[-1].change == FROM_NOW
        come_under(clock, ticket, at, FROM_NOW if laps else RETROACTIVE, clock.target)
        clock.scaled_to = scaled
        return
    clock.policy = ticket.policy
    if clock.terms:
        last = clock.terms[-1]
        clock.terms = [
            *clock.terms[:-1],
            Term(last.at, last.change, clock.policy, clock.priority, last.target),
        ]


def retarget(clock: Clock, target: Micros) -> None:
    """Gives a clock another target under the terms that it has."""
    clock.target = target
    if clock.terms:
        last = clock.terms[-1]
        clock.terms = [*clock.terms[:-1], Term(last.at, last.change, last.policy, last.priority, target)]


def same_promise(clock: Clock, former: ObjectiveRule, rule: ObjectiveRule, priority: str) -> bool:
    """Whether a clock goes on as it is under another rule and priority: same target, calendar and pauses."""
    return (
        former.target_for(clock.priority) == rule.target_for(priority)
        and former.calendar_for(clock.priority) is rule.calendar_for(priority)
        and (former.pause_on, former.pauses_on_any) == (rule.pause_on, rule.pauses_on_any)
        and (not clock.scaled_to or rule.on_change == "from_now")
    )
