"""The parts of the demo that run beside each other: the worker, who reads its topics, and the desk itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from agents.app import WorkerApp, create_app
from agents.cli.board import Board
from agents.cli.demo_policy import demo_policy
from agents.clients import client_options
from agents.policies import Policies
from agents.policy_follower import PolicyFollower
from agents.policy_publisher import PolicyPublisher, compile_files
from agents.running import run_worker
from agents.settings import Settings
from agents.wall_clock import system_time
from monitor.adapters.embedded_broker import EmbeddedBroker
from monitor.adapters.policy_file import parse_policy
from monitor.errors import SlaMonitorError
from monitor.synthetic import deliveries
from schemas.instants import SECOND

_PATIENCE_SECONDS: Final = 30.0  # to begin and to finish; on two busy cores the first takes some seconds
_ASK_AGAIN_SECONDS: Final = 0.05
_FETCH_WAIT_MS: Final = 20  # the mock answers a waiting fetch only when its time is over


class TookTooLong(SlaMonitorError):
    """A part of the demo that did not come to its end; says which."""


class Worker:
    """The worker on an embedded broker of its own; lives inside `started`."""

    def __init__(self, settings: Settings, policies: Policies) -> None:
        self.settings = settings
        self.app: WorkerApp = create_app(settings, policies=policies)
        self.task = asyncio.create_task(run_worker(self.app, watchdog_seconds=settings.watchdog_seconds))

    @classmethod
    @asynccontextmanager
    async def started(cls) -> AsyncIterator[Self]:
        """A worker that has its partitions; it is stopped in order at the end."""
        with EmbeddedBroker() as broker:
            settings = Settings(
                brokers=broker.address,
                http_port=0,
                commit_seconds=0.5,
                kafka_check_crcs=False,  # the commit markers of librdkafka's mock cluster carry a wrong one
                fetch_wait_ms=_FETCH_WAIT_MS,
            )
            worker = cls(settings, await _published(settings))
            try:
                await worker._until(lambda: worker.app.ownership.joined, "the worker did not start")
                yield worker
            finally:
                await _ended(worker.task)

    @property
    def metrics_url(self) -> str | None:
        """Where the worker's `/metrics` are."""
        health = self.app.health
        return None if health is None else f"http://{self.settings.http_host}:{health.port}/metrics"

    async def drained(self, events: int) -> None:
        """Return once the worker has judged so many records of the source topic."""

        def done() -> bool:
            return sum(owner.position for owner in self.app.ownership.owners.values()) >= events

        await self._until(done, "the worker did not finish what it had")

    async def _until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Wait for a condition; a worker that fails meanwhile raises why."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while not condition():
                    await asyncio.wait({self.task}, timeout=_ASK_AGAIN_SECONDS)
                    if self.task.done():
                        await self.task
        except TimeoutError:
            raise TookTooLong(otherwise) from None


class Reader:
    """Reads alerts, results and dead letters as anyone might: without a group, committed records only."""

    def __init__(self, consumer: AIOKafkaConsumer, board: Board, worker: Worker) -> None:
        self._consumer = consumer
        self._board = board
        self._topics = worker.settings.topics
        self.task = asyncio.create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def started(cls, worker: Worker, board: Board) -> AsyncIterator[Self]:
        """A reader from the beginning of the topics on."""
        topics = worker.settings.topics
        consumer = AIOKafkaConsumer(
            topics.alerts,
            topics.results,
            topics.dead_letters,
            group_id=None,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            check_crcs=worker.settings.kafka_check_crcs,
            **client_options(worker.settings),
        )
        await consumer.start()
        reader = cls(consumer, board, worker)
        try:
            yield reader
        finally:
            await _ended(reader.task)
            await consumer.stop()

    async def at_end(self) -> None:
        """Return once everything that was there at the call is read."""
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                for partition, end in ends.items():
                    while await self._consumer.position(partition) < end and not self.task.done():
                        await asyncio.wait({self.task}, timeout=_ASK_AGAIN_SECONDS)
        except TimeoutError:
            raise TookTooLong("what the worker wrote could not be read to its end") from None

    async def _read(self) -> None:
        async for record in self._consumer:
            if record.topic == self._topics.alerts:
                self._board.alert(record.value, system_time())
            elif record.topic == self._topics.results:
                self._board.result(record.value)
            else:
                self._board.dead_letter()


class Desk:
    """The made-up desk, sending each event when its time has come."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, board: Board, seed: int) -> None:
        self._producer = producer
        self._topic = topic
        self._board = board
        self._seed = seed
        self.task = asyncio.create_task(self._work())

    @classmethod
    @asynccontextmanager
    async def started(cls, worker: Worker, board: Board, seed: int) -> AsyncIterator[Self]:
        """A desk that opens now."""
        producer = AIOKafkaProducer(acks="all", **client_options(worker.settings))
        await producer.start()
        desk = cls(producer, worker.settings.topics.tickets, board, seed)
        try:
            yield desk
        finally:
            await desk.stop()
            await producer.stop()

    async def stop(self) -> None:
        """Send nothing more."""
        await _ended(self.task)

    async def _work(self) -> None:
        for delivery in deliveries(self._seed, system_time()):
            await asyncio.sleep(max(0, delivery.at - system_time()) / SECOND)
            await self._producer.send_and_wait(self._topic, delivery.value, key=delivery.key)
            self._board.produced(system_time())


async def _published(settings: Settings) -> Policies:
    """The demo's policy, as every installation knows its own: from its topic."""
    policy = await compile_files([parse_policy(demo_policy(datetime.now(UTC)), "demo.yaml")])
    async with PolicyFollower(settings) as follower:
        await PolicyPublisher(settings, follower).publish(policy)
        return follower.policies


async def _ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait for its end; what it failed with was told where it was awaited."""
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
