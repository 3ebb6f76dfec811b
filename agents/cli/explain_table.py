"""The table of one clock: day by day what was counted, paused and not counted, and the sums.

Laid out by hand, since a remark takes the width of several columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from typing import Final

from rich.text import Text

from agents.cli.explain_format import (
    amount,
    cell,
    clock_time,
    day,
    end_of_row,
    in_whole_seconds,
    instant,
    offset,
    plain,
    whole_seconds,
    whole_time,
)
from agents.cli.explain_rows import Line, exceptions, lines_of
from agents.cli.texts import Texts
from schemas.explanations import ClockAccount, Remark, Row
from schemas.results import Merged

_STYLE: Final = {"counted": "", "hold": "yellow", "excluded": "magenta", "resolved": "cyan"}
_DAY: Final = len("Wed 2010-03-31 +02:00")
_SHORT_DAY: Final = len("Wed 2010-03-31")
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
class _Layout:
    """How wide the columns are; `room` 0 puts what a row was below it."""

    gap: str
    day: int
    amounts: tuple[int, ...]
    room: int

    @classmethod
    def of(cls, lines: Sequence[_Printed], least_day: int, width: int, gap: str = "  ") -> _Layout:
        """The columns that these lines take; `room` is what is left of the width, less than 0 if none is."""
        days = max(least_day, *(max(len(line.day), len(line.until)) for line in lines))
        amounts = tuple(max(len(line.amounts[n]) for line in lines) for n in range(3))
        return cls(gap, days, amounts, width - days - 2 * _TIME - sum(amounts) - 6 * len(gap))


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
        totals = (
            whole_seconds(sums.counted_seconds),
            whole_seconds(sums.paused_seconds),
            whole_seconds(off),
        )
        foot = _Printed(texts("sum"), "", "", "", totals, "bold")
        lines, layout = self._laid_out([head, *self._body(clock), foot])
        for line in lines:
            yield from self._drawn(line, layout)
        if not all(map(in_whole_seconds, clock.rows)):
            yield Text(texts("whole_seconds"), "dim")

    def sum_line(self, clock: ClockAccount) -> str:
        """The sums as one equation, from the start to where the account ends."""
        sums, merged = clock.sums, clock.merged
        before = "" if merged is None else self._before(merged)
        return before + self.texts(
            "sum_line",
            counted=amount(sums.counted_seconds, self.texts, exact=True),
            paused=amount(sums.paused_seconds, self.texts, exact=True),
            resolved=amount(sums.resolved_seconds, self.texts, exact=True),
            closed=amount(sums.closed_seconds, self.texts, exact=True),
            wall=amount(sums.wall_seconds, self.texts, exact=True),
            since=instant(merged.to if merged else clock.started_at, self.texts),
            to=instant(clock.accounted_to, self.texts),
        )

    def _before(self, merged: Merged) -> str:
        return self.texts(
            "merged",
            counted=amount(merged.counted_seconds, self.texts, exact=True),
            paused=amount(merged.paused_seconds, self.texts, exact=True),
            to=instant(merged.to, self.texts),
        )

    def _laid_out(self, lines: list[_Printed]) -> tuple[list[_Printed], _Layout]:
        """The lines as they fit: else without offsets and with a folded head, else what they were goes below."""
        layout = _Layout.of(lines, _DAY, self.width)
        if layout.room >= _LEAST:
            return lines, layout
        head, *body = lines
        folded = [tuple(name.rpartition(" ")[::2]) for name in head.amounts]
        above, names = ((one, two, three) for one, two, three in zip(*folded, strict=True))
        narrow = [
            _Printed("", "", "", "", above, head.style),
            replace(head, amounts=names),
            *(replace(line, day=line.day[:_SHORT_DAY]) for line in body),
        ]
        layout = _Layout.of(narrow, _SHORT_DAY, self.width)
        if layout.room >= _LEAST:
            return narrow, layout
        # Without a column for what it was there is a gap less.
        gap = layout.gap if layout.room >= -len(layout.gap) else " "
        below = _Layout.of(narrow, _SHORT_DAY, self.width, gap)
        return [narrow[0], replace(narrow[1], what=""), *narrow[2:]], replace(below, room=0)

    @staticmethod
    def _drawn(line: _Printed, layout: _Layout) -> Iterator[Text]:
        fits = len(line.what) <= layout.room
        what = line.what if fits else line.what.split(":")[0]
        cells = [line.day.ljust(layout.day), line.since.ljust(_TIME), line.to.ljust(_TIME)]
        if layout.room:
            cells.append(what[: layout.room].ljust(layout.room))
        cells += [value.rjust(width) for value, width in zip(line.amounts, layout.amounts, strict=True)]
        # Never cropped: on a screen narrower than all this a line breaks.
        yield Text(layout.gap.join(cells), line.style)
        below = [*(() if fits else (line.what,)), *line.remarks]
        if line.until and not below:
            below = [""]
        for number, text in enumerate(below):
            until = line.until if not number else ""
            yield Text(layout.gap.join((until.ljust(layout.day), text)), line.style)

    def _body(self, clock: ClockAccount) -> Iterator[_Printed]:
        before: Row | None = None
        for line in lines_of(clock.rows, every_day=self.every_day):
            yield self._several(line) if len(line.rows) > 1 else self._single(line, before)
            before = line.last

    def _single(self, line: Line, before: Row | None) -> _Printed:
        row = line.first
        said = [self._remark(remark) for remark in row.remarks if remark.kind != "closed_day"]
        moved = before is not None and before.to.utcoffset() != row.from_.utcoffset()
        if moved:  # another calendar: the same instant has another time of day there
            said.insert(0, self.texts("other_offset", offset=offset(row.from_)))
        named = before is not None and before.date == row.date and not moved
        what = self._kind(row, closed=not row.open_seconds)
        spans = " " in end_of_row(row.to, row.from_)
        until = f"… {day(row.to, self.texts)}" if spans else ""
        return self._printed(line, what, "" if named else self._day(row), said, until)

    def _several(self, line: Line) -> _Printed:
        days, closed = len(line.rows), line.closed_days
        counts = {0: "row_days", days: "row_days", 1: "row_days_one_closed"}
        key = counts.get(closed, "row_days_closed")
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
            since=whole_time(line.first.from_),
            to=end_of_row(line.last.to, line.last.from_).rpartition(" ")[2],
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
            span=amount(shift.total_seconds(), self.texts),
            at=clock_time(before),
            before=offset(before),
            after=offset(remark.at),
        )
