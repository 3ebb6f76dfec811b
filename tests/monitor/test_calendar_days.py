"""What a calendar says about one date, in words a reader can check."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from monitor.calendar_days import (
    ClockChange,
    SpecialDay,
    clock_change,
    closed_weekday,
    midnight_after,
    special_day,
)
from monitor.calendars import Calendar
from schemas.instants import parse_iso

MADRID = ZoneInfo("Europe/Madrid")
CALENDAR = Calendar.from_config(
    {
        "timezone": "Europe/Madrid",
        "hours": {"mon-fri": ["09:00-17:00"]},
        "holidays": [
            {"country": "ES", "subdivision": "MD", "except": ["2026-11-09"]},
            {"country": "SE"},
            "12-31",
            {"date": "12-24", "hours": ["09:00-13:00"]},
            {"date": "2026-01-06", "hours": ["10:00-12:00", "15:00-16:30"]},
            date(2026, 11, 30),
        ],
    }
)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 3, 2), None),
        (date(2026, 11, 9), None),
        (date(2026, 5, 1), ()),
        (date(2026, 11, 30), ()),
        (date(2026, 12, 31), ()),
        (date(2026, 12, 24), ("09:00-13:00",)),
    ],
)
def test_s06_a_date_with_other_hours_is_found(day: date, hours: tuple[str, ...] | None) -> None:
    found = special_day(CALENDAR, day, "en")
    assert (found and found.hours) == hours


def test_a_holiday_of_the_policy_alone_has_no_name() -> None:
    assert special_day(CALENDAR, date(2026, 11, 30), "en") == SpecialDay(None, ())


def test_s06_one_written_date_beats_the_holiday_and_keeps_its_name() -> None:
    assert special_day(CALENDAR, date(2026, 1, 6), "en") == SpecialDay(
        "Epiphany", ("10:00-12:00", "15:00-16:30")
    )


def test_s06_a_yearly_date_with_hours_opens_no_sunday() -> None:
    found = special_day(CALENDAR, date(2028, 12, 24), "en")
    assert found is not None
    assert found.hours == ()


def test_a_holiday_is_named_in_the_language_asked_for_or_in_the_countrys_own() -> None:
    assert special_day(CALENDAR, date(2026, 5, 1), "es") == SpecialDay("Fiesta del Trabajo", ())
    assert special_day(CALENDAR, date(2026, 6, 6), "es") == SpecialDay("Nationaldagen", ())


def test_a_holiday_that_a_version_brings_along_is_named_like_the_librarys() -> None:
    day = date(2026, 5, 1)
    office = {
        "timezone": "Europe/Madrid",
        "hours": {"mon-fri": ["09:00-17:00"]},
        "holidays": [{"country": "ES"}],
    }
    brought = Calendar.from_config(office, public_dates={"ES": [day]})
    assert special_day(brought, day, "es") == SpecialDay("Fiesta del Trabajo", ())


def test_the_name_does_not_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "uk")
    monkeypatch.setenv("LANG", "uk_UA.UTF-8")
    assert special_day(CALENDAR, date(2027, 5, 1), "en") == SpecialDay("Labor Day", ())


def test_a_weekday_without_hours_is_closed() -> None:
    assert closed_weekday(CALENDAR, date(2026, 3, 1))
    assert not closed_weekday(CALENDAR, date(2026, 3, 2))


def test_s05_the_change_of_the_clock_is_found_to_the_second() -> None:
    spring = clock_change(parse_iso("2026-03-28T23:00:00Z"), parse_iso("2026-03-29T22:00:00Z"), MADRID)
    autumn = clock_change(parse_iso("2026-10-24T22:00:00Z"), parse_iso("2026-10-25T23:00:00Z"), MADRID)
    assert spring == ClockChange(parse_iso("2026-03-29T01:00:00Z"), 3600)
    assert autumn == ClockChange(parse_iso("2026-10-25T01:00:00Z"), -3600)


def test_s05_a_stretch_that_ends_at_the_change_does_not_hold_it_and_one_that_begins_there_neither() -> None:
    change = parse_iso("2026-03-29T01:00:00Z")
    assert clock_change(change - 1_000_000, change, MADRID) is None
    assert clock_change(change, change + 1_000_000, MADRID) is None


def test_the_day_after_begins_at_local_midnight() -> None:
    assert midnight_after(date(2026, 3, 29), MADRID) == parse_iso("2026-03-29T22:00:00Z")
