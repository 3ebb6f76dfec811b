"""Lines that are no event are counted apart from events that were set aside."""

from __future__ import annotations

import orjson

from monitor.replay import replay
from monitor.unread_lines import UnreadLines
from tests.builders import book, lines

LATE = "2020-03-02T09:00:00Z responded INC-9"
NO_OFFSET = "2026-03-02T09:00:00 responded INC-1"


def test_only_what_cannot_be_read_counts_and_the_first_is_kept() -> None:
    timeline = ["2026-03-02T09:00:00Z created INC-1", "", LATE, NO_OFFSET, "{", "{}"]
    outcome = replay(lines(timeline), book())
    assert [orjson.loads(letter)["reason"] for letter in outcome.dead_letters] == [
        "too_late",
        "no_offset_in_time",
        "not_json",
        "invalid",
    ]
    assert (outcome.unread.count, outcome.lines) == (3, 5)
    first = outcome.unread.first
    assert first is not None
    assert (first.index, first.value) == (3, lines(timeline)[3])
    assert first.error.startswith("occurred_at: has no offset")


def test_without_any_there_is_no_first() -> None:
    assert replay([], book()).unread == UnreadLines(0, None)
