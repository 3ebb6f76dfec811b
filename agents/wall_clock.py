"""Wall time for deadlines: runs on a monotonic clock, is anchored to the broker's, and never goes back.

Two workers must agree on when a deadline passes, and the events are dated by the broker, so its clock is the
one that counts. A worker sees it only in the append time of records, which is a lower bound of the broker's
time at their arrival. For a record that was written while the worker stood at the end of its partition the
bound is tight, so only those are shown to this clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from schemas.instants import SECOND, Micros

SLACK_PER_SECOND: Micros = 1_000
"""How fast the anchor may move back, in µs per second: ten times the drift of a poor quartz (100 ppm)."""


def steady() -> Micros:
    """Microseconds on a clock that no one sets; it counts while the machine sleeps, where the system can."""
    boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(boot) // 1_000


def system_time() -> Micros:
    """Microseconds since the epoch by the machine's own clock."""
    return time.time_ns() // 1_000


class WallClock:
    """The time now, as far as this process can know it; one per process, shared by its partitions."""

    def __init__(
        self, *, steady: Callable[[], Micros] = steady, system: Callable[[], Micros] = system_time
    ) -> None:
        self._steady = steady
        self._system = system
        self._ahead: Micros | None = None  # broker time less steady time
        self._anchored_at: Micros = 0
        self._last: Micros = 0

    @property
    def anchored(self) -> bool:
        """Whether a broker's time stamp has been seen; before that the machine's clock is used as it is."""
        return self._ahead is not None

    def now(self) -> Micros:
        """Microseconds since the epoch; never less than it was before.

        When the machine's clock was ahead of the broker's, this stands still until the broker has come up.
        """
        now = self._system() if self._ahead is None else self._steady() + self._ahead
        self._last = max(self._last, now)
        return self._last

    def anchor(self, appended: Micros) -> None:
        """Takes note of the broker's time stamp of a record that has only just been appended.

        The latest of the bounds counts; it wears off slowly, so that one wrong stamp does not last for ever.
        """
        steady = self._steady()
        bound = appended - steady
        if self._ahead is not None:
            worn = (steady - self._anchored_at) * SLACK_PER_SECOND // SECOND
            bound = max(bound, self._ahead - worn)
        self._ahead, self._anchored_at = bound, steady
