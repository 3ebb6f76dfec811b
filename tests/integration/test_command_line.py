"""How the commands end when the broker, the topics or the policy are not there: a sentence and exit code 1."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.histories import OFFICE_HOURS, synthetic, written_file
from tests.integration.installation import Installation
from tests.integration.kafka_broker import free_ports

pytestmark = pytest.mark.kafka

Install = Callable[[str], Installation]


@pytest.mark.parametrize("command", ["run", "produce", "topics create"])
def test_a_broker_that_does_not_answer_is_named_with_what_to_check(install: Install, command: str) -> None:
    installation = install(OFFICE_HOURS)
    nowhere = f"127.0.0.1:{free_ports(1)[0]}"
    ended = installation.call(*arguments(installation, command), "--brokers", nowhere, "--wait", "1s")
    assert ended.returncode == 1
    told = ended.stderr.partition("error: ")[2]
    assert f"{nowhere}: nothing listens there" in told
    assert "SLA_BROKERS" in told
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", ["run", "produce"])
def test_missing_topics_are_told_with_the_command_that_makes_them(install: Install, command: str) -> None:
    installation = install(OFFICE_HOURS)
    ended = installation.call(*arguments(installation, command))
    assert ended.returncode == 1
    assert installation.topics.tickets in ended.stderr
    assert "sla-monitor topics create" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_broken_policy_starts_nothing(install: Install) -> None:
    installation = install(OFFICE_HOURS.replace("target: 2h, warn_at: [50%]", "target: 2h, warm_at: [50%]"))
    installation.open([])
    ended = installation.call("run", "--policy", str(installation.policy))
    assert ended.returncode == 1
    assert "policy.yaml" in ended.stderr
    assert "warm_at" in ended.stderr
    assert "warn_at" in ended.stderr
    assert "worker starts" not in ended.stderr
    assert "Traceback" not in ended.stderr


def arguments(installation: Installation, command: str) -> list[str]:
    if command == "run":
        return ["run", "--policy", str(installation.policy)]
    if command == "produce":
        return ["produce", str(written_file(installation.folder, synthetic(10)))]
    return command.split()
