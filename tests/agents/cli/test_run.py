"""How `run` refuses to start; how it runs is tested on a real Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.cli.demo_policy import demo_policy
from agents.cli.main import main
from schemas.instants import from_micros


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(demo_policy(from_micros(0)), encoding="utf-8")
    return file


def test_a_role_that_does_not_exist_is_wrong_usage(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--policy", str(policy), "--roles", "worker,cook"]) == 2
    assert "'cook' is none of worker" in capsys.readouterr().err


def test_a_broker_that_never_answers_ends_it_after_the_wait(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", "--policy", str(policy), "--brokers", "127.0.0.1:1", "--wait", "100ms"]
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert "127.0.0.1:1: nothing listens there" in error
    assert "Traceback" not in error
