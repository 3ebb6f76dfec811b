"""Following the topic of the policies: every reader knows the same, and damage is passed over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer
from structlog.testing import capture_logs

from agents.policy_follower import PolicyFollower
from agents.policy_publisher import PolicyPublisher, compile_files
from agents.settings import Settings
from monitor.adapters.embedded_broker import EmbeddedBroker
from monitor.adapters.policy_file import PolicyFileError, parse_policy
from monitor.policies import PolicyBook
from tests.agents.fakes import until
from tests.agents.policy_texts import FIRST, SECOND, THIRD


@pytest.fixture
def settings() -> Iterator[Settings]:
    with EmbeddedBroker() as broker:
        yield Settings(brokers=broker.address, kafka_check_crcs=False, fetch_wait_ms=20)


async def publish(settings: Settings, follower: PolicyFollower, *texts: str) -> int:
    """How many of these texts became versions, published together."""
    files = await compile_files([parse_policy(text, "policy.yaml") for text in texts])
    return len(await PolicyPublisher(settings, follower).publish(files))


async def test_what_one_publishes_another_follows(settings: Settings) -> None:
    async with PolicyFollower(settings) as one, PolicyFollower(settings) as other:
        books: list[PolicyBook] = []
        other.policies.subscribe(books.append)
        following = asyncio.create_task(other.follow())
        await publish(settings, one, FIRST)
        await publish(settings, one, SECOND)
        await until(lambda: len(other.history.entries) == 2)
        following.cancel()
        assert [entry.starts for entry in one.history.entries] == [
            entry.starts for entry in other.history.entries
        ]
        assert books[-1] is other.policies.book
        assert one.policies.published_at == other.policies.published_at


async def test_what_was_published_by_someone_else_meanwhile_is_one_version(settings: Settings) -> None:
    async with PolicyFollower(settings) as one, PolicyFollower(settings) as other:
        assert await publish(settings, one, FIRST) == 1
        assert await publish(settings, other, FIRST) == 0
        await one.catch_up()
        assert len(one.history.entries) == len(other.history.entries) == 1


async def test_a_damaged_record_is_passed_over_with_an_error(settings: Settings) -> None:
    producer = Producer({"bootstrap.servers": settings.brokers, "log_level": 0})
    async with PolicyFollower(settings) as follower:
        await publish(settings, follower, FIRST)
        producer.produce("sla-policies", b"no record", b"damaged", partition=0)
        assert producer.flush(5) == 0
        with capture_logs() as logs:
            await publish(settings, follower, SECOND)
        assert [line["offset"] for line in logs if line["log_level"] == "error"] == [1]
        assert follower.policies.counts["policy_records_skipped",] == 1
        assert len(follower.history.entries) == 2


async def test_a_version_is_told_with_what_it_changes(settings: Settings) -> None:
    async with PolicyFollower(settings) as follower:
        await publish(settings, follower, FIRST)
        with capture_logs() as logs:
            await publish(settings, follower, THIRD)
        [told] = [line for line in logs if line["event"] == "policy version adopted"]
        assert told["changes"] == "policies changed: standard (first_response)"
        assert told["starts"] > "2026"


async def test_calendars_stay_the_same_objects_over_a_change(settings: Settings) -> None:
    calendars = "calendars: {office: {hours: {mon-fri: ['09:00-17:00']}}}\n"
    async with PolicyFollower(settings) as follower:
        await publish(settings, follower, calendars + FIRST)
        await publish(settings, follower, calendars + SECOND)
        first, second = follower.policies.book.versions
        assert first.calendars["office"] is second.calendars["office"]


async def test_first_files_that_cannot_follow_each_other_are_refused(settings: Settings) -> None:
    async with PolicyFollower(settings) as follower:
        with pytest.raises(PolicyFileError, match="are both in force always"):
            await publish(settings, follower, FIRST, SECOND)
        await follower.catch_up()
        assert follower.history.entries == ()


async def test_what_no_one_foresaw_in_a_record_stops_no_worker(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with PolicyFollower(settings) as follower:
        await publish(settings, follower, FIRST)

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("unforeseen")

        monkeypatch.setattr("agents.policy_follower.read_publication", fail)
        with capture_logs() as logs:
            await publish(settings, follower, SECOND)
        assert "unforeseen" in next(line["reason"] for line in logs if line["log_level"] == "error")
        assert len(follower.history.entries) == 1
