"""Dead letters as one ticket sees them: its own, another's, and those that name none."""

from __future__ import annotations

import pytest

from monitor.ticket_history import play
from monitor.ticket_letters import TicketLetters, concerns, names_no_ticket, set_aside
from schemas.dead_letters import DeadLetter
from tests.builders import book, lines


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (b"INC-1", b"anything", True),
        (b"INC-2", b'{"ticket_id": "INC-1"}', False),
        (None, b'{"ticket_id": "INC-1", "type": "?"}', True),
        (None, b'{"ticket_id": "INC-2", "subject": "as INC-1"}', False),
        (None, b'{"specversion": "1.0", "data": {"ticket_id": "INC-1"}}', True),
        (None, b'{"ticket_id": "INC-1", "ty', True),
        (None, b'{"ticket_id": "INC-12", "ty', False),
        (None, b'{"ticket_id": "INC-2", "subject": "as INC-1", "ty', False),
        (None, b'{"ticket_id": "INC\\u002d1", "type": "?"}', True),
        (None, b'{"ticket_id": "INC\\u002d1", "ty', True),
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


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (b"INC-2", b"{", False),
        (None, b'{"ticket_id": "INC-2", "ty', False),
        (None, b'{"ticket_id" : "INC-2", "ty', False),
        (None, b'{"ticket_id": "INC-', True),
        (None, b'{"event_id": "e1", "tick', True),
        (None, b'{"event_id": "e1", "ticket": "INC-2"}', True),
        (None, b'{"ticket_id": 7}', True),
        (None, b'{"ticket_id": "\\u00"', True),
        (None, b'{"ticket_id": ""}', True),
        (None, b'{"ticket_id": "INC-2", "type": "?"}', False),
        (None, b'{"specversion": "1.0", "data": {"ticket_id": "INC-2"}}', False),
        (None, b'{"specversion": "1.0", "data": {}}', True),
        (None, b'[{"ticket_id": "INC-2"}]', True),
        (None, b"\xff\xfe", True),
        (None, None, False),
    ],
)
def test_a_dead_letter_that_names_no_ticket_may_be_of_any(
    key: bytes | None,
    value: bytes | None,
    expected: bool,
) -> None:
    assert names_no_ticket(key, value) is expected


def test_lines_without_a_ticket_are_counted_beside_a_tickets_own() -> None:
    history = lines(
        [
            "2026-03-02T09:00:00+01:00 created INC-1",
            "2026-03-02T09:20:00+01:00 created INC-1 tier=77",
            "2026-03-02T09:20:00+01:00 created INC-2 tier=77",
        ]
    )
    found = play([history[0], b'{"event_id": "e', *history[1:], b"nothing"], "INC-1", book())
    letters = found.letters.placed(lambda index: f"file:{index + 1}")
    assert [(letter.reason, letter.place) for letter in letters.own] == [("invalid", "file:3")]
    doubt = letters.doubt()
    assert doubt is not None
    assert (doubt.records, doubt.first.place, doubt.first.reason) == (2, "file:2", "not_json")
    assert (found.unread.count, found.lines) == (4, 5)


def test_nothing_set_aside_leaves_no_doubt() -> None:
    letters = TicketLetters("INC-1").placed(str)
    assert (letters.own, letters.doubt()) == ([], None)
