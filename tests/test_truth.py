"""Elapsed times against figures that were computed from the raw logs independently of any engine.

On a 24x7 calendar, with no hold pausing and reopens ignored, the first response and the first resolution of every
ticket must agree to the second. The data stays outside of the repository (see its README for source and licence):
`SLA_SHARED_DATA`, or `../shared/data` beside the checkout.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from monitor.replay import replay
from schemas.instants import SECOND, parse_iso
from tests.builders import book

DATA = Path(os.environ.get("SLA_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")

AROUND_THE_CLOCK = """
policies:
  - name: truth
    objectives:
      first_response: {target: 1h}
      resolution: {target: 8h, pause_on: none, reopen: ignore, reopen_within: 2500 working days}
"""

# Where a rule decides otherwise than the raw columns, the cause; all else must agree.
KNOWN: dict[str, dict[str, str]] = {
    "uci_incident": {
        "INC0000131 first_response": "answered before it was opened: counts as at creation (S17), so 0 and not negative",
        "INC0000135 first_response": "answered before it was opened: counts as at creation (S17), so 0 and not negative",
    },
    "bpic2013": {
        "1-739556519 first_response": "resolved at birth and accepted a day later: the resolution is the response (S10)",
        "1-739728094 first_response": "resolved at birth and accepted a day later: the resolution is the response (S10)",
    },
}


def _differences(name: str) -> Iterator[tuple[str, str, int | None, int | None]]:
    with gzip.open(DATA / name / "events.jsonl.gz") as lines:
        outcome = replay(lines, book(AROUND_THE_CLOCK))
    elapsed = {
        (line["ticket_id"], line["objective"]): line["elapsed_seconds"] if line["stopped_at"] else None
        for line in map(orjson.loads, outcome.results)
        if line["cycle"] == 1
    }
    with gzip.open(DATA / name / "truth.csv.gz", "rt") as rows:
        for row in csv.DictReader(rows):
            for objective, column in (
                ("first_response", "first_response_proxy"),
                ("resolution", "resolved_first"),
            ):
                if not row[column]:
                    continue
                expected = (parse_iso(row[column]) - parse_iso(row["created"])) // SECOND
                actual = elapsed.get((row["ticket_id"], objective))
                if actual != expected:
                    yield row["ticket_id"], objective, expected, actual


@pytest.mark.parametrize("name", ["uci_incident", "bpic2013"])
def test_elapsed_agrees_with_the_raw_logs_to_the_second(name: str) -> None:
    if not (DATA / name).is_dir():
        pytest.skip(f"{DATA / name} is not there: set SLA_SHARED_DATA to the folder of the real tickets")
    differing = {
        f"{ticket} {objective}": (expected, actual)
        for ticket, objective, expected, actual in _differences(name)
    }
    assert differing.keys() == KNOWN[name].keys(), differing
