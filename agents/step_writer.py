"""The writer of one source partition: each step in one Kafka transaction, whole or not at all.

All rows go to the partition number of the source in every topic. The transactional id fences: once a new
writer of the same id has started, the broker refuses everything of the former one and has aborted what it
left open. (Kafka's transactions, KIP-98; aiokafka 0.14 speaks their first version, which Kafka 4 accepts.)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerFenced
from aiokafka.producer import sender

from agents.clients import client_options
from agents.closing import close_client
from agents.settings import Settings
from monitor.errors import Fenced
from monitor.step import Step
from schemas.dead_letters import DeadLetter
from schemas.topics import Topics

HEADER_CUT: Final = "sla-cut-from-bytes"
"""Header of a dead letter that did not fit a batch: the length of the whole value, which the source keeps."""

BEGIN_AGAIN_SECONDS: Final = 0.005
"""Until a transaction is begun again whose forerunner's commit markers are still being written (KAFKA-5477).

They take a few milliseconds, and one step in forty comes before them. aiokafka waits 20 ms, or several times that,
which was most of the slowest percent of all steps.
"""

_STOP_SECONDS: Final = 1.0
_ROW_OVERHEAD: Final = 100  # of a record in a batch: at most ~40 bytes of lengths, and the batch's own 61
_MARKER: Final = 1  # the offset that a transaction's commit marker takes in each partition
_NO_HEADERS: Final[list[tuple[str, bytes]]] = []

Record = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


class StepWriter:
    """A transactional producer that writes one partition's steps; lives from taking to leaving it."""

    def __init__(self, settings: Settings, partition: int) -> None:
        self._settings = settings
        self._topics: Topics = settings.topics
        self._partition = partition
        self._producer: Any = None
        self.state_end: int | None = None
        """The end of the state partition after the last commit; None when nothing was written, or unknown."""

    async def start(self) -> None:
        """Takes the transactional id: from here on no other writer of this partition can commit."""
        compression = self._settings.compression
        sender.BACKOFF_OVERRIDE = BEGIN_AGAIN_SECONDS  # of the whole process; no option reaches it
        self._producer = AIOKafkaProducer(
            **client_options(self._settings),
            client_id=f"{self._settings.group}-writer-{self._partition}",
            transactional_id=self._settings.transactional_id(self._partition),
            transaction_timeout_ms=int(self._settings.transaction_seconds * 1000),
            acks="all",
            max_batch_size=self._settings.batch_bytes,
            compression_type=None if compression == "none" else compression,
        )
        await self._producer.start()

    async def stop(self) -> None:
        """Closes the connections; an unfinished transaction is left for the broker to abort."""
        if self._producer is None:
            return
        producer, self._producer = self._producer, None
        await close_client(producer.stop(), seconds=_STOP_SECONDS)

    async def commit(self, step: Step) -> None:
        """Writes all of a step and returns when it is committed.

        Raises `Fenced` when another writer has taken over, else whatever went wrong. After any error this
        writer must not be used again: the step may or may not have been committed.
        """
        try:
            await self._producer.begin_transaction()
            state_end = await self._send(step)
            await self._producer.commit_transaction()
        except ProducerFenced as error:
            raise Fenced(f"partition {self._partition} is written by another worker now") from error
        self.state_end = state_end

    async def _send(self, step: Step) -> int | None:
        """Sends all batches and waits until the broker has them; returns where the state will end."""
        batches = [
            (topic, batch) for topic, records in self._outputs(step) for batch in self._batches(records)
        ]
        sent = [
            await self._producer.send_batch(batch, topic, partition=self._partition)
            for topic, batch in batches
        ]
        end = self.state_end
        for (topic, batch), placed in zip(batches, await asyncio.gather(*sent), strict=True):
            if topic == self._topics.state:
                # The broker answers a retry it had already taken with offset -1: the end is then unknown.
                end = placed.offset + batch.record_count() + _MARKER if placed.offset >= 0 else None
        return end

    def _outputs(self, step: Step) -> Iterator[tuple[str, Iterable[Record]]]:
        topics = self._topics
        rows = (
            (topics.state, step.state),
            (topics.kpis, step.kpis),
            (topics.results, step.results),
            (topics.alerts, step.alerts),
        )
        for topic, pairs in rows:
            if pairs:
                yield topic, ((key, value, _NO_HEADERS) for key, value in pairs)
        if step.dead_letters:
            yield topics.dead_letters, map(self._fitting, step.dead_letters)

    def _batches(self, records: Iterable[Record]) -> Iterator[Any]:
        """Batches, each full but the last; a record larger than a batch gets one of its own."""
        now_ms = time.time_ns() // 1_000_000
        batch = self._producer.create_batch()
        for key, value, headers in records:
            if batch.append(key=key, value=value, timestamp=now_ms, headers=headers) is None:
                yield batch
                batch = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=now_ms, headers=headers)
        batch.close()
        yield batch

    def _fitting(self, letter: DeadLetter) -> Record:
        """The dead letter, its value cut when the broker would refuse it: one record must not stop all."""
        value = letter.value or b""
        headers = sum(len(name) + len(content) + 10 for name, content in letter.headers)
        room = self._settings.batch_bytes - len(letter.key or b"") - headers - _ROW_OVERHEAD
        if len(value) <= room:
            return letter.key, letter.value, letter.headers
        mark = (HEADER_CUT, str(len(value)).encode())
        return letter.key, value[: room - len(HEADER_CUT) - 30], [*letter.headers, mark]
