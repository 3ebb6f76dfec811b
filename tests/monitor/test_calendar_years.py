"""A calendar compiles years as they are needed: which ones it has, and where they meet, shows in no answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from monitor.calendars import Calendar
from monitor.errors import CalendarError
from schemas.instants import DAY, HOUR, MINUTE, Micros
from tests.monitor.calendar_samples import IN_PARTS, NIGHTS, OFFICE, ROUND_THE_CLOCK, at, calendar, opened, us

JUNE = us("2026-06-01T10:00Z")


def test_open_intervals_reach_into_years_before_and_after_the_one_at_hand() -> None:
    for begin, end in (
        ("2025-12-30T00:00Z", "2026-01-05T00:00Z"),
        ("2026-12-30T00:00Z", "2027-01-05T00:00Z"),
    ):
        book = calendar(OFFICE)
        book.open_between(JUNE, JUNE + HOUR)
        assert opened(book, begin, end) == opened(calendar(OFFICE), begin, end)
        assert sum(closes - opens for opens, closes in book.open_intervals(us(begin), us(end))) == (
            calendar(OFFICE).open_between(us(begin), us(end))
        )


@pytest.mark.parametrize("closed", ["2022-07-03T10:00Z", "2031-07-06T10:00Z"])  # Sundays
def test_s4_the_next_opening_is_found_years_before_and_after_the_one_at_hand(closed: str) -> None:
    book = calendar(OFFICE)
    book.open_between(JUNE, JUNE + HOUR)
    assert book.add_open(us(closed), 0) == us(closed) + 21 * HOUR


@pytest.mark.parametrize("entry", [OFFICE, IN_PARTS, {**NIGHTS, "timezone": "Pacific/Auckland"}])
@pytest.mark.parametrize("new_year", [us("2026-01-01T00:00Z"), us("2027-01-01T00:00Z")])
def test_the_days_where_two_years_meet_are_counted_whatever_was_asked_before(
    entry: dict[str, Any], new_year: Micros
) -> None:
    whole = calendar(entry)
    whole.open_between(us("2024-06-01T00:00Z"), us("2028-06-01T00:00Z"))
    for days in (-3, -2, -1, 1, 2, 3):
        for hours in (-1, 0, 1):
            edge, book = new_year + days * DAY + hours * HOUR, calendar(entry)
            book.open_between(JUNE, JUNE + HOUR)
            first, last = min(edge, new_year), max(edge, new_year)
            assert book.open_between(edge, edge + HOUR) == whole.open_between(edge, edge + HOUR)
            assert book.open_between(first, last) == whole.open_between(first, last)
            assert book.add_open(edge, 0) == whole.add_open(edge, 0)


@pytest.mark.parametrize("days", range(1, 30))
def test_s2_working_days_over_the_end_of_the_years_at_hand(days: int) -> None:
    start = at("2026-12-15T10:30+01:00")
    known = calendar(OFFICE)
    known.open_between(us("2026-01-01T00:00Z"), us("2028-01-01T00:00Z"))
    due = known.deadline_working_days(start, days)
    assert calendar(OFFICE).deadline_working_days(start, days) == due
    assert (due.hour, due.minute) == (9, 30) or due.weekday() == 5


def test_s2_an_earlier_year_is_not_counted_in_twice() -> None:
    book = calendar(OFFICE)
    for year in (2027, 2026, 2025, 2027, 2028):
        book.open_between(us(f"{year}-06-01T00:00Z"), us(f"{year}-06-02T00:00Z"))
    assert book.deadline_working_days(at("2027-06-01T10:00+02:00"), 3) == at("2027-06-04T10:00+02:00")
    assert book.deadline_working_days(at("2026-12-30T11:00+01:00"), 3) == at("2027-01-02T11:00+01:00")


def test_s2_a_shift_from_midnight_is_no_night_shift_of_the_day_before() -> None:
    book = calendar(OFFICE, hours={"thu": ["00:00-08:00", "22:00-06:00"], "sat": ["06:00-08:00"]})
    # Thursday's eight hours, two before midnight, and Friday's six.
    assert book.working_days(us("2026-11-26T00:00+01:00"), 1) == 16 * HOUR


def test_s2_the_last_minutes_of_a_night_shift_belong_to_the_day_before() -> None:
    due = calendar(NIGHTS).deadline_working_days(at("2026-11-28T05:58+01:00"), 1)  # Friday's shift
    assert due == at("2026-12-01T05:58+01:00")


def test_s5_working_days_end_at_the_first_of_two_times_that_look_the_same() -> None:
    assert calendar(IN_PARTS).working_days(us("2026-10-24T02:30+02:00"), 1) == DAY
    assert calendar(IN_PARTS).working_days(us("2026-10-24T03:30+02:00"), 1) == 25 * HOUR


def test_s2_working_days_are_counted_over_the_years_at_hand() -> None:
    for first, end in ((date(2025, 12, 1), date(2026, 2, 1)), (date(2026, 12, 1), date(2027, 2, 1))):
        book = calendar(OFFICE)
        book.open_between(JUNE, JUNE + HOUR)
        assert book.working_days_between(first, end) == calendar(OFFICE).working_days_between(first, end)
        assert calendar(OFFICE).working_days_between(first, end) == sum(
            (first + timedelta(days=day)).weekday() < 6 for day in range((end - first).days)
        )


def test_s2_a_shift_that_begins_where_or_after_the_night_shift_ends_is_its_own_day() -> None:
    book = calendar(OFFICE, hours={"mon": ["22:00-06:00"], "tue": ["06:00-10:00"]})
    for start in ("2026-11-24T06:00+01:00", "2026-11-24T06:30+01:00"):  # a Tuesday; the next day is a Monday
        due = at("2026-11-24T10:00+01:00")
        assert book.deadline_working_days(at(start), 1) == due
    assert book.deadline_working_days(at("2026-11-24T05:59+01:00"), 1) == at("2026-11-24T10:00+01:00")
    apart = calendar(OFFICE, hours={"mon": ["22:00-06:00"], "tue": ["06:15-10:00"], "thu": ["06:00-20:00"]})
    assert apart.deadline_working_days(at("2026-11-24T06:30+01:00"), 1) == at("2026-11-26T06:30+01:00")


def test_the_last_day_before_2200_is_answered_and_the_next_is_not() -> None:
    for entry in (OFFICE, IN_PARTS, ROUND_THE_CLOCK):
        book = calendar(entry)
        last = us("2199-12-31T09:00Z")
        assert book.open_between(last, last + HOUR) == HOUR
        assert book.add_open(last, MINUTE) == last + MINUTE
    with pytest.raises(CalendarError, match="does not end before the year 2200"):
        calendar(ROUND_THE_CLOCK).working_days(us("2199-12-31T09:00Z"), 1)


def test_the_three_centuries_begin_and_end_at_a_midnight_that_still_counts() -> None:
    first, last = us("1900-01-01T00:00Z"), us("2200-01-01T00:00Z")
    for span in ((first, first + HOUR), (last - HOUR, last)):
        assert calendar(IN_PARTS).open_between(*span) == HOUR
    assert calendar(ROUND_THE_CLOCK).add_open(last - HOUR, HOUR) == last
    for outside in ((first - 1, first + HOUR), (last - HOUR, last + 1)):
        with pytest.raises(CalendarError, match="no calendar reaches before 1900 or after 2199"):
            calendar(IN_PARTS).open_between(*outside)


def test_a_target_that_ends_in_the_last_year_is_found_from_the_years_before() -> None:
    start = us("2198-01-10T10:00Z")
    two_years_less_a_bit = calendar(IN_PARTS).add_open(start, 700 * DAY)
    assert two_years_less_a_bit == start + 700 * DAY
    assert calendar(OFFICE).working_days(us("2198-06-01T10:00Z"), 440) > 440 * 7 * HOUR
    book = calendar(OFFICE)
    for instant in ("2199-06-03T10:00Z", "2198-06-04T10:00Z"):
        assert book.open_between(us(instant), us(instant) + HOUR) == HOUR


def test_s1_a_microsecond_is_a_target() -> None:
    opening = us("2026-11-23T09:00+01:00")
    assert calendar(OFFICE).add_open(opening, 1) == opening + 1


def test_s4_no_target_at_all_is_over_at_once_or_at_the_next_opening() -> None:
    book = calendar(OFFICE)
    assert book.deadline(at("2026-11-23T10:00+01:00"), timedelta(0)) == at("2026-11-23T10:00+01:00")
    assert book.deadline(at("2026-11-22T10:00+01:00"), timedelta(0)) == at("2026-11-23T09:00+01:00")


def test_the_content_key_is_written_as_it_stands_in_the_versions_that_verdicts_cite() -> None:
    holidays = ["12-31", {"date": "2026-12-24", "hours": ["22:00-24:00"]}]
    book = calendar(NIGHTS, hours={"mon": ["09:00-10:00", "22:00-06:00"]}, holidays=holidays)
    days: dict[str, list[list[int]]] = {day: [] for day in ("wed", "thu", "fri", "sat", "sun")}
    assert book.content_key() == {
        "timezone": "Europe/Madrid",
        "hours": {"mon": [[540, 600], [1320, 1440]], "tue": [[0, 360, 1]], **days},
        "holidays": {
            "dates": {"2026-12-24": [[1320, 1440]]},
            "yearly": {"12-31": []},
            "public": [],
        },
    }


def test_s06_recorded_public_holidays_are_kept_and_named_unless_only_what_was_written_is_asked_for() -> None:
    day = date(2026, 11, 24)  # no holiday by the library
    book = Calendar.from_config({**OFFICE, "holidays": [{"country": "ES"}]}, public_dates={"ES": [day]})
    assert book.open_between(us("2026-11-24T00:00Z"), us("2026-11-25T00:00Z")) == 0
    written: dict[str, Any] = {"country": "ES", "subdivision": None, "except": []}
    assert book.content_key()["holidays"]["public"] == [{**written, "dates": ["2026-11-24"]}]
    assert book.content_key(dated=False)["holidays"]["public"] == [written]
