"""Follows the topic of the policies, so that every process judges by the same versions from the same instants.

Everyone folds the same log (`monitor.policy_history`). Reading YAML and compiling calendars takes up to some tenths
of a second, so it is done in a thread, and what comes of it is handed over on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from agents.background import in_background
from agents.clients import outside_reader
from agents.closing import close_client
from agents.policies import Policies
from agents.settings import Settings
from agents.wall_clock import system_time
from monitor.adapters.policy_records import read_publication
from monitor.calendar_shelf import CalendarShelf
from monitor.errors import PolicyError
from monitor.policies import ALWAYS, PolicyBook
from monitor.policy_changes import what_changed
from monitor.policy_history import Entry, PolicyHistory
from schemas.instants import iso
from schemas.policy_versions import POLICIES_PARTITION

_POLL_MS: Final = 250
_AGAIN_SECONDS: Final = 1.0
_CLOSE_SECONDS: Final = 0.05
_APPEND_TIME: Final = 1  # of a record's timestamp_type: the broker set it

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Read:
    """What some records of the log came to; `faults` are offsets and why each is skipped."""

    history: PolicyHistory
    book: PolicyBook | None = None
    faults: list[tuple[int, str]] = field(default_factory=list)


class PolicyFollower:
    """Reads the topic to its end, then on; an async context manager, one per process.

    A record that cannot be used is skipped, with an error in the log and a count: the versions before it stay.
    """

    def __init__(self, settings: Settings, policies: Policies | None = None) -> None:
        self.history = PolicyHistory()
        self.policies = Policies() if policies is None else policies
        self._settings = settings
        self._place = TopicPartition(settings.topics.policies, POLICIES_PARTITION)
        self._consumer: Any = None
        self._shelf = CalendarShelf()
        self._reading = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._consumer = outside_reader(
            self._settings, "policies", fetch_max_wait_ms=self._settings.fetch_wait_ms
        )
        self._consumer.assign([self._place])
        try:
            await self._consumer.start()
            await self._consumer.seek_to_beginning(self._place)
            await self.catch_up()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await close_client(self._consumer.stop(), seconds=_CLOSE_SECONDS)

    async def catch_up(self) -> None:
        """Returns when everything that lies in the topic now is taken in."""
        ends = await self._consumer.end_offsets([self._place])
        await self.read_to(ends[self._place])

    async def read_to(self, end: int) -> None:
        """Returns when everything before an offset is taken in."""
        while not await self._has_read_to(end):
            await self._look()

    async def _has_read_to(self, end: int) -> bool:
        async with self._reading:  # what was fetched counts only once it is folded
            return bool(await self._consumer.position(self._place) >= end)

    async def follow(self) -> None:
        """Takes in what comes, until it is cancelled; while the broker is away, what is known stays."""
        cut_off = False
        while True:
            try:
                await self._look()
            except KafkaError as error:
                if not cut_off:
                    _log.warning("the policies cannot be followed; those known stay", error=repr(error))
                cut_off = True
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                if cut_off:
                    _log.info("the policies are followed again")
                cut_off = False

    async def _look(self) -> None:
        async with self._reading:
            chunks = await self._consumer.getmany(self._place, timeout_ms=_POLL_MS)
            for records in chunks.values():
                await self._take(records)

    async def _take(self, records: Sequence[Any]) -> None:
        before = self.history
        read = await in_background(lambda: self._fold(records), resting=True)
        for offset, why in read.faults:
            self.policies.counts["policy_records_skipped",] += 1
            _log.error(
                "a published policy is skipped; the versions before it stay", offset=offset, reason=why
            )
        self.history = read.history
        newest = read.history.newest
        if read.book is None or newest is None:
            return
        _tell(before, read.history)
        self.policies.change(read.book, newest.publication.known_at)

    def _fold(self, records: Sequence[Any]) -> _Read:
        """What the next records make of the history; in a thread, never two at once."""
        read = _Read(self.history)
        for record in records:
            appended = record.timestamp * 1_000 if record.timestamp_type == _APPEND_TIME else None
            try:
                publication = read_publication(record.value, appended_at=appended, shelf=self._shelf)
                read.history = read.history.after(publication)
            except PolicyError as error:
                read.faults.append((record.offset, str(error)))
            except Exception as error:  # noqa: BLE001  it would stop every worker, and again after each restart
                read.faults.append((record.offset, f"reading it failed: {error!r}"))
        if read.history is not self.history:
            self._shelf.warm(system_time())
            read.book = read.history.book()
        return read


def _tell(before: PolicyHistory, now: PolicyHistory) -> None:
    """A line for each version that came."""
    known = len(before.entries)
    for place, entry in enumerate(now.entries[known:], start=known):
        earlier = now.entries[place - 1].version if place else None
        _log.info(
            "policy version adopted",
            version=entry.version.version,
            starts=shown_start(entry),
            published_by=entry.publication.record.published_by,
            file=entry.publication.record.file,
            changes=what_changed(earlier, entry.version),
        )


def shown_start(entry: Entry) -> str:
    """From when on a version holds, for people."""
    return "always" if entry.starts == ALWAYS else iso(entry.starts)
