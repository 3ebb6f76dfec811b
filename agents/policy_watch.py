"""Watches this worker's policy files: what is new in them is published, what is wrong in them is told and ignored.

At the start a file is published only if its content is new to the topic, so that a worker restarted with an old file
does not bring it back. While the worker runs, a change of a file is someone's will, also one back to an earlier text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from agents.background import in_background
from agents.policy_follower import PolicyFollower, shown_start
from agents.policy_publisher import CompiledFile, PolicyPublisher, compile_files
from agents.wall_clock import system_time
from monitor.adapters.policy_file import LoadedPolicy, PolicyFileError, Problem, parse_policy
from monitor.errors import PolicyError

_STILL_SECONDS: Final = 0.2  # a file is read only when it has not changed for so long: it may be half written

_log = structlog.get_logger(__name__)

Content = bytes | str
"""The bytes of a file, or why it cannot be read."""


class PolicyWatch:
    """The policy files of one worker; lives as long as it runs."""

    def __init__(
        self, paths: Sequence[Path], follower: PolicyFollower, publisher: PolicyPublisher, *, every: float
    ) -> None:
        self._paths = paths
        self._follower = follower
        self._publisher = publisher
        self._every = every
        self._seen: dict[Path, Content] = {}
        self._refused: set[Path] = set()
        self._wake = asyncio.Event()

    async def begin(self) -> None:
        """Publishes what is new in the files.

        A file that cannot be used is told and left aside where versions are known; else it raises `PolicyFileError`
        with the problems of all files.
        """
        contents = await asyncio.to_thread(lambda: {path: _content(path) for path in self._paths})
        loaded: list[LoadedPolicy] = []
        problems: list[Problem] = []
        for path, content in contents.items():
            self._seen[path] = content
            try:
                loaded.append(await _load(path, content))
            except PolicyFileError as error:
                problems += error.problems
                self._refuse(path, error)
        if problems and self._follower.policies.known is None:
            raise PolicyFileError(problems)
        new = [file for file in await compile_files(loaded) if self._can_follow(file) and self._is_new(file)]
        if new:
            self._count("published", len(await self._publisher.publish(new)))

    def look_now(self) -> None:
        """Looks at the files at once, as SIGHUP asks for."""
        self._wake.set()

    async def run(self) -> None:
        """Looks at the files again and again, until it is cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._wake.wait()
            self._wake.clear()
            for path in self._paths:
                await self._look(path)

    async def _look(self, path: Path) -> None:
        content = await asyncio.to_thread(_content, path)
        if content == self._seen[path]:
            return
        await asyncio.sleep(_STILL_SECONDS)
        if content != await asyncio.to_thread(_content, path):
            return  # it is being written: the next look finds it whole
        try:
            await self._publish_change(path, content)
        except PolicyError as error:
            self._refuse(path, error)
        except KafkaError as error:
            _log.warning("a changed policy could not be published yet", file=str(path), error=repr(error))
            return
        else:
            self._refused.discard(path)
            self._show()
        self._seen[path] = content

    async def _publish_change(self, path: Path, content: Content) -> None:
        [file] = await compile_files([await _load(path, content)])
        if not self._differs(file):
            _log.info(
                "a policy file changed and says the same", file=str(path), version=file.compiled.version
            )
            self._count("unchanged")
            return
        entries = await self._publisher.publish([file])
        self._count("published" if entries else "unchanged")

    def _differs(self, file: CompiledFile) -> bool:
        """Whether a changed file says something other than the newest version, or begins it at another instant."""
        history = self._follower.history
        newest = history.newest
        if newest is None or newest.version.wording != file.compiled.wording:
            return True
        # Its `effective` is no part of its content; one that lies ahead may still be moved.
        moved = newest.publication.compiled.starts != file.compiled.starts
        return moved and history.in_force(system_time()) is not newest

    def _can_follow(self, file: CompiledFile) -> bool:
        try:
            self._follower.history.require_zone(file.loaded.file.timezone)
        except PolicyError as error:
            self._refuse(Path(file.loaded.name), error)
            return False
        return True

    def _is_new(self, file: CompiledFile) -> bool:
        """Whether a file of a worker that starts is to be published; if it is older, says so."""
        history = self._follower.history
        standing = history.standing_of(file.compiled)
        newest = history.newest
        if standing == "older" and newest is not None:
            _log.warning(
                "the policy file is older than the newest published version, which holds; to bring the file back, "
                "run `sla-monitor policies publish FILE`",
                file=file.loaded.name,
                version=file.compiled.version,
                newest=newest.version.version,
                starts=shown_start(newest),
            )
        elif standing == "other_holidays":
            _log.warning(
                "the holidays library of this worker gives other dates than the newest version has: publishing",
                file=file.loaded.name,
            )
        return standing in {"new", "other_holidays"}

    def _refuse(self, path: Path, error: PolicyError) -> None:
        _log.error(
            "the policy file cannot be used; the published versions stay",
            file=str(path),
            problems=str(error).splitlines(),
        )
        self._refused.add(path)
        self._count("refused")
        self._show()

    def _show(self) -> None:
        self._follower.policies.reload_failed = bool(self._refused)

    def _count(self, outcome: str, number: int = 1) -> None:
        self._follower.policies.counts["policy_reloads", outcome] += number


def _content(path: Path) -> Content:
    try:
        return path.read_bytes()
    except OSError as error:
        return error.strerror or str(error)


async def _load(path: Path, content: Content) -> LoadedPolicy:
    if isinstance(content, str):
        raise PolicyFileError([Problem(str(path), None, "", f"cannot be read: {content}")])
    return await in_background(lambda: parse_policy(content, str(path)), resting=True)
