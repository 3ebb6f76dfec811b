"""Taking a partition over, pausing and letting go: memory is kept only while it is as good as the topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from agents.partition_owner import PartitionOwner
from agents.state_reader import SourceRange
from monitor.errors import StateUnreadable
from tests.agents.fakes import CHECKPOINT, event, until
from tests.agents.owner_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def owner(desk: Desk) -> AsyncIterator[PartitionOwner]:
    made = desk.owner()
    yield made
    await made.drop()


async def test_state_is_restored_before_anything_is_judged(desk: Desk, owner: PartitionOwner) -> None:
    desk.topics.rows = [(b"a", b"3"), (CHECKPOINT, b"40"), (b"a", b"4")]

    await owner.take()

    assert desk.engines[0].counts == {b"a": 4}
    assert owner.position == 40
    assert owner.restored_rows == 3
    assert desk.writers[0].started


async def test_without_a_checkpoint_it_begins_at_the_first_record(desk: Desk, owner: PartitionOwner) -> None:
    desk.topics.source = SourceRange(first=7, end=20)

    await owner.take()

    assert owner.position == 7


async def test_records_that_expired_unread_are_passed_over(desk: Desk, owner: PartitionOwner) -> None:
    desk.topics.rows = [(CHECKPOINT, b"40")]
    desk.topics.source = SourceRange(first=90, end=100)

    await owner.take()

    assert owner.position == 90


async def test_a_source_shorter_than_its_checkpoint_is_another_topic(
    desk: Desk, owner: PartitionOwner
) -> None:
    desk.topics.rows = [(CHECKPOINT, b"40")]
    desk.topics.source = SourceRange(first=0, end=39)

    with pytest.raises(StateUnreadable, match="checkpoint is offset 40"):
        await owner.take()


async def test_records_below_the_checkpoint_are_skipped(desk: Desk, owner: PartitionOwner) -> None:
    desk.topics.rows = [(CHECKPOINT, b"40")]
    await owner.take()

    batch = event(0, 50)
    owner.offer(batch)
    await until(lambda: batch.acked)

    assert desk.engines[0].applied == [list(range(40, 50))]


async def test_a_pause_commits_what_was_begun_and_lets_go_of_the_rest(
    desk: Desk, owner: PartitionOwner
) -> None:
    await owner.take()
    desk.topics.open.clear()
    batches = [event(start, start + 100) for start in (0, 100, 200)]
    for batch in batches:
        owner.offer(batch)
    await until(lambda: len(desk.engines[0].applied) == 2)

    pausing = asyncio.ensure_future(owner.pause())
    await asyncio.sleep(0)
    desk.topics.open.set()
    await pausing

    assert [batch.acked for batch in batches] == [True, True, False]
    assert owner.position == 200
    assert not owner.running
    assert not owner.has_room


async def test_memory_is_kept_when_nobody_wrote_meanwhile(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    owner.offer(event(0, 5))
    await until(lambda: owner.next_offset == 5)
    await owner.pause()

    await owner.take()

    assert owner.kept
    assert len(desk.engines) == 1
    assert [writer.stopped for writer in desk.writers] == [True, False]
    owner.offer(event(5, 6))
    await until(lambda: owner.next_offset == 6)


async def test_memory_is_thrown_away_when_somebody_wrote(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    owner.offer(event(0, 5))
    await until(lambda: owner.next_offset == 5)
    await owner.pause()
    desk.topics.rows += [(b"ticket", b"9"), (CHECKPOINT, b"9")]

    await owner.take()

    assert not owner.kept
    assert desk.engines[-1].counts == {b"ticket": 9}
    assert owner.position == 9


async def test_a_taking_that_was_cancelled_begins_anew(desk: Desk, owner: PartitionOwner) -> None:
    desk.topics.rows = [(CHECKPOINT, b"4")]
    taking = asyncio.ensure_future(owner.take())
    await asyncio.sleep(0)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)

    await owner.take()

    assert owner.position == 4


async def test_dropping_forgets_everything_and_commits_nothing_more(
    desk: Desk, owner: PartitionOwner
) -> None:
    await owner.take()
    desk.topics.open.clear()
    owner.offer(event(0, 5))
    await until(lambda: bool(desk.engines[0].applied))

    await owner.drop()
    desk.topics.open.set()
    await asyncio.sleep(0.01)

    assert desk.topics.steps == []
    assert owner.engine is None
    assert desk.ended == []
    owner.offer(event(0, 5))  # comes too late and is not taken
    assert not owner.has_room
