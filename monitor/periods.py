"""The reporting zone's hours, days and months, and the periods people ask for, as instants.

A day starts at the first instant whose local date is that day: usually midnight, the end of the gap where the
clocks skip it, the first of two where they repeat it. An hour is a clock hour of the zone, so it may start at
half past in UTC, and a change of the clocks inside one cuts it in two. Because an hour never straddles a day
nor a day a month, the hour alone places a fact in all three.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.instants import DAY, HOUR, Micros, from_micros, to_micros

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
# `datetime` ends at both ends of its range; inside these the zone's own offset can always be asked for.
_FIRST_INSTANT: Final = to_micros(datetime.fromisoformat("0001-01-03T00:00:00Z"))
_LAST_INSTANT: Final = to_micros(datetime.fromisoformat("9999-12-29T00:00:00Z"))
# 54 years of days; a history with stray dates must not fill the memory with them.
_CACHED_DAYS: Final = 20_000


class PeriodKind(StrEnum):
    """The periods of reports (S56), shortest first."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"

    @property
    def is_days(self) -> bool:
        """Whether it is the sum of days; the others are sums of months."""
        return self in _DAYS_IN


_DAYS_IN: Final = {PeriodKind.DAY: 1, PeriodKind.WEEK: 7}
_MONTHS_IN: Final = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF: 6, PeriodKind.YEAR: 12}


class Period(NamedTuple):
    """A calendar period of the reporting zone, [`start`, `end`), called for example `2016-W09`."""

    kind: PeriodKind
    label: str
    start: Micros
    end: Micros

    @property
    def window(self) -> str:
        """The KPI window whose rows add up to it: `day` or `month`."""
        return "day" if self.kind.is_days else "month"


class Place(NamedTuple):
    """Where an instant is filed: the starts of its hour, day and month, and the day's number."""

    hour: Micros
    day: Micros
    month: Micros
    day_index: int


class _Day:
    """One local day; `regular` when it has 24 hours and no change of the clocks."""

    __slots__ = ("end", "index", "month", "regular", "start")

    def __init__(self, index: int, start: Micros, end: Micros, month: Micros, *, regular: bool) -> None:
        self.index = index
        self.start = start
        self.end = end
        self.month = month
        self.regular = regular


