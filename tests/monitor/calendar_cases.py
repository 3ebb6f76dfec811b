"""Random calendars around clock changes and random questions about them, from any source of chance.

With `random.Random(seed)` they are many, quick and the same each time; with Hypothesis's own they are few, and it
shrinks what fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any

from monitor.calendars import Calendar
from tests.monitor.calendar_oracle import Hours, Oracle

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# The dates on which the clocks of a zone go forward and back.
CHANGES: dict[str, tuple[date, ...]] = {
    "Europe/Madrid": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/Sao_Paulo": (
        date(2018, 11, 4),
        date(2018, 2, 18),
    ),  # 00:00 to 01:00 is skipped; 23:00 comes twice
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),  # 00:00 to 01:00 is skipped; and comes twice
    "America/St_Johns": (date(2006, 4, 2), date(2006, 10, 29)),  # at one minute past midnight
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),  # by half an hour
    "Pacific/Chatham": (date(2026, 9, 27), date(2026, 4, 5)),  # at 02:45, and at 03:45
    "Antarctica/Troll": (date(2026, 3, 29), date(2026, 10, 25)),  # by two hours
    "Africa/Casablanca": (date(2026, 3, 22), date(2026, 2, 15)),  # back for Ramadan, forward after it
    "Asia/Tehran": (date(2022, 3, 22), date(2021, 9, 22)),  # at midnight
    "Pacific/Apia": (date(2011, 9, 24), date(2011, 4, 2)),
}
# Dates around which something else is odd, or nothing is.
OTHERS: dict[str, date] = {
    "Pacific/Apia": date(2011, 12, 30),  # a whole date that never was
    "Europe/Madrid": date(2026, 1, 1),
    "Asia/Kathmandu": date(2026, 6, 1),  # the same +05:45 all year
}
PLACES = [(zone, day) for zone, days in CHANGES.items() for day in days] + list(OTHERS.items())


def aware(second: int) -> datetime:
    """An instant for the calendar."""
    return datetime.fromtimestamp(second, UTC)


def whole(instant: datetime) -> int:
    """An instant of the calendar, which has answered in whole seconds."""
    assert not instant.microsecond
    return int(instant.timestamp())


@dataclass(frozen=True)
class Question:
    """What to ask of a calendar; seconds since the epoch."""

    start: int
    end: int
    holds: list[tuple[int, int]]
    share: float  # of the time that is left in the window, for a target
    days: int

    def aware_holds(self) -> list[tuple[datetime, datetime]]:
        return [(aware(begin), aware(end)) for begin, end in self.holds]


@dataclass(frozen=True)
class Pair:
    """A calendar twice: compiled, and as it is stepped through."""

    entry: dict[str, Any]
    calendar: Calendar
    around: date
    week: list[Hours]
    special: dict[date, Hours]

    @cached_property
    def oracle(self) -> Oracle:
        """Made when it is asked, since it takes its time."""
        first, last = self.around - timedelta(days=8), self.around + timedelta(days=16)
        return Oracle(self.entry["timezone"], self.week, self.special, first, last)

    @property
    def middle(self) -> int:
        return int(datetime.combine(self.around, time(), UTC).timestamp())

    def question(self, chance: Random) -> Question:
        return Question(
            self._instant(chance),
            self._instant(chance),
            [(self._instant(chance), self._instant(chance)) for _ in range(chance.choice((0, 0, 1, 2, 4)))],
            chance.random(),
            chance.randint(1, 4),
        )

    def _instant(self, chance: Random) -> int:
        """Any second near the change, and often an opening or closing or the second beside it."""
        near = [edge for edge in self.oracle.edges if abs(edge - self.middle) < 5 * 86_400]
        if near and chance.random() < 0.3:
            return chance.choice(near) + chance.choice((-1, 0, 0, 0, 1))
        return self.middle + chance.randint(-5 * 86_400, 5 * 86_400)


def pair(chance: Random, zone: str, around: date) -> Pair:
    """A random calendar of a zone, to be asked about the days around a date."""
    week, special = _week(chance), _special(chance, around)
    entry = {
        "timezone": zone,
        "hours": {name: _written(hours) for name, hours in zip(DAYS, week, strict=True)},
        "holidays": [_holiday(chance, day, hours) for day, hours in special.items()],
    }
    return Pair(entry, Calendar.from_config(entry), around, week, special)


def _week(chance: Random) -> list[Hours]:
    if chance.random() < 0.05:
        return [[(0, 1440)] for _ in DAYS]
    if chance.random() < 0.5:
        week: list[Hours] = [_hours(chance) for _ in DAYS]
    else:  # with night shifts, kept clear of the day's hours
        week = [[*_hours(chance, 300, 1290), *_night(chance)] for _ in DAYS]
    return week if any(week) else [[(540, 1020)], *week[1:]]


def _night(chance: Random) -> list[tuple[int, int]]:
    return [(chance.randint(1300, 1438), chance.randint(1, 240))] if chance.random() < 0.5 else []


def _hours(chance: Random, first: int = 0, last: int = 1440) -> list[tuple[int, int]]:
    """Up to two intervals of a date, often in its early hours, where the clocks change."""
    minutes = {_minute(chance, first, last) for _ in range(chance.randint(0, 5))}
    edges = sorted(minutes - {1439})  # 23:59 is the end of the day (S4), and that is 1440 here
    return list(zip(edges[::2], edges[1::2], strict=False))


def _minute(chance: Random, first: int, last: int) -> int:
    minute = chance.randint(first, first + 240 if chance.random() < 0.5 else last)
    return minute if chance.random() < 0.5 else min(last, -(-minute // 30) * 30)


def _special(chance: Random, around: date) -> dict[date, Hours]:
    days = {around + timedelta(days=chance.randint(-3, 3)) for _ in range(chance.randint(0, 3))}
    return {day: _hours(chance) if chance.random() < 0.5 else [] for day in sorted(days)}


def _holiday(chance: Random, day: date, hours: Hours) -> dict[str, Any] | str:
    """One of the ways to write it."""
    if hours:
        return {"date": day.isoformat(), "hours": _written(hours)}
    return chance.choice((day.isoformat(), f"{day:%m-%d}"))


def _written(hours: Hours) -> list[str]:
    return [f"{o // 60:02}:{o % 60:02}-{c // 60:02}:{c % 60:02}" for o, c in hours]
