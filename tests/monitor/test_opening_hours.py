"""How the week of a policy file is read, and what its author is told when it cannot be."""

from __future__ import annotations

import re
from typing import Any

import pytest

from monitor.calendars import Calendar
from monitor.errors import CalendarError
from monitor.opening_hours import ALL_DAY, Span, parse_date_hours, parse_week

NINE_TO_FIVE = (Span(540, 1020),)


def test_a_range_names_all_its_days_also_over_the_end_of_the_week() -> None:
    closed = ()
    assert parse_week({"mon-wed": ["09:00-17:00"]}) == (*[NINE_TO_FIVE] * 3, *[closed] * 4)
    assert parse_week({"sun-thu": ["09:00-17:00"]}) == (*[NINE_TO_FIVE] * 4, closed, closed, NINE_TO_FIVE)
    assert parse_week({"sat-sat": ["09:00-17:00"]})[5] == NINE_TO_FIVE


def test_24x7_is_every_day_from_its_first_to_its_last_minute() -> None:
    assert parse_week("24x7") == (ALL_DAY,) * 7


def test_intervals_may_come_in_any_order_and_a_day_may_be_closed_in_words() -> None:
    week = parse_week({"mon": ["15:00-18:00", "9:00 - 14:00"], "tue": []})
    assert week[0] == (Span(540, 840), Span(900, 1080))
    assert week[1] == ()


@pytest.mark.parametrize("text", ["18:00-24:00", "18:00-23:59", "18:00-00:00"])
def test_s4_24_00_and_23_59_both_mean_the_end_of_the_day(text: str) -> None:
    assert parse_week({"mon": [text]})[0] == (Span(1080, 1440),)
    assert parse_date_hours([text], "hours") == (Span(1080, 1440),)


def test_a_shift_over_midnight_goes_on_in_the_next_day() -> None:
    week = parse_week({"sun": ["22:00-06:00"], "mon": ["06:00-07:00"]})
    assert week[6] == (Span(1320, 1440),)
    assert week[0] == (Span(0, 360, carried=True), Span(360, 420))


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        (None, "hours: None is neither 24x7 nor a mapping"),
        ("24/7", "hours: '24/7' is neither 24x7 nor a mapping"),
        ({}, "hours: no open time at all"),
        ({"mon-fri": []}, "hours: no open time at all"),
        ({"monday": ["09:00-17:00"]}, "hours.monday: 'monday' is no day; .*; did you mean mon?"),
        ({"Mon": ["09:00-17:00"]}, "hours.Mon: 'Mon' is no day; .*; did you mean mon?"),
        ({"mon-fir": ["09:00-17:00"]}, "hours.mon-fir: 'fir' is no day; .*; did you mean fri?"),
        ({"mon-": ["09:00-17:00"]}, "hours.mon-: '' is no day"),
        ({True: ["09:00-17:00"]}, "hours.True: True is no day"),
        (
            {"mon-fri": ["09:00-17:00"], "fri": ["09:00-15:00"]},
            "hours.fri: 'fri' stands under 'mon-fri' already",
        ),
        ({"mon": "09:00-17:00"}, "hours.mon: '09:00-17:00' is no list of intervals"),
        ({"mon": None}, "hours.mon: None is no list of intervals"),
        (
            {"mon": ["09:00-17:00", "nine to five"]},
            "hours.mon[1]: 'nine to five' is no interval such as \"09:00-17:00\"",
        ),
        ({"mon": [900]}, "hours.mon[0]: 900 is no interval"),
        ({"mon": ["09:00-17:60"]}, "hours.mon[0]: '09:00-17:60' has a time of day that does not exist"),
        ({"mon": ["09:61-17:00"]}, "hours.mon[0]: '09:61-17:00' has a time of day that does not exist"),
        ({"mon": ["09:00-24:01"]}, "hours.mon[0]: '09:00-24:01' has a time of day that does not exist"),
        ({"mon": ["24:00-09:00"]}, "hours.mon[0]: '24:00-09:00' has a time of day that does not exist"),
        ({"mon": ["09:00-09:00"]}, "hours.mon[0]: '09:00-09:00' is empty; a whole day is \"00:00-24:00\""),
        ({"mon": ["09:00-14:00", "13:00-18:00"]}, "hours.mon: 09:00-14:00 and 13:00-18:00 overlap"),
        ({"mon": ["09:00-14:00", "09:00-14:00"]}, "hours.mon: 09:00-14:00 and 09:00-14:00 overlap"),
        ({"sun": ["22:00-06:00"], "mon": ["05:00-09:00"]}, "hours.mon: 00:00-06:00 and 05:00-09:00 overlap"),
    ],
)
def test_hours_that_cannot_be_used_are_refused_with_their_key(hours: Any, message: str) -> None:
    expected = re.escape(message).replace(r"\.\*", ".*")
    with pytest.raises(CalendarError, match=f"^{expected}"):
        parse_week(hours)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["22:00-06:00"], 'hours: the hours of one date end at "24:00"'),
        (["09:00-12:00", "11:00-13:00"], "hours: 09:00-12:00 and 11:00-13:00 overlap"),
    ],
)
def test_hours_of_one_date_stay_inside_it_and_apart(texts: list[str], message: str) -> None:
    with pytest.raises(CalendarError, match=message):
        parse_date_hours(texts, "hours")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (["24x7"], r"\['24x7'\] is no mapping with the keys timezone, hours, holidays"),
        ({}, "hours: missing"),
        ({"hours": "24x7", "timezne": "UTC"}, "timezne: unknown key; .*; did you mean timezone"),
        ({"hours": "24x7", "timezone": 1}, "timezone: 1 is no time zone such as Europe/Madrid"),
        (
            {"hours": "24x7", "timezone": "Europe/Madird"},
            "'Europe/Madird' is no .*; did you mean Europe/Madrid",
        ),
        ({"hours": "24x7", "timezone": "Europe"}, "timezone: 'Europe' is no time zone"),
        ({"hours": "24x7", "timezone": "../UTC"}, "timezone: '../UTC' is no time zone"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused_with_its_key(entry: Any, message: str) -> None:
    with pytest.raises(CalendarError, match=message):
        Calendar.from_config(entry)
