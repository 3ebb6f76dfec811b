"""A sampling profiler of a few lines: in which module of ours is the processor while something runs?"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

_EVERY: Final = 0.001  # seconds of processor time

COMPONENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "decode": ("intake", "events"),
    "engine": ("engine", "step"),
    "history": ("history",),
    "fold": ("fold", "promises", "clocks", "stretches", "policies"),
    "calendars": ("calendars", "open_years", "opening_hours", "instants"),
    "ledger": ("ledger", "facts"),
    "alerts and verdicts": ("alerts", "verdicts"),
    "KPI tables": ("kpis", "kpi_cells", "kpi_rows", "histograms", "periods"),
    "backlog": ("backlog",),
    "state rows": ("ticket_rows", "tickets"),
}
"""Modules of `monitor` and `schemas` by what they do; anything else counts as `other`."""

_COMPONENT_OF: Final = {stem: name for name, stems in COMPONENTS.items() for stem in stems}
_ROOMS: Final = ("monitor", "schemas")


class Samples:
    """How often each component was met; C code counts for the Python function that called it."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self._of_code: dict[str, str | None] = {}

    def take(self, _: int, frame: FrameType | None) -> None:
        """Notes where the processor is: the innermost frame that is of ours."""
        while frame is not None:
            component = self._component(frame.f_code.co_filename)
            if component is not None:
                self.seen[component] += 1
                return
            frame = frame.f_back
        self.seen["other"] += 1

    def _component(self, file: str) -> str | None:
        if file not in self._of_code:
            path = Path(file)
            ours = path.parent.name in _ROOMS
            self._of_code[file] = _COMPONENT_OF.get(path.stem, "other") if ours else None
        return self._of_code[file]

    def shares(self) -> dict[str, float]:
        """The share of each component, the largest first."""
        total = sum(self.seen.values()) or 1
        return {name: count / total for name, count in self.seen.most_common()}


@contextmanager
def sampled() -> Iterator[Samples]:
    """Takes samples of this thread while inside."""
    samples = Samples()
    former = signal.signal(signal.SIGPROF, samples.take)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        yield samples
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)
