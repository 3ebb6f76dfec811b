"""Watches the sources that must not fall silent, and says when one does (S39).

A log line and a gauge are the alarm: it concerns a whole system and not one promise, so it is no alert of a ticket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from agents.policies import Policies
from monitor.sources import Sources
from schemas.instants import SECOND, Micros, iso

_LOOK_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source under watch: its latest event, None before the first, and the silence that is too long."""

    source: str
    last_event: Micros | None
    limit: Micros
    silent: bool


class SourceWatch:
    """The sources of one process; `whole` says whether all of its partitions are caught up.

    In a backlog the latest event is old because it was read late, so nothing is called silent then.
    """

    def __init__(
        self,
        sources: Sources,
        policies: Policies,
        *,
        now: Callable[[], Micros],
        whole: Callable[[], bool],
    ) -> None:
        self._sources = sources
        self._policies = policies
        self._now = now
        self._whole = whole
        self._silent: set[str] = set()

    def views(self) -> Sequence[SourceView]:
        """Every source with a `silence_after` in the version in force, by name."""
        now, whole = self._now(), self._whole()
        limits = self._policies.book.settings_at(now).silence_after
        return [
            SourceView(source, last, limit, silent=whole and last is not None and now - last > limit)
            for source, limit in sorted(limits.items())
            for last in (self._sources.heard.get(source),)
        ]

    def look(self) -> None:
        """Says in the log what fell silent since the last look, and what is heard again."""
        views = {view.source: view for view in self.views()}
        silent = {name for name, view in views.items() if view.silent}
        for name in sorted(silent - self._silent):
            view = views[name]
            _log.error(
                "a source is silent: see to it or to its connector; breaches meanwhile are marked doubtful",
                source=name,
                last_event=None if view.last_event is None else iso(view.last_event),
                silence_after_seconds=view.limit // SECOND,
            )
        for name in sorted(self._silent - silent):
            _log.info("a source is heard again, or watched no more", source=name)
        self._silent = silent

    async def run(self) -> None:
        """Looks every second until it is cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_SECONDS)
