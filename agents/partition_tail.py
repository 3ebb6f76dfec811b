"""Whether a partition is caught up, on knowledge that is young enough to act on.

The end of the partition comes with the broker's answers to fetches. An answer may have waited in a socket while
the process was frozen, so its arrival proves nothing about its age; but the request for it went out after the
answer before it had come in. The age of the knowledge is therefore taken from the answer before the last.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from agents.transport import Tail

FRESH_SECONDS: Final = 4.0
"""Two waits of an idle broker (`Settings.fetch_wait_ms`, at most 1 s), a second between two looks, one spare."""


class TailWatch:
    """Follows one partition's end; lives from one assignment to the next."""

    def __init__(self, tail: Callable[[], Tail], *, steady: Callable[[], float] = time.monotonic) -> None:
        self._tail = tail
        self._steady = steady
        self._stable: int | None = None
        self._answered: int | None = None
        self._answer_seen: float | None = None
        self._asked: float | None = None  # the last answer was asked for at this time or later

    def look(self) -> None:
        """Takes in what the broker has said since; to be called at least every second."""
        tail = self._tail()
        self._stable = tail.stable
        if tail.answered is None:
            self._answered = self._answer_seen = self._asked = None
        elif tail.answered != self._answered:
            self._answered = tail.answered
            self._asked, self._answer_seen = self._answer_seen, self._steady()

    @property
    def age(self) -> float | None:
        """Seconds since the present knowledge of the end was asked for, at most; None without any."""
        return None if self._asked is None else self._steady() - self._asked

    def reached(self, position: int) -> bool:
        """Whether everything before the end has been handed over, as of a moment ago."""
        age = self.age
        return (
            self._stable is not None and position >= self._stable and age is not None and age <= FRESH_SECONDS
        )

    def lag(self, position: int) -> int | None:
        """Offsets between the position and the end; None while the end is not known."""
        return None if self._stable is None else max(0, self._stable - position)
