"""A step: all that one call of the engine wants written, in one transaction or not at all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from schemas.dead_letters import DeadLetter
from schemas.instants import Micros

Row = tuple[bytes, bytes | None]


@dataclass(slots=True)
class Step:
    """Rows, alerts, results and dead letters of one step; the state includes the checkpoint row.

    `counters` has a count per tuple of words: ("events", type), ("dead_letters", reason), ("duplicates",),
    ("late_events",), ("alerts", objective, state), ("results", objective, outcome), ("unmatched",).
    `breaches` has the instant of each breach that someone is to be paged for, to measure the delay of its alert.
    `more` says that a tick was cut by its limit.
    """

    state: list[Row] = field(default_factory=list)
    kpis: list[Row] = field(default_factory=list)
    alerts: list[tuple[bytes, bytes]] = field(default_factory=list)
    results: list[tuple[bytes, bytes]] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    counters: dict[tuple[str, ...], int] = field(default_factory=lambda: defaultdict(int))
    breaches: list[Micros] = field(default_factory=list)
    records: int = 0
    next_offset: int = 0
    watermark: Micros = 0
    more: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.state or self.kpis or self.alerts or self.results or self.dead_letters)
