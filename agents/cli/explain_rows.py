"""Long accounts made short: like days in a row become one line per week, month or stretch; exceptions stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import groupby
from typing import Any, Final

from schemas.explanations import Remark, Row

_SHORT: Final = 21
_MEDIUM: Final = 30
_MARKS: Final = {"deadline", "breach"}


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes one line of the table: rows that follow each other."""

    rows: tuple[Row, ...]

    @property
    def first(self) -> Row:
        """The row it begins with."""
        return self.rows[0]

    @property
    def last(self) -> Row:
        """The row it ends with."""
        return self.rows[-1]

    @property
    def closed_days(self) -> int:
        """The days inside without any open time."""
        return sum(not row.open_seconds for row in self.rows)

    def total(self, value: Callable[[Row], float]) -> float:
        """The sum of a value over its rows."""
        return sum(value(row) for row in self.rows)


def lines_of(rows: Sequence[Row], *, every_day: bool = False) -> list[Line]:
    """The rows as lines: each its own while they are few, else whole days of one kind together.

    First the plain days of one ISO week, with the exceptional ones apart; where that is still long, those of one
    month, and at last of one year, exceptional ones among them for the reader to name.
    """
    each = [Line((row,)) for row in rows]
    if every_day or len(rows) <= _SHORT:
        return each
    alone = _alone(rows)
    plain = [fits and not exceptions(row) for fits, row in zip(alone, rows, strict=True)]
    for fits, period in ((plain, _week), (alone, _month), (alone, _year)):
        lines = _grouped(rows, fits, period)
        if len(lines) <= _MEDIUM:
            break
    return lines


def exceptions(row: Row) -> list[Remark]:
    """What about its day needs a word; a holiday on a day that is closed anyway takes nothing out."""
    closed = any(remark.kind == "closed_day" for remark in row.remarks)
    idle = {"closed_day", "holiday"} if closed else set()
    return [remark for remark in row.remarks if remark.kind not in idle]


def _alone(rows: Sequence[Row]) -> list[bool]:
    """Whether each row is a whole local day, on which neither deadline nor breach falls."""
    return [_whole(row) and not _MARKS & {remark.kind for remark in row.remarks} for row in rows]


def _whole(row: Row) -> bool:
    midnight = row.from_.time() == row.to.time() == time()
    return midnight and (row.to.date() - row.date).days == 1


def _grouped(rows: Sequence[Row], fits: Sequence[bool], period: Callable[[date], Any]) -> list[Line]:
    def key(numbered: tuple[int, Row]) -> tuple[Any, ...]:
        number, row = numbered
        return (row.kind, row.reason, period(row.date)) if fits[number] else (number,)

    return [Line(tuple(row for _, row in group)) for _, group in groupby(enumerate(rows), key)]


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]


def _month(day: date) -> tuple[int, int]:
    return (day.year, day.month)


def _year(day: date) -> int:
    return day.year
