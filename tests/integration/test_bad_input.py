"""What sources get wrong on the real topic is set aside whole, with its reason; everything else is judged."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest
from confluent_kafka import Producer

from agents.wall_clock import system_time
from schemas.dead_letters import (
    HEADER_ERROR,
    HEADER_OFFSET,
    HEADER_PARTITION,
    HEADER_REASON,
    HEADER_TIME,
    HEADER_TOPIC,
)
from schemas.instants import HOUR, iso
from tests.integration.histories import OFFICE_HOURS
from tests.integration.installation import Installation
from tests.integration.reading import documents, read_topic

pytestmark = pytest.mark.kafka


def event(ticket: str, kind: str = "created", **fields: object) -> bytes:
    common = {"event_id": f"{ticket}-{kind}", "type": kind, "ticket_id": ticket}
    who = {"customer": "acme", "priority": "P2"} if kind == "created" else {}
    return orjson.dumps({**common, "occurred_at": iso(system_time() - HOUR), **who, **fields})


def mistakes() -> dict[str, tuple[bytes | None, bytes]]:
    """Key and value of one record for each reason."""
    return {
        "not_json": (b"BAD-1", b'{"type": "created", '),
        "invalid": (b"BAD-2", event("BAD-2", priority=["P1"])),
        "no_offset_in_time": (b"BAD-3", event("BAD-3", occurred_at="2026-11-23T09:00:00")),
        "from_the_future": (b"BAD-4", event("BAD-4", occurred_at=iso(system_time() + HOUR))),
        "key_mismatch": (b"SOMEONE-ELSE", event("BAD-5")),
    }


def test_each_mistake_is_set_aside_whole_and_the_rest_is_judged(
    install: Callable[[str], Installation],
) -> None:
    installation = install(OFFICE_HOURS)
    installation.open([], partitions=2)
    address, topics = installation.broker.address, installation.topics
    sent = mistakes()
    producer = Producer({"bootstrap.servers": address, "log_level": 0})
    for number, (key, value) in enumerate(sent.values()):
        good = f"GOOD-{number}"
        producer.produce(topics.tickets, event(good), good.encode())
        producer.produce(topics.tickets, value, key, headers=[("trace", b"\x00\xff")])
        producer.produce(topics.tickets, event(good, "resolved"), good.encode())
    assert producer.flush(30) == 0

    worker = installation.start_worker()
    expected = installation.expected()
    with installation.followed() as outputs:
        outputs.wait_complete(expected, worker.must_run)

    letters = read_topic(address, topics.dead_letters)
    assert {
        dict(letter.headers)[HEADER_REASON].decode(): (letter.key, letter.value) for letter in letters
    } == sent
    source = {(record.partition, record.offset): record for record in read_topic(address, topics.tickets)}
    for letter in letters:
        headers = {name: value.decode(errors="replace") for name, value in letter.headers}
        origin = source[int(headers[HEADER_PARTITION]), int(headers[HEADER_OFFSET])]
        assert (origin.key, origin.value) == (letter.key, letter.value)
        assert origin.headers[0] == letter.headers[0]
        assert headers[HEADER_TOPIC] == topics.tickets
        assert headers[HEADER_TIME] == iso((origin.timestamp or 0) * 1_000)
        assert headers[HEADER_ERROR]
    judged = documents(read_topic(address, topics.results))
    assert {line["ticket_id"] for line in judged} == {f"GOOD-{number}" for number in range(len(sent))}
