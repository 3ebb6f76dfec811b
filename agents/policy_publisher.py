"""Publishes policy files on their topic; only there does a version begin to count, also for who publishes it."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import structlog
from aiokafka import AIOKafkaProducer

from agents.background import in_background
from agents.clients import client_options
from agents.closing import close_client
from agents.policy_follower import PolicyFollower, shown_start
from agents.settings import Settings
from agents.wall_clock import system_time
from monitor.adapters.policy_file import LoadedPolicy, book_of
from monitor.adapters.policy_records import Announcement, publication_record
from monitor.policies import PolicyVersion, compile_version
from monitor.policy_history import Entry
from monitor.policy_notes import notes
from schemas.instants import SECOND, Micros
from schemas.policy_versions import LARGEST_RECORD, POLICIES_PARTITION

_CLOSE_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CompiledFile:
    """A policy file at hand, compiled with the public holidays that the library gives here."""

    loaded: LoadedPolicy
    compiled: PolicyVersion


async def compile_files(files: Sequence[LoadedPolicy]) -> list[CompiledFile]:
    """The files compiled, in a thread, in the order in which they take effect."""

    def compiled() -> list[CompiledFile]:
        return [CompiledFile(loaded, compile_version(loaded.file)) for loaded in files]

    return sorted(await in_background(compiled, resting=True), key=lambda file: file.compiled.starts)


class PolicyPublisher:
    """Publishes through a follower, so that what was published is known here when it returns."""

    def __init__(self, settings: Settings, follower: PolicyFollower) -> None:
        self._settings = settings
        self._follower = follower
        self._by = f"{socket.gethostname()}/{settings.instance_id or os.getpid()}"

    def by_user(self) -> None:
        """Signs with the user's name: a person publishes, not a worker."""
        self._by = f"{socket.gethostname()}/{getpass.getuser()}"

    async def publish(self, files: Sequence[CompiledFile], *, effective: Micros | None = None) -> list[Entry]:
        """Publishes files that belong together and returns the entries they became, in the order of the log.

        `effective` holds in place of what the files say. What says again what is there becomes no entry. Raises
        `PolicyError` for what cannot follow the versions there are; nothing is written then.
        """
        history = self._follower.history
        if not history.entries:
            book_of([file.loaded for file in files])
        known = len(history.entries)
        lead, now, publication = int(self._settings.policy_lead_seconds * SECOND), system_time(), uuid4().hex
        values = []
        for file in files:
            history.require_zone(file.loaded.file.timezone)
            asked = file.compiled.starts if effective is None else effective
            starts, at_once = history.plan(asked, now, lead)
            said = Announcement(starts, at_once, now, self._by, publication)
            values.append(publication_record(file.loaded, file.compiled, said))
        await self._follower.read_to(await self._send(publication, values))
        entries = [
            entry
            for entry in self._follower.history.entries[known:]
            if entry.publication.record.publication == publication
        ]
        for entry in entries:
            _say_published(entry, notes(self._follower.history, entry))
        return entries

    async def _send(self, publication: str, values: Sequence[bytes]) -> int:
        """Writes the records and returns the offset behind the last one."""
        producer = AIOKafkaProducer(
            **client_options(self._settings),
            client_id=f"{self._settings.group}-policy-publisher",
            enable_idempotence=True,
            acks="all",
            max_request_size=LARGEST_RECORD + 10_000,
        )
        await producer.start()
        try:
            end = 0
            for number, value in enumerate(values):
                sent = await producer.send_and_wait(
                    self._settings.topics.policies,
                    value,
                    key=f"{publication}-{number}".encode(),
                    partition=POLICIES_PARTITION,
                )
                end = sent.offset + 1
            return end
        finally:
            await close_client(producer.stop(), seconds=_CLOSE_SECONDS)


def _say_published(entry: Entry, notes_of_it: Sequence[str]) -> None:
    _log.info(
        "policy version published",
        version=entry.version.version,
        file=entry.publication.record.file,
        starts=shown_start(entry),
        **({"notes": notes_of_it} if notes_of_it else {}),
    )
