"""How the holidays of a policy file are read (S6), and what its author is told when they cannot be."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor.errors import CalendarError
from monitor.holiday_dates import parse_holidays
from monitor.opening_hours import Span, parse_week

WEEKDAYS = parse_week({"mon-fri": ["09:00-17:00"]})
MORNING = (Span(540, 780),)


def in_year(entries: list[Any], year: int = 2026) -> dict[date, tuple[Span, ...]]:
    return parse_holidays(entries).in_year(year, WEEKDAYS)


def test_s6_a_date_may_be_a_date_or_its_text() -> None:
    for entry in (date(2026, 12, 7), "2026-12-07", {"date": "2026-12-07"}, {"date": date(2026, 12, 7)}):
        assert in_year([entry]) == {date(2026, 12, 7): ()}
        assert in_year([entry], 2027) == {}


def test_s6_a_yearly_date_comes_every_year_that_has_it() -> None:
    assert in_year(["12-31", "02-29"]) == {date(2026, 12, 31): ()}
    assert in_year(["12-31", "02-29"], 2028) == {date(2028, 12, 31): (), date(2028, 2, 29): ()}


def test_s6_hours_of_a_yearly_date_do_not_open_a_closed_weekday() -> None:
    entry = {"date": "12-24", "hours": ["09:00-13:00"]}
    assert in_year([entry], 2026) == {date(2026, 12, 24): MORNING}
    assert in_year([entry], 2028) == {date(2028, 12, 24): ()}  # a Sunday


def test_s6_hours_of_one_written_date_are_taken_at_their_word() -> None:
    entry = {"date": "2028-12-24", "hours": ["09:00-13:00"]}
    assert in_year([entry], 2028) == {date(2028, 12, 24): MORNING}


def test_s6_one_date_beats_a_yearly_one_and_that_beats_the_library() -> None:
    morning = ["09:00-13:00"]
    spain = {"country": "ES"}
    yearly = {"date": "12-25", "hours": morning}
    once = {"date": "2026-12-25", "hours": ["10:00-11:00"]}
    assert in_year([spain])[date(2026, 12, 25)] == ()
    assert in_year([yearly, spain])[date(2026, 12, 25)] == MORNING
    assert in_year([once, yearly, spain])[date(2026, 12, 25)] == (Span(600, 660),)


def test_s6_a_subdivision_adds_its_own_holidays() -> None:
    assert date(2026, 5, 2) not in in_year([{"country": "ES"}])
    assert date(2026, 5, 2) in in_year([{"country": "ES", "subdivision": "MD"}])


def test_s6_several_countries_add_up() -> None:
    both = in_year([{"country": "ES"}, {"country": "DE", "subdivision": "BY"}])
    assert {date(2026, 12, 8), date(2026, 10, 3)} <= both.keys()


def test_s6_an_excepted_date_is_worked_once_or_every_year() -> None:
    once = [{"country": "ES", "except": [date(2026, 12, 25), "2027-01-01"]}]
    every_year = [{"country": "ES", "except": ["12-25"]}]
    assert date(2026, 12, 25) not in in_year(once)
    assert date(2027, 12, 25) in in_year(once, 2027)
    assert date(2027, 1, 1) not in in_year(once, 2027)
    assert date(2027, 12, 25) not in in_year(every_year, 2027)


def test_s6_the_same_date_twice_is_harmless_unless_the_two_disagree() -> None:
    assert in_year(["2026-12-24", date(2026, 12, 24), {"date": "2026-12-24", "hours": []}])
    with pytest.raises(CalendarError, match=r"holidays\[1\]: 2026-12-24 stands twice, with other hours"):
        in_year(["2026-12-24", {"date": "2026-12-24", "hours": ["09:00-13:00"]}])
    with pytest.raises(CalendarError, match=r"holidays\[1\]: 12-24 stands twice, with other hours"):
        in_year([{"date": "12-24", "hours": ["09:00-13:00"]}, "12-24"])


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("2026-12-24", "holidays: '2026-12-24' is no list"),
        ({"country": "ES"}, "holidays: {'country': 'ES'} is no list"),
        (["2026-02-30"], "holidays[0]: '2026-02-30' is no date: "),
        (["02-30"], "holidays[0]: '02-30' is no date: "),
        (["Christmas"], "holidays[0]: 'Christmas' is no date: "),
        ([20261224], "holidays[0]: 20261224 is no date such as 2026-12-24"),
        ([datetime(2026, 12, 24, 9, tzinfo=UTC)], "holidays[0]: datetime.datetime(2026, 12, 24, 9"),
        ([{"dates": "2026-12-24"}], "holidays[0]: unknown key 'dates'; .*; did you mean date?"),
        ([{"subdivision": "MD"}], "holidays[0]: an entry names a 'country' or a 'date'"),
        (
            [{"date": "12-24", "hour": []}],
            "holidays[0]: unknown key 'hour'; known are date, hours; did you mean hours?",
        ),
        ([{"date": "12-24", "hours": ["x"]}], "holidays[0].hours[0]: 'x' is no interval"),
        ([{"country": "ES", "excep": []}], "holidays[0]: unknown key 'excep'; .*; did you mean except?"),
        ([{"country": "ES", "except": "2026-12-08"}], "holidays[0].except: '2026-12-08' is no list"),
        ([{"country": "ES", "except": ["x"]}], "holidays[0].except[0]: 'x' is no date"),
        (["12-24", {"country": "es"}], "holidays[1].country: 'es' is no country code .*; did you mean ES?"),
        ([{"country": ["ES"]}], "holidays[0].country: ['ES'] is no country code"),
        ([{"country": False}], 'holidays[0].country: YAML reads a bare NO as "false"; for Norway write "NO"'),
        (
            [{"country": "ES", "subdivision": "ZZ"}],
            "holidays[0].subdivision: ES has no 'ZZ'; it has AN, AR, ",
        ),
        (
            [{"country": "ES", "subdivision": "md"}],
            "holidays[0].subdivision: ES has no 'md'; .*; did you mean MD?",
        ),
        (
            [{"country": "DE", "subdivision": 1}],
            "holidays[0].subdivision: 1 is no text; write the code in quotes",
        ),
    ],
)
def test_holidays_that_cannot_be_used_are_refused_with_their_key(entries: Any, message: str) -> None:
    expected = re.escape(message).replace(r"\.\*", ".*")
    with pytest.raises(CalendarError, match=f"^{expected}"):
        parse_holidays(entries)
