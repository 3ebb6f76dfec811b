"""The rows of an account: cut at midnight, and always the whole of what they come from."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.account_checks import interval_faults, sum_faults
from monitor.account_rows import (
    Piece,
    Ruling,
    counted_up_to,
    day_remarks,
    pieces_of,
    reached,
    row_of,
    sums_of,
)
from monitor.calendars import Calendar
from schemas.instants import HOUR, MINUTE, SECOND, Micros, as_seconds, from_micros, parse_iso
from schemas.results import Interval

OFFICE = Calendar.from_config(
    {
        "timezone": "Europe/Madrid",
        "hours": {"mon-fri": ["09:00-14:00", "15:00-18:00"], "sat": ["22:00-04:00"]},
        "holidays": [{"country": "ES"}, {"date": "2026-12-24", "hours": ["09:00-13:00"]}],
    }
)
ALWAYS = Calendar.from_config({"timezone": "Europe/Madrid", "hours": "24x7"})
MADRID = OFFICE.zone
MONDAY = parse_iso("2026-03-02T08:00:00Z")  # nine o'clock in Madrid


def interval(kind: str, since: Micros, to: Micros, calendar: Calendar = OFFICE, **more: Any) -> Interval:
    spent = as_seconds(calendar.open_between(since, to))
    return Interval(kind=kind, from_=from_micros(since), to=from_micros(to), open_seconds=spent, **more)


def ruled(calendar: Calendar | None = OFFICE, since: Micros = MONDAY) -> Ruling:
    return Ruling(since, calendar, MADRID)


KINDS = st.sampled_from(("counted", "waiting_customer", "excluded", "resolved"))
SPANS = st.lists(st.tuples(KINDS, st.integers(1, 40 * 24 * 3600)), min_size=1, max_size=8)
STARTS = st.integers(parse_iso("2025-12-01T00:00:00Z") // SECOND, parse_iso("2026-12-31T00:00:00Z") // SECOND)


@given(
    start=STARTS,
    spans=SPANS,
    change=st.integers(0, 60 * 24 * 3600),
    calendar=st.sampled_from((OFFICE, ALWAYS)),
)
def test_the_rows_add_up_to_the_totals_whatever_happened_when(
    start: int, spans: list[tuple[str, int]], change: int, calendar: Calendar
) -> None:
    at = begin = start * SECOND
    switch = begin + change * SECOND
    intervals, totals = [], {"counted": 0, "paused": 0, "resolved": 0}
    for kind, seconds in spans:
        to = at + seconds * SECOND
        middle = min(max(switch, at), to)
        spent = calendar.open_between(at, middle) + OFFICE.open_between(middle, to)
        intervals.append(
            Interval(kind=kind, from_=from_micros(at), to=from_micros(to), open_seconds=as_seconds(spent))
        )
        totals[kind if kind in totals else "paused"] += spent
        at = to
    pieces = pieces_of(intervals, [ruled(calendar, begin), ruled(OFFICE, switch)])
    rows = [row_of(piece, []) for piece in pieces]
    sums = sums_of(rows)

    assert sums.counted_seconds == as_seconds(totals["counted"])
    assert sums.paused_seconds == as_seconds(totals["paused"])
    assert sums.resolved_seconds == as_seconds(totals["resolved"])
    assert sums.wall_seconds == as_seconds(at - begin)
    assert sum(part.open_seconds for part in sums.paused) == sums.paused_seconds
    amounts = (sums.counted_seconds, sums.paused_seconds, sums.resolved_seconds, sums.closed_seconds)
    assert sum(amounts) == sums.wall_seconds
    assert interval_faults(intervals, pieces, begin) == []
    assert sum_faults(intervals, totals["counted"], totals["paused"]) == []
    # One behind the other, none longer than its local day.
    assert [row.to for row in rows[:-1]] == [row.from_ for row in rows[1:]]
    assert all(row.from_.date() == row.date for row in rows)
    assert all(row.wall_seconds <= 25 * 3600 for row in rows)


def test_s05_the_day_of_the_clock_change_has_23_or_25_hours() -> None:
    spring = interval("counted", parse_iso("2026-03-28T23:00:00Z"), parse_iso("2026-03-29T22:00:00Z"), ALWAYS)
    (piece,) = pieces_of([spring], [ruled(ALWAYS)])
    row = row_of(piece, day_remarks(piece, "en", first=True))
    assert (row.wall_seconds, row.open_seconds) == (23 * 3600, 23 * 3600)
    assert (row.from_.isoformat(), row.to.isoformat()) == (
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
    )
    assert [(remark.kind, remark.shift_seconds) for remark in row.remarks] == [("clock_change", 3600)]


def test_what_concerns_the_day_is_said_once() -> None:
    labour_day = parse_iso("2026-05-01T08:00:00Z")
    (piece,) = pieces_of([interval("counted", labour_day, labour_day + HOUR)], [ruled()])
    assert [remark.name for remark in day_remarks(piece, "en", first=True)] == ["Labor Day"]
    assert day_remarks(piece, "en", first=False) == []


def test_without_its_calendar_a_stretch_stays_whole() -> None:
    long = interval("counted", MONDAY, MONDAY + 72 * HOUR)
    (piece,) = pieces_of([long], [ruled(None)])
    assert piece.open == OFFICE.open_between(MONDAY, MONDAY + 72 * HOUR)
    assert day_remarks(piece, "en", first=True) == []


def test_s20_a_stretch_over_a_change_of_calendar_is_cut_there() -> None:
    change = MONDAY + 10 * HOUR
    spent = OFFICE.open_between(MONDAY, change) + 2 * HOUR
    both = Interval(
        kind="counted",
        from_=from_micros(MONDAY),
        to=from_micros(change + 2 * HOUR),
        open_seconds=as_seconds(spent),
    )
    pieces = pieces_of([both], [ruled(), ruled(ALWAYS, change)])
    assert [(piece.to - piece.since, piece.open) for piece in pieces] == [
        (10 * HOUR, 8 * HOUR),
        (2 * HOUR, 2 * HOUR),
    ]


def _pieces() -> list[Piece]:
    at = (MONDAY, MONDAY + 2 * HOUR, MONDAY + 3 * HOUR, MONDAY + 4 * HOUR)
    kinds = ("counted", "waiting_vendor", "counted")
    return pieces_of([interval(kind, at[n], at[n + 1]) for n, kind in enumerate(kinds)], [ruled()])


@pytest.mark.parametrize(
    ("hours", "counted"), [(0, 0), (1, 1), (2, 2), (2.5, 2), (3.5, 2.5), (4, 3), (5, 4), (6, 4), (24, 7)]
)
def test_what_had_been_counted_at_an_instant(hours: float, counted: float) -> None:
    found = counted_up_to(_pieces(), ruled(), MONDAY + int(hours * HOUR))
    assert found == int(counted * HOUR)


def test_what_will_have_been_counted_needs_a_calendar() -> None:
    assert counted_up_to(_pieces(), ruled(None), MONDAY + 5 * HOUR) is None


def test_an_amount_is_reached_within_the_pieces_or_not_at_all() -> None:
    assert reached(_pieces(), 150 * MINUTE) == MONDAY + 210 * MINUTE
    assert reached(_pieces(), 3 * HOUR) == MONDAY + 4 * HOUR
    assert reached(_pieces(), 3 * HOUR + SECOND) is None


def test_a_zone_without_a_calendar_still_dates_the_rows() -> None:
    stretch = interval("counted", MONDAY, MONDAY + HOUR)
    (piece,) = pieces_of([stretch], [Ruling(MONDAY, None, ZoneInfo("Asia/Kolkata"))])
    assert row_of(piece, []).from_.isoformat() == "2026-03-02T13:30:00+05:30"
