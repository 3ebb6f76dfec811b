"""One ticket in a history played again, or in the records that a worker wrote: its results and its dead letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from monitor.engine import Engine
from monitor.intake import StoredRecord
from monitor.policies import PolicyBook
from monitor.replay import STEP_RECORDS
from monitor.step import Step
from monitor.ticket_letters import TicketLetters
from monitor.tickets import Ticket
from monitor.unread_lines import UnreadLines
from schemas.instants import Micros

Key = tuple[str, int]
"""Objective and cycle."""


@dataclass(slots=True)
class History:
    """What playing a history again leaves of one ticket; `ticket` None when it is not in the state at the end."""

    watermark: Micros
    letters: TicketLetters
    lines: int = 0
    ticket: Ticket | None = None
    results: dict[Key, dict[str, Any]] = field(default_factory=dict)
    unread: UnreadLines = field(default_factory=UnreadLines)
    seen: set[str] = field(default_factory=set)

    @property
    def known(self) -> bool:
        """Whether the history has anything about the ticket."""
        return self.ticket is not None or bool(self.results or self.letters.own)


def play(
    lines: Iterable[bytes],
    ticket_id: str,
    book: PolicyBook,
    *,
    until: Micros | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> History:
    """Judges all lines, and keeps what concerns one ticket.

    All, because what is late, an orphan or due depends on the partition's time, which every line moves.
    """
    engine = Engine(0, book, replay=True)
    engine.start()
    found = History(engine.watermark, TicketLetters(ticket_id))
    records = (
        StoredRecord("tickets", 0, number, None, None, line)
        for number, line in enumerate(lines)
        if line.strip()
    )
    while batch := list(islice(records, STEP_RECORDS)):
        _keep(found, engine.apply(batch, engine.watermark), ticket_id)
        found.lines += len(batch)
        progress(found.lines)
    while until is not None and found.lines:
        step = engine.tick(until)
        _keep(found, step, ticket_id)
        if not step.more:
            break
    found.watermark = engine.watermark
    held = engine.rows.get(ticket_id.encode())
    found.ticket = None if held is None else held.ticket
    return found


def _keep(found: History, step: Step, ticket_id: str) -> None:
    key = ticket_id.encode()
    for of, value in step.results:
        if of == key:
            keep_result(found.results, orjson.loads(value))
    found.letters.take(step.dead_letters)
    found.unread.take(step.dead_letters)
    found.seen.update(row_key.decode() for row_key, _ in step.state if not row_key.startswith(b"\x00"))


def keep_result(kept: dict[Key, dict[str, Any]], record: dict[str, Any]) -> None:
    """Keeps the last revision of each clock."""
    key = (record["objective"], record["cycle"])
    if record["revision"] >= kept.get(key, record)["revision"]:
        kept[key] = record
