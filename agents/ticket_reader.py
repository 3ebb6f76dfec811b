"""Looks for one ticket in the topics of an installation: its state row, its verdicts, its dead letters.

Read-only and without a group, with `read_committed`. Topics are read to the last stable offset asked for at the
start, as `agents.state_reader` does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from agents.clients import client_options, outside_reader
from agents.closing import close_client
from agents.settings import Settings
from agents.topic_admin import TopicAdmin
from monitor.checkpoint import CHECKPOINT_KEY, decode_checkpoint
from monitor.errors import BrokerUnreachable, TopicsMissing
from monitor.ticket_history import Key, keep_result
from monitor.ticket_letters import TicketLetters
from schemas.dead_letters import DeadLetter
from schemas.instants import Micros

_FETCH_BYTES: Final = 4 << 20
_POLL_MS: Final = 250
_SILENCE_SECONDS: Final = 30.0
_CLOSE_SECONDS: Final = 0.05

Advance = Callable[[int], None]
Progress = Callable[[str, int], AbstractContextManager[Advance]]
Take = Callable[[Any], None]


@dataclass(slots=True)
class FoundTicket:
    """What the topics hold of one ticket; `partition` is where it was found, else where it ought to be."""

    letters: TicketLetters
    partition: int
    usual_partition: int
    row: bytes | None = None
    watermark: Micros | None = None
    results: dict[Key, dict[str, Any]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    records: int = 0

    @property
    def elsewhere(self) -> int | None:
        """The usual partition, if the ticket was found in another one."""
        return None if self.partition == self.usual_partition else self.usual_partition


class TicketReader:
    """Searches an installation's topics for a ticket; `progress` shows each partition that is read."""

    def __init__(self, settings: Settings, ticket_id: str, progress: Progress) -> None:
        self._settings = settings
        self._key = ticket_id.encode()
        self._progress = progress
        self._found = FoundTicket(TicketLetters(ticket_id), 0, 0)

    async def find(self) -> FoundTicket:
        """The ticket's state row, else its verdicts, else its dead letters, wherever its producer put them.

        The partition of Kafka's default partitioner comes first: nearly always nothing else is read. Raises
        `TopicsMissing` and `BrokerUnreachable`.
        """
        partitions = await self._partitions()
        found = self._found
        usual = found.usual_partition = found.partition = usual_partition(self._key, partitions)
        topics = self._settings.topics
        for partition in (usual, *(number for number in range(partitions) if number != usual)):
            await self._read(topics.state, partition, self._take_row)
            if found.row is None:
                await self._read(topics.results, partition, self._take_result)
            if found.row is not None or found.results:
                found.partition = partition
                return found
            found.watermark = None
        for partition in range(partitions):
            await self._read(topics.dead_letters, partition, self._take_letter)
        return found

    async def results(self) -> FoundTicket:
        """Adds the verdicts of a ticket whose state row was found."""
        await self._read(self._settings.topics.results, self._found.partition, self._take_result)
        return self._found

    async def _partitions(self) -> int:
        topics = self._settings.topics
        wanted = (topics.state, topics.results, topics.dead_letters)
        async with TopicAdmin(client_options(self._settings)) as admin:
            there = await admin.found(wanted)
        missing = [name for name in wanted if name not in there]
        if missing:
            raise TopicsMissing(
                f"the topics {', '.join(missing)} do not exist on {self._settings.brokers}: nothing was judged "
                "there. Check SLA_BROKERS and the SLA_TOPIC_… names, or make them with: sla-monitor topics create"
            )
        return there[topics.state].partitions

    def _take_row(self, record: Any) -> None:
        if record.key == self._key:
            self._found.row = record.value
        elif record.key == CHECKPOINT_KEY:
            self._found.watermark = decode_checkpoint(record.value, record.partition).watermark
        self._note(record.key)

    def _take_result(self, record: Any) -> None:
        if record.key == self._key:
            keep_result(self._found.results, orjson.loads(record.value))
        self._note(record.key)

    def _take_letter(self, record: Any) -> None:
        self._found.letters.take([DeadLetter(record.key, record.value, list(record.headers))])

    def _note(self, key: bytes | None) -> None:
        if key is not None and not key.startswith(b"\x00"):
            self._found.seen.add(key.decode(errors="replace"))

    async def _read(self, topic: str, partition: int, take: Take) -> None:
        place = TopicPartition(topic, partition)
        consumer = outside_reader(
            self._settings, "explain", max_partition_fetch_bytes=_FETCH_BYTES, fetch_max_wait_ms=100
        )
        consumer.assign([place])  # before the start, so that the topic is known from the first request on
        try:
            await consumer.start()
            await self._to_end(consumer, place, take)
        except KafkaError as error:
            raise BrokerUnreachable(f"{topic}, partition {partition} cannot be read: {error}") from error
        finally:
            await close_client(consumer.stop(), seconds=_CLOSE_SECONDS)

    async def _to_end(self, consumer: Any, place: TopicPartition, take: Take) -> None:
        first = (await consumer.beginning_offsets([place]))[place]
        end = (await consumer.end_offsets([place]))[place]
        await consumer.seek_to_beginning(place)
        at = first
        heard = time.monotonic()
        with self._progress(f"{place.topic}[{place.partition}]", end - first) as advance:
            while (position := await consumer.position(place)) < end:
                advance(position - at)
                heard, at = (time.monotonic(), position) if position > at else (heard, at)
                if time.monotonic() - heard > _SILENCE_SECONDS:
                    raise BrokerUnreachable(
                        f"{place.topic}, partition {place.partition}: nothing more came for "
                        f"{_SILENCE_SECONDS:g} s at offset {at} of {end}; look at the broker that leads it"
                    )
                for record in _records(await consumer.getmany(timeout_ms=_POLL_MS)):
                    take(record)
                    self._found.records += 1


def usual_partition(key: bytes, partitions: int) -> int:
    """Where Kafka's default partitioner (murmur2) puts a key."""
    numbers = list(range(partitions))
    return int(DefaultPartitioner()(key, numbers, numbers))


def _records(chunks: dict[TopicPartition, list[Any]]) -> Iterator[Any]:
    for records in chunks.values():
        yield from records
