"""From a deadline to a reader outside: single deadlines and ten thousand in one second, among many open clocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, Self
from uuid import uuid4

import orjson
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from agents.wall_clock import system_time
from schemas.instants import SECOND, Micros, iso, parse_iso
from tests.bench.conftest import Sizes
from tests.bench.prepared import AS_INSTALLED, PARTITIONS, prepared
from tests.bench.report import digits, outcome, say, spread, table
from tests.bench.watching import load
from tests.integration.installation import Installation, Worker
from tests.integration.kafka_broker import KafkaBroker
from tests.integration.waiting import until

pytestmark = pytest.mark.bench

BURST: Final = 10_000
SINGLES: Final = 300
_SINGLE_EVERY: Final[Micros] = SECOND // 10
_LEAD: Final[Micros] = 20 * SECOND  # to produce them, and for the worker to be caught up again
_LIMIT: Final = 300.0


class Seen(NamedTuple):
    """A breach as the reader saw it: the ticket, its deadline, and when it came."""

    ticket: str
    due: Micros
    at: Micros


class Reader:
    """Reads the alerts from outside, committed ones only, in a thread of its own; lives inside `with`."""

    def __init__(self, address: str, topic: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": address,
                "group.id": f"outside-{uuid4().hex}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
            }
        )
        self._consumer.assign([TopicPartition(topic, of, OFFSET_BEGINNING) for of in range(PARTITIONS)])
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.seen: list[Seen] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._consumer.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            messages = self._consumer.consume(1_000, 0.1)
            at = system_time()
            for message in messages:
                alert = orjson.loads(message.value() or b"{}") if message.error() is None else {}
                if alert.get("state") == "breached" and alert["objective"] == "resolution":
                    self.seen.append(Seen(alert["ticket_id"], parse_iso(alert["breached_at"]), at))


def test_deadlines_reach_a_reader_outside(broker: KafkaBroker, sizes: Sizes, tmp_path: Path) -> None:
    count = max(sizes.tickets)
    with prepared(broker, tmp_path, count) as installation:
        worker = installation.start_worker(**AS_INSTALLED)
        until(lambda: _live(worker), "the worker to be live", _LIMIT)
        say(f"live with {count:,} open tickets")
        with Reader(broker.address, installation.topics.alerts) as reader:
            singles = _measure(installation, worker, reader, SINGLES, _SINGLE_EVERY)
            burst = _measure(installation, worker, reader, BURST, SECOND // BURST)
        gauge = {of["partition"]: of["state"] for of in worker.readiness()["partitions"]}
    assert set(gauge.values()) == {"live"}, gauge
    drained = (max(seen.at for seen in burst) - max(seen.due for seen in burst)) / SECOND
    delays = {"single": _delays(singles), "in the burst": _delays(burst)}
    rows = [
        (name, len(of), *(spread(of)[key] for key in ("p50", "p90", "p99", "max")))
        for name, of in delays.items()
    ]
    head = ("deadlines", "number", "p50 ms", "p90 ms", "p99 ms", "max ms")
    table(f"deadline to reader outside, {count:,} open tickets on {PARTITIONS} partitions", head, rows)
    table("the burst", ("what", "s"), [("drained after its last deadline", digits(drained))])
    figures = {name.split()[-1]: spread(of) for name, of in delays.items()}
    outcome("deadlines", {"tickets": count, "ms": figures, "burst_drained_s": digits(drained)})


def _measure(
    installation: Installation, worker: Worker, reader: Reader, count: int, every: Micros
) -> list[Seen]:
    """Creates tickets whose deadlines lie `every` apart and waits for all of their breaches."""
    run = uuid4().hex[:6]
    first = system_time() + _LEAD
    reader.seen.clear()
    load(
        installation.broker.address,
        installation.topics.tickets,
        _tickets(run, count, first, every),
        total=count,
    )
    until(lambda: _live(worker), "the worker to be caught up before the first deadline", _LEAD / SECOND)
    say(f"{count:,} deadlines, the first in {(first - system_time()) / SECOND:.1f} s")
    until(lambda: len(reader.seen) >= count, f"{count} breaches", _LIMIT)
    time.sleep(0.5)  # a breach announced twice would show now
    assert len({seen.ticket for seen in reader.seen}) == len(reader.seen) == count
    return list(reader.seen)


def _tickets(run: str, count: int, first: Micros, every: Micros) -> Iterator[tuple[bytes, bytes]]:
    """New tickets whose source promises a time of resolution (S18), so that each has a deadline of our choice."""
    created = iso(system_time())
    for number in range(count):
        name = f"{run}-{number}"
        event: dict[str, Any] = {
            "event_id": f"{name}-created",
            "type": "created",
            "ticket_id": name,
            "occurred_at": created,
            "customer": f"customer-{number % 50}",
            "priority": "P3",
            "due": {"resolution": iso(first + number * every)},
        }
        yield name.encode(), orjson.dumps(event)


def _live(worker: Worker) -> bool:
    worker.must_run()
    partitions = worker.readiness().get("partitions", ())
    return len(partitions) == PARTITIONS and all(of["state"] == "live" for of in partitions)


def _delays(seen: list[Seen]) -> list[float]:
    return [(of.at - of.due) / 1_000 for of in seen]
