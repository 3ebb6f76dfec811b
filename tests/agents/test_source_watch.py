"""The alarm of a silent source: told once, in the log and as a gauge, and never in a backlog."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from agents.policies import Policies
from agents.source_watch import SourceView, SourceWatch
from monitor.sources import Sources
from schemas.instants import MINUTE, parse_iso
from tests.builders import book

NOON = parse_iso("2026-03-02T12:00:00Z")
POLICY = "silence_after: {zammad: 30m, otrs: 1h}\npolicies: [{name: p, objectives: {}}]"


class Desk:
    """A watch whose clock and backlog the test sets."""

    def __init__(self) -> None:
        self.now, self.whole = NOON, True
        self.sources = Sources()
        self.watch = SourceWatch(
            self.sources, Policies(book(POLICY)), now=lambda: self.now, whole=lambda: self.whole
        )

    def look(self) -> list[tuple[str, str]]:
        """The log of one look: level and source."""
        with capture_logs() as logs:
            self.watch.look()
        return [(entry["log_level"], entry["source"]) for entry in logs]


def test_s39_a_silent_source_is_told_once_and_again_when_it_is_heard() -> None:
    desk = Desk()
    desk.sources.hear("zammad", NOON)
    desk.now = NOON + 30 * MINUTE
    assert desk.look() == []
    desk.now += 1
    assert desk.look() == [("error", "zammad")]
    assert desk.look() == []
    desk.sources.hear("zammad", desk.now)
    assert desk.look() == [("info", "zammad")]


def test_s39_every_source_under_watch_is_shown_also_one_that_was_never_heard() -> None:
    desk = Desk()
    desk.sources.hear("zammad", NOON - 31 * MINUTE)
    desk.sources.hear("unwatched", NOON)
    assert desk.watch.views() == [
        SourceView("otrs", None, 60 * MINUTE, silent=False),
        SourceView("zammad", NOON - 31 * MINUTE, 30 * MINUTE, silent=True),
    ]


def test_s39_in_a_backlog_nothing_is_called_silent() -> None:
    desk = Desk()
    desk.sources.hear("zammad", NOON - 60 * MINUTE)
    desk.whole = False
    assert desk.look() == []
    desk.whole = True
    assert desk.look() == [("error", "zammad")]


async def test_it_looks_until_it_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.source_watch._LOOK_SECONDS", 0.001)
    desk, looked = Desk(), asyncio.Event()
    monkeypatch.setattr(desk.watch, "look", looked.set)
    running = asyncio.ensure_future(desk.watch.run())
    async with asyncio.timeout(5):
        await looked.wait()
        looked.clear()
        await looked.wait()
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
