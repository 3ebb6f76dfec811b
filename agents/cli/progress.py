"""How far a long piece of work has come: a bar on a terminal, a plain line now and then anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

_PLAIN_EVERY_SECONDS: Final = 5.0


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show the progress of the block on standard error; call what it yields with each amount done.

    `total` is in the same unit, None when it is not known beforehand.
    """
    if not sys.stderr.isatty():
        yield PlainProgress(label, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda amount: bar.advance(task, amount)


class PlainProgress:
    """Says the share done every few seconds, and nothing about work that is done sooner."""

    def __init__(self, label: str, total: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._label = label
        self._total = total
        self._clock = clock
        self._done = 0
        self._said_at = clock()

    def __call__(self, amount: int) -> None:
        """So much more is done."""
        self._done += amount
        now = self._clock()
        if now - self._said_at >= _PLAIN_EVERY_SECONDS:
            self._said_at = now
            share = f"{self._done / self._total:.0%}" if self._total else f"{self._done:,}"
            typer.echo(f"{self._label}: {share}", err=True)
