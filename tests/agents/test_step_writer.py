"""The writer of a partition, on the embedded broker; that it fences is shown in tests/integration."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from agents.settings import Settings
from agents.step_writer import HEADER_CUT, StepWriter
from monitor.adapters.embedded_broker import EmbeddedBroker
from monitor.errors import Fenced
from monitor.step import Step
from schemas.dead_letters import DeadLetter

PARTITION = 2


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
def settings(broker: EmbeddedBroker, request: pytest.FixtureRequest) -> Settings:
    """Topics of this test's own."""
    name = str(request.node.name)[:60]
    topics = {
        f"topic_{field}": f"{name}-{field}"
        for field in ("state", "kpis", "alerts", "results", "dead_letters")
    }
    return Settings(brokers=broker.address, batch_bytes=1 << 16, **topics)  # type: ignore[arg-type]


@pytest.fixture
async def writer(settings: Settings) -> AsyncIterator[StepWriter]:
    made = StepWriter(settings, PARTITION)
    await made.start()
    yield made
    await made.stop()


async def read(settings: Settings, topic: str, count: int) -> list[Any]:
    """The first records of the test's partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.brokers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        check_crcs=False,
    )
    consumer.assign([TopicPartition(topic, PARTITION)])
    await consumer.start()
    found: list[Any] = []
    try:
        async with asyncio.timeout(10):
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found.extend(records)
    finally:
        await consumer.stop()
    return found


async def test_every_part_of_a_step_goes_to_the_partition_of_its_source(
    settings: Settings, writer: StepWriter
) -> None:
    step = Step(
        state=[(b"a", b"1"), (b"b", None)],
        kpis=[(b"k", b"2")],
        alerts=[(b"x", b"3")],
        results=[(b"r", b"4")],
        dead_letters=[DeadLetter(b"d", b"5", [("sla-reason", b"invalid")])],
    )

    await writer.commit(step)

    topics = settings.topics
    assert [(row.key, row.value) for row in await read(settings, topics.state, 2)] == step.state
    for topic, value in ((topics.kpis, b"2"), (topics.alerts, b"3"), (topics.results, b"4")):
        (row,) = await read(settings, topic, 1)
        assert (row.value, row.partition) == (value, PARTITION)
    (letter,) = await read(settings, topics.dead_letters, 1)
    assert (letter.key, letter.value, letter.headers) == (b"d", b"5", (("sla-reason", b"invalid"),))


async def test_the_end_of_the_state_is_behind_the_commit_marker(writer: StepWriter) -> None:
    await writer.commit(Step(state=[(b"a", b"1"), (b"b", b"2")]))
    assert writer.state_end == 3

    await writer.commit(Step(state=[(b"a", b"3")]))
    assert writer.state_end == 5


async def test_a_step_without_state_leaves_its_end(writer: StepWriter) -> None:
    await writer.commit(Step(state=[(b"a", b"1")]))
    await writer.commit(Step(alerts=[(b"x", b"1")]))

    assert writer.state_end == 2


async def test_what_does_not_fit_one_batch_takes_several(settings: Settings, writer: StepWriter) -> None:
    rows: list[tuple[bytes, bytes | None]] = [(b"%d" % number, b"v" * 1_000) for number in range(500)]

    await writer.commit(Step(state=rows))

    found = await read(settings, settings.topics.state, 500)
    assert [(row.key, row.value) for row in found] == rows


async def test_a_dead_letter_the_broker_would_refuse_is_cut_and_says_so(
    settings: Settings, writer: StepWriter
) -> None:
    letter = DeadLetter(b"key", b"x" * 100_000, [("sla-source-offset", b"7")])

    await writer.commit(Step(state=[(b"c", b"1")], dead_letters=[letter]))

    (found,) = await read(settings, settings.topics.dead_letters, 1)
    assert len(found.value) < 1 << 16
    assert found.headers == (("sla-source-offset", b"7"), (HEADER_CUT, b"100000"))


async def test_a_dead_letter_of_a_tombstone_stays_one(settings: Settings, writer: StepWriter) -> None:
    await writer.commit(Step(dead_letters=[DeadLetter(b"key", None, [])]))

    (found,) = await read(settings, settings.topics.dead_letters, 1)
    assert found.value is None


class FailingProducer:
    """Fails at the commit, as a producer that was overtaken does."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def begin_transaction(self) -> None:
        raise self._error

    async def stop(self) -> None:
        await asyncio.Event().wait()


async def test_a_writer_that_was_overtaken_says_so() -> None:
    writer = StepWriter(Settings(), 1)
    writer._producer = FailingProducer(ProducerFenced())

    with pytest.raises(Fenced, match="partition 1 is written by another worker"):
        await writer.commit(Step(state=[(b"a", b"1")]))


async def test_any_other_error_is_passed_on() -> None:
    writer = StepWriter(Settings(), 1)
    writer._producer = FailingProducer(KafkaError("disk full"))

    with pytest.raises(KafkaError, match="disk full"):
        await writer.commit(Step(state=[(b"a", b"1")]))


async def test_a_producer_that_does_not_close_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.step_writer._STOP_SECONDS", 0.01)
    writer = StepWriter(Settings(), 1)
    writer._producer = FailingProducer(KafkaError())

    await writer.stop()
    await writer.stop()


async def test_a_writer_that_never_started_has_nothing_to_stop() -> None:
    await StepWriter(Settings(), 1).stop()


async def test_its_name_is_that_of_group_state_topic_and_partition(
    settings: Settings, writer: StepWriter
) -> None:
    assert writer._producer._txn_manager.transactional_id == settings.transactional_id(PARTITION)
    assert writer._producer._txn_manager.transaction_timeout_ms == 15_000
