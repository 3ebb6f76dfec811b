"""Business time: how much of it lies between two instants, and when an amount of it is over.

A calendar is compiled, some years at a time, to one sorted list of edges (opening, closing, opening, ...) and
the open time before each. Elapsed time and deadline are then two binary searches, however far apart they lie.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo, available_timezones

from monitor.errors import CalendarError
from monitor.holiday_dates import HolidayDates, parse_holidays
from monitor.open_years import Interval, compile_year, united
from monitor.opening_hours import ALL_DAY, DAYS, Week, parse_week
from monitor.public_holidays import PublicDates
from schemas.instants import DAY, Micros, duration, from_micros, to_micros
from schemas.wording import did_you_mean

Hold = tuple[datetime, datetime | None]
"""The two aware instants of a hold; `None` while it is still on."""

_KEYS = ("timezone", "hours", "holidays")
# Beyond these years an instant is a mistake, and a target that ends there is no promise to anyone alive.
_FIRST_YEAR: Final = 1900
_END_YEAR: Final = 2200
_EARLIEST: Final[Micros] = to_micros(datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC))
_LATEST: Final[Micros] = to_micros(datetime(_END_YEAR, 1, 1, tzinfo=UTC))
# A compiled year is trusted only this far inside its ends: offsets (14 h) and a date that its zone skipped
# (24 h) move edges across them.
_MARGIN: Final[Micros] = 2 * DAY
_YEAR: Final[Micros] = 366 * DAY
_END_ORDINAL: Final = date(_END_YEAR, 1, 1).toordinal()
_FOREVER: Final[Micros] = 2 * _LATEST


class Calendar:
    """One calendar of the policy file; lives as long as its version and compiles years as they are needed.

    The methods on datetimes are for people; those on `Micros` are what the engine calls for each event. Not
    to be shared between threads. Instants outside the years 1900 to 2199 may raise `CalendarError`.
    """

    __slots__ = (
        "_edges",
        "_from",
        "_holidays",
        "_tails",
        "_totals",
        "_until",
        "_week",
        "_workdays",
        "_years",
        "always_open",
        "zone",
    )

    def __init__(self, zone: ZoneInfo, week: Week, holidays: HolidayDates) -> None:
        self.zone = zone
        self.always_open = not holidays and all(spans == ALL_DAY for spans in week)
        self._week = week
        self._holidays = holidays
        self._years = range(0)
        # Opening and closing instants in turn; `_totals[n]` is the open time from the first up to the n-th.
        self._edges: list[Micros] = []
        self._totals: list[Micros] = [0]
        self._from: Micros = _LATEST
        self._until: Micros = _EARLIEST
        self._workdays: list[int] = []  # ordinals of the dates on which a shift begins
        self._tails: dict[int, int] = {}  # date ordinal -> minute at which the shift of the day before ends

    @classmethod
    def from_config(
        cls,
        entry: Mapping[str, Any],
        *,
        default_timezone: str = "UTC",
        public_dates: PublicDates | None = None,
    ) -> Self:
        """Builds a calendar from one entry of the policy's `calendars:`: `timezone`, `hours`, `holidays`.

        `public_dates` are the public holidays of every place, where they are not to come from the library.
        Raises `CalendarError`, which names the key, what is wrong and the nearest right word.
        """
        known = _parse_entry(entry)
        zone, holidays = known.get("timezone"), known.get("holidays")
        return cls(
            _parse_zone(default_timezone if zone is None else zone),
            parse_week(known["hours"]),
            HolidayDates() if holidays is None else parse_holidays(holidays, recorded=public_dates),
        )

    @property
    def week(self) -> Week:
        """The opening hours by weekday, Monday first, before any holiday."""
        return self._week

    @property
    def holidays(self) -> HolidayDates:
        """The dates that have other hours."""
        return self._holidays

    @property
    def public_dates(self) -> dict[str, list[date]]:
        """The public holidays that it counts on, by place."""
        return {public.place: list(public.dates) for public in self._holidays.public}

    def content_key(self, *, dated: bool = True) -> dict[str, Any]:
        """All that decides this calendar's answers, JSON-able and the same for two ways to write the same.

        Without the dates of public holidays if not `dated`: what was written, whatever the library makes of it.
        """
        hours = {
            name: [[int(minute) for minute in (span if span.carried else span[:2])] for span in spans]
            for name, spans in zip(DAYS, self._week, strict=True)
        }
        return {
            "timezone": self.zone.key,
            "hours": hours,
            "holidays": self._holidays.content_key(dated=dated),
        }

    def elapsed(self, start: datetime, end: datetime, holds: Iterable[Hold] = ()) -> timedelta:
        """The open time from `start` to `end` less that on hold; zero for a reversed one (S6)."""
        first, last = to_micros(start), to_micros(end)
        held = sum(
            self.open_between(max(begin, first), min(end, last)) for begin, end in _united_holds(holds)
        )
        return timedelta(microseconds=self.open_between(first, last) - held)

    def deadline(self, start: datetime, target: timedelta, holds: Iterable[Hold] = ()) -> datetime:
        """The instant at which `target` of open time has passed; the closing instant if it ends there (S3).

        Raises `ValueError` for a negative target, or when a hold without an end leaves the deadline open.
        """
        if target < timedelta(0):
            raise ValueError(f"a target cannot be negative: {target}")
        return from_micros(self._deadline(to_micros(start), duration(target), holds))

    def deadline_working_days(self, start: datetime, days: int, holds: Iterable[Hold] = ()) -> datetime:
        """The deadline of a target of `days` working days, turned into open time once (S2)."""
        begin = to_micros(start)
        return from_micros(self._deadline(begin, self.working_days(begin, days), holds))

    def _deadline(self, start: Micros, amount: Micros, holds: Iterable[Hold]) -> Micros:
        due = self.add_open(start, amount)
        for begin, end in _united_holds(holds):
            if begin >= due:
                break
            if end == _FOREVER:
                raise ValueError(f"on hold since {from_micros(begin)}: no deadline before the hold ends")
            amount += self.open_between(max(begin, start), end)
            due = self.add_open(start, amount)
        return due

    def open_between(self, start: Micros, end: Micros) -> Micros:
        """The open time from `start` to `end`; 0 when `end` is not after `start` (S6)."""
        if end <= start:
            return 0
        if self.always_open:
            return end - start
        if start < self._from or end > self._until:
            self._cover(start, end)
        edges = self._edges
        totals = self._totals
        # An odd number of edges behind an instant means that it is open there.
        first = bisect_right(edges, start)
        last = bisect_right(edges, end, first)
        total = totals[last] - totals[first]
        if first & 1:
            total -= start - edges[first - 1]
        if last & 1:
            total += end - edges[last - 1]
        return total

    def add_open(self, start: Micros, amount: Micros) -> Micros:
        """The first instant at which `amount` of open time has passed since `start` (S3).

        Nothing left to pass (0 or less) is over at `start` if that is open, else at the next opening.
        Raises `CalendarError` when the amount does not end before the year 2200.
        """
        if amount <= 0:
            return self._next_open(start)
        if self.always_open:
            if start + amount > _LATEST:
                raise _too_far()
            return start + amount
        if start < self._from or start > self._until:
            self._cover(start, start)
        edges = self._edges
        totals = self._totals
        first = bisect_right(edges, start)
        wanted = totals[first] + amount
        if first & 1:
            wanted += start - edges[first - 1]
        if wanted > totals[-1]:
            self._grow(wanted)
            edges = self._edges
            totals = self._totals
        last = bisect_left(totals, wanted, first)
        return edges[last - 1] - (totals[last] - wanted)

    def working_days(self, start: Micros, days: int) -> Micros:
        """The open time of a target of `days` working days from `start` (S2).

        That is up to the same local clock time `days` working days later, from the next opening if `start` is
        closed. A working day is a date on which a shift begins. Raises `ValueError` below one day.
        """
        return self.open_between(*self.working_span(start, days))

    def working_span(self, start: Micros, days: int) -> Interval:
        """From where to where that is: from `start`, or the opening after it, to the same local time (S2)."""
        if days < 1:
            raise ValueError(f"a target has at least one working day, not {days}")
        begin = self._next_open(start)
        local = from_micros(begin).astimezone(self.zone)
        end = datetime.combine(self._working_date(local, days), local.time().replace(fold=0), self.zone)
        return begin, to_micros(end)

    def working_days_between(self, first: date, end: date) -> int:
        """How many working days (S2) there are from a date to before another; for figures per working day."""
        if self.always_open:
            return max(0, (end - first).days)
        start, stop = (to_micros(datetime(day.year, day.month, day.day, tzinfo=UTC)) for day in (first, end))
        if start < self._from or stop > self._until:
            self._cover(start, stop)
        before = bisect_left(self._workdays, first.toordinal())
        return max(0, bisect_left(self._workdays, end.toordinal()) - before)

    def open_intervals(self, start: Micros, end: Micros) -> list[Interval]:
        """The open intervals from `start` to `end`, cut at both, in order and apart from each other."""
        if end <= start:
            return []
        if self.always_open:
            return [(start, end)]
        if start < self._from or end > self._until:
            self._cover(start, end)
        first = bisect_right(self._edges, start)
        last = bisect_left(self._edges, end)
        edges = self._edges[first:last]
        if first & 1:
            edges.insert(0, start)
        if last & 1:
            edges.append(end)
        return _pairs(edges)

    def _next_open(self, instant: Micros) -> Micros:
        if self.always_open:
            return instant
        if instant < self._from or instant > self._until:
            self._cover(instant, instant)
        passed = bisect_right(self._edges, instant)
        if passed & 1:
            return instant
        if passed == len(self._edges):
            self._grow(self._totals[-1] + 1)
        return self._edges[passed]

    def _working_date(self, local: datetime, days: int) -> date:
        """The date `days` working days later; for the morning of a night shift, the date after it."""
        today = local.toordinal()
        if self.always_open:
            return _date(today + days)
        in_tail = local.hour * 60 + local.minute < self._tails.get(today, 0)
        index = bisect_right(self._workdays, today - in_tail) + days - 1
        while index >= len(self._workdays):
            self._compile(self._years.start, self._years.stop + (index - len(self._workdays)) // 366)
        return _date(self._workdays[index] + in_tail)

    def _cover(self, start: Micros, end: Micros) -> None:
        """Compiles what is missing so that every instant from `start` to `end` can be looked up."""
        if start < _EARLIEST or end > _LATEST:
            raise CalendarError(f"no calendar reaches before {_FIRST_YEAR} or after {_END_YEAR - 1}")
        self._compile(from_micros(start - _MARGIN).year, from_micros(end + _MARGIN).year)

    def _grow(self, wanted: Micros) -> None:
        """Compiles later years until the open time since the first edge reaches `wanted`."""
        while wanted > self._totals[-1]:
            # A year has at most a year of open time, so this many years are needed at least.
            self._compile(self._years.start, self._years.stop + (wanted - self._totals[-1]) // _YEAR)

    def _compile(self, first: int, last: int) -> None:
        """Compiles the years `first` to `last`, both included, and any up to the ones there are."""
        if last > _END_YEAR:
            raise _too_far()
        if self._years:
            first, last = min(first, self._years.start), max(last, self._years.stop - 1)
        intervals = _pairs(self._edges)
        for year in range(first, last + 1):
            if year not in self._years:
                compiled = compile_year(year, self.zone, self._week, self._holidays)
                intervals += compiled.intervals
                self._workdays += compiled.workdays
                self._tails.update(compiled.tails)
        self._workdays.sort()
        self._edges = [edge for interval in united(intervals) for edge in interval]
        self._totals = [0]
        for opens, closes in _pairs(self._edges):
            self._totals += (self._totals[-1], self._totals[-1] + closes - opens)
        self._years = range(first, last + 1)
        self._from = to_micros(datetime(first, 1, 1, tzinfo=UTC)) + _MARGIN
        self._until = to_micros(datetime(last + 1, 1, 1, tzinfo=UTC)) - _MARGIN


def _parse_entry(entry: object) -> Mapping[str, object]:
    if not isinstance(entry, Mapping):
        raise CalendarError(f"{entry!r} is no mapping with the keys {', '.join(_KEYS)}")
    for name in entry:
        if name not in _KEYS:
            raise CalendarError(
                f"{name}: unknown key; known are {', '.join(_KEYS)}{did_you_mean(name, _KEYS)}"
            )
    if "hours" not in entry:
        raise CalendarError('hours: missing; for example hours: {mon-fri: ["09:00-17:00"]}, or hours: 24x7')
    return entry


def _parse_zone(name: object) -> ZoneInfo:
    if not isinstance(name, str):
        raise CalendarError(f"timezone: {name!r} is no time zone such as Europe/Madrid")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, malformed, or a folder such as "Europe"
        hint = did_you_mean(name, available_timezones())
        raise CalendarError(f"timezone: {name!r} is no time zone such as Europe/Madrid{hint}") from error


def _united_holds(holds: Iterable[Hold]) -> list[Interval]:
    """Holds that overlap or repeat add up once; one without an end lasts for ever, a reversed one is none."""
    return united((to_micros(begin), _FOREVER if end is None else to_micros(end)) for begin, end in holds)


def _pairs(edges: list[Micros]) -> list[Interval]:
    return list(zip(edges[::2], edges[1::2], strict=True))


def _too_far() -> CalendarError:
    return CalendarError(f"the target does not end before the year {_END_YEAR}")


def _date(ordinal: int) -> date:
    if ordinal >= _END_ORDINAL:
        raise _too_far()
    return date.fromordinal(ordinal)
