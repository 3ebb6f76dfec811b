"""What a calendar says about one local date, for people: closed, a holiday and its name, other hours, a clock change."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.calendars import Calendar
from monitor.holiday_dates import HolidayDates, PublicHolidays, Yearly
from monitor.open_years import opening
from monitor.opening_hours import Spans
from schemas.instants import SECOND, Micros, from_micros


class SpecialDay(NamedTuple):
    """A date with other hours than its weekday; `hours` is empty when it is closed all day."""

    name: str | None
    hours: tuple[str, ...]


class ClockChange(NamedTuple):
    """Where the local clock jumps; `shift` in seconds, positive in spring."""

    at: Micros
    shift: int


def closed_weekday(calendar: Calendar, day: date) -> bool:
    """Whether the calendar never opens on this day of the week."""
    return not calendar.week[day.weekday()]


def special_day(calendar: Calendar, day: date, language: str) -> SpecialDay | None:
    """What the holidays of the calendar say about a date, in the order of precedence of S6; None for nothing."""
    holidays = calendar.holidays
    spans = _written(holidays, calendar, day)
    name = _public_name(tuple(holidays.public), day, language)
    if spans is None:
        return None if name is None else SpecialDay(name, ())
    return SpecialDay(name, tuple(_clock(span.opens) + "-" + _clock(span.closes) for span in spans))


def midnight_after(day: date, zone: ZoneInfo) -> Micros:
    """The instant at which the next local date begins."""
    return opening(date.fromordinal(day.toordinal() + 1), 0, zone)


def clock_change(since: Micros, to: Micros, zone: ZoneInfo) -> ClockChange | None:
    """The change of the zone's offset inside a stretch of at most some days; the last one if there are two."""
    before, after = _offset(since, zone), _offset(to - 1, zone)
    if before == after:
        return None
    low, high = since, to - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return ClockChange(high, (after - before) // SECOND)


def _written(holidays: HolidayDates, calendar: Calendar, day: date) -> Spans | None:
    if day in holidays.dates:
        return holidays.dates[day]
    spans = holidays.yearly.get(Yearly(day.month, day.day))
    # As `HolidayDates.in_year`: a yearly date opens nothing on a day that is closed anyway.
    return spans if spans is None or calendar.week[day.weekday()] else ()


@lru_cache(maxsize=4096)
def _public_name(public: tuple[PublicHolidays, ...], day: date, language: str) -> str | None:
    """The name of a public holiday; one in several lists has the name of the first."""
    for country in public:
        if day in _dates_of(country, day.year):
            return country.name_of(day, language)
    return None


@lru_cache(maxsize=256)
def _dates_of(country: PublicHolidays, year: int) -> frozenset[date]:
    return frozenset(country.in_year(year))


def _offset(instant: Micros, zone: ZoneInfo) -> Micros:
    offset = from_micros(instant).astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 - a ZoneInfo always knows it
    return round(offset.total_seconds()) * SECOND


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
