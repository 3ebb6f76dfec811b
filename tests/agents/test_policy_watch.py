"""A worker's own policy files while it runs: changes are published, what is wrong changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from agents.policies import Policies
from agents.policy_follower import PolicyFollower
from agents.policy_publisher import PolicyPublisher
from agents.policy_watch import PolicyWatch
from agents.settings import Settings
from monitor.adapters.embedded_broker import EmbeddedBroker
from monitor.policy_history import PolicyHistory
from tests.agents.fakes import until
from tests.agents.policy_texts import BROKEN, FIRST, SECOND, THIRD


class Desk:
    """A watch of one file on a broker of its own."""

    def __init__(self, path: Path, follower: PolicyFollower, watch: PolicyWatch) -> None:
        self.path = path
        self.follower = follower
        self.watch = watch

    @property
    def policies(self) -> Policies:
        return self.follower.policies

    @property
    def history(self) -> PolicyHistory:
        return self.follower.history

    def counted(self, outcome: str) -> int:
        return self.policies.counts["policy_reloads", outcome]

    @property
    def texts(self) -> list[str]:
        return [entry.publication.record.text for entry in self.history.entries]


@asynccontextmanager
async def watching(path: Path, *, every: float = 0.02) -> AsyncIterator[Desk]:
    with EmbeddedBroker() as broker:
        settings = Settings(brokers=broker.address, kafka_check_crcs=False, fetch_wait_ms=20)
        async with PolicyFollower(settings) as follower:
            watch = PolicyWatch([path], follower, PolicyPublisher(settings, follower), every=every)
            await watch.begin()
            running = asyncio.create_task(watch.run())
            try:
                yield Desk(path, follower, watch)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(FIRST, encoding="utf-8")
    return file


async def test_a_change_is_published(path: Path) -> None:
    async with watching(path) as desk:
        write(path, SECOND)
        await until(lambda: desk.texts == [FIRST, SECOND])
        assert desk.counted("published") == 2


async def test_a_change_back_is_published_again(path: Path) -> None:
    async with watching(path) as desk:
        write(path, SECOND)
        await until(lambda: len(desk.texts) == 2)
        write(path, FIRST)
        await until(lambda: desk.texts == [FIRST, SECOND, FIRST])
        assert desk.policies.book.versions[0].version == desk.policies.book.current_version


async def test_a_folder_that_is_swapped_as_configmaps_are_is_seen(tmp_path: Path) -> None:
    for name, text in (("one", FIRST), ("two", SECOND)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "policy.yaml").write_text(text)
    (tmp_path / "data").symlink_to("one")
    path = tmp_path / "policy.yaml"
    path.symlink_to("data/policy.yaml")
    async with watching(path) as desk:
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").rename(tmp_path / "data")
        await until(lambda: desk.texts == [FIRST, SECOND])


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (
            lambda path: path.write_text(BROKEN),
            ":5: policies[0].objectives.first_response.targit: unknown key",
        ),
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "policy.yaml"),
    ],
    ids=["wrong key", "gone", "no text"],
)
async def test_a_file_that_cannot_be_used_changes_nothing_and_is_told_once(
    path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    async with watching(path) as desk:
        with capture_logs() as logs:
            spoil(path)
            await until(lambda: desk.policies.reload_failed)
            await asyncio.sleep(0.1)  # several looks
        told = [line for line in logs if line["log_level"] == "error"]
        assert len(told) == 1
        assert why in "\n".join(told[0]["problems"])
        assert desk.texts == [FIRST]
        write(path, THIRD)
        await until(lambda: not desk.policies.reload_failed)
        assert desk.texts == [FIRST, THIRD]
        assert (desk.counted("refused"), desk.counted("published")) == (1, 2)


async def test_the_former_text_again_ends_the_failure_and_publishes_nothing(path: Path) -> None:
    async with watching(path) as desk:
        write(path, BROKEN)
        await until(lambda: desk.policies.reload_failed)
        write(path, FIRST)
        await until(lambda: not desk.policies.reload_failed)
        assert desk.texts == [FIRST]
        assert desk.counted("unchanged") == 1


async def test_a_change_of_comments_publishes_nothing(path: Path) -> None:
    async with watching(path) as desk:
        write(path, "# A word.\n" + FIRST)
        await until(lambda: desk.counted("unchanged") == 1)
        assert desk.texts == [FIRST]


async def test_an_effective_that_lies_ahead_may_be_moved_in_the_file(path: Path) -> None:
    async with watching(path) as desk:
        write(path, "effective: 2100-01-01\n" + SECOND)
        await until(lambda: len(desk.texts) == 2)
        write(path, "effective: 2101-01-01\n" + SECOND)
        await until(lambda: len(desk.texts) == 3)
        assert [version.starts for version in desk.policies.book.versions[1:]] == [
            desk.history.entries[2].starts
        ]


async def test_a_change_back_tells_of_what_the_file_had_announced(path: Path) -> None:
    async with watching(path) as desk:
        with capture_logs() as logs:
            write(path, "effective: 2100-01-01\n" + SECOND)
            await until(lambda: desk.counted("published") == 2)
            write(path, THIRD)
            await until(lambda: desk.counted("published") == 3)
        published = [line for line in logs if line["event"] == "policy version published"]
        assert "notes" not in published[0]
        [note] = published[1]["notes"]
        assert f"{desk.history.entries[1].version.version} still takes over on 2100-01-01" in note


async def test_a_hang_up_looks_at_once(path: Path) -> None:
    async with watching(path, every=3600) as desk:
        write(path, SECOND)
        desk.watch.look_now()
        await until(lambda: desk.texts == [FIRST, SECOND])


@pytest.mark.parametrize(
    "bad",
    [
        "storm_limit: " + "9" * 5_000,
        'exclusions: [{from: "0001-01-01T00:00:00+14:00", to: 2026-01-01, reason: ever}]',
        "effective: 9999-12-31",
    ],
)
async def test_no_file_however_strange_ends_the_watch(path: Path, bad: str) -> None:
    async with watching(path) as desk:
        write(path, f"{FIRST}{bad}\n")
        await until(lambda: desk.counted("refused") == 1)
        write(path, SECOND)
        await until(lambda: desk.texts[-1] == SECOND)
