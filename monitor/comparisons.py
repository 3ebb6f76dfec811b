"""A figure beside the period before and the same one a year ago (S56).

Ratios differ in percentage points, times and volumes in per cent; a volume is compared per working day as well,
since a month of 23 working days is no busier than one of 20 for having more tickets. A period that is not there,
or a comparison with nothing, is no data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from monitor.calendars import Calendar
from monitor.figure_catalogue import FIGURES, Unit
from monitor.figure_values import Value, value
from monitor.periods import Period
from monitor.row_index import EVERYONE, Population, RowIndex
from monitor.summaries import Number

# A stock is what is there at one instant: the number of days before it makes it neither larger nor smaller.
_STOCKS: Final = frozenset({"backlog"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure in one period; `per_working_day` only of volumes, None where the period has no working day."""

    period: Period
    value: Value
    working_days: int
    per_working_day: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """From an earlier reading to a later one; what does not apply to the unit, or has no data, is None."""

    points: float | None  # percentage points
    percent: float | None
    per_working_day_percent: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of one population; a reading is None where the calendar has no such period (29 February)."""

    figure: str
    now: Reading
    previous: Reading
    year_before: Reading | None
    since_previous: Change
    since_year_before: Change

    def document(self) -> dict[str, Any]:
        """The comparison as JSON."""
        return {
            "figure": self.figure,
            "unit": FIGURES[self.figure].unit.value,
            "now": _reading(self.now),
            "previous": {**_reading(self.previous), "change": _change(self.since_previous)},
            "year_before": None
            if self.year_before is None
            else {**_reading(self.year_before), "change": _change(self.since_year_before)},
        }


NO_CHANGE_KNOWN: Final = Change(None, None, None)


def compare(
    rows: RowIndex,
    period: Period,
    calendar: Calendar,
    *,
    figures: Iterable[str] = tuple(FIGURES),
    population: Population = EVERYONE,
) -> list[Comparison]:
    """Figures of the catalogue beside those of the two earlier periods; working days are the calendar's.

    Raises `KeyError` for an unknown figure, `CalendarError` for periods outside the years of calendars.
    """
    before, year_before = rows.zone.previous(period), rows.zone.year_before(period)
    days = {
        each: calendar.working_days_between(rows.zone.local_date(each.start), rows.zone.local_date(each.end))
        for each in (period, before, year_before)
        if each is not None
    }

    def read(figure: str, of: Period) -> Reading:
        found = value(rows, of, figure, population)
        return Reading(of, found, days[of], _per_day(figure, found, days[of]))

    comparisons = []
    for figure in figures:
        now, previous = read(figure, period), read(figure, before)
        year = None if year_before is None else read(figure, year_before)
        since_year = NO_CHANGE_KNOWN if year is None else change(figure, year, now)
        comparisons.append(Comparison(figure, now, previous, year, change(figure, previous, now), since_year))
    return comparisons


def change(figure: str, before: Reading, now: Reading) -> Change:
    """How a figure moved from one reading to a later one."""
    former, latter = before.value.number, now.value.number
    if former is None or latter is None:
        return NO_CHANGE_KNOWN
    if FIGURES[figure].unit is Unit.SHARE:
        return Change(round(100 * (latter - former), 4), None, None)
    per_day = _percent(before.per_working_day, now.per_working_day)
    return Change(None, _percent(former, latter), per_day)


def _per_day(figure: str, found: Value, days: int) -> float | None:
    countable = FIGURES[figure].unit is Unit.COUNT and figure not in _STOCKS
    if not countable or not days or found.number is None:
        return None
    return round(found.number / days, 4)


def _percent(before: Number | None, now: Number | None) -> float | None:
    """The change in per cent; None from nothing: twice nothing is nothing."""
    return round(100 * (now - before) / before, 4) if before and now is not None else None


def _reading(reading: Reading) -> dict[str, Any]:
    found = reading.value
    return {
        "period": reading.period.label,
        "value": found.number,
        "cases": found.cases,
        "part": found.part,
        "few": found.few,
        "working_days": reading.working_days,
        "per_working_day": reading.per_working_day,
    }


def _change(of: Change) -> dict[str, Any]:
    return {
        "points": of.points,
        "percent": of.percent,
        "per_working_day_percent": of.per_working_day_percent,
    }
