"""What a partition's owner needs of others, as it sees them; `agents.app` plugs the real ones in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from agents.counters import Counters
from agents.dead_letter_limit import DeadLetterLimits
from agents.pacing import Pace
from agents.state_reader import SourceRange, TakeRows
from agents.transport import Tail
from agents.wall_clock import WallClock
from monitor.intake import SourceRecord
from monitor.policies import PolicyBook
from monitor.step import Row, Step
from schemas.instants import Micros


class StartingPoint(Protocol):
    """Where restored state stands; `next_offset` is -1 when there is none."""

    @property
    def next_offset(self) -> int: ...


class PartitionEngine(Protocol):
    """The rules for one partition; `monitor.engine.Engine` is the real one."""

    @property
    def next_due(self) -> Micros | None: ...

    @property
    def replanning(self) -> int: ...

    def adopt(self, book: PolicyBook) -> None: ...

    def restore(self, rows: Iterable[Row]) -> None: ...

    def restore_kpis(self, rows: Iterable[Row]) -> None: ...

    def start(self) -> StartingPoint: ...

    def apply(self, records: Sequence[SourceRecord], now: Micros, *, leeway: Micros = 0) -> Step: ...

    def tick(self, now: Micros, limit: int = 1000, *, replan: int) -> Step: ...


class Writer(Protocol):
    """Writes steps, and fences whoever wrote them before; `agents.step_writer.StepWriter` is the real one."""

    state_end: int | None

    async def start(self) -> None: ...

    async def commit(self, step: Step) -> None: ...

    async def stop(self) -> None: ...


class Reader(Protocol):
    """Reads what former owners wrote; `agents.state_reader.StateReader` is the real one."""

    rows: int

    async def state_end(self) -> int: ...

    async def source_range(self) -> SourceRange: ...

    async def read(self, state: TakeRows, kpis: TakeRows) -> None: ...


@dataclass(frozen=True, slots=True)
class StepSizes:
    """The most records of a step: `backlog` far from the end, `live` near it, where a small step is a quick one."""

    backlog: int
    live: int


@dataclass(frozen=True, slots=True)
class OwnerPorts:
    """One set for all partitions of a process."""

    engine: Callable[[int], PartitionEngine]
    writer: Callable[[int], Writer]
    reader: Callable[[int], AbstractAsyncContextManager[Reader]]
    tail: Callable[[int], Tail]
    clock: WallClock
    counters: Counters
    sizes: StepSizes
    dead_letters: DeadLetterLimits
    pace: Pace
