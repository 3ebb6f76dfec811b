"""The table of one clock: day by day what was counted, paused and not counted, and the sums.

Laid out by hand, since a remark takes the width of several columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Final

from rich.text import Text

from agents.cli.explain_format import amount, cell, clock_time, day, end_of_row, instant, offset, plain
from agents.cli.explain_rows import Line, exceptions, lines_of
from agents.cli.texts import Texts
from schemas.explanations import ClockAccount, Remark, Row

_STYLE: Final = {"counted": "", "hold": "yellow", "excluded": "magenta", "resolved": "cyan"}
_GAP: Final = "  "
_DAY: Final = len("Wed 2010-03-31 +02:00")
_TIME: Final = len("16:59:42")
_LEAST: Final = 12  # columns of what a row was


@dataclass(frozen=True, slots=True)
class _Printed:
    """One line of the table, as cells, and what is said below it."""

    day: str
    since: str
    to: str
    what: str
    amounts: tuple[str, str, str]
    style: str
    until: str = ""  # the last day, of a line for several
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountTable:
    """Draws the rows of clocks for a width in columns; holds no state."""

    texts: Texts
    width: int
    every_day: bool = False

    def table(self, clock: ClockAccount) -> Iterator[Text]:
        """The rows and their sums; each line's three amounts are its wall-clock time."""
        sums, texts = clock.sums, self.texts
        off = sums.closed_seconds + sums.resolved_seconds
        names = (texts("col_counted"), texts("col_paused"), texts("col_off"))
        head = _Printed(texts("day"), texts("from"), texts("to"), texts("what"), names, "bold")
        totals = (amount(sums.counted_seconds), amount(sums.paused_seconds), amount(off))
        foot = _Printed(texts("sum"), "", "", "", totals, "bold")
        body = list(self._body(clock))
        widths = [max(len(line.amounts[n]) for line in (head, *body, foot)) for n in range(3)]
        for line in (head, *body, foot):
            yield from self._drawn(line, widths)

    def sum_line(self, clock: ClockAccount) -> str:
        """The sums as one equation, from the start to where the account ends."""
        sums = clock.sums
        return self.texts(
            "sum_line",
            counted=amount(sums.counted_seconds),
            paused=amount(sums.paused_seconds),
            resolved=amount(sums.resolved_seconds),
            closed=amount(sums.closed_seconds),
            wall=amount(sums.wall_seconds),
            since=instant(clock.started_at, self.texts),
            to=instant(clock.accounted_to, self.texts),
        )

    def _drawn(self, line: _Printed, widths: Sequence[int]) -> Iterator[Text]:
        right = _GAP.join(value.rjust(width) for value, width in zip(line.amounts, widths, strict=True))
        left = _GAP.join((line.day.ljust(_DAY), line.since.ljust(_TIME), line.to.ljust(_TIME)))
        room = max(_LEAST, self.width - len(left) - len(right) - 2 * len(_GAP))
        fits = len(line.what) <= room
        what = line.what if fits else line.what.split(":")[0]
        yield Text(_GAP.join((left, what.ljust(room), right)), line.style, no_wrap=True)
        below = [*(() if fits else (line.what,)), *line.remarks]
        if line.until and not below:
            below = [""]
        for number, text in enumerate(below):
            yield Text(_GAP.join(((line.until if not number else "").ljust(_DAY), text)), line.style)

    def _body(self, clock: ClockAccount) -> Iterator[_Printed]:
        before = None
        for line in lines_of(clock.rows, every_day=self.every_day):
            yield self._several(line) if len(line.rows) > 1 else self._single(line, before)
            before = line.last.date

    def _single(self, line: Line, before: object) -> _Printed:
        row = line.first
        said = [self._remark(remark) for remark in row.remarks if remark.kind != "closed_day"]
        what = self._kind(row, closed=not row.open_seconds)
        return self._printed(line, what, "" if before == row.date else self._day(row), said)

    def _several(self, line: Line) -> _Printed:
        days, closed = len(line.rows), line.closed_days
        key = "row_days_closed" if 0 < closed < days else "row_days"
        said = [self.texts(key, days=days, closed=closed)]
        for row in line.rows:
            said += [f"{day(row.from_, self.texts)}  {self._remark(remark)}" for remark in exceptions(row)]
        what = self._kind(line.first, closed=closed == days)
        return self._printed(line, what, self._day(line.first), said, f"… {day(line.last.from_, self.texts)}")

    def _printed(self, line: Line, what: str, when: str, said: list[str], until: str = "") -> _Printed:
        counted = line.total(lambda row: row.open_seconds if row.kind == "counted" else 0)
        paused = line.total(lambda row: row.open_seconds if row.kind in {"hold", "excluded"} else 0)
        wall = line.total(lambda row: row.wall_seconds)
        return _Printed(
            day=when,
            since=clock_time(line.first.from_),
            to=end_of_row(line.last.to, line.last.from_),
            what=what,
            amounts=(cell(counted), cell(paused), cell(wall - counted - paused)),
            style=_STYLE[line.first.kind] if line.total(lambda row: row.open_seconds) else "dim",
            until=until,
            remarks=tuple(said),
        )

    def _day(self, row: Row) -> str:
        return f"{day(row.from_, self.texts)} {offset(row.from_)}"

    def _kind(self, row: Row, *, closed: bool) -> str:
        if row.kind == "counted" and closed:
            return self.texts("row_closed")
        return self.texts(f"row_{row.kind}", reason=plain(row.reason or "?"))

    def _remark(self, remark: Remark) -> str:
        if remark.kind == "clock_change" and remark.at is not None:
            return self._clock_change(remark)
        if remark.kind in {"deadline", "breach"} and remark.at is not None:
            return self.texts(f"mark_{remark.kind}", at=clock_time(remark.at))
        hours = ", ".join(remark.hours)
        if remark.kind == "other_hours":
            key = "other_hours" if remark.name is None else "other_hours_named"
            return self.texts(key, hours=hours, name=remark.name)
        key = "holiday_unnamed" if remark.name is None else "holiday"
        return self.texts(key, name=remark.name)

    def _clock_change(self, remark: Remark) -> str:
        """When the clock showed what, and between which offsets it jumped."""
        assert remark.at is not None  # noqa: S101 - the caller has looked
        shift = timedelta(seconds=remark.shift_seconds or 0)
        before = remark.at.astimezone(timezone((remark.at.utcoffset() or timedelta(0)) - shift))
        return self.texts(
            "spring" if shift > timedelta(0) else "autumn",
            span=amount(shift.total_seconds()),
            at=clock_time(before),
            before=offset(before),
            after=offset(remark.at),
        )
