"""Waits until a Kafka broker answers, and if none does, finds out how far the way to it leads.

aiokafka says only that it could not bootstrap; a person needs to know whether it is the name, the port, the
encryption, the credentials or the address that the broker advertises.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    RetryError,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
    wait_random,
)

from monitor.errors import BrokerUnreachable

_log = logging.getLogger(__name__)

_ATTEMPT_MS: Final = 5_000
_PROBE_SECONDS: Final = 3.0
_REFUSED: Final = (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)


async def wait_for_broker(options: Mapping[str, Any], seconds: float) -> None:
    """Return once a broker answers and can be reached where it says it is; tries for at least `seconds`.

    `options` are those of `agents.clients.client_options`. Raises `BrokerUnreachable`, which names each
    address and what to check there.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception_type((KafkaError, OSError, _ElsewhereError)),
        stop=stop_after_delay(seconds),
        wait=wait_exponential(multiplier=0.2, max=5.0) + wait_random(0, 0.2),
        before_sleep=_say_once(options),
    )
    with _hushed():
        try:
            await retrying(_reach, options)
        except RetryError:
            raise BrokerUnreachable(await _explained(options, seconds)) from None


async def _reach(options: Mapping[str, Any]) -> None:
    client = AIOKafkaClient(request_timeout_ms=_ATTEMPT_MS, **options)
    try:
        await client.bootstrap()
        brokers = client.cluster.brokers()
        # One is enough: a cluster that lost a broker is still one to work with.
        for broker in brokers:
            if await client.ready(broker.nodeId):
                return
        where = ", ".join(sorted(f"{broker.host}:{broker.port}" for broker in brokers))
        raise _ElsewhereError(where)
    finally:
        await client.close()


class _ElsewhereError(Exception):
    """The address given answers, but sends its clients to others that do not."""


async def _explained(options: Mapping[str, Any], seconds: float) -> str:
    addresses = collect_hosts(options["bootstrap_servers"], randomize=False)
    found = [f"{host}:{port}: {await _why(host, port, options)}" for host, port, _ in addresses]
    return "\n  ".join([f"No Kafka broker could be used within {seconds:g} s.", *found])


async def _why(host: str, port: int, options: Mapping[str, Any]) -> str:
    """How far the way to one address leads, and what to check where it ends."""
    try:
        await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return "the name does not resolve. Check its spelling (SLA_BROKERS) and DNS."
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return "no answer. Check the network and firewalls between here and there."
    except ConnectionRefusedError:
        return "nothing listens there. Check the port (SLA_BROKERS) and that Kafka runs."
    except OSError as error:
        return f"cannot be connected to ({_short(error)}). Check the address (SLA_BROKERS) and the network."
    writer.close()
    return await _why_not_kafka(host, port, options)


async def _why_not_kafka(host: str, port: int, options: Mapping[str, Any]) -> str:
    security = options.get("security_protocol", "PLAINTEXT")
    shared = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    try:
        connection = await create_conn(host, port, request_timeout_ms=_ATTEMPT_MS, **shared)
    except _REFUSED as error:
        return (
            f"refuses the credentials ({error}). Check SLA_KAFKA_USERNAME, SLA_KAFKA_PASSWORD and "
            "SLA_KAFKA_MECHANISM."
        )
    except ssl.SSLCertVerificationError as error:
        return (
            f"shows a certificate that is not trusted ({error.verify_message}). Check SLA_KAFKA_CA_FILE, "
            "and that "
            "the certificate is made out to this name."
        )
    except (KafkaError, OSError) as error:
        return (
            f"takes connections but does not speak Kafka over {security} ({_short(error)}). Check that the "
            "port is "
            "Kafka's, and SLA_KAFKA_SECURITY (TLS or not, SASL or not)."
        )
    connection.close()
    return await _why_not_further(options)


async def _why_not_further(options: Mapping[str, Any]) -> str:
    try:
        await _reach(options)
    except _ElsewhereError as elsewhere:
        return (
            f"answers, but sends its clients on to {elsewhere}, which cannot be reached from here. Check "
            "advertised.listeners in the broker's configuration."
        )
    except (KafkaError, OSError):
        # The greeting is free; a broker that wants a password hangs up at the first real question.
        return (
            "speaks Kafka but refuses to serve us. Check SLA_KAFKA_SECURITY (does this port want a "
            "password?) and "
            "the broker's log."
        )
    return "answers now. It came up just after the wait was over: start again, or wait longer."


def _short(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _say_once(options: Mapping[str, Any]) -> Any:
    said: list[bool] = []

    def say(_: RetryCallState) -> None:
        if not said:
            said.append(True)
            _log.warning("waiting for Kafka at %s", _text(options["bootstrap_servers"]))

    return say


def _text(addresses: str | Sequence[str]) -> str:
    return addresses if isinstance(addresses, str) else ", ".join(addresses)


@contextmanager
def _hushed() -> Iterator[None]:
    """Keeps aiokafka's complaint about each failed attempt out of the log: ours says more, once."""
    logger = logging.getLogger("aiokafka")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
