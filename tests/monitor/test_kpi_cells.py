"""Tallies that facts are added to and taken from, and the buckets they are kept in."""

from __future__ import annotations

import pytest

from monitor.histograms import bucket_of
from monitor.kpi_cells import Cell, Sums, Window, add_time
from monitor.kpi_rows import Tally, TimeTally
from schemas.instants import DAY, HOUR, SECOND, Micros

Times = list[tuple[Micros, Micros]]  # open and wall time of each
SPREAD = {bucket_of(HOUR): -1, bucket_of(2 * HOUR): 2, bucket_of(3 * HOUR): -1}


def changed(was: Times, now: Times) -> Sums:
    """What is summed when these times take the place of those."""
    sums = Sums(Tally())
    for sign, times in ((-1, was), (1, now)):
        for opened, wall in times:
            add_time([sums], "resolution_time", sign, opened, wall)
    return sums


@pytest.mark.parametrize(
    ("was", "now", "left"),
    [
        ([(60 * SECOND, HOUR)], [(59 * SECOND, HOUR)], TimeTally({}, -SECOND, {}, 0)),
        ([(0, 60 * SECOND)], [(0, 59 * SECOND)], TimeTally({}, 0, {}, -SECOND)),
        ([(HOUR, DAY), (3 * HOUR, DAY)], [(2 * HOUR, DAY)] * 2, TimeTally(SPREAD, 0, {}, 0)),
        ([(0, HOUR), (0, 3 * HOUR)], [(0, 2 * HOUR)] * 2, TimeTally({}, 0, SPREAD, 0)),
    ],
    ids=["open-sum", "wall-sum", "open-histogram", "wall-histogram"],
)
def test_s57_a_changed_time_is_told_by_what_differs_and_nothing_else(
    was: Times, now: Times, left: TimeTally
) -> None:
    sums = changed(was, now)
    assert sums.settle()
    assert sums.tally == Tally({}, {"resolution_time": left})


def test_s57_times_that_come_to_the_same_leave_nothing() -> None:
    sums = changed([(HOUR, DAY), (0, HOUR)], [(0, HOUR), (HOUR, DAY)])
    assert not sums.settle()
    assert sums.tally == Tally()


def test_a_window_keeps_what_begins_at_its_first_start_and_gives_up_what_began_before() -> None:
    window: Window[Cell] = Window("hour", lambda hour: hour - DAY)
    early, first, late = (window.put(start, b"") for start in (-1, 0, HOUR))
    assert window.keeps(-1)
    assert window.expired(DAY) == [early]
    assert [window.keeps(start) for start in (-1, 0)] == [False, True]
    assert window.buckets == {0: first, HOUR: late}
    assert window.expired(DAY + HOUR) == [first]


def test_buckets_are_given_up_in_the_order_of_their_starts_whichever_came_first() -> None:
    window: Window[Cell] = Window("hour", lambda hour: hour)
    for start in (HOUR, 2 * HOUR, 0):
        window.put(start, b"%d" % start)
    heads = [bucket.head for bucket in window.expired(HOUR + 1)]
    assert heads == [b"0", b"%d" % HOUR]
    assert not window.expired(HOUR + 1)
