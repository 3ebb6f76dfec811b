"""The screen: what a person must be able to read on it, at two sizes and in two languages."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from rich.console import Console

from agents.cli.board import Board
from agents.cli.live_view import LiveView, clock, sparkline
from agents.cli.texts import Language, Texts
from schemas.instants import MINUTE, SECOND, Micros, iso, parse_iso

NOW = parse_iso("2026-11-23T09:00:00Z")
URL = "http://127.0.0.1:9309/metrics"


def alert(number: int, state: str, due: Micros, **changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "alert_id": f"a{number}",
        "revision": 1,
        "episode": 1,
        "state": state,
        "threshold": 0.75,
        "ticket_id": f"INC-{number}",
        "customer": "acme",
        "priority": "P1",
        "tier": 1,
        "queue": None,
        "assignee": None,
        "objective": "first_response",
        "cycle": 1,
        "due_at": iso(due),
        "breached_at": iso(due) if state == "breached" else None,
        "stopped_at": None,
        "doubtful": None,
        "detected_at": iso(NOW - 10 * SECOND),
        "elapsed_seconds": 1,
        "historical": False,
        "reason": "deadline",
        "policy": "demo",
        "policy_version": "0123456789ab",
        "subject": "VPN down",
        "url": None,
    }
    return orjson.dumps(fields | changes)


def busy_board() -> Board:
    board = Board(NOW - 73 * SECOND)
    board.produced(NOW - SECOND, 12)
    board.alert(alert(1, "at_risk", NOW + 25 * SECOND, assignee="Ana"), NOW)
    board.alert(alert(2, "breached", NOW - 65 * SECOND), NOW - 65 * SECOND + 40_000)
    fields = {
        "ticket_id": "INC-3",
        "objective": "resolution",
        "cycle": 1,
        "revision": 1,
        "customer": "globex",
    }
    board.result(orjson.dumps(fields | {"outcome": "met"}))
    return board


def shown(board: Board, language: Language = "en", size: tuple[int, int] = (130, 34)) -> str:
    console = Console(width=size[0], height=size[1], file=io.StringIO(), color_system=None)
    console.print(LiveView(Texts(language), URL).screen(board, NOW, size))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_screen_says_what_breaches_next_and_when() -> None:
    screen = shown(busy_board())
    row = next(line for line in screen.splitlines() if "INC-1 " in line)
    for part in ("P1", "acme", "first response", "0:25", "Ana"):
        assert part in row


def test_a_screen_with_ample_room_shows_what_the_ticket_is_about() -> None:
    row = next(line for line in shown(busy_board(), size=(170, 40)).splitlines() if "INC-1 " in line)
    assert "VPN down" in row


def test_the_screen_says_what_is_broken_and_since_when() -> None:
    screen = shown(busy_board())
    assert "1:05" in screen
    assert "BREACHED" in screen


def test_the_screen_says_how_the_promises_are_kept_and_where_the_metrics_are() -> None:
    screen = shown(busy_board())
    assert "100.0%" in screen
    assert "100,0\N{NO-BREAK SPACE}%" in shown(busy_board(), "es")
    assert "1 / 0" in screen
    assert URL in screen
    assert "40 ms" in screen


def test_an_empty_board_says_so_in_words() -> None:
    screen = shown(Board(NOW))
    for text in ("Nothing is at risk.", "Nothing is broken.", "No verdict yet.", "No alert yet.", "no data"):
        assert text in screen


def test_the_screen_speaks_spanish() -> None:
    screen = shown(busy_board(), "es")
    for text in ("A punto de incumplirse", "primera resp.", "INCUMPLIDO", "dueño"):
        assert text in screen


@pytest.mark.parametrize("size", [(80, 24), (112, 30), (200, 60)])
def test_the_screen_fits_any_usual_terminal(size: tuple[int, int]) -> None:
    board = busy_board()
    for number in range(10, 60):
        board.alert(alert(number, "at_risk", NOW + number * SECOND), NOW)
        board.alert(alert(100 + number, "breached", NOW - number * MINUTE), NOW)
    lines = shown(board, size=size).splitlines()
    assert len(lines) == size[1]
    assert all(len(line) <= size[0] for line in lines)
    assert any("0:10" in line for line in lines)
    assert any("more" in line for line in lines)


def test_a_deadline_that_is_past_but_not_yet_announced_is_due_now() -> None:
    board = Board(NOW)
    board.alert(alert(1, "at_risk", NOW - SECOND), NOW)
    assert " now " in shown(board)


def test_the_line_for_a_pipe_has_the_same_figures() -> None:
    line = LiveView(Texts("en")).line(busy_board(), NOW)
    assert line.startswith("1:13  12 events")
    assert "met 1  missed 0  kept 100.0%  at risk 1  broken 1  dead letters 0" in line


def test_the_summary_says_how_fast_breaches_were_announced() -> None:
    summary = LiveView(Texts("en")).summary(busy_board(), NOW)
    assert "Breaches announced: 1, half within 40 ms, 99 % within 40 ms" in summary


def test_the_summary_of_a_quiet_desk_claims_no_delay() -> None:
    assert "No breach was announced" in LiveView(Texts("en")).summary(Board(NOW), NOW)


@pytest.mark.parametrize(
    ("span", "text"),
    [(0, "0:00"), (7 * SECOND, "0:07"), (760 * SECOND, "12:40"), (3723 * SECOND, "1:02:03"), (-5, "0:00")],
)
def test_a_span_reads_like_a_clock(span: Micros, text: str) -> None:
    assert clock(span) == text


def test_a_sparkline_has_one_character_per_count() -> None:
    assert sparkline([0, 4, 8]) == "▁▄█"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == ""
