"""The tickets of a partition that have yet to follow a turn of the policies, worked off a few at a time (S22).

A version that takes effect concerns every open ticket at one instant. A ticket that is touched before its turn comes
follows first, so that waiting changes no verdict; what waits is only an alert that the new version brings forward.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop

from monitor.tickets import NEVER, Ticket
from schemas.instants import Micros


class Replanning:
    """The keys that are left, in their order; owned by one engine."""

    def __init__(self) -> None:
        self._order: list[bytes] = []
        self._left: set[bytes] = set()
        self._again_from = NEVER

    def __len__(self) -> int:
        return len(self._left)

    def __contains__(self, key: bytes) -> bool:
        return key in self._left

    def begin(self, keys: Iterable[bytes], again_from: Micros = NEVER) -> None:
        """Adds tickets; one that was judged at `again_from` or later is folded again, not only turned.

        A version may become known after its instant: what was judged in between is corrected as a late event does.
        """
        self._again_from = min(self._again_from, again_from) if self._left else again_from
        self._left.update(keys)
        self._order = list(self._left)
        heapify(self._order)

    def take(self) -> bytes | None:
        """The next key that is left; None when all are done. It stays left until it is discarded."""
        while self._order:
            key = heappop(self._order)
            if key in self._left:
                return key
        return None

    def discard(self, key: bytes) -> None:
        """Notes that a ticket has followed, or is there no more."""
        self._left.discard(key)

    def must_fold(self, ticket: Ticket) -> bool:
        """Whether a ticket was judged after a turn that became known later."""
        since = self._again_from
        return ticket.created is not None and max(ticket.latest[0], ticket.settled_to, ticket.turned) >= since
