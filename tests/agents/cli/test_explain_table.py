"""The table of a clock on screens of any width: every column is there, and fractions push nothing out."""

from __future__ import annotations

import pytest

from agents.cli.explain_table import AccountTable
from agents.cli.explain_texts import CATALOGUE
from agents.cli.texts import Texts
from monitor.explanations import account_of
from monitor.ticket_history import play
from monitor.verdict_lookup import Verdict
from schemas.explanations import ClockAccount
from tests.builders import OFFICE, book, lines


def clock() -> ClockAccount:
    timeline = (
        "2026-03-02T09:00:00.123456+01:00 created INC-1",
        "2026-03-02T09:10:00.654321+01:00 responded INC-1",
    )
    policies = book(OFFICE)
    (record,) = play(lines(timeline), "INC-1", policies).results.values()
    return account_of(Verdict.of(record), policies, "en")


@pytest.mark.parametrize("width", [60, 70, 80, 90, 120])
def test_microseconds_push_no_column_out_and_are_exact_in_the_sums(width: int) -> None:
    table = AccountTable(Texts("en", CATALOGUE), width)
    *_, row, last, note = [text.plain for text in table.table(clock())]
    assert "whole seconds" in note
    assert last.startswith("sum")
    assert len(last) <= width
    assert "10m 1s" in last
    assert "." not in row
    assert "10m 0.530865s counted" in table.sum_line(clock())


def test_where_there_is_no_room_what_a_row_was_goes_below_it() -> None:
    texts = [text.plain for text in AccountTable(Texts("en", CATALOGUE), 60).table(clock())]
    assert [text.strip() for text in texts].count("counted") == 1
    assert all(len(text) <= 60 for text in texts[:-1])
