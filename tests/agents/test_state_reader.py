"""Reading a partition's state to its end, on the embedded broker."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from agents.settings import Settings
from agents.state_reader import SourceRange, StateReader, collector_paused, start_offset
from agents.step_writer import StepWriter
from monitor.adapters.embedded_broker import EmbeddedBroker
from monitor.errors import StateUnreadable
from monitor.step import Row, Step


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with EmbeddedBroker() as broker:
        # The mock's commit markers carry a wrong checksum.
        yield Settings(brokers=broker.address, kafka_check_crcs=False)


@pytest.fixture
async def writer(settings: Settings) -> AsyncIterator[StepWriter]:
    made = StepWriter(settings, 1)
    await made.start()
    yield made
    await made.stop()


async def test_every_row_is_handed_over_in_order_up_to_the_last_marker(
    settings: Settings, writer: StepWriter
) -> None:
    written: list[Row] = []
    for number in range(50):
        step = Step(state=[(b"a", b"%d" % number), (b"b", None)], kpis=[(b"k", b"%d" % number)])
        await writer.commit(step)
        written += step.state
    state: list[Row] = []
    kpis: list[Row] = []

    async with StateReader(settings, 1) as reader:
        end = await reader.state_end()
        await reader.read(state.extend, kpis.extend)

    assert state == written
    assert [value for _, value in kpis] == [b"%d" % number for number in range(50)]
    assert reader.rows == 150
    assert end == writer.state_end


async def test_an_empty_partition_is_read_at_once(settings: Settings) -> None:
    state: list[Row] = []

    async with StateReader(settings, 3) as reader:
        assert await reader.state_end() == 0
        assert await reader.source_range() == SourceRange(0, 0)
        await reader.read(state.extend, state.extend)

    assert state == []


def test_it_begins_at_the_checkpoint() -> None:
    assert start_offset(0, 40, SourceRange(10, 50)) == 40


def test_without_a_checkpoint_it_begins_at_the_first_record() -> None:
    assert start_offset(0, -1, SourceRange(10, 50)) == 10


def test_what_was_deleted_cannot_be_read() -> None:
    assert start_offset(0, 5, SourceRange(10, 50)) == 10


def test_a_checkpoint_at_the_end_is_fine_and_one_beyond_is_not() -> None:
    assert start_offset(0, 50, SourceRange(10, 50)) == 50
    with pytest.raises(StateUnreadable, match="source ends at 50"):
        start_offset(0, 51, SourceRange(10, 50))


def test_the_collector_rests_until_the_last_restore_is_over() -> None:
    assert gc.isenabled()
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
