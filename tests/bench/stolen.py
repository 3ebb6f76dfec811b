"""How much of the machine's time its host gave to others: what no process on a virtual machine can help."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from typing import Final, Self

import psutil

_EVERY: Final = 0.05  # seconds between two looks; the kernel counts in hundredths


class Stolen:
    """Watches the stolen time of all processors from a thread of its own; lives inside `with`.

    It is what the kernel tells as `steal` (proc(5), /proc/stat); 0 where it tells of none.
    """

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._looks: list[tuple[float, float]] = []

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def between(self, since: float, until: float) -> float:
        """Milliseconds of processor time that went to others in a span, in seconds since the epoch.

        Counted from the look before its beginning to the look after its end.
        """
        first = max(bisect_right(self._looks, since, key=_at) - 1, 0)
        last = min(bisect_left(self._looks, until, key=_at), len(self._looks) - 1)
        return (self._looks[last][1] - self._looks[first][1]) * 1_000

    def _run(self) -> None:
        while not self._ended.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        self._looks.append((time.time(), getattr(psutil.cpu_times(), "steal", 0.0)))


def _at(look: tuple[float, float]) -> float:
    return look[0]
