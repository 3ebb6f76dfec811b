"""Waivers of a ticket that hit no verdict (S25): a slip in the objective or the cycle, which nobody would notice."""

from __future__ import annotations

from typing import Final

from monitor import history, past
from monitor.policies import PolicyBook
from monitor.tickets import CANCELLED, HANDOFF, OBJECTIVES, Clock, Event, Ticket
from schemas.events import EVENT_TYPES
from schemas.explanations import IdleReason, IdleWaiver
from schemas.instants import from_micros

_WAIVED: Final = EVENT_TYPES.index("waived")


def idle_waivers(ticket: Ticket, book: PolicyBook) -> list[IdleWaiver]:
    """The waivers in force that hit no verdict, in the order they came; a revoked one is none.

    Raises `KeyError` when the book lacks the version that judges the ticket.
    """
    if ticket.provisional or not ticket.waivers:
        return []
    clocks = {f"{clock.name}:{clock.cycle}": clock for clock in past.all_clocks(ticket)}
    said = _said(ticket)
    found = []
    for key, waiver in ticket.waivers.items():
        why = _why(ticket, book, key, clocks.get(key))
        if why is None:
            continue
        objective, cycle = _identity(key)
        event = said.get(key)
        found.append(
            IdleWaiver.model_validate(
                {
                    **waiver,
                    "objective": objective,
                    "cycle": cycle,
                    "at": None if event is None else from_micros(event.at),
                    "why": why,
                    "cycles_started": ticket.cycles[OBJECTIVES.index(objective)],
                }
            )
        )
    return found


def _said(ticket: Ticket) -> dict[str, Event]:
    """The latest kept event of each waiver."""
    events = sorted(history.events(ticket), key=lambda event: event.order)
    return {
        f"{event.data['objective']}:{event.data['cycle']}": event for event in events if event.rank == _WAIVED
    }


def _identity(key: str) -> tuple[str, int]:
    objective, _, cycle = key.partition(":")
    return objective, int(cycle)


def _why(ticket: Ticket, book: PolicyBook, key: str, clock: Clock | None) -> IdleReason | None:
    """Why a waiver hits nothing; None where it hits a verdict, also one that the state has let go (S38)."""
    if clock is not None:
        if clock.settled:
            return None
        return "no_verdict" if clock.outcome == CANCELLED else "undecided"
    name, cycle = _identity(key)
    objective = OBJECTIVES.index(name)
    started = ticket.cycles[objective]
    if cycle <= started:
        return None
    return "no_such_cycle" if started or _promised(ticket, book, objective) else "not_promised"


def _promised(ticket: Ticket, book: PolicyBook, objective: int) -> bool:
    """Whether the ticket's policy promises it an objective, a hand-off of any tier included."""
    if ticket.policy < 0:
        return False
    policy = book.policy(*ticket.citations[ticket.policy])
    named = policy.objectives.get(OBJECTIVES[objective])
    rules = policy.handoffs.values() if objective == HANDOFF else [named]
    return any(rule is not None and rule.target_for(ticket.priority) is not None for rule in rules)
