"""Watches a worker from outside while it works: its processor time, its memory, and what it has committed."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, Self

import orjson
import psutil
from confluent_kafka import Consumer, IsolationLevel, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin import OffsetSpec as _OffsetSpec  # type: ignore[attr-defined]  # public, not listed

from monitor.checkpoint import CHECKPOINT_KEY
from tests.bench.report import say

EVERY: Final = 0.05  # seconds between two looks, as the peers' own measurement has it
_SHARE_OF_LOADING: Final = 250_000
_PATIENCE: Final = 100  # looks
_LATEST: Final[Any] = _OffsetSpec.latest()  # type: ignore[no-untyped-call]
_TAIL: Final = 50_000  # offsets read back to find a checkpoint


class Look(NamedTuple):
    """What was seen at one moment: `ends` by partition, as readers of committed records see them."""

    at: float
    cpu_seconds: float
    resident: int
    ends: Mapping[int, int]


class Watch:
    """Looks at a process tree and a topic every 50 ms from a thread of its own; lives inside `with`."""

    def __init__(self, pid: int, address: str, topic: str, partitions: int) -> None:
        self._root = psutil.Process(pid)
        self._admin = AdminClient({"bootstrap.servers": address})
        self._places = [TopicPartition(topic, number) for number in range(partitions)]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.looks: list[Look] = []

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def at(self, moment: float) -> Look:
        """The last look before a moment."""
        place = bisect_right(self.looks, moment, key=lambda look: look.at)
        return self.looks[max(0, place - 1)]

    def seen_at(self, partition: int, offset: int) -> float:
        """When the offset was first before the end of its partition."""
        return next(look.at for look in self.looks if look.ends[partition] > offset)

    @property
    def peak(self) -> int:
        """The most resident bytes that were seen."""
        return max(look.resident for look in self.looks)

    def _run(self) -> None:
        while not self._ended.wait(EVERY):
            try:
                self._look()
            except psutil.NoSuchProcess:
                return

    def _look(self) -> None:
        cpu, resident = 0.0, 0
        for process in [self._root, *self._root.children(recursive=True)]:
            with process.oneshot():
                times = process.cpu_times()
                cpu += times.user + times.system
                resident += process.memory_info().rss
        self.looks.append(Look(time.time(), cpu, resident, _ends(self._admin, self._places)))


class Checkpoint(NamedTuple):
    """A checkpoint row and where it lies in its partition of the state topic."""

    offset: int
    next_offset: int


class Checkpoints:
    """Reads checkpoints back from the state topic; lives inside `with`."""

    def __init__(self, address: str, topic: str, partitions: int) -> None:
        self._topic = topic
        self._partitions = range(partitions)
        self._consumer = Consumer(
            {
                "bootstrap.servers": address,
                "group.id": "checkpoints",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def reached(self, wanted: Mapping[int, int]) -> dict[int, Checkpoint] | None:
        """The first checkpoint of each partition at or behind the wanted source offset; None if one is missing."""
        if not all(self._find(number, offset, 3_000) for number, offset in wanted.items()):
            return None  # a quick look at the end, so as not to disturb
        found = {number: self._find(number, offset, _TAIL) for number, offset in wanted.items()}
        return {number: checkpoint for number, checkpoint in found.items() if checkpoint is not None}

    def _find(self, partition: int, wanted: int, back: int) -> Checkpoint | None:
        low, high = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=10)
        if high <= low:
            return None
        self._consumer.assign([TopicPartition(self._topic, partition, max(low, high - back))])
        while True:
            for message in self._consumer.consume(5_000, 1.0):
                if message.error() is not None:
                    return None
                if message.key() == CHECKPOINT_KEY:
                    next_offset = orjson.loads(message.value() or b"")["next_offset"]
                    if next_offset >= wanted:
                        return Checkpoint(message.offset() or 0, next_offset)


def source_ends(address: str, topic: str, partitions: int) -> dict[int, int]:
    """The end of each partition of a topic."""
    admin = AdminClient({"bootstrap.servers": address})
    return _ends(admin, [TopicPartition(topic, number) for number in range(partitions)])


def _ends(admin: AdminClient, places: list[TopicPartition]) -> dict[int, int]:
    """The ends as readers of committed records see them; a topic just made may have no leader for a moment."""
    refused: KafkaException | None = None
    for _ in range(_PATIENCE):
        asked = admin.list_offsets(
            dict.fromkeys(places, _LATEST), isolation_level=IsolationLevel.READ_COMMITTED
        )
        try:
            return {place.partition: answer.result().offset for place, answer in asked.items()}
        except KafkaException as error:
            refused = error
            time.sleep(EVERY)
    raise TimeoutError(f"the ends of {places[0].topic} are not told") from refused


def load(address: str, topic: str, pairs: Iterable[tuple[bytes, bytes]], *, total: int) -> None:
    """Produces keys and values, each key to the partition that Java's own partitioner gives it."""
    producer = Producer(
        {
            "bootstrap.servers": address,
            "partitioner": "murmur2_random",
            "linger.ms": 20,
            "queue.buffering.max.messages": 500_000,
        }
    )
    for number, (key, value) in enumerate(pairs, start=1):
        _put(producer, topic, key, value)
        if number % _SHARE_OF_LOADING == 0:
            say(f"{topic}: {number:,} of {total:,} loaded")
    flush(producer)


def flush(producer: Any) -> None:
    """Waits until all is delivered; raises `KafkaException` when it is not within a minute."""
    if producer.flush(60):
        raise KafkaException(f"{len(producer)} records were not delivered")


def _put(producer: Any, topic: str, key: bytes, value: bytes, **where: int) -> None:
    while True:
        try:
            producer.produce(topic, value, key, **where)
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


def load_rows(
    address: str, topic: str, rows: Iterable[tuple[bytes, bytes]], *, partitions: int, first: int = 0
) -> None:
    """Produces rows to `partitions` partitions in turn, beginning with `first`, as a worker's own would lie."""
    producer = Producer(
        {
            "bootstrap.servers": address,
            "linger.ms": 20,
            "compression.type": "zstd",
            "queue.buffering.max.messages": 500_000,
        }
    )
    for number, (key, value) in enumerate(rows):
        _put(producer, topic, key, value, partition=first + number % partitions)
    flush(producer)
