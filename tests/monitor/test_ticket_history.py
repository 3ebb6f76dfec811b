"""One ticket in a history: what is kept of it, and what is not its own."""

from __future__ import annotations

import pytest

from monitor.ticket_history import concerns, keep_result, play, set_aside
from schemas.dead_letters import DeadLetter
from tests.builders import book, lines

HISTORY = lines(
    [
        "2026-03-02T09:00:00+01:00 created INC-1",
        "2026-03-02T09:00:00+01:00 created INC-2",
        "2026-03-02T09:10:00+01:00 responded INC-1",
        "2026-03-02T09:20:00+01:00 created INC-3 tier=77",
        "",
    ]
)


def test_all_lines_are_judged_and_one_ticket_is_kept() -> None:
    told: list[int] = []
    found = play(HISTORY, "INC-1", book(), progress=told.append)
    assert found.ticket is not None
    assert found.ticket.ticket_id == "INC-1"
    assert list(found.results) == [("first_response", 1)]
    assert found.seen == {"INC-1", "INC-2"}
    assert (found.lines, told, found.set_aside) == (4, [4], [])


def test_what_was_set_aside_of_a_ticket_is_told_with_its_line() -> None:
    found = play(HISTORY, "INC-3", book())
    assert (found.ticket, found.results) == (None, {})
    (letter,) = found.set_aside
    assert (letter.reason, letter.place) == ("invalid", "tickets:3")
    assert "tier" in letter.error


def test_an_unknown_ticket_leaves_what_was_seen() -> None:
    found = play(HISTORY, "INC-9", book())
    assert not found.known
    assert found.seen == {"INC-1", "INC-2"}


def test_an_empty_history_is_none() -> None:
    found = play([], "INC-1", book(), until=1)
    assert (found.lines, found.known) == (0, False)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (b"INC-1", b"anything", True),
        (b"INC-2", b'{"ticket_id": "INC-1"}', False),
        (None, b'{"ticket_id": "INC-1", "type": "?"}', True),
        (None, b'{"ticket_id": "INC-2", "subject": "as INC-1"}', False),
        (None, b'{"specversion": "1.0", "data": {"ticket_id": "INC-1"}}', True),
        (None, b'{"ticket_id": "INC-1", "ty', True),
        (None, b'["INC-1"]', False),
        (None, b"nothing", False),
        (None, None, False),
    ],
)
def test_a_dead_letter_concerns_a_ticket_by_its_key_or_its_words(
    key: bytes | None,
    value: bytes | None,
    expected: bool,
) -> None:
    assert concerns(key, value, "INC-1") is expected


def test_a_dead_letter_without_our_headers_is_shown_all_the_same() -> None:
    letter = set_aside(DeadLetter(b"k", b"v", [("other", b"\xff")]))
    assert (letter.reason, letter.error, letter.place) == ("?", "?", "?:?")


def test_the_last_revision_of_each_clock_is_kept_in_whatever_order_they_come() -> None:
    kept: dict[tuple[str, int], dict[str, object]] = {}
    for revision in (1, 3, 2):
        keep_result(kept, {"objective": "resolution", "cycle": 1, "revision": revision})
    assert kept["resolution", 1]["revision"] == 3
