"""The tickets of a partition that have yet to follow a turn of the policies, worked off a few at a time (S22).

A version that takes effect concerns every open ticket at one instant. A ticket that is touched before its turn comes
follows first, so that waiting changes no verdict; what waits is only an alert that the new version brings forward.

Even to ask each ticket whether it is concerned would take long, so that is done a part at a time too. Until then
every ticket counts as left, but those that have followed.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop

from monitor.tickets import NEVER, Ticket
from schemas.instants import Micros


class Replanning:
    """The keys that are left; owned by one engine."""

    def __init__(self) -> None:
        self._unlisted: list[bytes] = []
        self._followed: set[bytes] = set()  # since the beginning, as long as not all are listed
        self._order: list[bytes] = []
        self._left: set[bytes] = set()
        self._again_from = NEVER
        self._due_from = NEVER

    def __len__(self) -> int:
        """How many are left, at most."""
        return len(self._left) + len(self._unlisted)

    def __contains__(self, key: bytes) -> bool:
        return key in self._left or (bool(self._unlisted) and key not in self._followed)

    def begin(self, keys: list[bytes], again_from: Micros = NEVER, due_from: Micros = NEVER) -> None:
        """Begins with all of a partition's tickets; one judged at `again_from` or later is folded again.

        A version may become known after its instant: what was judged in between is corrected as a late event does.
        Such a ticket has a deadline, or the end of its retention, at `due_from` or later, though it may be over.
        """
        self._again_from = min(self._again_from, again_from) if self else again_from
        self._due_from = min(self._due_from, due_from) if self else due_from
        self._unlisted = keys
        self._followed.clear()
        self._left.clear()
        self._order.clear()

    def list_some(self, is_concerned: Callable[[bytes, Micros], bool], most: int) -> None:
        """Finds out of some keys whether they are concerned, once none that was found is left.

        `is_concerned` is asked with `due_from`.
        """
        if self._order:
            return
        listed, self._unlisted[-most:] = self._unlisted[-most:], []
        followed, due_from = self._followed, self._due_from
        self._left.update(key for key in listed if key not in followed and is_concerned(key, due_from))
        self._order = list(self._left)
        heapify(self._order)
        if not self._unlisted:
            followed.clear()

    def take(self) -> bytes | None:
        """The next key that is left of those listed, in their order. It stays left until it is discarded."""
        while self._order:
            key = heappop(self._order)
            if key in self._left:
                return key
        return None

    def discard(self, key: bytes) -> None:
        """Notes that a ticket has followed, or is there no more."""
        self._left.discard(key)
        if self._unlisted:
            self._followed.add(key)

    def must_fold(self, ticket: Ticket) -> bool:
        """Whether a ticket was judged after a turn that became known later."""
        since = self._again_from
        return ticket.created is not None and max(ticket.latest[0], ticket.settled_to, ticket.turned) >= since
