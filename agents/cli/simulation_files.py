"""What a simulation writes for spreadsheets: every change and every attainment as CSV, in UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from schemas.simulations import AttainmentRow, Tally

_BYTE_ORDER_MARK: Final = (
    "\N{ZERO WIDTH NO-BREAK SPACE}".encode()
)  # without it, Excel reads accents as Latin-1
_OF_CLOCK: Final = ("kind", "ticket_id", "customer", "priority", "objective", "tier", "cycle")
_OF_SIDE: Final = (
    "outcome",
    "priority",
    "elapsed_seconds",
    "target_seconds",
    "due_at",
    "stopped_at",
    "breached_at",
    "policy",
    "policy_version",
)
_OF_ROW: Final = ("objective", "period", "customer", "priority")
_OF_TALLY: Final = ("met", "missed", "attainment")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def changes_csv(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of `changes.jsonl` as rows, with what each side says beside each other."""
    sides = [f"{side}_{name}" for side in ("before", "after") for name in _OF_SIDE]
    yield _BYTE_ORDER_MARK + _row([*_OF_CLOCK, *sides])
    for change in map(orjson.loads, lines):
        standings = [change[side] or {} for side in ("before", "after")]
        values = [change[name] for name in _OF_CLOCK]
        yield _row([*values, *(standing.get(name) for standing in standings for name in _OF_SIDE)])


def attainment_csv(rows: Iterable[AttainmentRow]) -> Iterator[bytes]:
    """Attainment by objective, period, customer and priority; an empty cell stands for all, or for no data."""
    sides = [f"{side}_{name}" for side in ("before", "after") for name in _OF_TALLY]
    yield _BYTE_ORDER_MARK + _row([*_OF_ROW, *sides, "points"])
    for row in rows:
        values = [getattr(row, name) for name in _OF_ROW]
        yield _row([*values, *_tally(row.before), *_tally(row.after), row.points])


def _tally(tally: Tally | None) -> list[Any]:
    return [getattr(tally, name, None) for name in _OF_TALLY]


def _row(values: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([_harmless(value) for value in values])
    return text.getvalue().encode()


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is marked as text: customers write what they like."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
