"""`sla-monitor produce`: a file of events onto the source topic, each delivery confirmed."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import typer
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from agents.broker_wait import wait_for_broker
from agents.cli.configured import librdkafka_options
from agents.cli.files import STDIN, lines_of, total_size
from agents.cli.progress import progress
from agents.cli.shift import latest, shifted, ticket_event
from agents.clients import client_options
from agents.settings import Settings
from agents.wall_clock import system_time
from monitor.errors import BrokerUnreachable, SlaMonitorError, TopicsMissing
from schemas.instants import Micros

_ASK_SECONDS: Final = 15.0
_DELIVERY_TIMEOUT_MS: Final = 60_000
_POLL_EVERY: Final = 256  # records between two looks at the delivery reports

# A key goes where Java's default partitioner (murmur2), and so every source connector, would send it.
_RELIABLE: Final[Mapping[str, str | int | bool]] = {
    "partitioner": "murmur2_random",
    "enable.idempotence": True,
    "linger.ms": 20,
    "compression.type": "lz4",
    "delivery.timeout.ms": _DELIVERY_TIMEOUT_MS,
}


class UndeliveredError(SlaMonitorError):
    """Records the broker did not confirm; says how many of how many and the first reason."""


@dataclass(slots=True)
class Report:
    """What was produced; `without_key` are lines that name no ticket, which the monitor dead-letters."""

    delivered: int = 0
    undelivered: int = 0
    without_key: int = 0
    first_error: str | None = None
    per_partition: dict[int, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The report for a machine."""
        return {
            "delivered": self.delivered,
            "undelivered": self.undelivered,
            "without_key": self.without_key,
            "partitions": {str(number): count for number, count in sorted(self.per_partition.items())},
        }

    def note(self, error: KafkaError | None, message: Message) -> None:
        """The delivery report of one record."""
        if error is not None:
            self.undelivered += 1
            self.first_error = self.first_error or str(error)
            return
        self.delivered += 1
        partition = message.partition()
        if partition is not None:
            self.per_partition[partition] = self.per_partition.get(partition, 0) + 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What to produce and how: `rate` in records per second, None for as fast as it goes."""

    files: Sequence[Path]
    topic: str
    rate: float | None = None
    shift_to_now: bool = False


def produce_files(plan: Plan, settings: Settings, *, wait_seconds: float, as_json: bool) -> None:
    """Produce by the installation's settings and print what was delivered; raises as `produce` does.

    A broker that does not answer yet is waited for.
    """
    total_size(plan.files)  # a missing file is told before any waiting
    asyncio.run(wait_for_broker(client_options(settings), wait_seconds))
    report = produce(plan, librdkafka_options(settings), system_time)
    if as_json:
        typer.echo(orjson.dumps(report.as_json()).decode())
        return
    typer.echo(f"{report.delivered:,} records delivered to {plan.topic}")
    if report.without_key:
        typer.echo(f"{report.without_key:,} of them name no ticket: the monitor will set them aside")


def produce(plan: Plan, connection: Mapping[str, Any], now: Callable[[], Micros]) -> Report:
    """Produce the lines of all files as they are, key = ticket id, and wait until each is confirmed.

    `connection` is librdkafka's configuration of address and security. Raises `BrokerUnreachable`,
    `TopicsMissing`, `UndeliveredError` and `FileError`.
    """
    producer = Producer({**connection, **_RELIABLE, "log_level": 0})
    _require_topic(producer, plan.topic)
    with ExitStack() as stack:
        files = (
            [stack.enter_context(_seekable(path)) for path in plan.files] if plan.shift_to_now else plan.files
        )
        by = _distance(files, now) if plan.shift_to_now else 0
        advance = stack.enter_context(progress("producing", total_size(files)))
        lines = lines_of(files, advance)
        report = _send(
            producer, plan.topic, (shifted(line, by) for line in lines) if by else lines, plan.rate
        )
    if report.undelivered:
        total = report.delivered + report.undelivered
        raise UndeliveredError(
            f"{report.undelivered:,} of {total:,} records were not delivered: {report.first_error}"
        )
    return report


def _require_topic(producer: Producer, topic: str) -> None:
    """Raise `TopicsMissing` when the topic, which is looked up without creating it, is not there."""
    try:
        known = producer.list_topics(timeout=_ASK_SECONDS).topics
    except KafkaException as error:
        raise BrokerUnreachable(f"the broker does not answer: {error.args[0].str()}") from None
    if topic not in known:
        raise TopicsMissing(f"topic {topic!r} does not exist: run `sla-monitor topics create` first")


def record_key(line: bytes) -> bytes | None:
    """The ticket id of a line as the record's key; None where there is none."""
    event = ticket_event(line)
    ticket = event.get("ticket_id") if event is not None else None
    return ticket.encode() if isinstance(ticket, str) and ticket else None


def _send(producer: Producer, topic: str, lines: Iterable[bytes], rate: float | None) -> Report:
    report = Report()
    started = time.monotonic()
    for number, line in enumerate(lines):
        if rate is not None:
            _pace(producer, started + number / rate)
        key = record_key(line)
        report.without_key += key is None
        _hand_over(producer, topic, key, line, report)
        if number % _POLL_EVERY == 0:
            producer.poll(0)
    left = producer.flush(_DELIVERY_TIMEOUT_MS / 1000 + 5)
    report.undelivered += left
    if left and report.first_error is None:
        report.first_error = "no answer from the broker"
    return report


def _hand_over(producer: Producer, topic: str, key: bytes | None, line: bytes, report: Report) -> None:
    """Queue one record, waiting for room; a record that can never be sent counts as undelivered."""
    while True:
        try:
            producer.produce(topic, value=line, key=key, on_delivery=report.note)
        except BufferError:
            producer.poll(0.1)
        except KafkaException as error:
            report.undelivered += 1
            report.first_error = report.first_error or error.args[0].str()
            return
        else:
            return


def _pace(producer: Producer, due: float) -> None:
    while (left := due - time.monotonic()) > 0:
        producer.poll(min(left, 0.2))


def _distance(files: Sequence[Path], now: Callable[[], Micros]) -> Micros:
    last = latest(lines_of(files))
    return now() - last if last is not None else 0


@contextmanager
def _seekable(path: Path) -> Iterator[Path]:
    """A path that can be read twice: standard input is kept in a temporary file meanwhile."""
    if path != STDIN:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.writelines(line + b"\n" for line in lines_of([STDIN]))
        file.flush()
        yield Path(file.name)
