"""Histories for the tests: events in the order of their arrival, old enough that all deadlines have passed."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import orjson
import pytest

from agents.cli.shift import latest, shifted
from monitor.synthetic import HANDOFF_SECONDS, PROMISES, deliveries
from schemas.instants import DAY, HOUR, Micros

DATA: Final = Path(os.environ.get("SLA_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")

_SYNTHETIC_AGO: Final = 2 * DAY
# Beyond the longest target, and close enough for the KPI hours to be kept.
_RECORDED_AGO: Final = 20 * DAY

MISTAKES: Final = 6
"""How many records `with_mistakes` adds."""

OFFICE_HOURS: Final = """
timezone: Europe/Madrid
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-14:00", "15:00-18:00"]}}
  always: {hours: 24x7}
priorities: [P1, P2, P3, P4]
policies:
  - name: standard
    calendar: office
    objectives:
      first_response: {target: {P1: 15m, P2: 30m, P3: 2h, P4: 4h}, warn_at: [75%]}
      next_response: {target: 2h, warn_at: [50%]}
      resolution:
        target: {P1: 4h, P2: 8h, P3: 3 working days, P4: 5 working days}
        calendar: {P1: always}
        warn_at: [50%, 75%, 90%]
      handoff: [{tier: 2, target: 2h}, {tier: 3, target: 4h, warn_at: [75%]}]
"""


def seconds_policy() -> str:
    """The promises of the made-up desk; one of its customers has a lunch break that falls into the history."""
    targets = {
        objective: ", ".join(f"{name}: {getattr(of, objective)}s" for name, of in PROMISES.items())
        for objective in ("first_response", "next_response", "resolution")
    }
    return f"""
timezone: Europe/Madrid
calendars:
  office: {{timezone: UTC, hours: {{mon-sun: ["08:00-10:05", "10:08-18:00"]}}}}
priorities: [{", ".join(PROMISES)}]
policies:
  - name: around-the-clock
    match: {{customer: acme}}
    objectives: &promises
      first_response: {{target: {{{targets["first_response"]}}}, warn_at: [50%, 75%]}}
      next_response: {{target: {{{targets["next_response"]}}}, warn_at: [75%]}}
      resolution: {{target: {{{targets["resolution"]}}}, warn_at: [50%, 75%]}}
      handoff: [{{tier: 2, target: {HANDOFF_SECONDS}s, warn_at: [75%]}}, {{tier: 3, target: {HANDOFF_SECONDS}s}}]
  - {{name: office, calendar: office, objectives: *promises}}
"""


def synthetic(events: int, seed: int = 7) -> list[bytes]:
    """What the made-up desk sent on the morning of the day before yesterday."""
    start = (_now() - _SYNTHETIC_AGO) // DAY * DAY + 10 * HOUR
    return [delivery.value for delivery in islice(deliveries(seed, start), events)]


def recorded(name: str, tickets: int | None = None) -> list[bytes]:
    """The events of the first tickets (all when None) of a recorded desk, moved to weeks ago by whole days."""
    path = DATA / name / "events.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not there: set SLA_SHARED_DATA to the folder of the real tickets")
    with gzip.open(path) as file:
        lines = list(_of_first_tickets(file, tickets))
    by = (_now() - _RECORDED_AGO - (latest(lines) or 0)) // DAY * DAY
    return [shifted(line, by) for line in lines]


def written_file(folder: Path, lines: Sequence[bytes], name: str = "events.jsonl") -> Path:
    """A file of these lines."""
    path = folder / name
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def _of_first_tickets(lines: Iterator[bytes] | gzip.GzipFile, tickets: int | None) -> Iterator[bytes]:
    known: set[str] = set()
    for line in lines:
        ticket = orjson.loads(line)["ticket_id"]
        if tickets is None or ticket in known or len(known) < tickets:
            known.add(ticket)
            yield line.rstrip()


def _now() -> Micros:
    return time.time_ns() // 1_000


def with_mistakes(lines: Sequence[bytes]) -> list[bytes]:
    """The history with what sources do wrong here and there: each is set aside and changes nothing else."""
    event = {
        **orjson.loads(lines[0]),
        "event_id": "mistake",
        "type": "created",
        "customer": "acme",
        "priority": "P3",
    }
    strange = [
        b'{"type": "created", "ticket_id": "TORN',
        b"\xff\xfe no text at all",
        orjson.dumps({**event, "ticket_id": "NO-TYPE", "type": "invented"}),
        orjson.dumps(
            {**event, "ticket_id": "NO-OFFSET", "occurred_at": event["occurred_at"].rstrip("Z")[:19]}
        ),
        orjson.dumps({**event, "source": "another:desk"}),
        orjson.dumps({**event, "ticket_id": "LONG-AGO", "occurred_at": "2001-01-01T00:00:00Z"}),
    ]
    assert len(strange) == MISTAKES
    gap = len(lines) // len(strange)
    mixed = []
    for number, line in enumerate(lines):
        mixed.append(line)
        if number % gap == gap // 2 and number // gap < len(strange):
            mixed.append(strange[number // gap])
    return mixed
