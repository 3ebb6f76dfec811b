"""The batch transport between aiokafka's fetcher and the agent, without a broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from agents.app import WorkerApp, assemble
from agents.settings import Settings
from agents.step_writer import StepWriter
from agents.transport import BatchConsumer, BatchConsumerThread, Fetched, RecordBatch, Tail
from tests.agents.fakes import FakeEngine, FakeRecord

ZERO, ONE = TP("tickets", 0), TP("tickets", 1)


class FakeBroker:
    """An aiokafka consumer as its fetcher sees it: what was fetched, and the position behind it."""

    def __init__(self) -> None:
        self.states: dict[TP, Any] = {}
        self.fetched: dict[TP, list[Any]] = {}
        self._closed = False
        assignment = SimpleNamespace(state_value=self.states.get)
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))
        self._fetcher = SimpleNamespace(
            _closed=False,
            _subscriptions=SimpleNamespace(fetch_context=self.context),
            fetched_records=self.fetched_records,
        )

    @contextmanager
    def context(self) -> Iterator[None]:
        yield

    def assign(self, *places: TP) -> None:
        for place in places:
            self.states[place] = SimpleNamespace(
                position=None, has_valid_position=False, lso=None, timestamp=None
            )

    def seek(self, place: TP, offset: int) -> None:
        self.states[place].position, self.states[place].has_valid_position = offset, True

    def add(self, place: TP, records: int, *, markers: int = 0) -> None:
        """The broker has sent records, and commit markers behind them."""
        start = self.states[place].position
        self.fetched[place] = [FakeRecord(start + number) for number in range(records)]
        self.states[place].position = start + records + markers

    async def fetched_records(self, partitions: set[TP], **_: Any) -> Mapping[TP, list[Any]]:
        found = {place: self.fetched.pop(place) for place in partitions if self.fetched.get(place)}
        await asyncio.sleep(0)
        return found


class FakeKeeper:
    """Says what it is told to say."""

    def __init__(self) -> None:
        self.starts: dict[int, int] = {0: 0, 1: 0}
        self.room = {0, 1}
        self.waited = 0
        self.quiesced = 0

    def start_offsets(self) -> Mapping[int, int]:
        return self.starts

    def has_room(self, partition: int) -> bool:
        return partition in self.room

    async def wait_for_room(self, seconds: float) -> None:
        assert seconds > 0
        self.waited += 1

    async def quiesce(self) -> None:
        self.quiesced += 1


class Bench:
    """The consumer under test, its broker and its keeper; calls into the thread happen at once."""

    def __init__(self, app: WorkerApp) -> None:
        self.app = app
        self.broker = FakeBroker()
        self.keeper = FakeKeeper()
        self.consumer = cast(BatchConsumer, app.consumer)
        self.consumer.keeper = self.keeper
        self.thread: BatchConsumerThread = self.consumer._thread
        self.thread._consumer = cast(Any, self.broker)
        self.assigned = {ZERO, ONE}
        cast(Any, self.thread).call_thread = self.call
        cast(Any, self.consumer).assignment = lambda: set(self.assigned)
        self.broker.assign(ZERO, ONE)

    async def call(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    async def fetch(self) -> dict[TP, list[RecordBatch]]:
        self.broker._max_poll_records = None  # type: ignore[attr-defined]
        return dict(await self.consumer._getmany({ZERO, ONE}, timeout=1.0))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    settings = Settings()
    app = assemble(settings, engine=FakeEngine, writer=lambda partition: StepWriter(settings, partition))
    app.finalize()
    made = Bench(app)
    await made.consumer.perform_seek()
    yield made
    made.thread.thread_loop.close()


async def test_a_fetched_list_is_one_batch_with_its_range(bench: Bench) -> None:
    bench.broker.add(ZERO, 3)

    (batch,) = (await bench.fetch())[ZERO]

    assert [record.offset for record in batch.records] == [0, 1, 2]
    assert (batch.partition, batch.start, batch.end) == (0, 0, 3)
    assert repr(batch) == "<RecordBatch 0: 0-3, 3 records>"


async def test_the_end_of_a_batch_is_the_start_of_the_next_across_markers(bench: Bench) -> None:
    bench.broker.add(ZERO, 3, markers=2)
    (first,) = (await bench.fetch())[ZERO]
    bench.broker.add(ZERO, 1)
    (second,) = (await bench.fetch())[ZERO]

    assert (first.end, second.start, second.records[0].offset) == (5, 5, 5)


async def test_a_position_that_moves_alone_is_a_batch_without_records(bench: Bench) -> None:
    bench.broker.add(ZERO, 0, markers=1)

    (batch,) = (await bench.fetch())[ZERO]

    assert (len(batch.records), batch.start, batch.end) == (0, 0, 1)


async def test_nothing_new_is_no_batch(bench: Bench) -> None:
    assert await bench.fetch() == {}


async def test_a_partition_without_room_is_not_asked_for(bench: Bench) -> None:
    bench.keeper.room = {1}
    bench.broker.add(ZERO, 3)
    bench.broker.add(ONE, 2)

    assert list(await bench.fetch()) == [ONE]

    bench.keeper.room = {0, 1}
    (batch,) = (await bench.fetch())[ZERO]
    assert (batch.start, batch.end) == (0, 3)


async def test_without_any_room_nothing_is_asked_for(bench: Bench) -> None:
    bench.keeper.room = set()
    bench.broker.add(ZERO, 3)

    assert await bench.fetch() == {}
    assert bench.keeper.waited == 1


async def test_a_seek_tells_what_was_fetched_before_it_apart(bench: Bench) -> None:
    before = await bench.thread._fetch_records(bench.broker, {ZERO})
    await bench.consumer.perform_seek()
    after = await bench.thread._fetch_records(bench.broker, {ZERO})

    assert after.seeks == before.seeks + 1


async def test_a_result_from_before_a_seek_is_thrown_away(bench: Bench) -> None:
    stale = Fetched({ZERO: [RecordBatch(0, [], 0, 3)]})
    stale.seeks = bench.thread.seeks - 1

    async def getmany(*_: Any) -> Fetched:
        return stale

    cast(Any, bench.thread).getmany = getmany

    assert await bench.fetch() == {}


async def test_reading_begins_where_the_keeper_says(bench: Bench) -> None:
    bench.keeper.starts = {0: 40, 1: 7}

    await bench.consumer.perform_seek()

    assert bench.broker.states[ZERO].position == 40
    assert bench.consumer._read_offset[ONE] == 7
    bench.broker.add(ZERO, 1)
    assert (await bench.fetch())[ZERO][0].start == 40


async def test_a_partition_nobody_keeps_is_paused(bench: Bench) -> None:
    bench.consumer._set_active_tps({ZERO, ONE})
    bench.keeper.starts = {0: 40}

    await bench.consumer.perform_seek()

    assert bench.consumer._get_active_partitions() == {ZERO}


async def test_an_acknowledged_batch_gives_the_offset_to_commit(bench: Bench) -> None:
    bench.broker.add(ZERO, 3, markers=1)
    (batch,) = (await bench.fetch())[ZERO]
    message = bench.consumer._to_message(ZERO, batch)
    bench.consumer.track_message(message)
    assert bench.consumer._new_offset(ZERO) is None

    assert bench.consumer.ack(message)

    assert bench.consumer._new_offset(ZERO) == 4
    assert list(bench.consumer._filter_tps_with_pending_acks()) == [ZERO]
    assert list(bench.consumer._filter_tps_with_pending_acks({"other"})) == []
    assert not bench.consumer._unacked_messages


async def test_an_acknowledgement_of_an_earlier_generation_is_ignored(bench: Bench) -> None:
    bench.broker.add(ZERO, 3)
    message = bench.consumer._to_message(ZERO, (await bench.fetch())[ZERO][0])
    bench.app.consumer_generation_id += 1

    assert not bench.consumer.ack(message)
    assert bench.consumer._new_offset(ZERO) is None


async def test_an_acknowledgement_from_before_a_seek_is_ignored(bench: Bench) -> None:
    bench.broker.add(ZERO, 3)
    message = bench.consumer._to_message(ZERO, (await bench.fetch())[ZERO][0])
    await bench.consumer.perform_seek()

    assert not bench.consumer.ack(message)


async def test_leaving_quiesces_commits_and_forgets(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    committed: list[int | None] = []

    async def commit(**_: Any) -> bool:
        committed.append(bench.consumer._new_offset(ZERO))
        return True

    monkeypatch.setattr(bench.consumer, "commit", commit)
    bench.broker.add(ZERO, 3)
    message = bench.consumer._to_message(ZERO, (await bench.fetch())[ZERO][0])
    bench.consumer.track_message(message)
    bench.consumer.ack(message)
    bench.app._consumer = bench.consumer

    await bench.consumer.on_partitions_revoked({ZERO, ONE})

    assert bench.keeper.quiesced == 1
    assert committed == [3]
    assert bench.consumer._new_offset(ZERO) is None


async def test_after_a_crash_nothing_more_is_committed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    committed: list[int] = []
    monkeypatch.setattr(bench.consumer, "commit", committed.append)
    bench.consumer._crash(RuntimeError("disk full"))

    await bench.consumer.wait_empty()

    assert bench.keeper.quiesced == 1
    assert committed == []


async def test_a_last_commit_that_hangs_holds_nobody_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def commit(**_: Any) -> bool:
        await asyncio.Event().wait()
        return True

    monkeypatch.setattr(bench.consumer, "commit", commit)
    monkeypatch.setattr("agents.transport.COMMIT_SECONDS", 0.01)

    await bench.consumer.wait_empty()

    assert bench.keeper.quiesced == 1


async def test_the_end_of_a_partition_is_as_the_broker_said(bench: Bench) -> None:
    assert bench.consumer.tail("tickets", 0) == Tail(None, None)
    bench.broker.states[ZERO].lso, bench.broker.states[ZERO].timestamp = 12, 99

    assert bench.consumer.tail("tickets", 0) == Tail(12, 99)
    assert bench.consumer.tail("tickets", 5) == Tail(None, None)
    bench.thread._consumer = None
    assert bench.consumer.tail("tickets", 0) == Tail(None, None)


@pytest.mark.filterwarnings("ignore:The loop argument is deprecated")
async def test_the_consumer_sees_committed_records_and_keeps_what_it_has(bench: Bench) -> None:
    made = bench.thread._create_worker_consumer(bench.app.transport)
    try:
        assert made._isolation_level == "read_committed"
        assert made._partition_assignment_strategy == [StickyPartitionAssignor]
        assert made._fetch_max_wait_ms == 500
        assert made._auto_offset_reset == "earliest"
        assert made._enable_auto_commit is False
    finally:
        await made.stop()


class LostBroker:
    """A consumer whose fetch has failed and waits for its next attempt, with aiokafka's own fetcher."""

    def __init__(self) -> None:
        self.client_closed = self.asked = False
        self._client = SimpleNamespace(send=self._send, close=self._close)
        self._fetcher = SimpleNamespace(
            _client=self._client,
            _retry_backoff=60.0,
            _invalidate_preferred_read_replica_for_node=lambda *_: None,
            _fetch_task=asyncio.ensure_future(asyncio.sleep(60.0)),
            _fetch_waiters=(),
        )
        fetch = Fetcher._proc_fetch_request(cast(Any, self._fetcher), None, 1, None)
        self._fetcher._pending_tasks = [asyncio.ensure_future(fetch)]

    async def _send(self, *_: object) -> None:
        self.asked = True
        raise KafkaConnectionError("the broker is gone")

    async def _close(self) -> None:
        self.client_closed = True

    async def stop(self) -> None:
        await Fetcher.close(cast(Any, self._fetcher))
        await self._client.close()


async def test_the_thread_ends_in_order_also_while_a_fetch_waits_for_a_lost_broker(bench: Bench) -> None:
    broker = LostBroker()
    bench.thread._consumer = cast(Any, broker)
    await asyncio.sleep(0)
    assert broker.asked

    await bench.thread.on_thread_stop()

    assert broker.client_closed


async def test_a_thread_that_is_cancelled_itself_is(bench: Bench) -> None:
    asked = asyncio.Event()

    async def stop() -> None:
        asked.set()
        await asyncio.Event().wait()

    bench.thread._consumer = cast(Any, SimpleNamespace(stop=stop))
    stopping = asyncio.ensure_future(bench.thread.on_thread_stop())
    await asked.wait()
    stopping.cancel()

    with pytest.raises(asyncio.CancelledError):
        await stopping


async def test_a_rebalance_that_meets_a_stop_closes_nothing_under_it(bench: Bench) -> None:
    bench.consumer.close()

    assert not bench.broker._closed
