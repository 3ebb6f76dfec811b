"""The batch transport: one fetched list of a partition is one Faust event.

Faust handles an event per record, which costs more than judging it does. Here a list as the broker sent it
travels as one event, and what depends on single records is replaced: acknowledging (`agents.ack_ledger`),
where to read from (the checkpoint, never the committed offset) and how much may wait. Everything else is
Faust's: group, assignment, generations, streams, agents.

The private names used here are those of faust-streaming 0.15.3 and aiokafka 0.14;
`tests/contracts/test_faust_internals.py` holds them.
"""

# ruff: noqa: SLF001

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import faust
import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, ConsumerMessage, Message

from agents.ack_ledger import AckLedger
from monitor.intake import SourceRecord

POLL_SECONDS: Final = 0.25
"""Longest wait for records: how late it may show that only a commit marker has moved the position."""

POLL_SECONDS_FULL: Final = 0.02
"""The same while a partition has no room: its next list must be there before the last one is used up."""

COMMIT_SECONDS: Final = 10.0
"""Longest wait for the last commit when partitions leave: offsets are a hint, and members are waiting."""

FAUST_LOG: Final = logging.getLogger("faust.worker")
"""For our subclasses of Faust's services, whose every start and stop is announced as theirs are: quietly."""

_log = structlog.get_logger(__name__)


class RecordBatch:
    """A list of records of one partition: all that lies from `start` to before `end`.

    Both are positions of the consumer, so they also cover commit markers, aborted and compacted records; the
    `end` of one batch is the `start` of the next. Without records only the position has moved.
    """

    __slots__ = ("end", "partition", "records", "start")

    def __init__(self, partition: int, records: Sequence[SourceRecord], start: int, end: int) -> None:
        self.partition = partition
        self.records = records
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return f"<RecordBatch {self.partition}: {self.start}-{self.end}, {len(self.records)} records>"


@dataclass(frozen=True, slots=True)
class Tail:
    """What is known of a partition's end; `stable` is its last stable offset, None before the first answer.

    `answered` changes with every answer of the broker and means nothing else.
    """

    stable: int | None
    answered: int | None


class Keeper(Protocol):
    """Who keeps the partitions' state and decides with it where reading begins."""

    def start_offsets(self) -> Mapping[int, int]:
        """Where to read each kept partition from."""
        ...

    def has_room(self, partition: int) -> bool:
        """Whether the partition may be handed more records."""
        ...

    async def wait_for_room(self, seconds: float) -> None:
        """Returns when some partition has room again, or after `seconds`."""
        ...

    async def quiesce(self) -> None:
        """Lets go of what was handed over but not begun, and finishes what was; within a bounded time."""
        ...


class BatchSchema(faust.Schema[Any, Any]):
    """Hands key and value through as they are: a batch is not decoded."""

    def loads_key(self, app: AppT, message: Message, **_: Any) -> Any:  # noqa: ARG002
        """The message's key."""
        return message.key

    def loads_value(self, app: AppT, message: Message, **_: Any) -> Any:  # noqa: ARG002
        """The message's value: a `RecordBatch`."""
        return message.value


class Fetched(dict[TP, list[RecordBatch]]):
    """What one look at the fetched records gave; `seeks` tells results from before a seek apart."""

    seeks: int = 0


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that talks to the broker; cuts what was fetched into batches without gaps."""

    logger = FAUST_LOG

    def __post_init__(self) -> None:
        super().__post_init__()
        self.seeks = 0
        self._handed: dict[TP, int] = {}  # per partition: the end of the batch before

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        """As Faust makes it, but for what its settings do not reach.

        It sees committed records only, hears from an idle broker more often, and a rebalance leaves it what it
        has as far as that is fair, since every partition that moves has its state restored.
        """
        consumer = super()._create_worker_consumer(transport)
        consumer._partition_assignment_strategy = [StickyPartitionAssignor]
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = transport.fetch_wait_ms
        return consumer

    async def start_at(self, offsets: Mapping[TP, int]) -> None:
        """Reads on from these offsets; what was fetched before is void."""
        await self.call_thread(self._start_at, offsets)

    async def _start_at(self, offsets: Mapping[TP, int]) -> None:
        # No await in here: seen from the fetching coroutine, all seeks happen at once.
        consumer = self._ensure_consumer()
        self.seeks += 1
        self._handed.clear()
        for tp, offset in offsets.items():
            consumer.seek(tp, offset)
            self._handed[tp] = offset

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109
        max_records: int | None = None,
    ) -> Fetched:
        records = await super()._fetch_records(
            consumer, active_partitions, timeout=timeout, max_records=max_records
        )
        # No await from the drain to here: the positions are those right behind these records.
        fetched = Fetched()
        fetched.seeks = self.seeks
        assignment = _assignment(consumer)
        for tp in active_partitions:
            state = None if assignment is None else assignment.state_value(tp)
            start = self._handed.get(tp)
            if state is None or start is None or not state.has_valid_position:
                continue
            found = records.get(tp, ())
            if found or state.position != start:
                self._handed[tp] = state.position
                fetched[tp] = [RecordBatch(tp.partition, found, start, state.position)]
        return fetched

    def close(self) -> None:
        """Nothing: the end of this thread closes all.

        Faust calls it when a rebalance meets a stop, and would close the connections from another event loop, under
        what the stop still does with them.
        """

    async def on_thread_stop(self) -> None:
        """Closes the consumer; what aiokafka leaves open when it stops halfway, too.

        A fetch that failed and waits for its next attempt passes its cancellation on to whoever closes the fetcher.
        This thread would end without saying so, and the stop of the worker wait for that.
        """
        try:
            await super().on_thread_stop()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._consumer is None or (task is not None and task.cancelling()):
                raise
            await self._consumer._client.close()

    def tail(self, tp: TP) -> Tail:
        """What the broker last said of the partition's end; may be asked from any thread."""
        assignment = None if self._consumer is None else _assignment(self._consumer)
        state = None if assignment is None else assignment.state_value(tp)
        if state is None:
            return Tail(None, None)
        # The fetcher sets the time stamp last: read first, it never comes with the end of the answer before.
        answered = state.timestamp
        return Tail(state.lso, answered)


