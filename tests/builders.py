"""What tests build things with: a book from YAML text, events from short lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import yaml

from monitor.policies import PolicyBook
from schemas.policy import PolicyFile

OFFICE = """
timezone: Europe/Madrid
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-17:00"]}}
  always: {hours: 24x7}
priorities: [P1, P2, P3]
policies:
  - name: standard
    calendar: office
    objectives:
      first_response: {target: {P1: 15m, P2: 30m, P3: 4h}, warn_at: [75%]}
      next_response: {target: 1h}
      resolution: {target: {P1: 4h, P2: 8h, P3: 3 working days}, calendar: {P1: always}, warn_at: [50%, 90%]}
      handoff: {tier: 2, target: 2h}
"""


def book(*texts: str) -> PolicyBook:
    """The book of policy files given as YAML texts."""
    return PolicyBook.from_files(
        [PolicyFile.model_validate(yaml.safe_load(text)) for text in texts or (OFFICE,)]
    )


def event(line: str, number: int) -> bytes:
    """An event from `TIME TYPE TICKET [name=value ...]`; a value that is JSON is taken as such.

    `created` gets the customer acme and the priority P2 unless it names others.
    """
    occurred_at, kind, ticket, *rest = line.split()
    fields: dict[str, Any] = {
        "event_id": f"e{number}",
        "type": kind,
        "ticket_id": ticket,
        "occurred_at": occurred_at,
    }
    if kind == "created":
        fields |= {"customer": "acme", "priority": "P2"}
    for pair in rest:
        name, _, text = pair.partition("=")
        try:
            fields[name] = orjson.loads(text)
        except orjson.JSONDecodeError:
            fields[name] = text
    return orjson.dumps(fields)


def lines(timeline: Iterable[str]) -> list[bytes]:
    """The events of a timeline; an entry that begins with a brace is a line as it is."""
    return [
        entry.encode() if entry.startswith("{") or " " not in entry else event(entry, number)
        for number, entry in enumerate(timeline)
    ]