class ReportingZone:
    """The reporting time zone, with its days worked out once each and then found by a dictionary access.

    Every method takes and returns instants in microseconds. Instants outside the years 1 to 9999, which no
    event can carry, are taken as UTC.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._days: dict[int, tuple[_Day, ...]] = {}  # by UTC day: the local days that share time with it

    def place(self, instant: Micros) -> Place:
        """The hour, day and month an instant belongs to; the cheapest way to ask for more than one."""
        day = self._day(instant)
        hour = instant - (instant - day.start) % HOUR if day.regular else self._clock_hour(day, instant)
        return Place(hour, day.start, day.month, day.index)

    def hour(self, instant: Micros) -> Micros:
        """The start of the clock hour an instant is in."""
        return self.place(instant).hour

    def day(self, instant: Micros) -> Micros:
        """The start of the day an instant is in."""
        return self._day(instant).start

    def local_date(self, instant: Micros) -> date:
        """The date of an instant in the zone."""
        return _date(self._day(instant).index)

    def next_day(self, instant: Micros) -> Micros:
        """The first start of a day after an instant: the close of the day it is in."""
        return self._day(instant).end

    def day_index(self, instant: Micros) -> int:
        """The number of the local day counted from 1970-01-01, so that differences are ages in days."""
        for day in self._days.get(instant // DAY, ()):
            if instant < day.end:
                return day.index
        return self._day(instant).index

    def week(self, instant: Micros) -> Micros:
        """The start of the ISO week, a Monday."""
        return self._start(PeriodKind.WEEK, instant)

    def month(self, instant: Micros) -> Micros:
        """The start of the calendar month."""
        return self._day(instant).month

    def quarter(self, instant: Micros) -> Micros:
        """The start of the calendar quarter."""
        return self._start(PeriodKind.QUARTER, instant)

    def half(self, instant: Micros) -> Micros:
        """The start of the half-year: January or July."""
        return self._start(PeriodKind.HALF, instant)

    def year(self, instant: Micros) -> Micros:
        """The start of the calendar year."""
        return self._start(PeriodKind.YEAR, instant)

    def months_before(self, instant: Micros, months: int) -> Micros:
        """The start of the month so many months before the one an instant is in."""
        return self.day_start(_index(_add_months(self.local_date(instant).replace(day=1), -months)))

    def months_between(self, start: Micros, end: Micros) -> list[Micros]:
        """The starts of the months in [`start`, `end`): the rows a quarter, half or year is the sum of."""
        starts: list[Micros] = []
        month = self.month(start)
        while month < end:
            if month >= start:
                starts.append(month)
            month = self.months_before(month, -1)
        return starts

    def day_start(self, index: int) -> Micros:
        """The first instant whose local date is day `index` or later.

        A date the zone skipped whole (Apia, 2011-12-30) starts where the next one does.
        """
        midnight = index * DAY
        ordinal = index + _EPOCH_ORDINAL
        if not 1 < ordinal < date.max.toordinal():
            return midnight
        local = datetime.combine(date.fromordinal(ordinal), time(), tzinfo=self.zone)
        before = _offset(local)
        after = _offset(local.replace(fold=1))
        if before >= after:  # the usual midnight, or the first of two
            return midnight - before
        return self._clock_change(midnight - after, midnight - before)

    def period(self, kind: PeriodKind, instant: Micros) -> Period:
        """The period of that kind an instant is in."""
        return self._period(kind, self.local_date(instant))

    def previous(self, period: Period) -> Period:
        """The period of the same kind just before it."""
        return self.period(period.kind, period.start - 1)

    def year_before(self, period: Period) -> Period | None:
        """The same period a year earlier; None for 29 February and week 53 where that year has none."""
        first = self.local_date(period.start)
        if period.kind is not PeriodKind.WEEK:
            try:
                return self._period(period.kind, first.replace(year=first.year - 1))
            except ValueError:
                return None
        year, week, _ = first.isocalendar()
        try:
            return self._period(period.kind, date.fromisocalendar(year - 1, week, 1))
        except ValueError:
            return None

    def _period(self, kind: PeriodKind, day: date) -> Period:
        first = _first_date(kind, day)
        end = (
            _add_months(first, _MONTHS_IN[kind])
            if kind in _MONTHS_IN
            else _date(_index(first) + _DAYS_IN[kind])
        )
        return Period(kind, _label(kind, first), self.day_start(_index(first)), self.day_start(_index(end)))

    def _start(self, kind: PeriodKind, instant: Micros) -> Micros:
        return self.day_start(_index(_first_date(kind, self.local_date(instant))))

    def _day(self, instant: Micros) -> _Day:
        number = instant // DAY
        days = self._days.get(number)
        if days is None:
            days = self._load(number)
        return next(day for day in days if instant < day.end)

    def _load(self, number: int) -> tuple[_Day, ...]:
        if len(self._days) >= _CACHED_DAYS:
            self._days.clear()
        starts = [(index, self.day_start(index)) for index in range(number - 1, number + 4)]
        utc_start, utc_end = number * DAY, (number + 1) * DAY
        days = tuple(
            self._make_day(index, start, end)
            for (index, start), (_, end) in pairwise(starts)
            if start < end and end > utc_start and start < utc_end
        )
        self._days[number] = days
        return days

    def _make_day(self, index: int, start: Micros, end: Micros) -> _Day:
        regular = end - start == DAY and self._offset(start) == self._offset(end - 1)
        month = self.day_start(_index(_date(index).replace(day=1)))
        return _Day(index, start, end, month, regular=regular)

    def _clock_hour(self, day: _Day, instant: Micros) -> Micros:
        offset = self._offset(instant)
        start = instant - (instant + offset) % HOUR
        if self._offset(start) != offset:
            start = self._clock_change(start, instant)
        return max(start, day.start)  # on the first day of the calendar the hour may begin before it

    def _clock_change(self, before: Micros, after: Micros) -> Micros:
        """The first instant with the offset of `after`, given that `before` has another."""
        offset = self._offset(after)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                after = middle
            else:
                before = middle
        return after

    def _offset(self, instant: Micros) -> Micros:
        return _offset(from_micros(min(max(instant, _FIRST_INSTANT), _LAST_INSTANT)).astimezone(self.zone))


def _offset(local: datetime) -> Micros:
    offset = local.utcoffset()
    assert offset is not None  # noqa: S101 (for the type checker: an aware datetime has one)
    return offset // timedelta(microseconds=1)


def _index(day: date) -> int:
    return day.toordinal() - _EPOCH_ORDINAL


def _date(index: int) -> date:
    return date.fromordinal(min(max(index + _EPOCH_ORDINAL, 1), date.max.toordinal()))


def _add_months(first: date, months: int) -> date:
    """The first of a month moved by whole months, kept inside the range of `date`."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(max(year, 1), month + 1, 1)


def _first_date(kind: PeriodKind, day: date) -> date:
    if kind is PeriodKind.DAY:
        return day
    if kind is PeriodKind.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS_IN[kind]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _label(kind: PeriodKind, first: date) -> str:
    if kind is PeriodKind.DAY:
        return first.isoformat()
    if kind is PeriodKind.WEEK:
        year, week, _ = first.isocalendar()
        return f"{year:04}-W{week:02}"
    number = (first.month - 1) // _MONTHS_IN[kind] + 1
    return f"{first.year:04}" + {
        PeriodKind.MONTH: f"-{number:02}",
        PeriodKind.QUARTER: f"-Q{number}",
        PeriodKind.HALF: f"-H{number}",
    }.get(kind, "")
