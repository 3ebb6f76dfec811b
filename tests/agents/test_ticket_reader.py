"""Looking for one ticket in the topics of an installation, on the embedded broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
import pytest

from agents.settings import Settings
from agents.step_writer import StepWriter
from agents.ticket_reader import TicketReader, usual_partition
from monitor.adapters.embedded_broker import PARTITIONS, EmbeddedBroker
from monitor.checkpoint import CHECKPOINT_KEY, Checkpoint
from monitor.errors import TopicsMissing
from monitor.step import Step
from schemas.dead_letters import HEADER_ERROR, HEADER_OFFSET, HEADER_REASON, HEADER_TOPIC, DeadLetter

TICKET = "INC-1"
USUAL = usual_partition(TICKET.encode(), PARTITIONS)
OTHER = (USUAL + 1) % PARTITIONS


@pytest.fixture
def settings() -> Iterator[Settings]:
    with EmbeddedBroker() as broker:
        # The mock's commit markers carry a wrong checksum.
        yield Settings(brokers=broker.address, kafka_check_crcs=False)


async def write(settings: Settings, partition: int, *steps: Step) -> None:
    writer = StepWriter(settings, partition)
    await writer.start()
    for step in steps:
        await writer.commit(step)
    await writer.stop()


@contextmanager
def unseen(_label: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


def result(revision: int, outcome: str) -> tuple[bytes, bytes]:
    record = {"objective": "resolution", "cycle": 1, "revision": revision, "outcome": outcome}
    return TICKET.encode(), orjson.dumps(record)


def letter(key: str) -> DeadLetter:
    headers = {HEADER_REASON: b"invalid", HEADER_ERROR: b"bad", HEADER_TOPIC: b"tickets", HEADER_OFFSET: b"4"}
    return DeadLetter(key.encode(), b"{}", list(headers.items()))


CHECKPOINT = (CHECKPOINT_KEY, Checkpoint(1, 77, ()).encode())
# The mock creates a topic on its first use: every topic has to be used before it is looked at.
USED = Step(
    state=[(b"OLD-1", b"row")], results=[(b"OLD-2", orjson.dumps({}))], dead_letters=[letter("OLD-3")]
)


async def test_the_state_row_is_found_where_it_should_be_and_the_last_one_counts(settings: Settings) -> None:
    first = Step(state=[(TICKET.encode(), b"first"), (b"INC-2", b"x"), CHECKPOINT])
    await write(settings, USUAL, USED, first, Step(state=[(TICKET.encode(), b"second")]))
    found = await TicketReader(settings, TICKET, unseen).find()
    assert (found.row, found.partition, found.elsewhere, found.watermark) == (b"second", USUAL, None, 77)
    assert found.seen == {"OLD-1", TICKET, "INC-2"}
    assert found.results == {}


async def test_a_ticket_that_left_the_state_has_its_last_verdicts(settings: Settings) -> None:
    gone = Step(state=[(TICKET.encode(), None)], results=[result(1, "missed"), result(2, "met")])
    await write(settings, USUAL, USED, Step(state=[(TICKET.encode(), b"row")]), gone)
    found = await TicketReader(settings, TICKET, unseen).find()
    assert found.row is None
    assert found.results["resolution", 1]["outcome"] == "met"


async def test_a_ticket_in_another_partition_is_found_all_the_same(settings: Settings) -> None:
    await write(settings, OTHER, USED, Step(state=[(TICKET.encode(), b"row")], results=[result(1, "met")]))
    reader = TicketReader(settings, TICKET, unseen)
    found = await reader.find()
    assert (found.partition, found.elsewhere, found.row, found.watermark) == (OTHER, USUAL, b"row", None)
    assert list((await reader.results()).results) == [("resolution", 1)]


async def test_a_ticket_of_which_nothing_was_judged_has_its_dead_letters(settings: Settings) -> None:
    await write(settings, USUAL, USED, Step(dead_letters=[letter(TICKET), letter("INC-2")]))
    found = await TicketReader(settings, TICKET, unseen).find()
    assert (found.row, found.results, found.partition) == (None, {}, USUAL)
    assert [(one.reason, one.place) for one in found.letters.own] == [("invalid", "tickets:4")]
    assert found.seen == {"OLD-1", "OLD-2"}


async def test_topics_that_do_not_exist_are_named(settings: Settings) -> None:
    with pytest.raises(TopicsMissing, match="sla-state, sla-results, tickets-dlq do not exist"):
        await TicketReader(settings, TICKET, unseen).find()


def test_a_key_goes_where_kafkas_own_partitioner_puts_it() -> None:
    """Figures of Java's murmur2, from the tests of Kafka itself."""
    hashes = {b"21": -973932308, b"foobar": -790332482, b"abc": 479470107}
    for key, hashed in hashes.items():
        assert usual_partition(key, 1000) == (hashed & 0x7FFFFFFF) % 1000
