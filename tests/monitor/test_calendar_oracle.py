"""Random calendars around clock changes: the compiled one against one that steps and shares no code with it.

A few cases on each run; `SLA_ORACLE_CASES=100000` for a long look.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.calendars import Calendar
from schemas.instants import SECOND
from tests.monitor.calendar_oracle import Hours, Oracle

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANGES = (
    ("Europe/Madrid", date(2026, 3, 29)),
    ("Europe/Madrid", date(2026, 10, 25)),
    ("Europe/Madrid", date(2026, 1, 1)),
    ("America/Sao_Paulo", date(2018, 11, 4)),  # the day begins at 01:00
    ("America/Sao_Paulo", date(2018, 2, 18)),  # 23:00 to 24:00 comes twice
    ("America/Havana", date(2026, 11, 1)),  # 00:00 to 01:00 comes twice
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Tehran", date(2022, 3, 22)),
    ("Asia/Tehran", date(2021, 9, 22)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a whole date that never was
    ("Asia/Kathmandu", date(2026, 6, 1)),
)


@dataclass(frozen=True)
class Case:
    """A calendar twice, and what to ask it: seconds since the epoch."""

    calendar: Calendar
    oracle: Oracle
    start: int
    end: int
    holds: list[tuple[int, int]]
    share: float
    days: int

    def aware_holds(self) -> list[tuple[datetime, datetime]]:
        return [(aware(begin), aware(end)) for begin, end in self.holds]


def aware(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def written(hours: Hours) -> list[str]:
    return [f"{o // 60:02}:{o % 60:02}-{c // 60:02}:{c % 60:02}" for o, c in hours]


@st.composite
def day_hours(draw: st.DrawFn, first: int = 0, last: int = 1440) -> list[tuple[int, int]]:
    minutes = st.integers(first, last).filter(lambda minute: minute != 1439)
    edges = sorted(draw(st.sets(minutes | st.integers(first, first + 240), max_size=4)))
    return list(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def weeks(draw: st.DrawFn) -> list[list[tuple[int, int]]]:
    if draw(st.booleans()):
        week = [draw(day_hours()) for _ in DAYS]
    else:  # with night shifts, kept clear of the day's hours
        night = st.tuples(st.integers(1300, 1438), st.integers(1, 240))
        week = [[*draw(day_hours(300, 1290)), *draw(st.lists(night, max_size=1))] for _ in DAYS]
    return week if any(week) else [[(540, 1020)], *week[1:]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, change = draw(st.sampled_from(CHANGES))
    first, last = change - timedelta(days=8), change + timedelta(days=16)
    week = draw(weeks())
    near = st.integers(-3, 3).map(lambda days: change + timedelta(days=days))
    special = draw(st.dictionaries(near, st.just([]) | day_hours(), max_size=3))
    entry = {
        "timezone": zone,
        "hours": {name: written(hours) for name, hours in zip(DAYS, week, strict=True)},
        "holidays": [{"date": day.isoformat(), "hours": written(hours)} for day, hours in special.items()],
    }
    middle = int(datetime(change.year, change.month, change.day, tzinfo=UTC).timestamp())
    instants = st.integers(middle - 5 * 86_400, middle + 5 * 86_400)
    return Case(
        Calendar.from_config(entry),
        Oracle(zone, week, special, first, last),
        draw(instants),
        draw(instants),
        draw(st.lists(st.tuples(instants, instants), max_size=4)),
        draw(st.floats(0.001, 1)),
        draw(st.integers(1, 4)),
    )


@settings(
    max_examples=int(os.environ.get("SLA_ORACLE_CASES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(cases())
def test_stepping_through_the_wall_clock_gives_the_same_times(case: Case) -> None:
    calendar, oracle, start, end = case.calendar, case.oracle, case.start, case.end
    elapsed = calendar.elapsed(aware(start), aware(end), case.aware_holds())
    assert elapsed.total_seconds() == oracle.elapsed(start, end, case.holds)

    intervals = calendar.open_intervals(start * SECOND, end * SECOND)
    assert sum(closes - opens for opens, closes in intervals) == oracle.elapsed(start, end) * SECOND

    in_reach = sum(step for _, step in oracle.ticks(start, case.holds))
    target = int(in_reach * case.share)
    if target:
        due = calendar.deadline(aware(start), timedelta(seconds=target), case.aware_holds())
        assert due.timestamp() == oracle.deadline(start, target, case.holds)

    days = oracle.working_days(start, case.days)
    if days is not None:
        assert calendar.working_days(start * SECOND, case.days) == days * SECOND
