"""Business time by the rules S1 to S7, and what the engine asks of a calendar."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from monitor.calendars import Calendar
from monitor.errors import CalendarError
from schemas.instants import DAY, HOUR, MINUTE, SECOND, from_micros
from tests.monitor.calendar_samples import (
    IN_PARTS,
    NIGHTS,
    OFFICE,
    ROUND_THE_CLOCK,
    at,
    calendar,
    daily,
    opened,
    us,
)

FACTS = [
    # Office hours; 2026-11-23 is a Monday.
    (OFFICE, "2026-11-23T09:00+01:00", "1h", "2026-11-23T10:00+01:00"),
    (OFFICE, "2026-11-23T13:30+01:00", "1h", "2026-11-23T15:30+01:00"),
    (OFFICE, "2026-11-23T14:30+01:00", "1h", "2026-11-23T16:00+01:00"),
    (OFFICE, "2026-11-23T17:59:30+01:00", "1m", "2026-11-24T09:00:30+01:00"),
    (OFFICE, "2026-11-23T09:00+01:00", "8h", "2026-11-23T18:00+01:00"),
    (OFFICE, "2026-11-27T17:00+01:00", "5h", "2026-11-28T14:00+01:00"),
    (OFFICE, "2026-11-27T17:00+01:00", "6h", "2026-11-30T10:00+01:00"),
    (OFFICE, "2026-11-29T12:00+01:00", "15m", "2026-11-30T09:15+01:00"),
    # Night shifts: Friday's ends on Saturday.
    (NIGHTS, "2026-11-27T23:00+01:00", "7h", "2026-11-28T06:00+01:00"),
    (NIGHTS, "2026-11-28T05:00+01:00", "2h", "2026-11-30T23:00+01:00"),
    # Elapsed time, not the clock on the wall: 23 and 25 hours of a date.
    (IN_PARTS, "2026-03-28T12:00+01:00", "24h", "2026-03-29T13:00+02:00"),
    (IN_PARTS, "2026-10-24T12:00+02:00", "24h", "2026-10-25T11:00+01:00"),
    ({"hours": "24x7"}, "2026-12-31T23:00Z", "2h", "2027-01-01T01:00Z"),
    # Into another year, over a leap day.
    ({"hours": {"mon": ["00:00-24:00"]}}, "2027-12-28T00:00Z", "240h", "2028-03-07T00:00Z"),
]


@pytest.mark.parametrize(("entry", "start", "target", "due"), FACTS)
def test_a_deadline_is_the_stated_one_and_elapsed_time_is_its_inverse(
    entry: dict[str, Any], start: str, target: str, due: str
) -> None:
    book = calendar(entry)
    span = timedelta(**{{"m": "minutes", "h": "hours"}[target[-1]]: int(target[:-1])})
    assert book.deadline(at(start), span) == at(due)
    assert book.elapsed(at(start), at(due)) == span


def test_s1_elapsed_time_is_exact_to_the_microsecond() -> None:
    start, end = at("2026-11-23T09:00:00.000001+01:00"), at("2026-11-23T15:00:59.999999+01:00")
    assert calendar(OFFICE).elapsed(start, end) == timedelta(hours=5, seconds=59, microseconds=999_998)


def test_s1_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(TypeError, match="offset-naive"):
        calendar(OFFICE).deadline(datetime(2026, 11, 23, 9), timedelta(hours=1))  # noqa: DTZ001


def test_s2_working_days_end_at_the_same_local_time_so_many_working_days_later() -> None:
    book = calendar(OFFICE, holidays=["2026-11-24"])
    assert book.deadline_working_days(at("2026-11-23T10:30+01:00"), 1) == at("2026-11-25T10:30+01:00")
    assert book.deadline_working_days(at("2026-11-26T10:30+01:00"), 3) == at("2026-11-30T10:30+01:00")


def test_s2_working_days_are_turned_into_open_time_once() -> None:
    book = calendar(OFFICE)
    start = us("2026-11-23T10:30+01:00")
    assert book.working_days(start, 2) == 16 * HOUR
    hold = (at("2026-11-24T09:00+01:00"), at("2026-11-24T10:00+01:00"))
    assert book.deadline_working_days(from_micros(start), 2, [hold]) == at("2026-11-25T11:30+01:00")


def test_s2_a_start_outside_hours_counts_its_working_days_from_the_next_opening() -> None:
    book = calendar(OFFICE, hours={"mon-fri": ["09:00-18:00"], "sat": ["08:00-14:00"]})
    assert book.deadline_working_days(at("2026-11-27T20:00+01:00"), 1) == at("2026-11-28T14:00+01:00")
    assert book.working_days(us("2026-11-23T20:00+01:00"), 1) == 9 * HOUR


def test_s2_working_days_from_an_opening_end_at_a_closing_as_every_amount_does() -> None:
    book = calendar(OFFICE)
    assert book.deadline_working_days(at("2026-11-23T09:00+01:00"), 1) == at("2026-11-23T18:00+01:00")
    assert book.deadline_working_days(at("2026-11-22T12:00+01:00"), 2) == at("2026-11-24T18:00+01:00")


def test_s2_a_target_time_outside_the_hours_of_its_day_ends_at_the_closing_before_it() -> None:
    book = calendar(OFFICE)
    assert book.deadline_working_days(at("2026-11-27T16:30+01:00"), 1) == at("2026-11-28T14:00+01:00")


def test_s2_a_part_day_holiday_is_a_working_day_and_a_closed_one_is_none() -> None:
    book = calendar(OFFICE, holidays=[{"date": "2026-12-24", "hours": ["09:00-13:00"]}, "2026-12-25"])
    assert book.deadline_working_days(at("2026-12-23T11:00+01:00"), 1) == at("2026-12-24T11:00+01:00")
    assert book.deadline_working_days(at("2026-12-23T11:00+01:00"), 2) == at("2026-12-26T11:00+01:00")


def test_s2_the_morning_of_a_night_shift_belongs_to_the_day_on_which_the_shift_began() -> None:
    book = calendar(NIGHTS)
    tuesday, friday, saturday = (at(f"2026-11-{text}:00+01:00") for text in ("24T03", "27T23", "28T03"))
    assert book.deadline_working_days(tuesday, 1) == at("2026-11-25T03:00+01:00")
    assert book.deadline_working_days(friday, 1) == at("2026-11-30T23:00+01:00")
    assert book.deadline_working_days(saturday, 1) == at("2026-12-01T03:00+01:00")


@pytest.mark.parametrize("days", [0, -1])
def test_s2_a_target_has_at_least_one_working_day(days: int) -> None:
    with pytest.raises(ValueError, match="at least one working day"):
        calendar(OFFICE).working_days(us("2026-11-23T10:00Z"), days)


def test_s3_a_target_that_ends_at_closing_is_due_at_the_closing_instant() -> None:
    book = calendar(OFFICE)
    assert book.deadline(at("2026-11-27T17:00+01:00"), timedelta(hours=1)) == at("2026-11-27T18:00+01:00")
    assert book.deadline(at("2026-11-23T13:00+01:00"), timedelta(hours=1)) == at("2026-11-23T14:00+01:00")
    assert book.add_open(us("2026-11-27T17:00+01:00"), HOUR + 1) == us("2026-11-28T10:00+01:00") + 1


def test_s3_a_hold_that_begins_at_the_deadline_does_not_move_it() -> None:
    hold = (at("2026-11-23T18:00+01:00"), at("2026-11-24T12:00+01:00"))
    start, due = at("2026-11-23T17:00+01:00"), at("2026-11-23T18:00+01:00")
    assert calendar(OFFICE).deadline(start, timedelta(hours=1), [hold]) == due


def test_s4_a_start_outside_hours_begins_at_the_next_opening() -> None:
    book = calendar(OFFICE)
    opening = us("2026-11-30T09:00+01:00")
    assert book.add_open(us("2026-11-29T12:00+01:00"), MINUTE) == opening + MINUTE
    assert book.add_open(us("2026-11-28T14:00+01:00"), 0) == opening  # at the closing instant it is closed
    assert book.add_open(opening, 0) == opening
    assert book.add_open(opening + 1, -HOUR) == opening + 1


@pytest.mark.parametrize("last", ["24:00", "23:59", "00:00"])
def test_s4_the_last_minute_of_a_day_belongs_to_it_however_its_end_is_written(last: str) -> None:
    book = daily(f"18:00-{last}")
    assert book.elapsed(at("2026-11-23T12:00Z"), at("2026-11-24T12:00Z")) == timedelta(hours=6)


def test_s4_touching_intervals_are_one() -> None:
    book = calendar(OFFICE, hours={"mon": ["09:00-12:00", "12:00-17:00"]})
    assert opened(book, "2026-11-23T00:00Z", "2026-11-24T00:00Z") == [
        "2026-11-23T09:00+01:00/2026-11-23T17:00+01:00"
    ]


def test_s6_a_holiday_closes_its_own_date_and_no_other() -> None:
    book = calendar(OFFICE, holidays=[date(2026, 12, 7), "12-31"])
    assert book.elapsed(at("2026-12-07T00:00+01:00"), at("2026-12-08T00:00+01:00")) == timedelta(0)
    assert book.deadline(at("2026-12-07T10:00+01:00"), timedelta(hours=1)) == at("2026-12-08T10:00+01:00")
    for year in (2026, 2027, 2031):
        assert book.open_between(us(f"{year}-12-30T23:00Z"), us(f"{year}-12-31T23:00Z")) == 0


def test_s6_a_holiday_cuts_a_night_shift_at_its_midnights() -> None:
    book = calendar(NIGHTS, holidays=["2026-11-25"])
    assert opened(book, "2026-11-24T12:00Z", "2026-11-26T12:00Z") == [
        "2026-11-24T22:00+01:00/2026-11-25T00:00+01:00",
        "2026-11-26T00:00+01:00/2026-11-26T06:00+01:00",
    ]


def test_s6_part_of_a_day_is_open_as_written() -> None:
    book = calendar(OFFICE, holidays=[{"date": date(2026, 12, 24), "hours": ["09:00-13:00"]}])
    assert opened(book, "2026-12-23T23:00Z", "2026-12-24T23:00Z") == [
        "2026-12-24T09:00+01:00/2026-12-24T13:00+01:00"
    ]


def test_s6_the_public_holidays_of_a_country_are_closed_less_the_excepted_dates() -> None:
    entry = {"country": "ES", "subdivision": "MD", "except": [date(2026, 12, 8)]}
    book = calendar(OFFICE, holidays=[entry])
    worked = [
        day
        for day in (date(2026, 5, 1), date(2026, 5, 2), date(2026, 12, 8), date(2026, 12, 9))
        if book.open_between(us(f"{day}T00:00+01:00"), us(f"{day}T00:00+01:00") + DAY)
    ]
    assert worked == [date(2026, 12, 8), date(2026, 12, 9)]


def test_s6_a_reversed_or_empty_interval_is_nothing() -> None:
    early, late = at("2026-11-23T09:00+01:00"), at("2026-11-24T09:00+01:00")
    for book in (calendar(OFFICE), calendar(ROUND_THE_CLOCK)):
        assert book.elapsed(late, early) == book.elapsed(late, late) == timedelta(0)
        assert book.elapsed(late, early, [(early, late)]) == timedelta(0)
        assert book.open_intervals(us("2026-11-24T09:00Z"), us("2026-11-23T09:00Z")) == []


def test_s7_the_zone_of_the_calendar_decides_and_not_the_one_of_the_instants() -> None:
    santiago = calendar(OFFICE, timezone="America/Santiago")
    start, end = at("2016-01-18T09:00-08:00"), at("2016-01-18T18:00-08:00")
    assert santiago.elapsed(start, end) == timedelta(hours=3)
    assert santiago.elapsed(start.astimezone(UTC), end.astimezone(UTC)) == timedelta(hours=3)


def test_s7_a_deadline_leaves_with_an_offset() -> None:
    due = calendar(OFFICE).deadline(at("2026-11-23T09:00+01:00"), timedelta(hours=1))
    assert due.isoformat() == "2026-11-23T09:00:00+00:00"


def test_a_calendar_without_a_timezone_takes_the_default() -> None:
    entry = {"hours": {"mon-fri": ["09:00-17:00"]}}
    assert Calendar.from_config(entry).zone.key == "UTC"
    assert Calendar.from_config(entry, default_timezone="Europe/Madrid").zone.key == "Europe/Madrid"
    assert Calendar.from_config({**entry, "timezone": None, "holidays": None}).zone.key == "UTC"


def test_overlapping_touching_and_repeated_holds_add_up_once() -> None:
    def minutes(begin: int, end: int) -> tuple[datetime, datetime]:
        nine = at("2026-11-23T09:00+01:00")
        return nine + timedelta(minutes=begin), nine + timedelta(minutes=end)

    holds = [minutes(30, 60), minutes(10, 40), minutes(60, 70), minutes(10, 40), minutes(20, 15)]
    book = calendar(OFFICE)
    start, end = minutes(0, 120)
    assert book.elapsed(start, end, holds) == timedelta(minutes=60)
    assert book.deadline(start, timedelta(hours=1), holds) == end
    assert book.deadline(start, timedelta(minutes=5), holds) == start + timedelta(minutes=5)


def test_a_hold_outside_hours_moves_nothing() -> None:
    book = calendar(OFFICE)
    start, due = at("2026-11-23T17:00+01:00"), at("2026-11-24T10:00+01:00")
    night = (at("2026-11-23T18:00+01:00"), at("2026-11-24T09:00+01:00"))
    before = (at("2026-11-20T09:00+01:00"), at("2026-11-23T17:00+01:00"))
    assert book.deadline(start, timedelta(hours=2), [night, before]) == due
    assert book.elapsed(start, due, [night, before]) == timedelta(hours=2)


def test_a_hold_over_the_start_counts_from_the_start() -> None:
    hold = (at("2026-11-23T09:00+01:00"), at("2026-11-23T11:00+01:00"))
    start = at("2026-11-23T10:00+01:00")
    assert calendar(OFFICE).deadline(start, timedelta(hours=1), [hold]) == at("2026-11-23T12:00+01:00")


def test_a_hold_that_is_still_on_counts_to_the_end_and_leaves_the_deadline_open() -> None:
    book = calendar(OFFICE)
    start, end = at("2026-11-23T09:00+01:00"), at("2026-11-23T12:00+01:00")
    holds = [(at("2026-11-23T10:00+01:00"), None), (at("2026-11-23T10:30+01:00"), end)]
    assert book.elapsed(start, end, holds) == timedelta(hours=1)
    assert book.deadline(start, timedelta(hours=1), holds) == at("2026-11-23T10:00+01:00")
    with pytest.raises(ValueError, match="no deadline before the hold ends"):
        book.deadline(start, timedelta(hours=2), holds)


def test_a_negative_target_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        calendar(OFFICE).deadline(at("2026-11-23T09:00+01:00"), -timedelta(seconds=1))


def test_open_intervals_are_cut_at_both_ends() -> None:
    book = calendar(OFFICE)
    assert opened(book, "2026-11-23T10:00+01:00", "2026-11-23T16:00+01:00") == [
        "2026-11-23T10:00+01:00/2026-11-23T14:00+01:00",
        "2026-11-23T15:00+01:00/2026-11-23T16:00+01:00",
    ]
    assert opened(book, "2026-11-23T14:00+01:00", "2026-11-23T15:00+01:00") == []
    whole = us("2026-11-23T10:00Z"), us("2026-11-24T10:00Z")
    assert calendar(ROUND_THE_CLOCK).open_intervals(*whole) == [whole]


def test_always_open_is_plain_addition_and_subtraction() -> None:
    book = calendar(ROUND_THE_CLOCK)
    assert book.always_open
    assert not calendar(IN_PARTS).always_open
    assert not calendar(OFFICE).always_open
    assert book.open_between(5, 12) == 7
    assert book.add_open(5, 7) == 12
    assert book.add_open(5, 0) == 5


def test_the_answer_does_not_depend_on_the_years_that_were_asked_for_before() -> None:
    questions = [("2026-06-01T10:00Z", 900 * HOUR), ("2019-12-31T10:00Z", HOUR), ("2031-01-01T00:00Z", DAY)]
    questions += [("2024-12-31T22:30Z", HOUR), ("2025-12-31T23:30Z", SECOND), ("2026-12-31T12:00Z", HOUR)]
    for entry in (OFFICE, NIGHTS, IN_PARTS):
        shared = calendar(entry)
        for start, amount in questions:
            alone = calendar(entry)
            due = alone.add_open(us(start), amount)
            assert shared.add_open(us(start), amount) == due
            assert shared.open_between(us(start), due) == alone.open_between(us(start), due) == amount


def test_working_days_and_openings_reach_into_years_not_compiled_yet() -> None:
    book = calendar(OFFICE, hours={"sat": ["10:00-11:00"]})
    assert book.deadline_working_days(at("2026-11-28T10:30+01:00"), 60) == at("2028-01-22T10:30+01:00")
    rare = calendar(OFFICE, holidays=["12-30", "12-31", *(f"01-{day:02}" for day in range(1, 30))])
    rare.open_between(us("2026-06-01T00:00Z"), us("2026-06-02T00:00Z"))
    assert rare.add_open(us("2026-12-29T18:00Z"), 0) == us("2027-01-30T10:00+01:00")


@pytest.mark.parametrize("entry", [OFFICE, ROUND_THE_CLOCK, {"hours": {"sat": ["10:00-11:00"]}}])
def test_a_target_that_never_ends_is_refused_and_not_searched_for(entry: dict[str, Any]) -> None:
    book = calendar(entry)
    start = us("2026-11-23T10:00Z")
    with pytest.raises(CalendarError, match="does not end before the year 2200"):
        book.add_open(start, 10**18)
    with pytest.raises(CalendarError, match="does not end before the year 2200"):
        book.working_days(start, 10**7)


def test_a_calendar_closed_on_every_day_of_the_year_has_no_deadline() -> None:
    leap = (date(2024, 1, 1) + timedelta(days=day) for day in range(366))
    book = calendar(OFFICE, holidays=[f"{day:%m-%d}" for day in leap])
    assert book.open_between(us("2026-01-01T00:00Z"), us("2027-01-01T00:00Z")) == 0
    with pytest.raises(CalendarError, match="does not end before the year 2200"):
        book.add_open(us("2026-11-23T10:00Z"), SECOND)


@pytest.mark.parametrize("instant", ["1899-12-31T00:00Z", "2200-06-01T00:00Z"])
def test_an_instant_outside_three_centuries_is_refused(instant: str) -> None:
    with pytest.raises(CalendarError, match="no calendar reaches before 1900 or after 2199"):
        calendar(OFFICE).add_open(us(instant), HOUR)


def test_the_content_key_is_json_and_the_same_for_two_ways_to_write_the_same() -> None:
    one = calendar(
        NIGHTS, holidays=["12-31", date(2026, 12, 24), {"country": "ES", "except": ["2026-05-01"]}]
    )
    other = calendar(
        NIGHTS,
        hours={day: ["22:00 - 6:00"] for day in ("fri", "mon", "tue", "wed", "thu")},
        holidays=[
            {"country": "ES", "subdivision": None, "except": [date(2026, 5, 1)]},
            {"date": "2026-12-24", "hours": []},
            "12-31",
        ],
    )
    assert json.dumps(one.content_key()) == json.dumps(other.content_key())
    assert (
        calendar({"hours": "24x7"}).content_key()
        == calendar({"hours": {"mon-sun": ["00:00-23:59"]}}).content_key()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Europe/Berlin"},
        {"hours": {"mon-fri": ["22:00-05:00"]}},
        {
            "hours": {
                "mon": ["22:00-24:00"],
                "tue-fri": ["00:00-06:00", "22:00-24:00"],
                "sat": ["00:00-06:00"],
            }
        },
        {"holidays": ["2026-12-31"]},
        {"holidays": ["12-31"]},
        {"holidays": [{"date": "12-31", "hours": ["09:00-10:00"]}]},
        {"holidays": [{"country": "ES"}]},
        {"holidays": [{"country": "ES", "subdivision": "MD"}]},
    ],
)
def test_the_content_key_changes_with_whatever_changes_a_figure(change: dict[str, Any]) -> None:
    assert calendar(NIGHTS, **change).content_key() != calendar(NIGHTS).content_key()


@pytest.mark.parametrize(
    ("entry", "first", "end", "days"),
    [
        (OFFICE, "2026-11-23", "2026-11-30", 6),
        (OFFICE, "2026-11-29", "2026-11-30", 0),
        (NIGHTS, "2026-11-23", "2026-11-30", 5),  # Friday's shift goes on into Saturday
        ({**OFFICE, "holidays": ["2026-11-24"]}, "2026-11-23", "2026-11-30", 5),
        (ROUND_THE_CLOCK, "2028-02-01", "2028-03-01", 29),
        (IN_PARTS, "2029-12-31", "2030-01-03", 2),
        (OFFICE, "2026-11-30", "2026-11-23", 0),
        (ROUND_THE_CLOCK, "2026-11-30", "2026-11-23", 0),
    ],
)
def test_s56_working_days_are_the_dates_on_which_a_shift_begins(
    entry: dict[str, Any], first: str, end: str, days: int
) -> None:
    book = calendar(entry)
    assert book.working_days_between(date.fromisoformat(first), date.fromisoformat(end)) == days
