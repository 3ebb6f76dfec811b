"""The watchdog: ends the process when it has work and achieves nothing.

Idempotent sends are retried for ever, a consumer can die without a word, and a blocked event loop answers
nobody; for all of these a restart is the cure, and the supervisor's business. The watchdog runs in a thread of
its own, since the event loop may be what is stuck.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

EXIT_CODE: Final = 70
"""EX_SOFTWARE of sysexits.h."""

_LOOK_SECONDS: Final = 1.0
_FROZEN_SECONDS: Final = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing the watchdog watches: an assigned partition, or the event loop.

    `mark` changes with everything achieved. `busy` says that something must be achieved: records wait, or the
    state is not restored. `deaf_seconds` is how long the broker has not been heard of; None if it never was.
    `patience_seconds` is added to the limit for what may rightly take longer.
    """

    name: str
    mark: object
    busy: bool
    deaf_seconds: float | None = None
    patience_seconds: float = 0.0


class StallDetector:
    """Says what stands still; a judge without a clock or a thread of its own."""

    def __init__(self, limit_seconds: float) -> None:
        self._limit = limit_seconds
        self._since: dict[str, tuple[object, float]] = {}
        self._looked: float | None = None

    def look(self, now: float, watched: Sequence[Progress]) -> str | None:
        """What is wrong, in words for the log; None when all is well. `now` is a steady clock's seconds."""
        if self._looked is not None and now - self._looked > _FROZEN_SECONDS:
            self._since.clear()  # the whole process stood still: that is no sign
        self._looked = now
        known, self._since = self._since, {}
        problems = [self._problem(now, progress, known.get(progress.name)) for progress in watched]
        return next(filter(None, problems), None)

    def _problem(self, now: float, progress: Progress, known: tuple[object, float] | None) -> str | None:
        if known is None or known[0] != progress.mark or not progress.busy:
            known = (progress.mark, now)
        self._since[progress.name] = known
        if (still := now - known[1]) > self._limit + progress.patience_seconds:
            return f"{progress.name}: work waits and nothing was done for {still:.0f} s"
        if (deaf := progress.deaf_seconds) is not None and deaf > self._limit:
            return f"{progress.name}: the broker has not answered for {deaf:.0f} s"
        return None


class Watchdog:
    """The thread that looks once a second; lives from `start` to `stop`, or to the end of the process."""

    def __init__(
        self,
        partitions: Callable[[], Sequence[Progress]],
        limit_seconds: float,
        *,
        exit_process: Callable[[int], object] = os._exit,
    ) -> None:
        self._partitions = partitions
        self._detector = StallDetector(limit_seconds)
        self._exit = exit_process  # at once: what is stuck would also be stuck in an orderly end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._beats = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begins to watch the running event loop and the partitions."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch; the process then ends in its own way."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            try:
                self._look()
            except Exception:  # noqa: BLE001  it looks again: a watchdog must not die unseen
                _log.exception("the watchdog could not look")

    def _look(self) -> None:
        now = time.monotonic()
        watched = [Progress("event loop", self._beats, busy=True), *self._partitions()]
        if (problem := self._detector.look(now, watched)) is not None:
            _log.critical("the watchdog ends the process", problem=problem)
            logging.shutdown()
            self._stopped.set()
            self._exit(EXIT_CODE)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._beat)

    def _beat(self) -> None:
        self._beats += 1
