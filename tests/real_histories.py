"""The recorded histories of two real desks, which stay outside of the repository, and a policy as such desks have.

They are looked for in `SLA_SHARED_DATA`, else in `../shared/data` beside the checkout (see the README there for source
and licence). `SLA_WHOLE_HISTORIES=1` takes all tickets where a test otherwise takes some.
"""

from __future__ import annotations

import csv
import gzip
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson
import pytest

from schemas.instants import DAY, SECOND, Micros, parse_iso

DATA: Final = Path(os.environ.get("SLA_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")
UCI, BPIC = "uci_incident", "bpic2013"
WHOLE: Final = os.environ.get("SLA_WHOLE_HISTORIES") == "1"

REALISTIC: Final = """
timezone: Europe/Stockholm
retention: 400 days
hold_reasons:
  Wait - User: waiting_customer
  Wait - Customer: waiting_customer
  Wait - Vendor: waiting_vendor
  Awaiting User Info: waiting_customer
  Awaiting Vendor: waiting_vendor
calendars:
  office:
    hours: {mon-fri: ["08:00-12:00", "13:00-17:00"]}
    holidays: [{country: SE}, {date: 04-30, hours: ["08:00-12:00"]}]
  extended: {hours: {mon-fri: ["07:00-21:00"], sat: ["09:00-14:00"]}, holidays: [01-01, 12-25]}
priorities: [P1, P2, P3, P4]
policies:
  - name: urgent
    match: {priority: [P1, P2]}
    calendar: extended
    objectives:
      first_response: {target: {P1: 15m, P2: 1h}, warn_at: [75%], goal: 95%}
      next_response: {target: 4h}
      resolution: {target: {P1: 8h, P2: 16h}, pause_on: [waiting_customer, waiting_vendor], warn_at: [50%, 75%, 90%]}
      handoff: [{tier: 2, target: 4h}, {tier: 3, target: 8h}]
  - name: standard
    calendar: office
    objectives:
      first_response: {target: 4h, warn_at: [75%], goal: 90%}
      resolution: {target: {P3: 5 working days, P4: 10 working days}, warn_at: [75%], on_change: from_now, goal: 85%}
      handoff: [{tier: 1, target: 8h}, {tier: 2, target: 16h}, {tier: 3, target: 24h}]
exclusions:
  - {from: "2012-03-10T20:00:00+01:00", to: "2012-03-12T12:00:00+01:00", match: {tier: 2}, reason: maintenance}
  - {from: "2016-04-05T08:00:00+02:00", to: "2016-04-06T12:00:00+02:00", match: {priority: P3}, reason: outage}
"""


def lines(name: str, every: int = 1) -> list[bytes]:
    """The events of a desk in the order of their file; of every n-th ticket, unless all are asked for."""
    if not (DATA / name).is_dir():
        pytest.skip(f"{DATA / name} is not there: set SLA_SHARED_DATA to the folder of the real tickets")
    with gzip.open(DATA / name / "events.jsonl.gz") as file:
        events = list(file)
    if every == 1 or WHOLE:
        return events
    numbers: dict[str, int] = {}
    of_each = [numbers.setdefault(orjson.loads(line)["ticket_id"], len(numbers)) for line in events]
    return [line for line, number in zip(events, of_each, strict=True) if number % every == 0]


def truth(name: str) -> Iterator[dict[str, str]]:
    """What the raw logs say of each ticket, worked out without any engine."""
    with gzip.open(DATA / name / "truth.csv.gz", "rt") as rows:
        yield from csv.DictReader(rows)


def shuffled(events: list[bytes], seed: int, latest: Micros = 7 * DAY, again: float = 0.2) -> list[bytes]:
    """The events in the order of an arrival with delays of up to `latest`, a share of them twice."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, and no secret
    arriving = [(parse_iso(orjson.loads(line)["occurred_at"]), line) for line in events]
    arriving += chance.sample(arriving, int(len(arriving) * again))
    delayed = [(at + chance.randrange(latest // SECOND) * SECOND, n) for n, (at, _) in enumerate(arriving)]
    return [arriving[n][1] for _, n in sorted(delayed)]
