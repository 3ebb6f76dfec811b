"""Very many deadlines at once fire in slices between the records that come, and at once where none come."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agents.pacing import STREAMING, Pace
from agents.partition_owner import FIRED_BESIDE, LEEWAY, PartitionOwner
from schemas.instants import SECOND, Micros
from tests.agents.fakes import event, until
from tests.agents.owner_desk import NOON, Desk

MANY = 2 * FIRED_BESIDE + 20


class Time:
    """A steady clock that a test sets, in seconds."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def desk(time: Time) -> Desk:
    return Desk(pace=Pace(time, lambda: 0.0))


@pytest.fixture
async def owner(desk: Desk) -> AsyncIterator[PartitionOwner]:
    """Caught up behind one record."""
    made = desk.owner()
    await made.take()
    made.offer(event(0, 1))
    await until(lambda: made.next_offset == 1)
    await desk.caught_up(made, 1)
    yield made
    await made.drop()


def _become_due(
    desk: Desk, owner: PartitionOwner, number: int = MANY, *, since: Micros = SECOND // 4
) -> None:
    desk.engines[0].deadlines = [NOON - since] * number
    owner._wake.set()


def _alerts(desk: Desk) -> list[int]:
    return [len(step.alerts) for step in desk.topics.steps if step.alerts]


async def test_while_records_come_deadlines_fire_in_slices(desk: Desk, owner: PartitionOwner) -> None:
    _become_due(desk, owner)
    await until(lambda: sum(_alerts(desk)) == MANY)
    assert _alerts(desk) == [FIRED_BESIDE, FIRED_BESIDE, 20]


async def test_where_no_records_come_they_fire_at_once(desk: Desk, owner: PartitionOwner, time: Time) -> None:
    time.now += STREAMING
    _become_due(desk, owner)
    await until(lambda: sum(_alerts(desk)) == MANY)
    assert _alerts(desk) == [MANY]


async def test_what_has_waited_for_long_enough_fires_at_once_although_records_come(
    desk: Desk, owner: PartitionOwner
) -> None:
    _become_due(desk, owner, since=2 * LEEWAY)
    await until(lambda: sum(_alerts(desk)) == MANY)
    assert _alerts(desk) == [MANY]


async def test_records_of_another_partition_are_not_held_up_either(
    desk: Desk, owner: PartitionOwner, time: Time
) -> None:
    time.now += STREAMING
    desk.pace.heard()
    _become_due(desk, owner)
    await until(lambda: sum(_alerts(desk)) == MANY)
    assert _alerts(desk)[0] == FIRED_BESIDE


async def test_a_deadline_waits_for_the_step_in_flight_and_goes_with_the_records_that_come_meanwhile(
    desk: Desk, owner: PartitionOwner
) -> None:
    desk.topics.open.clear()
    owner.offer(event(1, 2))
    await until(lambda: len(desk.engines[0].applied) == 2)
    await desk.caught_up(owner, 2)
    _become_due(desk, owner, 3)
    await desk.caught_up(owner, 2)
    assert len(desk.engines[0].deadlines) == 3
    owner.offer(event(2, 3))
    await until(lambda: len(desk.engines[0].applied) == 3)
    desk.topics.open.set()
    await until(lambda: sum(_alerts(desk)) == 3)
    step = next(step for step in desk.topics.steps if step.alerts)
    assert (len(step.results), len(step.alerts)) == (1, 3)


async def test_only_a_partition_that_is_caught_up_may_leave_deadlines_for_later(desk: Desk) -> None:
    owner = desk.owner()
    await owner.take()
    owner.offer(event(0, 1))
    await until(lambda: owner.next_offset == 1)
    await desk.caught_up(owner, 1)
    owner.offer(event(1, 2))
    await until(lambda: owner.next_offset == 2)
    assert desk.engines[0].leeways == [0, LEEWAY]
    await owner.drop()
