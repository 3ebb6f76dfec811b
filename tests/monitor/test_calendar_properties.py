"""What holds for every calendar, hold and amount: a deadline and the time up to it are each other's inverse."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.calendars import Calendar, Hold
from schemas.instants import DAY, SECOND, Micros, from_micros, to_micros
from tests.monitor.calendar_cases import PLACES, Pair, pair

MICRO = timedelta(microseconds=1)
REACH = 12 * DAY  # around the clock change; every calendar opens in it, if only a little

pairs = st.builds(
    lambda chance, place: pair(chance, *place), st.randoms(use_true_random=False), st.sampled_from(PLACES)
)
# Whole seconds mostly, so that instants meet edges and each other; microseconds count too (S1).
spans = st.integers(-5 * 86_400, 5 * 86_400).map(SECOND.__mul__) | st.integers(-5 * DAY, 5 * DAY)
holds_of = st.lists(st.tuples(spans, spans), max_size=4)


def _at(both: Pair, span: Micros) -> datetime:
    return from_micros(both.middle * SECOND + span)


def _holds(both: Pair, drawn: list[tuple[Micros, Micros]]) -> list[Hold]:
    return [(_at(both, begin), _at(both, end)) for begin, end in drawn]


def _closings(calendar: Calendar, start: datetime) -> list[datetime]:
    first = to_micros(start)
    return [from_micros(closes) for _, closes in calendar.open_intervals(first, first + REACH)][:-1]


@given(pairs, spans, holds_of, st.integers(1, 3 * DAY))
def test_elapsed_time_up_to_a_deadline_is_the_target_and_a_microsecond_before_it_is_less(
    both: Pair, begin: Micros, drawn: list[tuple[Micros, Micros]], amount: Micros
) -> None:
    start, holds, target = _at(both, begin), _holds(both, drawn), timedelta(microseconds=amount)
    due = both.calendar.deadline(start, target, holds)
    assert both.calendar.elapsed(start, due, holds) == target
    assert both.calendar.elapsed(start, due - MICRO, holds) == target - MICRO


@given(pairs, spans, spans, holds_of)
def test_the_deadline_of_elapsed_time_is_the_last_instant_that_counted(
    both: Pair, begin: Micros, end: Micros, drawn: list[tuple[Micros, Micros]]
) -> None:
    start, stop, holds = _at(both, begin), _at(both, end), _holds(both, drawn)
    counted = both.calendar.elapsed(start, stop, holds)
    if counted:
        due = both.calendar.deadline(start, counted, holds)
        assert start < due <= stop
        assert both.calendar.elapsed(due, stop, holds) == timedelta(0)
        assert (due == stop) == (both.calendar.elapsed(stop - MICRO, stop, holds) == MICRO)


@given(pairs, spans, st.integers(0, 10))
def test_s3_what_is_left_until_a_closing_is_due_at_that_closing(
    both: Pair, begin: Micros, number: int
) -> None:
    start, calendar = _at(both, begin), both.calendar
    for closing in _closings(calendar, start)[number : number + 3]:
        target = calendar.elapsed(start, closing)
        assert calendar.deadline(start, target) == closing
        assert calendar.deadline(start, target - MICRO) == closing - MICRO if target > MICRO else True
        assert calendar.deadline(start, target + MICRO) > closing + MICRO
        on_hold = [(closing, closing + timedelta(hours=1))]  # begins at the deadline: too late to move it
        assert calendar.deadline(start, target, on_hold) == closing


@given(pairs, spans, st.integers(1, 3 * DAY))
def test_s4_a_start_outside_hours_is_one_at_the_next_opening(
    both: Pair, begin: Micros, amount: Micros
) -> None:
    start, target = _at(both, begin), timedelta(microseconds=amount)
    opening = both.calendar.deadline(start, timedelta(0))
    assert both.calendar.elapsed(start, opening) == timedelta(0)
    assert both.calendar.elapsed(opening, opening + MICRO) == MICRO
    assert both.calendar.deadline(opening, target) == both.calendar.deadline(start, target)
    for closing in _closings(both.calendar, start)[:1]:  # closed from the closing instant on
        later = both.calendar.deadline(closing, timedelta(0))
        assert later > closing
        assert both.calendar.deadline(closing, target) == both.calendar.deadline(later, target)


@given(pairs, spans, holds_of, st.integers(1, DAY))
def test_s15_holds_move_a_deadline_by_their_open_time_before_it_counted_once(
    both: Pair, begin: Micros, drawn: list[tuple[Micros, Micros]], amount: Micros
) -> None:
    start, holds, target = _at(both, begin), _holds(both, drawn), timedelta(microseconds=amount)
    calendar = both.calendar
    due = calendar.deadline(start, target, holds)
    held = calendar.elapsed(start, due) - calendar.elapsed(start, due, holds)
    assert due == calendar.deadline(start, target + held)
    assert due == calendar.deadline(start, target, [*holds, *reversed(holds)])
    assert due >= calendar.deadline(start, target)


@given(pairs, spans, spans, spans)
def test_open_time_adds_up(both: Pair, one: Micros, two: Micros, three: Micros) -> None:
    first, middle, last = (_at(both, span) for span in sorted((one, two, three)))
    elapsed = both.calendar.elapsed
    assert elapsed(first, middle) + elapsed(middle, last) == elapsed(first, last) <= last - first
