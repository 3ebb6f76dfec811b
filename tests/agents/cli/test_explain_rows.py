"""Long accounts become short, and nothing is lost on the way."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cli.explain_rows import Line, lines_of
from schemas.explanations import Remark, Row

MADRID = ZoneInfo("Europe/Madrid")
START = date(2026, 1, 5)  # a Monday


def day(number: int, *remarks: str, kind: str = "counted", opens: int = 8) -> Row:
    on = START + timedelta(days=number)
    closed = on.weekday() > 4
    spent = 0 if closed or "holiday" in remarks else opens * 3600
    named = ("closed_day", *remarks) if closed else remarks
    return Row.model_validate(
        {
            "date": on,
            "from": datetime.combine(on, time(), MADRID),
            "to": datetime.combine(on + timedelta(days=1), time(), MADRID),
            "kind": kind,
            "reason": "waiting" if kind == "hold" else None,
            "wall_seconds": 86400,
            "open_seconds": spent,
            "closed_seconds": 86400 - spent,
            "remarks": [Remark.model_validate({"kind": remark}) for remark in named],
        }
    )


def shape(lines: list[Line]) -> list[int]:
    return [len(line.rows) for line in lines]


def test_a_short_account_is_shown_day_by_day() -> None:
    assert shape(lines_of([day(n) for n in range(21)])) == [1] * 21


def test_a_longer_one_by_weeks() -> None:
    lines = lines_of([day(n) for n in range(28)])
    assert shape(lines) == [7] * 4
    assert [line.closed_days for line in lines] == [2] * 4
    assert lines[0].total(lambda row: row.open_seconds) == 40 * 3600


def test_the_exceptions_of_a_week_stand_apart_except_on_days_that_are_closed_anyway() -> None:
    rows = [day(n, *(["holiday"] if n in {2, 12} else [])) for n in range(28)]
    assert shape(lines_of(rows)) == [2, 1, 4, 7, 7, 7]


def test_another_kind_begins_another_line() -> None:
    rows = [day(n, kind="hold" if n >= 10 else "counted") for n in range(28)]
    assert shape(lines_of(rows)) == [7, 3, 4, 7, 7]


def test_a_year_is_shown_by_months_with_their_exceptions_inside() -> None:
    rows = [day(n, *(["holiday"] if n % 9 == 0 else [])) for n in range(361)]
    assert shape(lines_of(rows)) == [27, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_ten_years_are_shown_by_years() -> None:
    years = [line.first.date.year for line in lines_of([day(n) for n in range(3600)])]
    assert years == list(range(2026, 2036))


@pytest.mark.parametrize("mark", ["deadline", "breach"])
def test_the_day_of_the_deadline_always_has_its_own_line(mark: str) -> None:
    lines = lines_of([day(n, *([mark] if n == 500 else [])) for n in range(3650)])
    assert [line.first.date for line in lines if len(line.rows) == 1] == [START + timedelta(days=500)]


def test_part_of_a_day_is_no_whole_day() -> None:
    rows = [day(n) for n in range(28)]
    rows[0] = rows[0].model_copy(update={"from_": rows[0].from_ + timedelta(hours=9)})
    assert shape(lines_of(rows)) == [1, 6, 7, 7, 7]


def test_every_day_can_be_asked_for() -> None:
    assert shape(lines_of([day(n) for n in range(100)], every_day=True)) == [1] * 100


@given(st.lists(st.sampled_from(("", "holiday", "deadline", "hold")), max_size=300))
def test_the_lines_are_the_rows_in_their_order(words: list[str]) -> None:
    rows = [
        day(
            n,
            *([word] if word in {"holiday", "deadline"} else []),
            kind="hold" if word == "hold" else "counted",
        )
        for n, word in enumerate(words)
    ]
    assert [row for line in lines_of(rows) for row in line.rows] == rows
