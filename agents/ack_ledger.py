"""Which delivered batches are done: per partition, the offset up to which all of them are.

Faust's own bookkeeping keeps every offset, and commits past an event in flight when acknowledgements come out
of order; a queue of batches and its finished front say the same in constant time and never pass a hole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from typing import Generic, Protocol, TypeVar

Place = TypeVar("Place", bound=Hashable)


class Batch(Protocol):
    """What is acknowledged as one."""

    @property
    def end(self) -> int:
        """The offset of the record after its last."""
        ...


class AckLedger(Generic[Place]):
    """The open batches of each partition in the order of their delivery; lives as long as the consumer."""

    def __init__(self) -> None:
        self._open: dict[Place, deque[Batch]] = {}
        self._acked: dict[Place, set[int]] = {}
        self._done: dict[Place, int] = {}

    def delivered(self, place: Place, batch: Batch) -> None:
        """A batch was handed over; its acknowledgement is awaited."""
        self._open.setdefault(place, deque()).append(batch)

    def ack(self, place: Place, batch: Batch) -> bool:
        """The batch is done; False when it is not, or no longer, awaited here."""
        queue = self._open.get(place)
        if not queue or not any(waiting is batch for waiting in queue):
            return False
        acked = self._acked.setdefault(place, set())
        acked.add(id(batch))
        while queue and id(queue[0]) in acked:
            first = queue.popleft()
            acked.discard(id(first))
            self._done[place] = first.end
        return True

    def done(self, place: Place) -> int | None:
        """The offset below which every delivered batch is done; None when none is since the last reset."""
        return self._done.get(place)

    def places(self) -> list[Place]:
        """The partitions in which something is done."""
        return list(self._done)

    def reset(self, places: Iterable[Place] | None = None) -> None:
        """Forgets the given partitions, or all: they were revoked, or read from another offset."""
        for kept in (self._open, self._acked, self._done):
            for place in list(kept) if places is None else places:
                kept.pop(place, None)
