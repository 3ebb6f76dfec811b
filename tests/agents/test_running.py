"""Running a worker: it ends in order when it is asked to, and with its reason when it fails."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaConnectionError
from structlog.testing import capture_logs

from agents.app import WorkerApp, assemble
from agents.collecting import calm_collector
from agents.running import first_to_end, run_worker
from agents.settings import Settings
from agents.step_writer import StepWriter
from monitor.adapters.embedded_broker import EmbeddedBroker
from monitor.errors import BrokerUnreachable
from tests.agents.fakes import FakeEngine, until


class FakeApp:
    """A Faust app as the runner sees it."""

    def __init__(self) -> None:
        self.ownership = SimpleNamespace(progress=list)
        self.health = None
        self.sources = None
        self.in_worker = False
        self.crash_reason: BaseException | None = None
        self.stop_fails: Exception | None = None
        self.stopped = asyncio.Event()
        self.may_stop = asyncio.Event()
        self.may_stop.set()

    async def start(self) -> None:
        assert self.in_worker

    async def wait_until_stopped(self) -> None:
        await self.stopped.wait()

    async def stop(self) -> None:
        await self.may_stop.wait()
        if self.stop_fails is not None:
            raise self.stop_fails
        self.stopped.set()


@pytest.fixture(autouse=True)
def _usual_collector() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.set_threshold(*usual)


def running(app: FakeApp) -> asyncio.Future[None]:
    return asyncio.ensure_future(run_worker(cast(WorkerApp, app), watchdog_seconds=60))


async def test_a_failure_is_raised_as_it_was() -> None:
    app = FakeApp()
    app.crash_reason = failure = RuntimeError("disk full")
    app.stopped.set()

    with pytest.raises(RuntimeError) as raised:
        await running(app)

    assert raised.value is failure


async def test_a_stop_that_fails_does_not_hide_why_the_worker_ends() -> None:
    app = FakeApp()
    app.crash_reason = failure = RuntimeError("disk full")
    app.stopped.set()
    app.stop_fails = OSError("reset by peer")

    with capture_logs() as logs, pytest.raises(RuntimeError) as raised:
        await running(app)

    assert raised.value is failure
    assert [line["error"] for line in logs] == ["OSError('reset by peer')"]


async def test_a_broker_that_is_away_is_told_in_our_words() -> None:
    app = FakeApp()
    app.crash_reason = KafkaConnectionError("Unable to bootstrap")
    app.stopped.set()

    with pytest.raises(BrokerUnreachable, match="was away when it was needed"):
        await running(app)


async def test_being_cancelled_stops_it_in_order() -> None:
    app = FakeApp()
    run = running(app)
    await asyncio.sleep(0.01)

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert app.stopped.is_set()


async def test_being_cancelled_again_does_not_cut_the_stop_short() -> None:
    app = FakeApp()
    app.may_stop.clear()
    run = running(app)
    await asyncio.sleep(0.01)
    for _ in range(3):
        run.cancel()
        await asyncio.sleep(0.01)
    assert not run.done()

    app.may_stop.set()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert app.stopped.is_set()


async def test_a_stop_that_hangs_is_bounded_and_the_process_ends_anyway(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = threading.Event()
    monkeypatch.setattr("agents.running.STOP_SECONDS", 0.01)
    monkeypatch.setattr("agents.running.LAST_SECONDS", 0.01)
    monkeypatch.setattr("os._exit", lambda _: ended.set())
    app = FakeApp()
    app.may_stop.clear()
    run = running(app)
    await asyncio.sleep(0.01)

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    await until(ended.is_set)


def test_the_collector_is_calmed() -> None:
    calm_collector()

    assert gc.get_threshold() == (50_000, 50, 1_000)


async def test_a_worker_judges_on_the_embedded_broker_and_stops() -> None:
    with EmbeddedBroker() as broker:
        settings = Settings(brokers=broker.address, kafka_check_crcs=False, fetch_wait_ms=20)
        app = assemble(settings, engine=FakeEngine, writer=lambda partition: StepWriter(settings, partition))
        run = asyncio.ensure_future(run_worker(app, watchdog_seconds=60))
        async with asyncio.timeout(30):
            while not app.ownership.joined:
                await asyncio.wait([run], timeout=0.05)
            await _send(settings, 200)
            while app.counters.snapshot().get(("events", "any"), 0) < 200:
                await asyncio.wait([run], timeout=0.05)

        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    assert sum(app.counters.step_records.counts) > 0
    assert app.ownership.owners == {}


async def _send(settings: Settings, count: int) -> None:
    from aiokafka import AIOKafkaProducer

    producer: Any = AIOKafkaProducer(bootstrap_servers=settings.brokers)
    await producer.start()
    try:
        for number in range(count):
            await producer.send(settings.topics.tickets, b"event", key=b"%d" % number)
    finally:
        await producer.stop()


async def test_the_parts_of_a_process_end_with_the_first_of_them() -> None:
    ended: list[str] = []

    async def lasting() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("lasting")

    async def failing() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        await first_to_end(lasting(), failing())
    assert ended == ["lasting"]


async def test_being_asked_twice_to_end_does_not_cut_the_end_of_a_part() -> None:
    ended: list[str] = []
    may_end = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await may_end.wait()
            ended.append("slow")

    task = asyncio.ensure_future(first_to_end(slow()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with capture_logs() as logs:
        await asyncio.sleep(0.01)
        task.cancel()
        await until(lambda: any(line["event"] == "already stopping" for line in logs))
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["slow"]
