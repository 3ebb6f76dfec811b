"""The desk that the benches judge: two recorded histories, any number of copies of them, and a policy.

The histories stay outside of the repository: `SLA_SHARED_DATA`, or `../shared/data` beside the checkout; see the
README there for their sources and licences.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from monitor.adapters.policy_file import load_book
from monitor.intake import StoredRecord
from monitor.policies import PolicyBook
from schemas.instants import DAY, Micros, iso, parse_iso
from tests.requirements import require

REPOSITORY: Final = Path(__file__).parents[2]
POLICY: Final = Path(__file__).with_name("policy.yaml")
UCI: Final = "uci_incident"
BPIC: Final = "bpic2013"
WEEK: Final[Micros] = 7 * DAY


def book() -> PolicyBook:
    """The policies of `policy.yaml`."""
    return load_book([POLICY])


def data() -> Path:
    """The folder of the recorded histories."""
    given = os.environ.get("SLA_SHARED_DATA")
    return Path(given) if given else REPOSITORY.parent / "shared" / "data"


@cache
def history(name: str) -> list[dict[str, Any]]:
    """The events of a recorded history in the order of their arrival; skips where the file is missing."""
    path = data() / name / "events.jsonl.gz"
    found = path if path.exists() else None
    with gzip.open(require(found, f"{path} (SLA_SHARED_DATA names another folder)")) as lines:
        return [orjson.loads(line) for line in lines]


def weeks_to(events: list[dict[str, Any]], last: Micros) -> Micros:
    """By how many whole weeks to move a history so that it ends in the week before `last`.

    Whole weeks keep office hours and weekends where they were.
    """
    end = max(parse_iso(event["occurred_at"]) for event in events)
    return (last - end) // WEEK * WEEK


def copies(events: list[dict[str, Any]], count: int, moved: Micros = 0) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each event of `count` desks that live side by side, in the order of time.

    Ticket and event ids get the number of their copy, as the peers' own loader gives them, so that the peers' oracle
    holds. One copy after the other, as that loader does it, would be a year's history that arrives late: here a
    desk's event is followed by the same event of the others.
    """
    for event in events:
        changed = dict(event)
        if moved:
            changed["occurred_at"] = iso(parse_iso(event["occurred_at"]) + moved)
        for number in range(count):
            if count > 1:
                changed["ticket_id"] = f"{event['ticket_id']}-{number}"
                changed["event_id"] = f"{event['event_id']}-{number}"
            yield changed["ticket_id"].encode(), orjson.dumps(changed)


def records(name: str, count: int = 1) -> list[StoredRecord]:
    """A history as records of partition 0, for an engine in this process."""
    return [
        StoredRecord("tickets", 0, offset, None, key, value)
        for offset, (key, value) in enumerate(copies(history(name), count))
    ]
