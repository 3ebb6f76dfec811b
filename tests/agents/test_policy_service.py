"""What a process knows of the policies when it starts: from the topic, and from its own files (S22)."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.policies import Policies
from agents.policy_service import followed_policies
from agents.settings import Settings
from monitor.adapters.embedded_broker import EmbeddedBroker
from monitor.adapters.policy_file import PolicyFileError
from monitor.errors import PolicyError
from tests.agents.fakes import until
from tests.agents.policy_texts import BROKEN, FIRST, SECOND


@pytest.fixture
def broker() -> Iterator[str]:
    with EmbeddedBroker() as embedded:
        yield embedded.address


def settings(broker: str, *files: Path) -> Settings:
    return Settings(brokers=broker, policies=files, kafka_check_crcs=False, fetch_wait_ms=20)


def file(folder: Path, text: str, name: str = "policy.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


async def known(broker: str, *files: Path) -> Policies:
    """What a process that starts with these files knows."""
    async with followed_policies(settings(broker, *files)) as (policies, _):
        return policies


async def test_the_first_files_are_published_as_they_are_written(broker: str, tmp_path: Path) -> None:
    first = await known(broker, file(tmp_path, FIRST))
    again = await known(broker)
    assert first.book.current_version == again.book.current_version
    assert first.counts["policy_reloads", "published"] == 1
    assert again.book.switches == ()


async def test_without_files_and_versions_it_says_how_to_get_one(broker: str) -> None:
    with pytest.raises(PolicyError, match=r"--policy FILE.*SLA_POLICIES.*policies publish"):
        await known(broker)


async def test_a_file_that_is_missing_is_named(broker: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match=r"missing\.yaml: cannot be read"):
        await known(broker, tmp_path / "missing.yaml")


async def test_a_broken_file_leaves_the_published_versions(broker: str, tmp_path: Path) -> None:
    before = await known(broker, file(tmp_path, FIRST))
    after = await known(broker, file(tmp_path, BROKEN))
    assert after.book.current_version == before.book.current_version
    assert after.reload_failed
    assert after.counts["policy_reloads", "refused"] == 1


async def test_s22_an_old_file_does_not_come_back(broker: str, tmp_path: Path) -> None:
    await known(broker, file(tmp_path, FIRST))
    newer = await known(broker, file(tmp_path, SECOND))
    older = await known(broker, file(tmp_path, FIRST))
    assert len(newer.book.versions) == 2
    assert [version.version for version in older.book.versions] == [
        version.version for version in newer.book.versions
    ]


async def test_s22_a_later_publication_begins_after_it_was_published(broker: str, tmp_path: Path) -> None:
    await known(broker, file(tmp_path, FIRST))
    policies = await known(broker, file(tmp_path, SECOND))
    assert policies.published_at is not None
    assert policies.book.versions[-1].starts > policies.published_at


async def test_another_reporting_zone_is_refused(broker: str, tmp_path: Path) -> None:
    before = await known(broker, file(tmp_path, FIRST))
    after = await known(broker, file(tmp_path, "timezone: Asia/Tokyo\n" + FIRST))
    assert after.reload_failed
    assert after.book.current_version == before.book.current_version


async def test_a_hang_up_has_the_files_looked_at(broker: str, tmp_path: Path) -> None:
    path = file(tmp_path, FIRST)
    rarely = settings(broker, path).model_copy(update={"policy_poll_seconds": 3600.0})
    async with followed_policies(rarely) as (policies, follow):
        following = asyncio.ensure_future(follow())
        await asyncio.sleep(0)
        file(tmp_path, SECOND)
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: len(policies.book.versions) == 2)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
