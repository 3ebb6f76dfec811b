"""`sla-monitor demo`: a made-up desk, an embedded broker, the worker and a screen, all in this process."""

from __future__ import annotations

import asyncio
import io
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson
import typer
from rich.console import Console
from rich.live import Live

from agents.cli.board import STATES, Board
from agents.cli.demo_parts import Desk, Reader, Worker
from agents.cli.live_view import LiveView
from agents.cli.texts import Texts
from agents.logs import configure_logs
from agents.wall_clock import system_time
from schemas.instants import SECOND, Micros

_FRAME_SECONDS: Final = 0.25
_LINE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Demo:
    """What was asked for: `seconds` None runs until Ctrl-C."""

    texts: Texts
    seconds: float | None
    seed: int
    as_json: bool

    @property
    def on_screen(self) -> bool:
        """Whether someone looks: else a line now and then is written instead of a screen."""
        return sys.stdout.isatty() and not self.as_json


def run(demo: Demo) -> None:
    """Run the demo until its time is over or Ctrl-C, which is its usual end, and print what happened."""
    typer.echo(f"{demo.texts('starting')}\n{demo.texts('embedded')}", err=True)
    logged = io.StringIO()  # on the screen a line of a log would be a hole
    configure_logs("console", "WARNING", logged if demo.on_screen else None)
    try:
        board = asyncio.run(_run(demo))
    finally:
        sys.stderr.write(logged.getvalue())
    if demo.as_json:
        typer.echo(orjson.dumps(outcome(board, system_time())).decode())


def outcome(board: Board, now: Micros) -> dict[str, Any]:
    """What happened, for a machine; a delay is null when nothing broke."""
    total = board.total()
    return {
        "events": board.events,
        "results": {"met": total.met, "missed": total.missed},
        "alerts": {state: board.states[state] for state in STATES},
        "dead_letters": board.dead_letters,
        "throughput": round(board.events * SECOND / max(now - board.started_at, 1), 1),
        "detection_delay_seconds": {
            name: None if (delay := board.delay(share)) is None else delay / SECOND
            for name, share in (("p50", 0.5), ("p99", 0.99))
        },
    }


async def _run(demo: Demo) -> Board:
    async with Worker.started() as worker:
        board = Board(system_time())
        async with Reader.started(worker, board) as reader, Desk.started(worker, board, demo.seed) as desk:
            parts = (worker.task, reader.task, desk.task)
            await _watch(demo, LiveView(demo.texts, worker.metrics_url), board, parts)
            await desk.stop()
            typer.echo(demo.texts("draining"), err=True)
            await worker.drained(board.events)
            await reader.at_end()
        summary = LiveView(demo.texts).summary(board, system_time())
        typer.echo(f"{summary}\n{demo.texts('what_next')}", err=demo.as_json)
    return board


async def _watch(demo: Demo, view: LiveView, board: Board, parts: tuple[asyncio.Task[Any], ...]) -> None:
    """Show the board until it is time to end; a part that fails ends it with that part's error."""
    with _shown(demo, view, board) as show, _asked_to_end(demo.seconds) as ending:
        while not ending.done():
            show()
            done, _ = await asyncio.wait(
                {ending, *parts}, timeout=_FRAME_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            for part in done:
                part.result()


@contextmanager
def _asked_to_end(seconds: float | None) -> Iterator[asyncio.Task[None]]:
    """A task that is done when the time is over or at the first Ctrl-C; a second one interrupts as usual."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)

    async def wait() -> None:
        try:
            await asyncio.wait_for(asked.wait(), seconds)
        except TimeoutError:
            return

    task = loop.create_task(wait())
    try:
        yield task
    finally:
        task.cancel()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@contextmanager
def _shown(demo: Demo, view: LiveView, board: Board) -> Iterator[Callable[[], None]]:
    """What to call once a frame: draws the screen, or writes a line every few seconds."""
    if not demo.on_screen:
        yield _Lines(view, board, to_stderr=demo.as_json)
        return
    console = Console()
    with Live(console=console, screen=True, auto_refresh=False, redirect_stderr=False) as live:
        yield lambda: live.update(view.screen(board, system_time(), console.size), refresh=True)


class _Lines:
    """Writes the board's line, at most once per `_LINE_SECONDS`."""

    def __init__(self, view: LiveView, board: Board, *, to_stderr: bool) -> None:
        self._view = view
        self._board = board
        self._to_stderr = to_stderr
        self._written_at = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._written_at >= _LINE_SECONDS:
            self._written_at = time.monotonic()
            typer.echo(self._view.line(self._board, system_time()), err=self._to_stderr)
