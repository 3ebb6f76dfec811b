"""State as a worker would have written it, for as many open tickets as wanted, without judging each of them.

A recorded desk is judged up to the middle of its history, which is moved to lie just before now. The open tickets
of that moment are then repeated under other ids of the same length, so that rows have the sizes and the deadlines
of real ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import Final

from monitor.engine import Engine
from monitor.intake import StoredRecord
from monitor.policies import PolicyBook
from monitor.step import Row
from monitor.tickets import row_is_open, row_next_due
from schemas.instants import DAY, HOUR, Micros, parse_iso
from tests.bench.desk import UCI, book, copies, history

_UP_TO: Final = 80_000  # events: a day in May, with some two thousand tickets open
_STEP: Final = 2_000
_ID_LENGTH: Final = len("INC0000045")


class Desk:
    """The open tickets of a desk in the middle of its work, and the KPI rows that go with its history."""

    def __init__(self, now: Micros, policies: PolicyBook | None = None) -> None:
        events = history(UCI)[:_UP_TO]
        moved = (now - parse_iso(events[-1]["occurred_at"])) // DAY * DAY
        self.engine = Engine(0, policies or book())
        self.engine.start()
        self.rows: dict[bytes, bytes] = {}
        self.kpis: dict[bytes, bytes] = {}
        self.checkpoint = b""
        records = [
            StoredRecord("tickets", 0, offset, None, key, value)
            for offset, (key, value) in enumerate(copies(events, 1, moved))
        ]
        for begin in range(0, len(records), _STEP):
            step = self.engine.apply(records[begin : begin + _STEP], now)
            *rows, (_, checkpoint) = step.state
            self.checkpoint = checkpoint or b""
            _write(self.rows, rows)
            _write(self.kpis, step.kpis)
        self.open = [row for row in self.rows.values() if row_is_open(row)]
        # Nothing is to fire while a bench looks at something else.
        self.quiet = [
            (key, row)
            for key, row in self.rows.items()
            if row_is_open(row) and row_next_due(row) > now + 2 * HOUR and len(key) == _ID_LENGTH
        ]

    def tickets(self, count: int) -> Iterator[tuple[bytes, bytes]]:
        """Rows of `count` open tickets with ids of their own; no deadline is less than two hours away."""
        for number, (key, row) in enumerate(islice(cycle(self.quiet), count)):
            name = b"TCK%07d" % number
            yield name, row.replace(key, name)


def _write(table: dict[bytes, bytes], rows: Sequence[Row]) -> None:
    for key, value in rows:
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
