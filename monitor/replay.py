"""Replay: a history from lines through the same engine, without a broker and with the events' own time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import orjson

from monitor.engine import Engine
from monitor.intake import StoredRecord
from monitor.policies import PolicyBook
from monitor.step import Step
from monitor.unread_lines import UnreadLines
from monitor.verdicts import result_line, to_json
from schemas.dead_letters import (
    HEADER_ERROR,
    HEADER_OFFSET,
    HEADER_PARTITION,
    HEADER_REASON,
    HEADER_TOPIC,
    DeadLetter,
)
from schemas.instants import Micros
from schemas.reasons import Reason

STEP_RECORDS: Final = 2000
_NOT_OF_THE_LINE = ("revision", "evidence")
ResultKey = tuple[str, str, int]


@dataclass(slots=True)
class ReplayOutcome:
    """What a replay leaves: lines of JSON without their ends, in the order of the files, and the KPI document."""

    results: list[bytes] = field(default_factory=list)
    alerts: list[bytes] = field(default_factory=list)
    dead_letters: list[bytes] = field(default_factory=list)
    kpis: bytes = b""
    counters: Counter[tuple[str, ...]] = field(default_factory=Counter)
    watermark: Micros = 0
    lines: int = 0  # blank ones left out
    tickets: int = 0  # that were created, each once
    provisional: int = 0  # without `created` so far: not judged (S32)
    unread: UnreadLines = field(default_factory=UnreadLines)


def replay(
    lines: Iterable[bytes],
    book: PolicyBook,
    *,
    until: Micros | None = None,
    progress: Callable[[int], None] = lambda _: None,
    step_records: int = STEP_RECORDS,
) -> ReplayOutcome:
    """Judges lines in their order as the order of arrival.

    `until` lets the clock run on to an instant after the last line; `progress` is told the number of lines done.
    The same lines and policies give the same bytes, whatever `step_records` is.
    """
    engine = Engine(0, book, replay=True)
    engine.start()
    outcome = ReplayOutcome()
    settled: dict[ResultKey, dict[str, Any]] = {}
    records = _records(lines)
    done = 0
    while batch := list(islice(records, step_records)):
        _collect(engine.apply(batch, engine.watermark), outcome, settled)
        done += len(batch)
        progress(done)
    while until is not None and done:
        step = engine.tick(until)
        _collect(step, outcome, settled)
        if not step.more:
            break
    outcome.results = _as_they_stand(engine, settled)
    outcome.tickets = engine.ledger.created
    outcome.provisional = sum(ticket.provisional for ticket in engine.rows.tickets())
    outcome.kpis = orjson.dumps(engine.ledger.document(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    outcome.watermark = engine.watermark
    outcome.lines = done
    return outcome


def _records(lines: Iterable[bytes]) -> Iterator[StoredRecord]:
    for number, line in enumerate(lines):
        if line.strip():
            yield StoredRecord("tickets", 0, number, None, None, line)


def _collect(step: Step, outcome: ReplayOutcome, settled: dict[ResultKey, dict[str, Any]]) -> None:
    outcome.alerts += [value for _, value in step.alerts]
    outcome.dead_letters += map(dead_letter_line, step.dead_letters)
    outcome.unread.take(step.dead_letters)
    outcome.counters.update(step.counters)
    for _, value in step.results:
        result = orjson.loads(value)
        key = (result["ticket_id"], result["objective"], result["cycle"])
        if result["reason"] == Reason.SUPERSEDED.value:
            settled.pop(key, None)
        else:
            settled[key] = {name: result[name] for name in result if name not in _NOT_OF_THE_LINE}


def _as_they_stand(engine: Engine, settled: dict[ResultKey, dict[str, Any]]) -> list[bytes]:
    """One line per ticket, objective and cycle: the last verdict, or the clock as it runs at the end."""
    for ticket in engine.rows.tickets():
        for clock in ticket.clocks:
            calendar = engine.fold.promises.calendar_of(ticket, clock)
            line = result_line(ticket, clock, calendar, engine.watermark)
            settled[ticket.ticket_id, clock.name, clock.cycle] = line
    return [to_json(settled[key]) for key in sorted(settled)]


def dead_letter_line(letter: DeadLetter) -> bytes:
    """A line of `dead_letters.jsonl` (`schemas.dead_letters.DeadLetterLine`)."""
    headers = {name: value.decode() for name, value in letter.headers}
    return orjson.dumps(
        {
            "reason": headers[HEADER_REASON],
            "error": headers[HEADER_ERROR],
            "topic": headers[HEADER_TOPIC],
            "partition": int(headers[HEADER_PARTITION]),
            "offset": int(headers[HEADER_OFFSET]),
            "key": None if letter.key is None else letter.key.decode(errors="replace"),
            "value": None if letter.value is None else letter.value.decode(errors="replace"),
        }
    )
