"""What a person is told when no broker can be used: where the way ends, and what to check there."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from confluent_kafka import Producer

from agents.broker_wait import wait_for_broker
from monitor.errors import BrokerUnreachable


@pytest.fixture
def mock_broker() -> Iterator[str]:
    """The mock cluster inside librdkafka: speaks the protocol, and stays as long as its owner."""
    owner = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored", "log_level": 0})
    broker = next(iter(owner.list_topics(timeout=5).brokers.values()))
    yield f"{broker.host}:{broker.port}"
    owner.flush(0)


@asynccontextmanager
async def listening(answer: bytes) -> AsyncIterator[str]:
    """Something that is no Kafka: says its piece and hangs up."""

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def unreachable(address: str, **options: object) -> str:
    with pytest.raises(BrokerUnreachable) as caught:
        await wait_for_broker({"bootstrap_servers": address, **options}, seconds=0)
    return str(caught.value)


async def test_a_broker_that_answers_ends_the_wait(mock_broker: str) -> None:
    await wait_for_broker({"bootstrap_servers": mock_broker}, seconds=0)


async def test_one_of_several_addresses_is_enough(mock_broker: str) -> None:
    await wait_for_broker({"bootstrap_servers": ["127.0.0.1:1", mock_broker]}, seconds=0)


async def test_a_port_on_which_nothing_listens() -> None:
    message = await unreachable("127.0.0.1:1")
    assert "127.0.0.1:1: nothing listens there" in message
    assert "SLA_BROKERS" in message


async def test_a_name_that_does_not_resolve() -> None:
    message = await unreachable("no-such-host.invalid:9092")
    assert "no-such-host.invalid:9092: the name does not resolve" in message
    assert "DNS" in message


async def test_every_address_is_explained() -> None:
    message = await unreachable("127.0.0.1:1,no-such-host.invalid:9092")
    assert "127.0.0.1:1: nothing listens" in message
    assert "no-such-host.invalid:9092: the name" in message


async def test_a_port_that_is_not_kafkas() -> None:
    async with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address:
        message = await unreachable(address)
    assert "does not speak Kafka over PLAINTEXT" in message
    assert "SLA_KAFKA_SECURITY" in message


async def test_encryption_towards_a_broker_without_it(mock_broker: str) -> None:
    message = await unreachable(
        mock_broker, security_protocol="SSL", ssl_context=ssl.create_default_context()
    )
    assert "does not speak Kafka over SSL" in message


async def test_a_wait_that_began_before_the_broker_ends_with_it(mock_broker: str) -> None:
    host, port = mock_broker.split(":")
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        address = reserved.getsockname()[1]
    waiting = asyncio.create_task(wait_for_broker({"bootstrap_servers": f"127.0.0.1:{address}"}, seconds=30))
    await asyncio.sleep(0)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))

    async with await asyncio.start_server(pass_on, "127.0.0.1", address):
        await waiting


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


async def test_the_wait_is_announced_once_and_the_library_keeps_quiet(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(BrokerUnreachable):
        await wait_for_broker({"bootstrap_servers": "127.0.0.1:1"}, seconds=0.5)
    assert [record.getMessage() for record in caplog.records] == ["waiting for Kafka at 127.0.0.1:1"]
