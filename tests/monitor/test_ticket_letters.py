"""Dead letters as one ticket sees them: its own, another's, and those that name none."""

from __future__ import annotations

import pytest

from monitor.ticket_history import play
from monitor.ticket_letters import TicketLetters, set_aside, tickets_named
from schemas.dead_letters import DeadLetter
from tests.builders import book, lines


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (b"INC-1", b"anything", {"INC-1"}),
        (b"INC-2", b'{"ticket_id": "INC-1"}', {"INC-2"}),
        (None, b'{"ticket_id": "INC-1", "type": "?"}', {"INC-1"}),
        (None, b'{"ticket_id": "INC-2", "subject": "as INC-1"}', {"INC-2"}),
        (None, b'{"specversion": "1.0", "data": {"ticket_id": "INC-1"}}', {"INC-1"}),
        (None, b'{"ticket_id": "INC-1", "ty', {"INC-1"}),
        (None, b'{"ticket_id" : "INC-12", "ty', {"INC-12"}),
        (None, b'{"ticket_id": "INC-2", "subject": "as INC-1", "ty', {"INC-2"}),
        (None, b'{"ticket_id": "INC\\u002d1", "type": "?"}', {"INC-1"}),
        (None, b'{"ticket_id": "INC\\u002d1", "ty', {"INC-1"}),
        (None, b'{"ticket_id": "INC-', set()),
        (None, b'{"event_id": "e1", "tick', set()),
        (None, b'{"event_id": "e1", "ticket": "INC-2"}', set()),
        (None, b'{"ticket_id": 7}', set()),
        (None, b'{"ticket_id": "\\u00"', set()),
        (None, b'{"ticket_id": ""}', set()),
        (None, b'{"specversion": "1.0", "data": {}}', set()),
        (None, b'[{"ticket_id": "INC-2"}]', set()),
        (None, b"nothing", set()),
        (None, b"\xff\xfe", set()),
        (None, None, set()),
    ],
)
def test_a_dead_letter_names_its_ticket_by_its_key_or_its_words_or_not_at_all(
    key: bytes | None,
    value: bytes | None,
    expected: set[str],
) -> None:
    assert tickets_named(key, value) == expected


def test_a_dead_letter_without_our_headers_is_shown_all_the_same() -> None:
    letter = set_aside(DeadLetter(b"k", b"v", [("other", b"\xff")]))
    assert (letter.reason, letter.error, letter.place) == ("?", "?", "?:?")


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
