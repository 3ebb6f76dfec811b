"""The owner of one source partition: takes its state over, judges its records step by step, hands it on.

One task decides: it cuts what waits into steps and gives each to the engine. A step is written while the next
one is computed, never more than one of each, and in their order. A batch is acknowledged when the step that
holds its last record is committed. Any failure ends the owner; what was not committed is done again by the
next owner from the checkpoint.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import structlog

from agents.alert_delay import breach_deadlines
from agents.collecting import collect_young
from agents.dead_letter_limit import DeadLetterWatch
from agents.owner_ports import OwnerPorts, PartitionEngine, Reader, Writer
from agents.pacing import QUIET
from agents.partition_tail import TailWatch
from agents.record_queue import BatchEvent, RecordQueue
from agents.state_reader import SourceRange, collector_paused, start_offset
from monitor.engine import REPLAN_SLICE
from monitor.intake import SourceRecord
from monitor.policies import PolicyBook
from monitor.step import Step
from schemas.instants import SECOND

LONGEST_REST: Final = 1.0
"""Seconds between two looks at an idle partition."""

SHORTEST_REST: Final = 0.001
IMPATIENT_REST: Final = 0.05
"""Seconds between two looks when a deadline has passed but may not fire yet."""

LEEWAY: Final = SECOND
"""So late a deadline may be that very many others share, for the sake of the records that come meanwhile; some 500 a
second and partition fire beside records, and those that are later than this all the same.
"""

FIRED_BESIDE: Final = 20
"""Deadlines that fire in one step while records come: 2 ms of work, which all partitions may have at the same time."""

FIRED_ALONE: Final = 1_000
"""Deadlines that fire in one step where no records come, or where the earliest has waited for long enough."""

_APPEND_TIME: Final = 1  # of a record's timestamp_type: the broker set it

OwnerState = Literal["claiming", "restoring", "catching_up", "live"]
OnEnd = Callable[["PartitionOwner", BaseException], None]

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Work:
    """A step, if there is anything to write, and the batches that are done once it is committed."""

    step: Step | None
    finished: Sequence[BatchEvent]
    live: bool
    planned: bool  # whether the step has tickets that follow a change of the policies


def joined(first: Step, second: Step) -> Step:
    """Both steps as one, for one transaction; where they write the same key the second one stays."""
    for rows, more in (
        (first.state, second.state),
        (first.kpis, second.kpis),
    ):
        rows.extend(more)
    first.alerts.extend(second.alerts)
    first.results.extend(second.results)
    first.dead_letters.extend(second.dead_letters)
    for key, count in second.counters.items():
        first.counters[key] = first.counters.get(key, 0) + count
    first.next_offset, first.watermark, first.more = second.next_offset, second.watermark, second.more
    return first


class PartitionOwner:
    """Keeps one partition's state and is its only writer; lives from its taking to its dropping.

    `take` and `pause` may follow each other: a partition that comes back to the same process keeps its memory
    when nobody has written in between.
    """

    def __init__(self, partition: int, ports: OwnerPorts, on_end: OnEnd) -> None:
        self.partition = partition
        self.engine: PartitionEngine | None = None
        self.restore_seconds: float | None = None
        self.restored_rows = 0
        self.next_offset = -1
        """The source offset of the last committed checkpoint."""
        self.kept = False
        """Whether the last taking found the memory as good as the state topic."""
        self.commits = 0
        self._ports = ports
        self._on_end = on_end
        self._queue = RecordQueue(partition)
        self._tail = TailWatch(lambda: ports.tail(partition))
        self._dead_letters = DeadLetterWatch(partition, ports.dead_letters)
        self._writer: Writer | None = None
        self._reader: Reader | None = None
        self._task: asyncio.Task[None] | None = None
        self._commit: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._pausing = False
        self._book: PolicyBook | None = None  # to be adopted before the next step
        self._heard = -QUIET  # when records came last, on the pace's clock
        self._whole = False  # whether all that the engine has seen is committed

    # What others may ask.

    @property
    def state(self) -> OwnerState:
        """What the owner is doing, in the words of `monitor.metrics.PARTITION_STATES`."""
        if self._task is not None:
            return "live" if self.caught_up else "catching_up"
        return "claiming" if self._reader is None else "restoring"

    @property
    def running(self) -> bool:
        """Whether the state is restored and records are judged."""
        return self._task is not None

    @property
    def caught_up(self) -> bool:
        """Whether wall time fires deadlines: restored, and all that was there a moment ago is judged."""
        return self.running and self._tail.behind(self._queue.begun) is not None

    @property
    def lag(self) -> int | None:
        """Offsets from what is judged to the end of the partition; None while the end is not known."""
        return self._tail.lag(self._queue.begun)

    @property
    def tail_age(self) -> float | None:
        """How old the knowledge of the partition's end is, in seconds; None without any, or while paused."""
        return self._tail.age if self.running else None

    @property
    def busy(self) -> bool:
        """Whether something waits to be achieved: a restore, records before the end, or a step in flight."""
        return not self.running or self.lag != 0 or self._commit is not None

    @property
    def position(self) -> int:
        """Where the consumer is to go on reading."""
        return self._queue.position

    @property
    def has_room(self) -> bool:
        """Whether more records may be handed over: less than one full step waits."""
        return self.running and self._queue.records < self._ports.sizes.backlog

    @property
    def progress(self) -> tuple[int, int, int]:
        """Changes whenever something was achieved; may be asked from another thread."""
        reader = self._reader
        rows = self.restored_rows if reader is None else reader.rows
        return self.commits, self._queue.begun, rows

    # Taking over and letting go.

    async def take(self) -> None:
        """Fences the former owner, then knows the partition's state and starts to judge.

        May be cancelled; another call then begins anew.
        """
        started = time.monotonic()
        former, self._writer = self._writer, self._ports.writer(self.partition)
        known_end = former.state_end if former is not None and self._whole else None
        if former is not None:
            await former.stop()
        self._whole = False
        await self._writer.start()
        async with self._ports.reader(self.partition) as reader:
            end, source = await reader.state_end(), await reader.source_range()
            self.kept = self.engine is not None and known_end == end
            if not self.kept:
                await self._restore(reader)
            self._writer.state_end = end
        self._begin(source)
        self.restore_seconds = time.monotonic() - started
        self._whole = True
        self._tail = TailWatch(lambda: self._ports.tail(self.partition))
        self._pausing = False
        self._task = asyncio.create_task(self._run(), name=f"partition-{self.partition}")
        self._task.add_done_callback(self._ended)

    async def _restore(self, reader: Reader) -> None:
        self.engine = self._book = None
        engine = self._ports.engine(self.partition)
        self._reader = reader
        try:
            with collector_paused():
                await reader.read(engine.restore, engine.restore_kpis)
                self.next_offset = engine.start().next_offset
        finally:
            self._reader = None
        self.restored_rows = reader.rows
        self.engine = engine

    def _begin(self, source: SourceRange) -> None:
        start = start_offset(self.partition, self.next_offset, source)
        if start > self.next_offset >= 0:
            _log.error(
                "records were deleted from the source before they were judged",
                partition=self.partition,
                first_missing=self.next_offset,
                missing=start - self.next_offset,
            )
        self._queue.start_at(start)

    async def pause(self) -> None:
        """Lets go of what waits and returns when what was begun is committed; the memory is kept."""
        self._pausing = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task])
        self._queue.start_at(self._queue.begun)

    async def drop(self) -> None:
        """Stops at once and forgets everything; what was not committed stays undone."""
        tasks = [task for task in (self._task, self._commit) if task is not None]
        self._task = self._commit = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.engine = None
        self._whole = False
        self._queue.start_at(0)
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.stop()

    # Judging.

    def offer(self, event: BatchEvent) -> None:
        """Takes a batch of records to judge; raises what `RecordQueue.put` raises."""
        if not self.running or self._pausing:
            return  # not acknowledged: it comes again
        was_live = self.caught_up
        self._queue.put(event)
        records = event.value.records
        if records:
            self._heard = self._ports.pace.now
            self._ports.pace.heard()
        if was_live and records and getattr(records[-1], "timestamp_type", None) == _APPEND_TIME:
            self._ports.clock.anchor((records[-1].timestamp or 0) * 1_000)
        self._wake.set()

    def adopt(self, book: PolicyBook) -> None:
        """Judges by another book from the next step on."""
        self._book = book
        self._wake.set()

    async def _run(self) -> None:
        while not self._pausing:
            self._tail.look()
            if self._commit is not None and self._commit.done():
                await self._settle()
            work = self._decide()
            if work is None:
                await self._rest()
                continue
            await self._settle()
            self._commit = asyncio.create_task(self._write(work))
            self._commit.add_done_callback(lambda _: self._wake.set())
            if work.live:
                collect_young()
        await self._settle()
        self._whole = True

    def _decide(self) -> _Work | None:
        """The next step, computed: records if any wait, and what wall time has made due after them."""
        book, self._book = self._book, None
        if book is not None:
            self._judge().adopt(book)
        records, finished = self._queue.take(self._step_size())
        step = self._apply(records) if records else None
        replan = self._slice(beside=step is not None)
        tick = self._tick(replan, alone=step is None)
        if tick is not None:
            step = tick if step is None else joined(step, tick)
        if step is None and not finished:
            return None
        return _Work(step, finished, live=self.caught_up, planned=replan > 0)

    def _apply(self, records: Sequence[SourceRecord]) -> Step:
        self._whole = False
        leeway = LEEWAY if self.caught_up else 0
        step = self._judge().apply(records, self._ports.clock.now(), leeway=leeway)
        self._dead_letters.check(records, step.dead_letters)
        return step

    def _tick(self, replan: int, *, alone: bool) -> Step | None:
        """What wall time alone makes due, up to when the partition is known whole (S36); plans `replan` tickets anew."""
        engine, pace = self._judge(), self._ports.pace
        due, behind = engine.next_due, self._tail.behind(self._queue.begun)
        if behind is None:
            return None
        until = self._ports.clock.now() - int(behind * SECOND)
        if not replan and (due is None or due >= until):
            return None
        if alone and self._commit is not None:
            return None  # it would have to wait for that, and the records that come meanwhile for both
        began = pace.now
        self._whole = False
        few = pace.streaming and (due is None or due >= until - LEEWAY)
        step = engine.tick(until, FIRED_BESIDE if few else FIRED_ALONE, replan=replan)
        if replan:
            pace.worked(began, alone=alone)
        return None if step.empty else step

    def _slice(self, *, beside: bool) -> int:
        """How many tickets follow a change of the policies now: `beside` a step of records, or in a spare moment."""
        if not self.caught_up:
            return 0
        wait = self._ports.pace.wait if beside else self._spare_in
        return REPLAN_SLICE if wait <= 0 and self._judge().replanning else 0

    @property
    def _spare_in(self) -> float:
        """Seconds until a transaction that can wait is in nobody's way: none in flight, no record expected."""
        if self._commit is not None:
            return LONGEST_REST
        pace = self._ports.pace
        return max(pace.wait_alone, self._heard + QUIET - pace.now)

    def _judge(self) -> PartitionEngine:
        if self.engine is None:
            raise RuntimeError(f"partition {self.partition} is not restored")
        return self.engine

    def _step_size(self) -> int:
        sizes, lag = self._ports.sizes, self.lag
        return sizes.live if lag is not None and lag <= sizes.backlog else sizes.backlog

    async def _rest(self) -> None:
        """Until something comes, a step is committed, or the next deadline."""
        engine = self._judge()
        due = engine.next_due
        seconds = LONGEST_REST
        if due is not None:
            until = (due - self._ports.clock.now()) / SECOND
            seconds = min(until + SHORTEST_REST, LONGEST_REST) if until > 0 else IMPATIENT_REST
        if engine.replanning and self.caught_up:
            seconds = min(seconds, max(self._spare_in, SHORTEST_REST))
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    # Writing.

    async def _settle(self) -> None:
        """Waits for the step being written; raises what went wrong with it."""
        commit = self._commit
        if commit is not None:
            await asyncio.wait([commit])
            self._commit = None
            commit.result()

    async def _write(self, work: _Work) -> None:
        step = work.step
        if step is not None and not step.empty and self._writer is not None:
            started = time.monotonic()
            with self._ports.pace.transaction(planned=work.planned):
                await self._writer.commit(step)
            self._committed(step, time.monotonic() - started, live=work.live)
        for event in work.finished:
            event.ack()

    def _committed(self, step: Step, seconds: float, *, live: bool) -> None:
        counters = self._ports.counters
        self.commits += 1
        self.next_offset = step.next_offset
        counters.add(step.counters)
        counters.step_commit.observe(seconds)
        if step.records:
            counters.step_records.observe(step.records)
        if live and step.alerts:
            now = self._ports.clock.now()
            for deadline in breach_deadlines(step.alerts):
                counters.alert_delay.observe((now - deadline) / SECOND)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task is self._task:
            self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_end(self, error)