def _assignment(consumer: Any) -> Any:
    subscription = consumer._subscription.subscription
    return None if subscription is None else subscription.assignment


class BatchConsumer(driver.Consumer):
    """Faust's consumer for batches; one per app, on the app's loop."""

    logger = FAUST_LOG
    _thread: BatchConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.ledger: AckLedger[TP] = AckLedger()
        super().__init__(*args, **kwargs)
        self.keeper = cast(BatchTransport, self.transport).keeper

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def tail(self, topic: str, partition: int) -> Tail:
        """What is known of the partition's end."""
        return self._thread.tail(TP(topic, partition))

    # In: from the broker to the agent.

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109
        active = set(active_partitions or ())
        wanted = {tp for tp in active if self.keeper.has_room(tp.partition)}
        if not wanted:  # to aiokafka an empty set means all
            await self.keeper.wait_for_room(timeout)
            return Fetched()
        wait = POLL_SECONDS if len(wanted) == len(active) else POLL_SECONDS_FULL
        fetched = await super()._getmany(wanted, min(wait, timeout))
        if not isinstance(fetched, Fetched) or fetched.seeks != self._thread.seeks:
            return Fetched()  # from before a seek, so it will be fetched again
        return fetched

    def _to_message(self, tp: TP, record: RecordBatch) -> ConsumerMessage:
        self.ledger.delivered(tp, record)
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            record.start,
            0.0,
            0,
            None,
            None,
            cast(Any, record),
            None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing to add: batches have no gaps between them."""

    # Out: from the agent to the group's offsets.

    def ack(self, message: Message) -> bool:
        """Notes that a batch is committed; ignored when it belongs to an earlier generation."""
        message.acked = True
        self._unacked_messages.discard(message)
        if message.generation_id != self.app.consumer_generation_id:
            return False
        if not self.ledger.ack(message.tp, cast(Any, message.value)):
            return False
        self._n_acked += 1
        return True

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (tp for tp in self.ledger.places() if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        return self.ledger.done(tp)

    # Position and partitions.

    async def perform_seek(self) -> None:
        """Reads every kept partition from where its state ends; one that is not kept stays paused."""
        starts = self.keeper.start_offsets()
        assigned = self.assignment()
        offsets = {tp: starts[tp.partition] for tp in assigned if tp.partition in starts}
        self.pause_partitions(assigned - offsets.keys())
        self.ledger.reset()
        await self._thread.start_at(offsets)
        self._read_offset.update({tp: offset or None for tp, offset in offsets.items()})

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finishes what is in flight, commits it, and only then forgets it."""
        try:
            await super().on_partitions_revoked(revoked)
        finally:
            self.ledger.reset(revoked)

    async def wait_empty(self) -> None:
        """Waits for the steps in flight, within bounds, and commits; Faust's own may wait for ever."""
        await self.keeper.quiesce()
        self._unacked_messages.clear()
        if self.crashed:
            return  # and its thread with it
        try:
            await asyncio.wait_for(self.commit_and_end_transactions(), COMMIT_SECONDS)
        except TimeoutError:
            _log.warning("the last offsets were not committed; the checkpoints hold them")


class BatchTransport(driver.Transport):
    """The transport of the app: `app.transport = BatchTransport(url, app, keeper=...)` before any topic."""

    Consumer = BatchConsumer

    def __init__(
        self, url: Any, app: Any, *, keeper: Keeper, fetch_wait_ms: int = 500, **kwargs: Any
    ) -> None:
        super().__init__(url, app, **kwargs)
        self.keeper = keeper
        self.fetch_wait_ms = fetch_wait_ms
