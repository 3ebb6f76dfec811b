"""A file that was read in vain says what it seems to be, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.cli.files import NumberedFiles
from agents.cli.no_events import NoEvents, require_events
from monitor.unread_lines import UnreadLine, UnreadLines

FILES = NumberedFiles([Path("events.jsonl")], [0])


def said(value: bytes, lines: int = 1) -> str:
    unread = UnreadLines(lines, UnreadLine(0, "not JSON: why", value))
    with pytest.raises(NoEvents) as error:
        require_events(unread, lines, FILES, "en")
    return str(error.value)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (b'[{"type": "created"}]', "jq -c '.[]' FILE"),
        (b" [", "jq -c '.[]' FILE"),
        (b"{", "jq -c . FILE"),
        (b"[INFO] started", "sla-monitor schema event"),
        (b"id;type;when", "sla-monitor schema event"),
    ],
)
def test_the_hint_is_by_how_the_file_begins(value: bytes, hint: str) -> None:
    assert hint in said(value)


def test_one_line_and_many_are_counted() -> None:
    assert said(b"x").startswith("the only line is no event: events.jsonl:1: not JSON: why.")
    assert said(b"x", 1200).startswith(
        "none of the 1,200 lines is an event; the first is events.jsonl:1: not JSON"
    )


def test_one_event_is_enough_and_nothing_at_all_is_no_mistake() -> None:
    require_events(UnreadLines(1, UnreadLine(0, "why", b"x")), 2, FILES, "en")
    require_events(UnreadLines(), 0, FILES, "en")
