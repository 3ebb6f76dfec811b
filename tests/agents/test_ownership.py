"""Which partitions are owned follows the consumer group, through every order of its messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from agents.counters import Counters
from agents.dead_letter_limit import DeadLetterLimits
from agents.owner_ports import OwnerPorts, StepSizes
from agents.ownership import Group, GroupLimits, Ownership
from agents.pacing import Pace
from agents.record_queue import RecordsLost
from agents.transport import Tail
from agents.wall_clock import WallClock
from monitor.errors import Fenced
from tests.agents.fakes import FakeEngine, FakeReader, FakeTopics, FakeWriter, event, until
from tests.builders import book as policies


@dataclass
class Process:
    """A process with an ownership, and a group that says what the test tells it to."""

    assigned: set[int] = field(default_factory=lambda: {0, 1})
    generation: int = 1
    stopping: bool = False
    topics: dict[int, FakeTopics] = field(default_factory=dict)
    crashes: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        ports = OwnerPorts(
            engine=FakeEngine,
            writer=lambda partition: FakeWriter(self.of(partition)),
            reader=lambda partition: FakeReader(self.of(partition)),
            tail=lambda _: Tail(None, None),
            clock=WallClock(),
            counters=Counters(),
            sizes=StepSizes(backlog=100, live=10),
            dead_letters=DeadLetterLimits(share=1.0, window=1_000, run=1_000),
            pace=Pace(),
        )
        group = Group(lambda: self.assigned, lambda: self.generation, lambda: self.stopping)
        self.ownership = Ownership(ports, group, limits=GroupLimits(0.2, 60.0), crash=self.crashes.append)

    def of(self, partition: int) -> FakeTopics:
        return self.topics.setdefault(partition, FakeTopics())

    async def rebalance(self, *assigned: int) -> None:
        """What Faust does at a rebalance."""
        await self.ownership.quiesce()
        self.assigned, self.generation = set(assigned), self.generation + 1
        await self.ownership.settle()


@pytest.fixture
async def process() -> AsyncIterator[Process]:
    made = Process()
    yield made
    await made.ownership.close()


async def test_what_is_assigned_is_taken(process: Process) -> None:
    joined_before = process.ownership.joined

    await process.ownership.settle()

    assert (joined_before, process.ownership.joined) == (False, True)
    assert process.ownership.start_offsets() == {0: 0, 1: 0}
    assert process.ownership.has_room(0)
    assert process.ownership.assigned() == {0, 1}


async def test_a_batch_goes_to_the_owner_of_its_partition(process: Process) -> None:
    await process.ownership.settle()
    batch = event(0, 3, partition=1)

    process.ownership.offer(batch)
    await until(lambda: batch.acked)

    assert process.of(0).steps == []
    assert process.ownership.owners[1].next_offset == 3


async def test_a_batch_of_a_partition_nobody_owns_is_left_for_its_owner(process: Process) -> None:
    await process.ownership.settle()
    batch = event(0, 3, partition=7)

    process.ownership.offer(batch)

    assert not batch.acked
    assert not process.ownership.has_room(7)
    assert process.crashes == []


async def test_records_lost_on_the_way_end_the_process(process: Process) -> None:
    await process.ownership.settle()

    process.ownership.offer(event(5, 8, partition=0))

    assert isinstance(process.crashes[0], RecordsLost)


async def test_a_rebalance_drops_what_left_and_keeps_what_stayed(process: Process) -> None:
    await process.ownership.settle()
    stayed = process.ownership.owners[1]
    left = process.ownership.owners[0]

    await process.rebalance(1, 2)

    assert process.ownership.owners.keys() == {1, 2}
    assert process.ownership.owners[1] is stayed
    assert stayed.kept
    assert left.engine is None


async def test_an_empty_assignment_is_one(process: Process) -> None:
    await process.ownership.settle()

    await process.rebalance()

    assert process.ownership.joined
    assert process.ownership.owners == {}


async def test_quiescing_waits_for_the_step_in_flight(process: Process) -> None:
    await process.ownership.settle()
    process.of(0).open.clear()
    batch = event(0, 3)
    process.ownership.offer(batch)
    await until(lambda: process.ownership.owners[0]._commit is not None)

    quiescing = asyncio.ensure_future(process.ownership.quiesce())
    await asyncio.sleep(0.01)
    process.of(0).open.set()
    await quiescing

    assert batch.acked
    assert not process.ownership.joined


async def test_a_step_that_does_not_end_costs_the_partition_its_memory(process: Process) -> None:
    await process.ownership.settle()
    process.of(0).open.clear()
    process.ownership.offer(event(0, 3))
    await until(lambda: process.ownership.owners[0]._commit is not None)

    await process.ownership.quiesce()

    assert process.ownership.owners.keys() == {1}


async def test_a_rebalance_during_a_restore_ends_it(process: Process) -> None:
    taking = asyncio.Event()

    class Slow(FakeReader):
        async def state_end(self) -> int:
            taking.set()
            await asyncio.Event().wait()
            return 0

    object.__setattr__(process.ownership._ports, "reader", lambda partition: Slow(process.of(partition)))
    settling = asyncio.ensure_future(process.ownership.settle())
    await taking.wait()

    await process.ownership.quiesce()
    await asyncio.sleep(0.1)
    assert not settling.done()  # the assignment is void, and the next one not there yet

    process.generation += 1
    await settling
    assert not process.ownership.joined
    assert process.ownership.start_offsets() == {}


async def test_a_restore_that_fails_ends_the_process(process: Process) -> None:
    process.of(1).rows = [(b"\x00checkpoint", b"not a number")]
    settling = asyncio.ensure_future(process.ownership.settle())

    await until(lambda: bool(process.crashes))
    process.stopping = True
    await settling

    assert isinstance(process.crashes[0], ValueError)
    assert not process.ownership.joined


async def test_a_running_owner_is_paused_before_it_is_taken_again(process: Process) -> None:
    await process.ownership.settle()
    process.generation += 1

    await process.ownership.settle()

    assert all(owner.kept for owner in process.ownership.owners.values())


async def test_a_failed_owner_ends_the_process(process: Process) -> None:
    await process.ownership.settle()
    process.of(0).failure = failure = RuntimeError("disk full")

    process.ownership.offer(event(0, 3))
    await until(lambda: bool(process.crashes))

    assert process.crashes == [failure]


async def test_a_fenced_partition_is_dropped_and_the_others_go_on(process: Process) -> None:
    await process.ownership.settle()
    process.of(0).failure = Fenced("taken over")

    process.ownership.offer(event(0, 3, partition=0))
    await until(lambda: 0 not in process.ownership.owners)
    batch = event(0, 3, partition=1)
    process.ownership.offer(batch)
    await until(lambda: batch.acked)

    assert process.crashes == []
    assert process.ownership.start_offsets() == {1: 3}


async def test_a_fenced_partition_that_the_group_still_calls_ours_ends_the_process(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.ownership.FENCED_SECONDS", 0.01)
    await process.ownership.settle()
    process.of(0).failure = fenced = Fenced("the broker gave the transaction up")

    process.ownership.offer(event(0, 3))
    await until(lambda: bool(process.crashes))

    assert process.crashes == [fenced]


async def test_a_fenced_partition_that_moved_on_ends_nothing(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.ownership.FENCED_SECONDS", 0.05)
    await process.ownership.settle()
    process.of(0).failure = Fenced("taken over")
    process.ownership.offer(event(0, 3))
    await until(lambda: 0 not in process.ownership.owners)

    process.of(0).failure = None
    await process.rebalance(0, 1)
    await asyncio.sleep(0.1)

    assert process.crashes == []
    assert process.ownership.owners.keys() == {0, 1}


async def test_waiting_for_room_ends_when_there_is_some(process: Process) -> None:
    await process.ownership.wait_for_room(0.01)  # nothing is owned: only the time ends it
    await process.ownership.settle()

    await process.ownership.wait_for_room(5)


async def test_the_watchdog_sees_the_group_and_every_partition(process: Process) -> None:
    (group,) = process.ownership.progress()
    assert (group.name, group.busy) == ("consumer group", True)

    await process.ownership.settle()

    group, *partitions = process.ownership.progress()
    assert not group.busy
    assert [of.name for of in partitions] == ["partition 0", "partition 1"]


async def test_closing_drops_everything(process: Process) -> None:
    await process.ownership.settle()
    owners = list(process.ownership.owners.values())

    await process.ownership.close()

    assert process.ownership.owners == {}
    assert [owner.engine for owner in owners] == [None, None]


async def test_s22_every_owned_partition_adopts_another_book(process: Process) -> None:
    await process.ownership.settle()
    book = policies()

    process.ownership.adopt(book)
    engines = [owner.engine for owner in process.ownership.owners.values()]

    await until(lambda: all(isinstance(engine, FakeEngine) and engine.books == [book] for engine in engines))
    assert len(engines) == 2
