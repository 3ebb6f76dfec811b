"""Random calendars around clock changes: the compiled one against one that steps and shares no code with it.

A few hundred cases on each run. For a long look, a few minutes on one core:

    SLA_ORACLE_CASES=100000 python -m pytest tests/monitor/test_calendar_oracle.py

They are the same cases each time, cut evenly among the clock changes of twelve zones; `SLA_ORACLE_SEED` makes others.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.instants import SECOND
from tests.monitor.calendar_cases import CHANGES, PLACES, Pair, Question, aware, pair, whole

CASES = int(os.environ.get("SLA_ORACLE_CASES", "500"))
SEED = os.environ.get("SLA_ORACLE_SEED", "1")
QUESTIONS = 20  # of one calendar, which takes longer to make than to ask


@pytest.mark.parametrize(("zone", "around"), PLACES, ids=lambda part: str(part).replace("/", "-"))
def test_stepping_through_the_wall_clock_gives_the_same_times(zone: str, around: date) -> None:
    chance = Random(f"{SEED} {zone} {around}")  # noqa: S311 - the same cases each time
    left = -(-CASES // len(PLACES))
    while left > 0:
        both = pair(chance, zone, around)
        for _ in range(min(left, QUESTIONS)):
            _compare(both, both.question(chance))
        left -= QUESTIONS


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)  # for the shrinking
@given(st.sampled_from(PLACES), st.randoms(use_true_random=False))
def test_no_smaller_case_differs_either(place: tuple[str, date], chance: Random) -> None:
    both = pair(chance, *place)
    _compare(both, both.question(chance))


def _compare(both: Pair, question: Question) -> None:
    calendar, oracle, start, end = both.calendar, both.oracle, question.start, question.end
    case = both.entry, question
    holds = question.aware_holds()

    elapsed = calendar.elapsed(aware(start), aware(end), holds)
    assert elapsed.total_seconds() == oracle.elapsed(start, end, question.holds), case
    _compare_intervals(both, question)

    target = int(oracle.elapsed(start, oracle.end, question.holds) * question.share)
    if target:
        due = calendar.deadline(aware(start), timedelta(seconds=target), holds)
        assert oracle.is_deadline(whole(due), start, target, question.holds), case

    amount = oracle.working_days(start, question.days)
    if amount is not None:
        assert calendar.working_days(start * SECOND, question.days) == amount * SECOND, case
        if 0 < amount <= oracle.elapsed(start, oracle.end, question.holds):
            due = calendar.deadline_working_days(aware(start), question.days, holds)
            assert oracle.is_deadline(whole(due), start, amount, question.holds), case


def _compare_intervals(both: Pair, question: Question) -> None:
    """They are open throughout, apart from each other, and nothing is open beside them."""
    start, end = question.start, question.end
    oracle, case = both.oracle, (both.entry, question)
    intervals = both.calendar.open_intervals(start * SECOND, end * SECOND)
    edges = [edge for interval in intervals for edge in interval]
    assert edges == sorted(set(edges)), case
    spans = [(opens // SECOND, closes // SECOND) for opens, closes in intervals]
    assert all(oracle.elapsed(*span) == span[1] - span[0] for span in spans), case
    assert sum(closes - opens for opens, closes in spans) == oracle.elapsed(start, end), case


def test_the_clocks_change_where_the_cases_say_so() -> None:
    assert len({zone for zone, _ in PLACES}) >= 10
    for name, (forward, back) in CHANGES.items():
        zone = ZoneInfo(name)
        for day, step in ((forward, 1), (back, -1)):
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            before, after = (
                (noon + timedelta(days=days)).astimezone(zone).utcoffset() or timedelta() for days in (-2, 2)
            )
            assert (after - before) * step > timedelta(0), (name, day)
