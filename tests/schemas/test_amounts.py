"""Durations, targets, shares and dates as people write them, and the one form they are written back in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from schemas.amounts import (
    Amount,
    begins,
    format_clock,
    format_duration,
    format_share,
    format_target,
    parse_duration,
    parse_effective,
    parse_per_mille,
    parse_share,
    parse_target,
)
from schemas.instants import DAY, HOUR, MINUTE, SECOND, parse_iso


@pytest.mark.parametrize(
    ("text", "span", "canonical"),
    [
        ("90s", 90 * SECOND, "1m30s"),
        ("15m", 15 * MINUTE, "15m"),
        ("1h30m", 90 * MINUTE, "1h30m"),
        ("90m", 90 * MINUTE, "1h30m"),
        ("24h", DAY, "1 day"),
        ("1 day", DAY, "1 day"),
        ("90 days", 90 * DAY, "90 days"),
        ("0s", 0, "0s"),
    ],
)
def test_a_duration_is_read_and_written_in_one_form(text: str, span: int, canonical: str) -> None:
    assert parse_duration(text) == span
    assert format_duration(span) == canonical
    assert parse_duration(canonical) == span


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("90d", "write '90 days'"),
        ("", "is not a duration"),
        ("1.5h", "is not a duration"),
        ("30m1h", "is not a duration"),
        ("3 working days", "is not a duration"),
        ("9999 days", "out of range"),
        (90, "90 has no unit: write a duration such as 90m or 90h"),
        (True, "a true or false is not a duration"),
        ({"days": 3}, "a mapping is not a duration"),
    ],
)
def test_what_is_no_duration_is_refused_with_the_right_form(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_duration(value)


@pytest.mark.parametrize(
    ("text", "amount", "canonical"),
    [
        ("15m", Amount(open_time=15 * MINUTE), "15m"),
        ("24h", Amount(open_time=24 * HOUR), "24h"),
        ("1 working day", Amount(working_days=1), "1 working day"),
        ("3 working days", Amount(working_days=3), "3 working days"),
        ("1 working days", Amount(working_days=1), "1 working day"),
    ],
)
def test_a_target_is_open_time_or_working_days(text: str, amount: Amount, canonical: str) -> None:
    assert parse_target(text) == amount
    assert format_target(amount) == canonical


@pytest.mark.parametrize(
    ("text", "working", "hours"),
    [("1d", "1 working day", "24h"), ("1 day", "1 working day", "24h"), ("3days", "3 working days", "72h")],
)
def test_s02_a_target_in_days_is_refused_with_its_three_meanings(text: str, working: str, hours: str) -> None:
    with pytest.raises(ValueError, match="three meanings") as refused:
        parse_target(text)
    assert f"'{working}'" in str(refused.value)
    assert str(refused.value).count(f"'{hours}'") == 2


@pytest.mark.parametrize("text", ["0m", "0 working days", "2501 working days", "100000h", "soon", ""])
def test_a_target_lies_between_a_second_and_ten_years(text: str) -> None:
    with pytest.raises(ValueError, match=r"out of range|is not a target"):
        parse_target(text)


@pytest.mark.parametrize(
    ("text", "ratio", "canonical"),
    [("95%", 0.95, "95%"), ("99.95 %", 0.9995, "99.95%"), ("100%", 1.0, "100%"), ("0%", 0.0, "0%")],
)
def test_a_share_is_a_percentage(text: str, ratio: float, canonical: str) -> None:
    assert parse_share(text) == ratio
    assert format_share(ratio) == canonical


@pytest.mark.parametrize("value", [95, 0.95, "95", "-5%", None, ["95%"]])
def test_a_share_without_its_sign_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"no unit|not a percentage"):
        parse_share(value)


def test_a_threshold_is_whole_per_mille() -> None:
    assert [parse_per_mille(text) for text in ("75%", "87.5%", "0.1%")] == [750, 875, 1]


@pytest.mark.parametrize("value", ["0%", "100%", "120%", "33.33%", 75, "soon"])
def test_a_threshold_lies_inside_the_target(value: object) -> None:
    with pytest.raises(ValueError, match=r"out of range|too fine|no unit|not a percentage"):
        parse_per_mille(value)


def test_a_clock_time_of_nothing_is_written_as_seconds() -> None:
    assert format_clock(0) == "0s"


def test_a_date_begins_at_midnight_of_the_zone() -> None:
    assert begins(date(2026, 7, 1), ZoneInfo("Europe/Madrid")) == parse_iso("2026-06-30T22:00:00Z")


def test_an_instant_begins_when_it_says_whatever_the_zone() -> None:
    moment = parse_effective("2026-07-01T08:00:00+02:00")
    assert moment == datetime(2026, 7, 1, 6, tzinfo=UTC)
    assert begins(moment, ZoneInfo("Asia/Tokyo")) == parse_iso("2026-07-01T06:00:00Z")


def test_a_date_that_yaml_has_already_read_is_taken() -> None:
    assert parse_effective(date(2026, 1, 1)) == parse_effective("2026-01-01") == date(2026, 1, 1)


@pytest.mark.parametrize("value", ["2026-13-01", "soon", "2026-01-01T08:00", datetime(2026, 1, 1), 2026])  # noqa: DTZ001
def test_what_is_no_date_or_has_no_offset_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"is not a date|has no UTC offset"):
        parse_effective(value)
