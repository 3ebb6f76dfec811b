"""Work that can wait, in turns between the partitions and with room for what cannot.

Everything of a process happens on one event loop, and an event takes some ten turns of it on its way in and out. If
each turn were filled with slices of background work, an event would wait for all of them. So such work takes only a
share of the time that is left over: a process that events keep busy does little of it, an idle one much.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

FREE_PER_WORK: Final = 4.0
"""Seconds in which the process had nothing to do, after each second of background work, before there is more.

Writing what it decided takes about as long again, so that it gets a third of what is left over.
"""

LONGEST_REST: Final = 0.5
"""Seconds that such work rests at most, however busy the process and slow the broker are: it has to end some day."""

LONGEST_LONELY_REST: Final = 0.1
"""Seconds that it rests at most where no records come with which it could be written, as long as others write theirs."""

REST_PER_COMMIT: Final = 1.5
"""Seconds of rest after each second that such work took to be committed: the slower the broker, the longer."""

LONGEST_COMMIT_REST: Final = 0.1
"""Seconds that such work rests for a slow transaction at most: one with thousands of records has its own reasons."""

STALLED: Final = 2.0
"""A transaction that takes so many times as long as usual says that the broker stands still, as it does while its
garbage collector runs; when it goes on, what waits for it is to go first.
"""

_WEIGHT: Final = 0.1  # of the latest transaction in the average

QUIET: Final = 0.25
"""Seconds without a record after which a partition is likely to have none for the time of one transaction, some 30 ms:
records come at random, so that one who waits less would often meet the next record, which then waits for both.
"""


STREAMING: Final = 10.0
"""Seconds after a record in which the next one is expected at any time, in whatever partition."""


class Pace:
    """Says when the next slice may be done; one for all partitions of a process, on its event loop.

    `clock` gives the time and `used` the processor time of the process, both in seconds from any beginning.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, used: Callable[[], float] = time.process_time
    ) -> None:
        self._clock = clock
        self._used = used
        self._free_at = 0.0
        self._worked_at = self._alone_at = self._used_then = 0.0
        self._last = 0.0  # when a slice was done or committed
        self._owed = 0.0  # seconds without anything to do since then
        self._heard = -STREAMING
        self._in_flight: dict[object, float] = {}  # when each transaction began
        self._usual = (
            LONGEST_COMMIT_REST  # seconds that one takes, a moving average; at first as for a slow broker
        )

    @property
    def wait(self) -> float:
        """Seconds until a slice may be done, 0 or less now; longer where the process is busy meanwhile."""
        now = self._clock()
        busy = self._used() - self._used_then
        left = self._usual if self._is_stalled(now) else self._owed - (now - self._worked_at - busy)
        return min(max(left, self._free_at - now), self._last + LONGEST_REST - now)

    @property
    def wait_alone(self) -> float:
        """As `wait`, for a slice with a transaction of its own: not while another one is written, if that can be."""
        rested = self._clock() - self._alone_at
        if self._in_flight and rested < LONGEST_LONELY_REST:
            return max(self.wait, min(self._usual, LONGEST_LONELY_REST - rested))
        return self.wait

    def _is_stalled(self, now: float) -> bool:
        return bool(self._in_flight) and now - min(self._in_flight.values()) > STALLED * self._usual

    def heard(self) -> None:
        """Notes that records have come to one of the partitions."""
        self._heard = self._clock()

    @property
    def streaming(self) -> bool:
        """Whether records come, so that nothing that can be cut may keep them waiting."""
        return self._clock() - self._heard < STREAMING

    def worked(self, since: float, *, alone: bool) -> None:
        """Notes a slice that began at an instant of `now` and has just ended; whether no records go with it."""
        self._worked_at, self._used_then = self._clock(), self._used()
        self._owed = (self._worked_at - since) * FREE_PER_WORK
        self._last = self._worked_at
        if alone:
            self._alone_at = self._worked_at

    @contextmanager
    def transaction(self, *, planned: bool) -> Iterator[None]:
        """While a transaction is written, also one without a slice; `planned` says that it has one."""
        this, began = object(), self._clock()
        self._in_flight[this] = began
        try:
            yield
        finally:
            del self._in_flight[this]
        now = self._clock()
        seconds = now - began
        slow = seconds > STALLED * self._usual  # then much waits, and goes first
        self._usual += (seconds - self._usual) * _WEIGHT
        if planned:
            self._last = now
        if planned or slow:
            self._free_at = max(self._free_at, now + min(seconds * REST_PER_COMMIT, LONGEST_COMMIT_REST))

    @property
    def now(self) -> float:
        """The pace's own time, in seconds."""
        return self._clock()
