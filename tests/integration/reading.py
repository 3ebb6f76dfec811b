"""Reads topics as anyone outside may: without a group, committed records only, from the beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Self
from uuid import uuid4

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from tests.integration.waiting import until

_AT_ONCE = 10_000


class Record(NamedTuple):
    """A record as it lies in a topic; the engine takes it as a source record too."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


Take = Callable[[Record], None]


class Follower:
    """Keeps up with topics and hands each record to its topic's taker; lives inside `with`."""

    def __init__(self, address: str, takers: Mapping[str, Take]) -> None:
        self._takers = takers
        self._consumer = Consumer(
            {
                "bootstrap.servers": address,
                "group.id": f"outside-{uuid4().hex}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 100,
                "log_level": 0,
            }
        )
        self._behind = self._places()
        self._consumer.assign([TopicPartition(*place, OFFSET_BEGINNING) for place in self._behind])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def look(self, seconds: float = 0.05) -> bool:
        """Takes in what comes within this time; returns whether every partition's end was reached once.

        A broker that is away is waited for.
        """
        for message in self._consumer.consume(_AT_ONCE, seconds):
            error = message.error()
            place = (str(message.topic()), int(message.partition() or 0))
            if error is None:
                self._takers[place[0]](_record(message))
            elif error.code() == KafkaError._PARTITION_EOF:
                self._behind.discard(place)
            elif error.fatal():
                raise KafkaException(error)
        return not self._behind

    def _places(self) -> set[tuple[str, int]]:
        known = self._consumer.list_topics(timeout=20).topics
        return {(topic, partition) for topic in self._takers for partition in known[topic].partitions}


def read_all(address: str, takers: Mapping[str, Take]) -> None:
    """Hands over everything that is committed in these topics now."""
    with Follower(address, takers) as follower:
        until(follower.look, f"the ends of {', '.join(takers)}")


def read_topic(address: str, topic: str) -> list[Record]:
    """Everything that is committed in a topic now; each partition in its order."""
    records: list[Record] = []
    read_all(address, {topic: records.append})
    return records


def written_ends(address: str, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    """Where each partition's log ends, records of open and aborted transactions included."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "ends", "log_level": 0})
    known = consumer.list_topics(timeout=20).topics
    places = [(topic, partition) for topic in topics for partition in known[topic].partitions]
    ends = {place: consumer.get_watermark_offsets(TopicPartition(*place), timeout=20)[1] for place in places}
    consumer.close()
    return ends


def settled(lines: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, int], dict[str, Any]]:
    """The last revision of each settled verdict by ticket, objective and cycle, as `results.jsonl` has it."""
    last = {(line["ticket_id"], line["objective"], line["cycle"]): line for line in lines}
    outcomes = ("met", "missed", "cancelled", "waived")
    return {
        key: {name: line[name] for name in line if name not in {"revision", "evidence"}}
        for key, line in last.items()
        if line["outcome"] in outcomes and line["reason"] != "superseded"
    }


def undated(alert: bytes | None) -> dict[str, Any]:
    """An alert without what says when it was noticed (S37)."""
    value = orjson.loads(alert or b"null")
    return {name: value[name] for name in value if name not in {"detected_at", "historical"}}


def documents(records: Iterable[Record]) -> list[Any]:
    """The JSON of each record."""
    return [orjson.loads(record.value or b"null") for record in records]


def _record(message: Any) -> Record:
    kind, stamp = message.timestamp()
    return Record(
        message.topic(),
        message.partition(),
        message.offset(),
        stamp if kind else None,
        message.key(),
        message.value(),
        message.headers() or [],
    )
