"""First contact resolution: a ticket solved by its first answer, without help and for good (S52).

It is filed at the ticket's first resolution, and taken back when the ticket is reopened within the window.
"""

from __future__ import annotations

from monitor.tickets import Moment, Ticket
from schemas.instants import Micros

RESOLVED = "first_resolved"
AT_FIRST_CONTACT = "first_contact_resolved"
_MANY = 2  # so many answers are no first contact, nor are more


def answered(ticket: Ticket) -> None:
    """Counts an answer of an agent, as far as it matters."""
    if ticket.first_resolved is None and ticket.contacts < _MANY:
        ticket.contacts += 1


def moved(ticket: Ticket, former: str | None) -> None:
    """Notes that a ticket came from another queue; the first queue it gets is no reassignment."""
    if ticket.first_resolved is None and former is not None and ticket.queue != former:
        ticket.requeued = True


def resolved(ticket: Ticket, at: Micros) -> None:
    """Files the first resolution of a ticket, and whether it was at first contact."""
    if ticket.first_resolved is not None:
        return
    ticket.first_resolved = at
    ticket.moments.append(Moment(RESOLVED, at, ticket.priority, ticket.tier))
    if ticket.contacts < _MANY and not ticket.risen and not ticket.requeued:
        ticket.moments.append(Moment(AT_FIRST_CONTACT, at, ticket.priority, ticket.tier))


def reopened(ticket: Ticket, at: Micros, window: Micros) -> None:
    """Takes the first contact back when the reopen lies within the window after the first resolution."""
    if ticket.first_resolved is not None and at - ticket.first_resolved <= window:
        ticket.moments = [moment for moment in ticket.moments if moment.kind != AT_FIRST_CONTACT]
