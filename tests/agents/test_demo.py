"""The demo from end to end, as someone sees it who has nothing but Python."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

ROOT = Path(__file__).parents[2]
DEMO = (sys.executable, "-m", "agents.cli.main", "demo")


def start(*options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "LANG": "es_ES.UTF-8", "LC_ALL": ""}
    return subprocess.Popen(
        [*DEMO, *options],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def outcome() -> dict[str, Any]:
    """What 25 seconds of the demo come to."""
    demo = start("--for", "25s", "--json")
    out, err = demo.communicate(timeout=120)
    assert demo.returncode == 0, err
    outcome: dict[str, Any] = orjson.loads(out.splitlines()[-1])
    return outcome


def test_the_first_promise_breaks_and_is_announced_within_the_first_half_minute(
    outcome: dict[str, Any],
) -> None:
    assert outcome["alerts"]["at_risk"] > 0
    assert outcome["alerts"]["breached"] > 0
    assert outcome["detection_delay_seconds"]["p50"] > 0


def test_most_promises_are_kept_and_no_event_is_set_aside(outcome: dict[str, Any]) -> None:
    assert outcome["events"] > 100
    assert outcome["results"]["met"] > outcome["results"]["missed"] > 0
    assert outcome["dead_letters"] == 0
    assert outcome["throughput"] > 0


def test_ctrl_c_ends_the_demo_in_order_with_a_summary_in_the_language_of_the_terminal() -> None:
    demo = start()
    assert demo.stdout is not None
    first = demo.stdout.readline()
    demo.send_signal(signal.SIGINT)
    out, err = demo.communicate(timeout=60)
    assert demo.returncode == 0, err
    assert "eventos" in first
    assert "compromisos cumplidos" in out
    assert "Traceback" not in err
