"""A partition's owner judges step by step and never acknowledges what is not committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from agents.pacing import QUIET, Pace
from agents.partition_owner import PartitionOwner, joined
from agents.record_queue import RecordsLost
from monitor.errors import DeadLetterLimit, Fenced
from monitor.step import Step
from schemas.instants import SECOND, iso
from tests.agents.fakes import CHECKPOINT, POISON, event, until
from tests.agents.owner_desk import NOON, Desk
from tests.builders import book as policies


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def owner(desk: Desk) -> AsyncIterator[PartitionOwner]:
    made = desk.owner()
    yield made
    await made.drop()


async def test_a_batch_is_acknowledged_when_its_step_is_committed(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    desk.topics.open.clear()
    batch = event(0, 5)

    owner.offer(batch)
    await until(lambda: bool(desk.engines[0].applied))
    assert not batch.acked
    desk.topics.open.set()
    await until(lambda: batch.acked)

    assert owner.next_offset == 5
    assert desk.topics.steps[0].next_offset == 5
    assert desk.counters.snapshot() == {("events", "any"): 5}


async def test_the_next_step_is_computed_while_one_is_written_and_no_more(
    desk: Desk, owner: PartitionOwner
) -> None:
    await owner.take()
    desk.topics.open.clear()

    for start in (0, 100, 200):
        owner.offer(event(start, start + 100))
    await until(lambda: len(desk.engines[0].applied) == 2)
    await asyncio.sleep(0.02)

    assert len(desk.engines[0].applied) == 2
    desk.topics.open.set()
    await until(lambda: owner.next_offset == 300)


async def test_a_batch_larger_than_a_step_is_acknowledged_with_its_last_record(
    desk: Desk, owner: PartitionOwner
) -> None:
    await owner.take()
    batch = event(0, 250)

    owner.offer(batch)
    await until(lambda: batch.acked)

    assert [len(offsets) for offsets in desk.engines[0].applied] == [100, 100, 50]
    assert owner.next_offset == 250


async def test_steps_are_small_near_the_end_of_the_partition(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    await desk.caught_up(owner, 0)
    desk.tail.answer(30)

    owner.offer(event(0, 30))
    await until(lambda: owner.next_offset == 30)

    assert [len(offsets) for offsets in desk.engines[0].applied] == [10, 10, 10]


async def test_records_that_got_lost_on_the_way_are_noticed(owner: PartitionOwner) -> None:
    await owner.take()
    owner.offer(event(0, 5))

    with pytest.raises(RecordsLost, match="expected offset 5, was handed 8"):
        owner.offer(event(8, 10))


async def test_a_deadline_fires_by_the_clock_once_caught_up(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    owner.offer(event(0, 1, b"due:%d" % (NOON + SECOND)))
    await desk.caught_up(owner, 1)
    assert desk.topics.steps[-1].alerts == []

    desk.now = NOON + 2 * SECOND
    await until(lambda: bool(desk.topics.steps[-1].alerts))

    assert owner.state == "live"


async def test_a_deadline_does_not_fire_by_the_clock_in_a_backlog(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    owner.offer(event(0, 1, b"due:%d" % (NOON - SECOND)))
    for _ in range(3):
        desk.tail.answer(1_000)
        await asyncio.sleep(0.06)

    assert not any(step.alerts for step in desk.topics.steps)
    assert owner.state == "catching_up"
    assert owner.lag == 999


async def test_a_deadline_waits_until_the_end_of_the_partition_is_known(
    desk: Desk, owner: PartitionOwner
) -> None:
    await owner.take()
    owner.offer(event(0, 1, b"due:%d" % (NOON - SECOND)))
    await until(lambda: owner.next_offset == 1)
    await asyncio.sleep(0.06)

    assert not any(step.alerts for step in desk.topics.steps)
    assert not owner.caught_up
    assert owner.lag is None


async def test_a_position_that_only_moved_is_acknowledged(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    marker = event(0, 0)
    marker.value.end = 2  # a commit marker, say: no record, but two offsets

    owner.offer(marker)
    await until(lambda: marker.acked)

    assert desk.topics.steps == []
    owner.offer(event(2, 3))
    await until(lambda: owner.next_offset == 3)


@pytest.mark.parametrize("failure", [Fenced("taken over"), RuntimeError("disk full")])
async def test_a_failed_commit_ends_the_owner_without_an_ack(
    desk: Desk, owner: PartitionOwner, failure: Exception
) -> None:
    await owner.take()
    desk.topics.failure = failure
    batch = event(0, 5)

    owner.offer(batch)
    await until(lambda: bool(desk.ended))

    assert desk.ended == [failure]
    assert not batch.acked
    assert not owner.running
    assert desk.counters.snapshot() == {}


async def test_too_many_dead_letters_end_the_owner_before_they_are_written(
    desk: Desk, owner: PartitionOwner
) -> None:
    await owner.take()

    owner.offer(event(0, 6, *[POISON] * 6))
    await until(lambda: bool(desk.ended))

    assert isinstance(desk.ended[0], DeadLetterLimit)
    assert desk.topics.steps == []


async def test_a_full_owner_takes_no_more(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    desk.topics.open.clear()

    owner.offer(event(0, 400))
    await until(lambda: len(desk.engines[0].applied) == 2)

    assert not owner.has_room
    desk.topics.open.set()
    await until(lambda: owner.has_room)


async def test_progress_changes_with_what_is_achieved(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    before = owner.progress

    owner.offer(event(0, 5))
    await until(lambda: owner.next_offset == 5)
    await desk.caught_up(owner, 5)

    assert owner.progress != before
    assert not owner.busy
    assert owner.tail_age is not None


async def test_a_record_appended_just_now_anchors_the_clock(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    await desk.caught_up(owner, 0)
    batch = event(0, 1)
    stamped = NOON // 1_000 + 5_000
    object.__setattr__(batch.value.records[0], "timestamp", stamped)
    object.__setattr__(batch.value.records[0], "timestamp_type", 1)

    owner.offer(batch)

    assert owner._ports.clock.now() == stamped * 1_000


async def test_the_delay_of_a_breach_is_measured_to_its_commit(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    await desk.caught_up(owner, 0)
    step = Step(records=0, next_offset=0, state=[(CHECKPOINT, b"0")])
    breached = {"state": "breached", "historical": False, "breached_at": iso(NOON - SECOND)}
    step.alerts = [
        (b"1", orjson.dumps(breached)),
        (b"2", orjson.dumps({**breached, "historical": True})),
        (b"3", orjson.dumps({**breached, "state": "at_risk", "breached_at": None})),
    ]

    owner._committed(step, 0.007, live=True)

    assert sum(desk.counters.alert_delay.counts) == 1
    assert desk.counters.alert_delay.total == 1.0
    assert desk.counters.step_commit.total == 0.007
    assert sum(desk.counters.distributions()["sla_step_records"].counts) == 0


def test_joined_steps_write_everything_of_both_in_order() -> None:
    first = Step(state=[(b"a", b"1")], alerts=[(b"x", b"1")], records=3, next_offset=3)
    first.counters["events", "created"] += 3
    second = Step(state=[(b"a", b"2")], results=[(b"r", b"1")], next_offset=3, watermark=9, more=True)
    second.counters["events", "created"] += 1

    both = joined(first, second)

    assert both.state == [(b"a", b"1"), (b"a", b"2")]
    assert both.alerts == [(b"x", b"1")]
    assert both.results == [(b"r", b"1")]
    assert both.counters == {("events", "created"): 4}
    assert (both.records, both.next_offset, both.watermark, both.more) == (3, 3, 9, True)


async def test_s22_another_book_is_adopted_between_two_steps(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    desk.topics.open.clear()
    owner.offer(event(0, 5))
    await until(lambda: bool(desk.engines[0].applied))

    book = policies()
    owner.adopt(book)
    await until(lambda: desk.engines[0].books == [book])
    desk.topics.open.set()
    await until(lambda: owner.next_offset == 5)
    assert desk.ended == []


async def test_a_book_that_comes_while_the_state_is_restored_is_adopted_after_it(
    desk: Desk, owner: PartitionOwner
) -> None:
    taking = asyncio.create_task(owner.take())
    await until(lambda: bool(desk.engines))
    book = policies()
    owner.adopt(book)
    assert desk.engines[0].books == []

    await taking
    await until(lambda: desk.engines[0].books == [book])


async def test_a_book_from_before_the_state_is_restored_is_the_engines_own(
    desk: Desk, owner: PartitionOwner
) -> None:
    owner.adopt(policies())
    await owner.take()
    owner.offer(event(0, 1))
    await until(lambda: owner.next_offset == 1)
    assert desk.engines[0].books == []


async def test_tickets_are_planned_anew_while_nothing_else_happens(desk: Desk, owner: PartitionOwner) -> None:
    await owner.take()
    await desk.caught_up(owner, 0)
    desk.engines[0].replanning = 5
    owner.adopt(policies())
    await until(lambda: desk.engines[0].replanning == 0)


async def test_while_another_partition_has_its_turn_nothing_is_planned_anew() -> None:
    desk = Desk(pace=Pace(lambda: 100.0, lambda: 0.0))
    owner = desk.owner()
    await owner.take()
    await desk.caught_up(owner, 0)
    desk.pace.worked(since=99.0, alone=False)
    desk.engines[0].replanning = 5
    owner.offer(event(0, 3))
    await until(lambda: owner.next_offset == 3)
    assert desk.engines[0].replanning == 5
    await owner.drop()


async def test_tickets_are_planned_anew_only_once_no_record_has_come_for_a_moment() -> None:
    now = [100.0]
    desk = Desk(pace=Pace(lambda: now[0], lambda: 0.0))
    owner = desk.owner()
    await owner.take()
    await desk.caught_up(owner, 0)
    owner.offer(event(0, 3))
    desk.engines[0].replanning = 5
    await until(lambda: owner.next_offset == 3)
    await desk.caught_up(owner, 3)
    assert desk.engines[0].replanning == 4  # those that went with the step of the records
    now[0] += QUIET
    await until(lambda: desk.engines[0].replanning == 0)
    await owner.drop()
