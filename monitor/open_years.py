"""One year of a calendar as instants: local opening hours and holidays turned into open intervals of UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.holiday_dates import HolidayDates
from monitor.opening_hours import Week
from schemas.instants import Micros, to_micros

Interval = tuple[Micros, Micros]


class OpenYear(NamedTuple):
    """A year's worth, by the local dates of its zone.

    `intervals` may touch, or overlap where the clock changes. `workdays` are the ordinals of the dates on
    which a shift begins, ascending; `tails` give, by ordinal, the local minute at which the night shift ends.
    """

    intervals: list[Interval]
    workdays: list[int]
    tails: dict[int, int]


def compile_year(year: int, zone: ZoneInfo, week: Week, holidays: HolidayDates) -> OpenYear:
    """The open year of a calendar."""
    compiled = OpenYear([], [], {})
    replaced = holidays.in_year(year, week)
    for ordinal in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        spans = replaced.get(day, week[day.weekday()])
        for span in spans:
            opens, closes = opening(day, span.opens, zone), closing(day, span.closes, zone)
            if opens < closes:  # they meet, or cross, where the clock skips an hour
                compiled.intervals.append((opens, closes))
            if span.carried:
                compiled.tails[ordinal] = span.closes
        if not all(span.carried for span in spans):
            compiled.workdays.append(ordinal)
    return compiled


def opening(day: date, minute: int, zone: ZoneInfo) -> Micros:
    """The instant of an opening time (S5): the first occurrence; in the spring gap, as far after it."""
    return to_micros(_wall(day, minute).replace(tzinfo=zone))


def closing(day: date, minute: int, zone: ZoneInfo) -> Micros:
    """The instant of a closing time (S5): the last occurrence; in the spring gap, as far after it.

    Of the two folds the second is the later one where a time is ambiguous, and the first inside a gap.
    """
    wall = _wall(day, minute).replace(tzinfo=zone)
    return max(to_micros(wall), to_micros(wall.replace(fold=1)))


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as sorted intervals apart from each other; what touches or overlaps becomes one."""
    apart: list[Interval] = []
    for begin, end in sorted(intervals):
        if apart and begin <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        elif begin < end:
            apart.append((begin, end))
    return apart


def _wall(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)  # 24:00 is the next date's 00:00
