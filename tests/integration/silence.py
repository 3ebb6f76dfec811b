"""Tickets whose deadlines fall in the next seconds, and an outside reader who waits for the alerts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import orjson

from agents.wall_clock import system_time
from schemas.instants import MINUTE, SECOND, Micros, iso, parse_iso
from tests.integration.installation import Installation, Worker
from tests.integration.reading import Follower, Record
from tests.integration.waiting import PATIENCE, until

TARGET: Final[Micros] = 10 * MINUTE
POLICY: Final = """
timezone: UTC
priorities: [P1]
policies:
  - name: promise
    objectives:
      first_response: {target: 10m}
"""
# Time to produce the tickets before the first of their deadlines; later ones are told all the same.
_AHEAD: Final[Micros] = 4 * SECOND

Heard = list[tuple[Micros, dict[str, Any]]]


@dataclass(frozen=True)
class Wave:
    """Tickets by the instant of their deadline; they were created ten minutes before it."""

    deadlines: Mapping[str, Micros]

    @classmethod
    def soon(cls, *, spread: int, burst: int, seconds: int = 4, ahead: Micros = _AHEAD) -> Self:
        """`spread` deadlines evenly over some seconds, and `burst` more inside one second in their middle."""
        begin = system_time() + ahead
        length = seconds * SECOND
        deadlines = {f"SPREAD-{n}": begin + n * length // max(1, spread) for n in range(spread)}
        middle = begin + length // 2
        deadlines |= {f"BURST-{n}": middle + n * SECOND // max(1, burst) for n in range(burst)}
        return cls(deadlines)

    def lines(self) -> list[bytes]:
        """The `created` of each ticket."""
        who = {"customer": "acme", "priority": "P1"}
        return [
            _event(ticket, "created", deadline - TARGET, **who) for ticket, deadline in self.deadlines.items()
        ]

    def answers(self, at: Micros) -> list[bytes]:
        """A response to each ticket."""
        return [_event(ticket, "responded", at) for ticket in self.deadlines]

    def breaches(self) -> dict[str, str]:
        """What each alert must say as the instant of its breach."""
        return {ticket: iso(deadline) for ticket, deadline in self.deadlines.items()}


def _event(ticket: str, kind: str, at: Micros, **fields: str) -> bytes:
    return orjson.dumps(
        {"event_id": f"{ticket}-{kind}", "type": kind, "ticket_id": ticket, "occurred_at": iso(at), **fields}
    )


def heard(installation: Installation, wave: Wave, worker: Worker) -> Heard:
    """Produces a wave and listens: each alert with the instant at which a committed reader had it.

    Listens on for a while after the last, so that one told twice is heard twice.
    """
    received: Heard = []

    def take(record: Record) -> None:
        received.append((system_time(), orjson.loads(record.value or b"null")))

    with Follower(installation.broker.address, {installation.topics.alerts: take}) as ear:
        installation.produce(wave.lines())
        last = (max(wave.deadlines.values()) - system_time()) / SECOND

        def complete() -> bool:
            worker.must_run()
            ear.look(0.02)
            return len(received) >= len(wave.deadlines)

        until(complete, "all alerts", PATIENCE + max(0.0, last))
        ends = time.monotonic() + 1.0
        while time.monotonic() < ends:
            ear.look(0.1)
    return received


def delays_of(received: Sequence[tuple[Micros, Mapping[str, Any]]]) -> dict[str, float]:
    """Milliseconds from deadline to having the record: median, 99th percentile and the longest."""
    delays = sorted((at - parse_iso(alert["breached_at"])) / 1_000 for at, alert in received)
    return {
        "p50_ms": round(delays[len(delays) // 2], 1),
        "p99_ms": round(delays[min(len(delays) - 1, len(delays) * 99 // 100)], 1),
        "max_ms": round(delays[-1], 1),
    }
