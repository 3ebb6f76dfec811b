"""What time alone changes about a ticket: a version of the policies takes effect, an exclusion begins or ends.

Turns are instants that the policy book knows. A ticket follows each of them at its instant, whenever it is next
looked at, so that a history folded once and a ticket looked at all the time end the same (S22, S26).
"""

from __future__ import annotations

from monitor.policies import PolicyBook
from monitor.promises import Promises
from monitor.tickets import Ticket
from schemas.instants import Micros


class Turns:
    """Lets tickets follow the turns of a policy book; holds no state of its own."""

    def __init__(self, book: PolicyBook, promises: Promises) -> None:
        self._book = book
        self._promises = promises

    def awaits(self, ticket: Ticket, until: Micros) -> bool:
        """Whether a turn up to an instant has not been followed yet."""
        return (
            bool(self._book.turns)
            and ticket.created is not None
            and self._book.turn_after(ticket.turned) <= until
        )

    def follow(self, ticket: Ticket, until: Micros) -> bool:
        """Follows every turn up to an instant, after the breaches before it; says whether anything changed."""
        settled, changed = ticket.settled_to, False
        turn = self._book.turn_after(ticket.turned)
        while turn <= until:
            self._promises.breach_due(ticket, turn)
            changed = self._promises.turn(ticket, turn) or changed
            ticket.turned = turn
            turn = self._book.turn_after(turn)
        return changed or ticket.settled_to != settled
