"""Work that can wait, in turns between the partitions and with room for what cannot.

Everything of a process happens on one event loop, and an event takes some ten turns of it on its way in and out. If
each turn were filled with slices of background work, an event would wait for all of them. So such work takes only a
share of the time that is left over: a process that events keep busy does little of it, an idle one much.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

FREE_PER_WORK: Final = 2.0
"""Seconds in which the process had nothing to do, after each second of background work, before there is more."""

LONGEST_REST: Final = 0.5
"""Seconds that such work rests at most, however busy the process is: it has to end some day."""

REST_PER_COMMIT: Final = 1.5
"""Seconds of rest after each second that such work took to be committed: the slower the broker, the longer."""

LONGEST_COMMIT: Final = 0.1
"""Seconds that such work rests for a slow transaction at most: one with thousands of records has its own reasons."""

QUIET: Final = 0.05
"""Seconds without a record after which a partition is likely to have none for the time of one transaction."""


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
        self._worked_at = self._used_then = 0.0
        self._owed = 0.0  # seconds without anything to do since then

    @property
    def wait(self) -> float:
        """Seconds until a slice may be done, 0 or less now; longer where the process is busy meanwhile."""
        now = self._clock()
        passed = now - self._worked_at
        left = self._owed - (passed - (self._used() - self._used_then))
        return max(min(left, LONGEST_REST - passed), self._free_at - now)

    def worked(self, since: float) -> None:
        """Notes a slice that began at an instant of `now` and has just ended."""
        self._worked_at, self._used_then = self._clock(), self._used()
        self._owed = (self._worked_at - since) * FREE_PER_WORK

    def committed(self, seconds: float) -> None:
        """Notes that a slice is committed now, and how long its transaction took."""
        rest = min(seconds * REST_PER_COMMIT, LONGEST_COMMIT)
        self._free_at = max(self._free_at, self._clock() + rest)

    @property
    def now(self) -> float:
        """The pace's own time, in seconds."""
        return self._clock()
