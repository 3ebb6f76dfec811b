"""One ticket in a history: what is kept of it, and what is not its own."""

from __future__ import annotations

from monitor.ticket_history import keep_result, play
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
    assert (found.lines, told, found.letters.own) == (4, [4], [])


def test_what_was_set_aside_of_a_ticket_is_told_with_its_line() -> None:
    found = play(HISTORY, "INC-3", book())
    assert (found.ticket, found.results) == (None, {})
    (letter,) = found.letters.own
    assert (letter.reason, letter.place) == ("invalid", "tickets:3")
    assert "tier" in letter.error


def test_an_unknown_ticket_leaves_what_was_seen() -> None:
    found = play(HISTORY, "INC-9", book())
    assert not found.known
    assert found.seen == {"INC-1", "INC-2"}


def test_an_empty_history_is_none() -> None:
    found = play([], "INC-1", book(), until=1)
    assert (found.lines, found.known) == (0, False)


def test_the_last_revision_of_each_clock_is_kept_in_whatever_order_they_come() -> None:
    kept: dict[tuple[str, int], dict[str, object]] = {}
    for revision in (1, 3, 2):
        keep_result(kept, {"objective": "resolution", "cycle": 1, "revision": revision})
    assert kept["resolution", 1]["revision"] == 3
