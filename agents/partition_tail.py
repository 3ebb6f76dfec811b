"""Up to which time a partition is known whole: what was in it then has been judged.

The end of the partition comes with the broker's answers to fetches. An answer may have waited in a socket while
the process was frozen, so its arrival proves nothing about its age; but the request for it went out after the
answer before it had come in. So each answer counts for the time at which the one before it was seen.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from agents.transport import Tail

FRESH_SECONDS: Final = 4.0
"""Two waits of an idle broker (`Settings.fetch_wait_ms`, at most 1 s), a second between two looks, one spare."""

_MARKS: Final = 256


class TailWatch:
    """Follows one partition's end; lives from one assignment to the next. Times are a steady clock's seconds."""

    def __init__(self, tail: Callable[[], Tail], *, steady: Callable[[], float] = time.monotonic) -> None:
        self._tail = tail
        self._steady = steady
        self._stable: int | None = None
        self._answered: int | None = None
        self._seen: float | None = None
        self._asked: float | None = None  # the last answer was asked for at this time or later
        self._marks: deque[tuple[int, float]] = deque()  # ends of the partition, and as of when

    def look(self) -> None:
        """Takes in what the broker has said since; to be called at least every second."""
        tail = self._tail()
        self._stable = tail.stable
        if tail.stable is None or tail.answered is None:
            self._answered = self._seen = self._asked = None
            self._marks.clear()
        elif tail.answered != self._answered:
            self._answered = tail.answered
            self._asked, self._seen = self._seen, self._steady()
            if self._asked is not None and len(self._marks) < _MARKS:
                self._marks.append((tail.stable, self._asked))

    @property
    def age(self) -> float | None:
        """Seconds since the present knowledge of the end was asked for, at most; None without any."""
        return None if self._asked is None else self._steady() - self._asked

    def behind(self, judged: int) -> float | None:
        """How many seconds ago everything then in the partition is judged, `judged` being the position of that.

        0 when nothing is known beyond it; None when that was too long ago, so that only the events' own time
        tells what has passed.
        """
        age = self.age
        if self._stable is None or age is None:
            return None
        if judged >= self._stable:
            return 0.0 if age <= FRESH_SECONDS else None
        while len(self._marks) > 1 and self._marks[1][0] <= judged:
            self._marks.popleft()
        if not self._marks or self._marks[0][0] > judged:
            return None
        behind = self._steady() - self._marks[0][1]
        return behind if behind <= FRESH_SECONDS else None

    def lag(self, position: int) -> int | None:
        """Offsets between the position and the end; None while the end is not known."""
        return None if self._stable is None else max(0, self._stable - position)
