"""The topics on a real broker: created as specified, found as created, and drift told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from typer.testing import CliRunner, Result

from agents.broker_wait import wait_for_broker
from agents.cli.topic_commands import topics_app
from agents.topic_admin import DEFAULT_PARTITIONS, TopicAdmin, TopicsNotCreated, verify_topics
from agents.topic_check import check_topics
from monitor.errors import BrokerUnreachable, TopicsMissing
from schemas.topics import Topics, topic_specs
from tests.integration.kafka_broker import KafkaBroker, free_ports, kafka_libs

pytestmark = pytest.mark.kafka

MakeTopics = Callable[[], Topics]


@pytest.fixture
def options(kafka: KafkaBroker) -> dict[str, Any]:
    return {"bootstrap_servers": kafka.address}


@pytest.fixture
async def admin(options: dict[str, Any]) -> AsyncIterator[TopicAdmin]:
    async with TopicAdmin(options) as connected:
        yield connected


async def make(options: dict[str, Any], name: str, partitions: int, **config: str) -> None:
    """A topic as somebody else would have made it."""
    client = AIOKafkaAdminClient(**options)
    await client.start()
    try:
        answer = await client.create_topics([NewTopic(name, partitions, 1, topic_configs=config)])
    finally:
        await client.close()
    assert [error for _, error, _ in answer.topic_errors] == [0]


async def test_what_is_created_is_what_the_check_wants(admin: TopicAdmin, make_topics: MakeTopics) -> None:
    topics = make_topics()
    created = await admin.create(topics, partitions=3)
    assert [one.topic for one in created] == list(topics.all())
    assert all(one.created for one in created)
    assert [one.partitions for one in created] == [3, 3, 3, 3, 3, 3, 1]
    found = await admin.found(topics.all())
    assert check_topics(topics, found, await admin.brokers()) == []
    for spec in topic_specs(topics):
        config = found[spec.name].config
        assert config is not None
        assert spec.config().items() <= config.items()


async def test_creating_twice_changes_nothing(admin: TopicAdmin, make_topics: MakeTopics) -> None:
    topics = make_topics()
    await admin.create(topics)
    again = await admin.create(topics)
    assert not any(one.created for one in again)
    assert [one.partitions for one in again] == [*[DEFAULT_PARTITIONS] * 6, 1]


async def test_the_other_topics_take_the_partition_count_of_tickets(
    admin: TopicAdmin, options: dict[str, Any], make_topics: MakeTopics
) -> None:
    topics = make_topics()
    await make(options, topics.tickets, 5)
    created = await admin.create(topics)
    assert [one.partitions for one in created] == [5, 5, 5, 5, 5, 5, 1]
    assert [one.created for one in created] == [False, *[True] * 6]


async def test_another_partition_count_than_that_of_tickets_is_refused(
    admin: TopicAdmin, options: dict[str, Any], make_topics: MakeTopics
) -> None:
    topics = make_topics()
    await make(options, topics.tickets, 5)
    with pytest.raises(TopicsNotCreated, match="exists with 5 partitions"):
        await admin.create(topics, partitions=6)


async def test_what_the_broker_refuses_is_told_with_its_reason(
    admin: TopicAdmin, make_topics: MakeTopics
) -> None:
    with pytest.raises(TopicsNotCreated, match=r"only 1 broker\(s\) are registered"):
        await admin.create(make_topics(), replication=3)


async def test_a_worker_is_told_which_topics_are_missing(
    options: dict[str, Any], make_topics: MakeTopics
) -> None:
    topics = make_topics()
    await make(options, topics.tickets, 2)
    with pytest.raises(TopicsMissing, match=f"missing: {topics.alerts}.*topics create"):
        await verify_topics(options, topics)


async def test_asking_does_not_create(admin: TopicAdmin, make_topics: MakeTopics) -> None:
    topics = make_topics()
    assert await admin.found(topics.all()) == {}
    assert await admin.found(topics.all()) == {}


async def test_drift_is_told_by_name(options: dict[str, Any], make_topics: MakeTopics) -> None:
    topics = make_topics()
    await make(options, topics.tickets, 2, **{"retention.ms": "3600000"})
    async with TopicAdmin(options) as admin:
        await admin.create(topics)
    warnings = await verify_topics(options, topics)
    assert any("message.timestamp.type=CreateTime" in warning for warning in warnings)
    assert any("retention.ms=3600000" in warning for warning in warnings)


async def test_a_state_topic_that_forgets_by_age_stops_the_worker(
    options: dict[str, Any], make_topics: MakeTopics
) -> None:
    topics = make_topics()
    await make(options, topics.state, 2, **{"cleanup.policy": "delete"})
    async with TopicAdmin(options) as admin:
        await admin.create(topics, partitions=2)
    with pytest.raises(TopicsMissing, match="would be deleted by age"):
        await verify_topics(options, topics)


async def test_the_wait_outlasts_a_broker_that_is_killed_and_comes_back(
    kafka: KafkaBroker, options: dict[str, Any]
) -> None:
    kafka.kill9()
    with pytest.raises(BrokerUnreachable, match="nothing listens there"):
        await wait_for_broker(options, seconds=0)
    kafka.start()
    await wait_for_broker(options, seconds=30)


@pytest.fixture(scope="module")
def listeners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, int]]:
    """A broker that also asks for a password on one port, and sends clients astray from another."""
    sasl, astray, nowhere = free_ports(3)
    login = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_desk="right";'
    overrides = {
        "listeners": f"SASL://127.0.0.1:{sasl},ASTRAY://127.0.0.1:{astray}",
        "advertised.listeners": f"SASL://127.0.0.1:{sasl},ASTRAY://127.0.0.1:{nowhere}",
        "listener.security.protocol.map": "SASL:SASL_PLAINTEXT,ASTRAY:PLAINTEXT",
        "listener.name.sasl.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl.plain.sasl.jaas.config": login,
    }
    broker = KafkaBroker(kafka_libs(), tmp_path_factory.mktemp("listeners"), overrides)
    broker.start()
    yield {"sasl": sasl, "astray": astray, "nowhere": nowhere}
    broker.stop()


def with_password(port: int, password: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": f"127.0.0.1:{port}",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "desk",
        "sasl_plain_password": password,
    }


async def test_the_right_password_is_let_in(listeners: Mapping[str, int]) -> None:
    await wait_for_broker(with_password(listeners["sasl"], "right"), seconds=0)


async def test_a_wrong_password_is_told_and_not_shown(listeners: Mapping[str, int]) -> None:
    with pytest.raises(BrokerUnreachable, match="refuses the credentials") as caught:
        await wait_for_broker(with_password(listeners["sasl"], "wr0ng"), seconds=0)
    assert "SLA_KAFKA_PASSWORD" in str(caught.value)
    assert "wr0ng" not in str(caught.value)


async def test_no_password_where_one_is_asked_for_points_at_the_security(
    listeners: Mapping[str, int],
) -> None:
    options = {"bootstrap_servers": f"127.0.0.1:{listeners['sasl']}"}
    with pytest.raises(BrokerUnreachable, match="SLA_KAFKA_SECURITY"):
        await wait_for_broker(options, seconds=0)


async def test_a_broker_that_sends_its_clients_astray_is_told(listeners: Mapping[str, int]) -> None:
    options = {"bootstrap_servers": f"127.0.0.1:{listeners['astray']}"}
    with pytest.raises(BrokerUnreachable, match=r"advertised\.listeners") as caught:
        await wait_for_broker(options, seconds=0)
    assert f"127.0.0.1:{listeners['nowhere']}" in str(caught.value)


async def test_topics_survive_a_kill(
    kafka: KafkaBroker, options: dict[str, Any], make_topics: MakeTopics
) -> None:
    topics = make_topics()
    async with TopicAdmin(options) as admin:
        await admin.create(topics, partitions=2)
    kafka.kill9()
    kafka.start()
    assert await verify_topics(options, topics) == []


def test_the_command_line_creates_checks_and_lists(
    kafka: KafkaBroker, make_topics: MakeTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = make_topics()
    for field in fields(topics):
        monkeypatch.setenv(f"SLA_TOPIC_{field.name.upper()}", getattr(topics, field.name))
    monkeypatch.setenv("SLA_BROKERS", kafka.address)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(topics_app(), arguments)

    assert run("check").exit_code == 1
    created = run("create", "--partitions", "2").stdout
    assert f"{topics.state}: created, 2 partitions, replication 1" in created
    assert "was there" in run("create").stdout
    assert run("check").stdout == "all topics are as they should be\n"
    listed = json.loads(run("list", "--json").stdout)
    assert {topic["topic"]: topic["config"]["cleanup.policy"] for topic in listed} == {
        spec.name: spec.cleanup for spec in topic_specs(topics)
    }
    table = run("list").stdout
    assert "broker" in next(line for line in table.splitlines() if topics.tickets[:7] in line)
