"""Where the clocks change (S5): the spring gap, the hour that comes twice, days of 23, 24.5 and 25 hours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.calendars import Calendar
from schemas.instants import HOUR
from tests.monitor.calendar_samples import IN_PARTS, OFFICE, ROUND_THE_CLOCK, at, calendar, daily, opened, us


def test_s5_an_opening_in_the_spring_gap_is_the_same_distance_after_it() -> None:
    assert opened(daily("02:30-05:00"), "2026-03-28T23:00Z", "2026-03-29T22:00Z") == [
        "2026-03-29T03:30+02:00/2026-03-29T05:00+02:00"
    ]


def test_s5_a_closing_in_the_spring_gap_is_the_same_distance_after_it() -> None:
    assert opened(daily("01:00-02:30"), "2026-03-28T23:00Z", "2026-03-29T22:00Z") == [
        "2026-03-29T01:00+01:00/2026-03-29T03:30+02:00"
    ]


def test_s5_hours_that_the_spring_gap_turns_round_are_not_open_at_all() -> None:
    book = daily("02:30-03:15")
    assert opened(book, "2026-03-28T23:00Z", "2026-03-29T22:00Z") == []
    assert book.elapsed(at("2026-03-28T00:00Z"), at("2026-03-31T00:00Z")) == timedelta(minutes=90)


def test_s5_hours_that_the_spring_gap_lays_over_others_count_once() -> None:
    book = calendar(OFFICE, hours={"sun": ["02:15-02:45", "03:00-04:00"]})
    assert book.elapsed(at("2026-03-29T00:00Z"), at("2026-03-29T12:00Z")) == timedelta(hours=1)


def test_s5_an_ambiguous_opening_is_the_first_and_an_ambiguous_closing_the_last() -> None:
    night = ("2026-10-24T22:00Z", "2026-10-25T23:00Z")
    assert opened(daily("02:30-05:00"), *night) == ["2026-10-25T02:30+02:00/2026-10-25T05:00+01:00"]
    assert opened(daily("01:00-02:30"), *night) == ["2026-10-25T01:00+02:00/2026-10-25T02:30+01:00"]


@pytest.mark.parametrize(
    ("zone", "begin", "end"),
    [
        ("Europe/Madrid", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        ("Europe/Madrid", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
        ("America/Sao_Paulo", "2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00"),  # has no midnight
        ("America/Sao_Paulo", "2018-02-17T00:00-02:00", "2018-02-18T00:00-03:00"),  # 23:00 comes twice
        ("America/Havana", "2026-11-01T00:00-04:00", "2026-11-02T00:00-05:00"),  # 00:00 comes twice
        ("Asia/Tehran", "2022-03-22T01:00+04:30", "2022-03-23T00:00+04:30"),
        ("Asia/Tehran", "2021-09-21T00:00+04:30", "2021-09-22T00:00+03:30"),
        ("Australia/Lord_Howe", "2026-10-04T00:00+10:30", "2026-10-05T00:00+11:00"),  # by half an hour
        ("Australia/Lord_Howe", "2026-04-05T00:00+11:00", "2026-04-06T00:00+10:30"),
    ],
)
def test_s5_a_date_with_a_clock_change_has_its_real_length(zone: str, begin: str, end: str) -> None:
    day = at(begin).date()
    around = [(day + timedelta(days=step)).isoformat() for step in (-1, 1)]
    book = Calendar.from_config({"timezone": zone, "hours": "24x7", "holidays": around})
    assert opened(book, f"{around[0]}T12:00Z", f"{around[1]}T12:00Z") == [f"{begin}/{end}"]


def test_s5_around_the_clock_counts_elapsed_seconds_and_not_the_difference_on_the_wall() -> None:
    start, end = at("2026-03-28T12:00+01:00"), at("2026-03-29T12:00+02:00")
    for book in (calendar(ROUND_THE_CLOCK), calendar(IN_PARTS), Calendar.from_config({"hours": "24x7"})):
        assert book.elapsed(start, end) == timedelta(hours=23)


def test_s5_the_hours_of_a_date_that_a_zone_skipped_count_once() -> None:
    book = daily("09:00-17:00", "Pacific/Apia")  # 2011-12-30 never was there
    assert opened(book, "2011-12-30T05:00Z", "2012-01-01T05:00Z") == [
        "2011-12-31T09:00+14:00/2011-12-31T17:00+14:00",
        "2012-01-01T09:00+14:00/2012-01-01T17:00+14:00",
    ]


def test_s2_every_date_is_a_working_day_around_the_clock_and_keeps_its_local_time_over_a_clock_change() -> (
    None
):
    for entry in (ROUND_THE_CLOCK, IN_PARTS):
        book = calendar(entry)
        assert book.deadline_working_days(at("2026-03-28T12:00+01:00"), 1) == at("2026-03-29T12:00+02:00")
        assert book.working_days(us("2026-03-28T12:00+01:00"), 1) == 23 * HOUR
        assert book.working_days(us("2026-10-24T12:00+02:00"), 3) == 73 * HOUR


def test_s2_a_working_day_that_ends_inside_the_gap_ends_as_far_after_it() -> None:
    book = calendar(ROUND_THE_CLOCK)
    assert book.deadline_working_days(at("2026-03-28T02:30+01:00"), 1) == at("2026-03-29T03:30+02:00")


def test_s2_a_working_day_that_ends_at_an_ambiguous_time_is_over_at_the_first() -> None:
    book = calendar(ROUND_THE_CLOCK)
    assert book.working_days(us("2026-10-24T02:30+02:00"), 1) == 24 * HOUR


def test_s2_which_of_two_ambiguous_times_a_start_was_does_not_matter_days_later() -> None:
    book = calendar(
        ROUND_THE_CLOCK, timezone="Africa/Casablanca"
    )  # in 2024 back on 10 March, forth on 14 April
    second = at("2024-03-10T02:30+00:00")
    assert book.deadline_working_days(second, 35) == at("2024-04-14T03:30+01:00")
