"""Work that can wait, in turns between the partitions and with room for what cannot.

Everything of a process happens on one event loop, and an event takes some ten turns of it on its way in and out. If
each turn were filled with slices of background work, an event would wait for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

REST_PER_WORK: Final = 4.0
"""Seconds of rest after each second of background work: a fifth of the time is the most it takes."""

REST_PER_COMMIT: Final = 1.5
"""Seconds of rest after each second that such work took to be committed: the slower the broker, the longer."""

LONGEST_REST: Final = 0.1
"""Seconds that such work rests for a slow transaction at most: one with thousands of records has its own reasons."""

QUIET: Final = 0.05
"""Seconds without a record after which a partition is likely to have none for the time of one transaction."""


class Pace:
    """Says when the next slice may be done; one for all partitions of a process, on its event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at = 0.0

    @property
    def wait(self) -> float:
        """Seconds until a slice may be done; 0 or less now."""
        return self._free_at - self._clock()

    def worked(self, since: float) -> None:
        """Notes a slice that began at an instant of `now` and has just ended."""
        now = self._clock()
        self._free_at = now + (now - since) * REST_PER_WORK

    def committed(self, seconds: float) -> None:
        """Notes that a slice is committed now, and how long its transaction took."""
        rest = min(seconds * REST_PER_COMMIT, LONGEST_REST)
        self._free_at = max(self._free_at, self._clock() + rest)

    @property
    def now(self) -> float:
        """The pace's own time, in seconds."""
        return self._clock()
