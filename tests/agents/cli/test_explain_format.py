"""Instants are exact and always have their offset; amounts are rounded only where nothing is lost by it."""

from __future__ import annotations

from datetime import datetime

import pytest

from agents.cli.explain_format import (
    adding_up,
    amount,
    cell,
    end_of_row,
    instant,
    listed,
    offset,
    plain,
    promise,
    told_apart,
    whole_time,
)
from agents.cli.explain_texts import CATALOGUE
from agents.cli.texts import Texts

ENGLISH, SPANISH = Texts("en", CATALOGUE), Texts("es", CATALOGUE)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0"),
        (1, "1s"),
        (60, "1m"),
        (3600, "1h"),
        (3661, "1h 1m 1s"),
        (28200, "7h 50m"),
        (3605, "1h 5s"),
        (-90, "1m 30s"),
        (0.25, "0.25s"),
        (70.5, "1m 10.5s"),
        (100, "1m 40s"),
        (10, "10s"),
        (600, "10m"),
        (36000, "10h"),
        (0.000001, "0.000001s"),
        (7124.96875, "1h 58m 44.969s"),
        (59.9996, "1m"),
        (17066414, "4740h 40m 14s"),
    ],
)
def test_an_amount_is_shown_to_the_second_and_beyond_only_if_it_has_more(seconds: float, text: str) -> None:
    assert amount(seconds, ENGLISH) == text


def test_spanish_has_its_comma() -> None:
    assert amount(7124.96875, SPANISH) == "1h 58m 44,969s"
    assert amount(7124.96875, SPANISH, exact=True) == "1h 58m 44,96875s"


def test_amounts_that_differ_never_look_alike() -> None:
    assert told_apart([3600.0001, 3600], ENGLISH) == ["1h 0.0001s", "1h"]
    assert told_apart([3600.00051, 1800], ENGLISH) == ["1h 0.001s", "30m"]
    assert told_apart([60, 60], ENGLISH) == ["1m", "1m"]


@pytest.mark.parametrize(
    ("total", "parts", "said"),
    [
        (7200.5004, [3600.25, 3600.2504], ("2h 0.5s", ["1h 0.25s", "1h 0.25s"])),
        (0.0012, [0.0006, 0.0006], ("0.0012s", ["0.0006s", "0.0006s"])),
        (90, [60, 30], ("1m 30s", ["1m", "30s"])),
    ],
)
def test_parts_add_up_as_they_are_shown(
    total: float, parts: list[float], said: tuple[str, list[str]]
) -> None:
    assert adding_up(total, parts, ENGLISH) == said


@pytest.mark.parametrize(
    ("target", "english", "spanish"),
    [
        ("8h", "8h", "8h"),
        ("1h30m", "1h 30m", "1h 30m"),
        ("1 working day", "1 working day", "1 día laborable"),
        ("3 working days", "3 working days", "3 días laborables"),
    ],
)
def test_s02_a_promise_is_told_in_the_language_of_the_reader(target: str, english: str, spanish: str) -> None:
    assert (promise(target, ENGLISH), promise(target, SPANISH)) == (english, spanish)


def test_nothing_is_a_dash_in_a_table() -> None:
    assert (cell(0), cell(60)) == ("—", "1m")


def test_a_table_shows_whole_seconds_and_tells_some_from_nothing() -> None:
    assert [cell(value) for value in (0.25, 0.5, 600.25, 3599.75)] == ["<1s", "1s", "10m", "1h"]
    assert whole_time(datetime.fromisoformat("2026-03-02T09:10:59.999999+01:00")) == "09:10:59"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-03-02T09:00:00+01:00", "Mon 2026-03-02 09:00:00 +01:00"),
        ("2026-03-08T09:00:00.250000+00:00", "Sun 2026-03-08 09:00:00.250000 +00:00"),
        ("2026-03-08T23:59:59-03:30", "Sun 2026-03-08 23:59:59 -03:30"),
    ],
)
def test_an_instant_has_its_weekday_and_its_offset(moment: str, text: str) -> None:
    assert instant(datetime.fromisoformat(moment), ENGLISH) == text


def test_an_offset_before_standard_time_may_have_seconds() -> None:
    assert offset(datetime.fromisoformat("1899-01-01T00:00:00-00:14:44")) == "-00:14:44"


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("2026-03-02T17:00:00+01:00", "17:00:00"),
        ("2026-03-03T00:00:00+01:00", "24:00:00"),
        ("2026-03-03T00:00:01+01:00", "2026-03-03 00:00:01"),
        ("2026-03-05T00:00:00+01:00", "2026-03-05 00:00:00"),
    ],
)
def test_a_row_that_ends_at_midnight_ends_its_own_day(to: str, text: str) -> None:
    begins = datetime.fromisoformat("2026-03-02T09:00:00+01:00")
    assert end_of_row(datetime.fromisoformat(to), begins) == text


def test_text_of_others_cannot_steer_the_terminal() -> None:
    assert plain("a\x1b[31mred\nline\r") == "a [31mred line "
    assert listed(["a\x07", "b"], ENGLISH) == "a , b"
    assert listed([], ENGLISH) == "nothing"
