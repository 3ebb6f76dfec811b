"""`sla-monitor topics` without a broker that can create them: the mock cluster, and nothing at all."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner, Result

from agents.cli.topic_commands import topics_app
from agents.topic_admin import TopicsNotCreated
from monitor.errors import BrokerUnreachable
from schemas.topics import Topics


@pytest.fixture(scope="module")
def mock_broker() -> Iterator[str]:
    """The mock cluster inside librdkafka, on which only the tickets topic exists."""
    owner = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored", "log_level": 0})
    owner.produce("tickets", b"{}")
    owner.flush(5)
    broker = next(iter(owner.list_topics(timeout=5).brokers.values()))
    yield f"{broker.host}:{broker.port}"
    owner.flush(0)


def run(command: str, *arguments: str) -> Result:
    return CliRunner().invoke(topics_app(), [command, *arguments])


def test_the_list_shows_what_is_there_and_what_is_missing(mock_broker: str) -> None:
    shown = run("list", "--brokers", mock_broker).stdout
    assert all(name in shown for name in Topics().all())
    assert shown.count("missing") == len(Topics().all()) - 1


def test_the_list_for_machines(mock_broker: str) -> None:
    listed = json.loads(run("list", "--brokers", mock_broker, "--json").stdout)
    assert [topic["topic"] for topic in listed] == list(Topics().all())
    assert listed[0]["exists"] is True
    assert listed[0]["partitions"] > 0
    assert listed[1] == {"topic": "sla-alerts", "exists": False}


def test_the_check_fails_while_topics_are_missing(mock_broker: str) -> None:
    done = run("check", "--brokers", mock_broker)
    assert done.exit_code == 1
    assert "error sla-state does not exist: run `sla-monitor topics create`" in done.stdout


def test_the_check_for_machines(mock_broker: str) -> None:
    done = run("check", "--brokers", mock_broker, "--json")
    assert done.exit_code == 1
    checked = json.loads(done.stdout)
    assert checked["fit"] is False
    assert {finding["problem"] for finding in checked["findings"]} == {"missing"}


def test_a_broker_that_cannot_create_is_told_apart(mock_broker: str) -> None:
    error = run("create", "--brokers", mock_broker).exception
    assert isinstance(error, TopicsNotCreated)
    assert "cannot create topics on request" in str(error)


@pytest.mark.parametrize("command", ["list", "check", "create"])
def test_where_there_is_no_broker_the_reason_is_told(command: str) -> None:
    error = run(command, "--brokers", "127.0.0.1:1", "--wait", "0s").exception
    assert isinstance(error, BrokerUnreachable)
    assert "nothing listens there" in str(error)


def test_a_partition_count_of_none_is_wrong_usage() -> None:
    assert run("create", "--partitions", "0").exit_code == 2
