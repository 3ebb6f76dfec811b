"""Stand-ins for the neighbours of a partition's owner: an engine that counts, a writer that keeps, and so on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Self

import orjson

from agents.state_reader import SourceRange, TakeRows
from agents.transport import RecordBatch, Tail
from monitor.intake import SourceRecord
from monitor.policies import PolicyBook
from monitor.step import Row, Step
from schemas.dead_letters import HEADER_OFFSET, HEADER_REASON, DeadLetter
from schemas.instants import Micros

CHECKPOINT = b"\x00checkpoint"
POISON = b"poison"


async def until(condition: Callable[[], bool]) -> None:
    """Lets other tasks run until the condition holds; fails after five seconds."""
    async with asyncio.timeout(5):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


@dataclass(frozen=True)
class FakeCheckpoint:
    next_offset: int


class FakeEngine:
    """Counts the records of each key; a result per record says how many there have been.

    A record whose value is `POISON` is dead-lettered; one with the value `due:N` sets a deadline at N.
    """

    def __init__(self, partition: int = 0) -> None:
        self.partition = partition
        self.counts: dict[bytes, int] = {}
        self.next_offset = -1
        self.deadlines: list[Micros] = []
        self.applied: list[list[int]] = []
        self.leeways: list[Micros] = []
        self.books: list[PolicyBook] = []
        self.replanning = 0

    @property
    def next_due(self) -> Micros | None:
        return self.deadlines[0] if self.deadlines else None

    def adopt(self, book: PolicyBook) -> None:
        """Notes the book; a test sets `replanning`, and each tick takes one off."""
        self.books.append(book)

    def restore(self, rows: Iterable[Row]) -> None:
        for key, value in rows:
            if key == CHECKPOINT:
                self.next_offset = int(value or b"-1")
            elif value is None:
                self.counts.pop(key, None)
            else:
                self.counts[key] = int(value)

    def restore_kpis(self, rows: Iterable[Row]) -> None:
        for _ in rows:
            pass

    def start(self) -> FakeCheckpoint:
        return FakeCheckpoint(self.next_offset)

    def apply(self, records: Sequence[SourceRecord], now: Micros, *, leeway: Micros = 0) -> Step:  # noqa: ARG002
        self.leeways.append(leeway)
        step = Step(records=len(records))
        dirty = set()
        for record in records:
            if record.value == POISON:
                step.dead_letters.append(
                    DeadLetter(
                        record.key,
                        record.value,
                        [(HEADER_REASON, b"invalid"), (HEADER_OFFSET, b"%d" % record.offset)],
                    )
                )
                continue
            if (record.value or b"").startswith(b"due:"):
                heappush(self.deadlines, int((record.value or b"")[4:]))
            key = record.key or b""
            count = self.counts[key] = self.counts.get(key, 0) + 1
            dirty.add(key)
            step.results.append((key, b"%d %d" % (count, record.offset)))
        self.applied.append([record.offset for record in records])
        self.next_offset = records[-1].offset + 1
        step.counters[("events", "any")] += len(records)
        return self._finish(step, dirty)

    def tick(self, now: Micros, limit: int = 1000, *, replan: int) -> Step:
        self.replanning -= bool(replan and self.replanning)
        due: list[Micros] = []
        while self.deadlines and self.deadlines[0] < now and len(due) < limit:
            due.append(heappop(self.deadlines))
        step = Step(next_offset=self.next_offset, more=len(due) == limit)
        step.alerts = [(b"%d" % deadline, orjson.dumps({"due": deadline, "at": now})) for deadline in due]
        return self._finish(step, set()) if due else step

    def _finish(self, step: Step, dirty: set[bytes]) -> Step:
        step.state = [(key, b"%d" % self.counts[key]) for key in dirty]
        step.state.append((CHECKPOINT, b"%d" % self.next_offset))
        step.next_offset = self.next_offset
        return step


@dataclass(frozen=True)
class FakeRecord:
    offset: int
    key: bytes | None = b"ticket"
    value: bytes | None = b"event"
    timestamp: int | None = 0
    timestamp_type: int = 0
    headers: Sequence[tuple[str, bytes]] = ()
    topic: str = "tickets"
    partition: int = 0


class FakeEvent:
    """A Faust event with a batch; says whether it was acknowledged."""

    def __init__(self, batch: RecordBatch) -> None:
        self.value = batch
        self.acked = False

    def ack(self) -> bool:
        self.acked = True
        return True


def event(start: int, end: int, *values: bytes, partition: int = 0) -> FakeEvent:
    """A batch with a record at each offset from `start` to before `end`, with the given values first."""
    records = [FakeRecord(offset, partition=partition) for offset in range(start, end)]
    for place, value in enumerate(values):
        records[place] = FakeRecord(start + place, value=value, partition=partition)
    return FakeEvent(RecordBatch(partition, records, start, end))


class FakeTopics:
    """What a broker would keep of one partition: the state rows, and a gate that can hold commits up."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.source = SourceRange(0, 1_000_000)
        self.steps: list[Step] = []
        self.open = asyncio.Event()
        self.open.set()
        self.failure: Exception | None = None


class FakeWriter:
    """Commits to `FakeTopics` when the gate is open."""

    def __init__(self, topics: FakeTopics) -> None:
        self._topics = topics
        self.state_end: int | None = None
        self.started = self.stopped = False

    async def start(self) -> None:
        self.started = True

    async def commit(self, step: Step) -> None:
        await self._topics.open.wait()
        if self._topics.failure is not None:
            raise self._topics.failure
        self._topics.steps.append(step)
        self._topics.rows.extend(step.state)
        self.state_end = len(self._topics.rows)

    async def stop(self) -> None:
        self.stopped = True


class FakeReader:
    """Reads `FakeTopics` to the end; an offset there is the number of rows before it."""

    def __init__(self, topics: FakeTopics) -> None:
        self._topics = topics
        self.rows = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def state_end(self) -> int:
        return len(self._topics.rows)

    async def source_range(self) -> SourceRange:
        return self._topics.source

    async def read(self, state: TakeRows, kpis: TakeRows) -> None:
        await asyncio.sleep(0)
        state(self._topics.rows)
        kpis([])
        self.rows = len(self._topics.rows)


class FakeTail:
    """What the broker would say of a partition's end: `answer` says it anew."""

    def __init__(self) -> None:
        self.tail = Tail(None, None)

    def answer(self, stable: int) -> None:
        self.tail = Tail(stable, (self.tail.answered or 0) + 1)
