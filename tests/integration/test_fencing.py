"""A worker that slept over another's taking of its partitions is refused, and leaves no trace."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.integration.histories import seconds_policy, synthetic
from tests.integration.installation import Installation
from tests.integration.waiting import until

pytestmark = pytest.mark.kafka

SLEEPER = Path(__file__).with_name("freezing_worker.py")
SMALL_STEPS = {"step_records": "20", "step_records_live": "20"}
# A worker that slept for longer than it grants a step in flight lets go of it: in order too, but nothing to be refused.
PATIENT = {"quiesce_seconds": "25"}


@pytest.mark.parametrize("freeze", ["before:9", "within:9", "stopping:9"])
def test_a_worker_that_wakes_up_after_a_takeover_is_fenced_and_writes_nothing(
    install: Callable[[str], Installation], monkeypatch: pytest.MonkeyPatch, freeze: str
) -> None:
    installation = install(seconds_policy())
    installation.open(synthetic(600))
    expected = installation.expected()
    monkeypatch.setenv("FREEZE", freeze)
    sleeper = installation.start(
        "sleeper", [sys.executable, str(SLEEPER)], policies=str(installation.policy), **SMALL_STEPS, **PATIENT
    )
    until(lambda: is_frozen(sleeper.process.pid), "the worker to fall asleep in the middle of its work")
    assert installation.written().judged < expected.judged

    successor = installation.start_worker("successor", **SMALL_STEPS)
    with installation.followed() as outputs:
        outputs.wait_complete(expected, successor.must_run)
    ends = installation.written_ends()
    sleeper.thaw()
    sleeper.wait_logged("fenced: dropping the partition")
    assert successor.stop() == 0
    assert sleeper.stop() == 0

    assert installation.written_ends() == ends
    assert installation.written().differences(expected) == []


def is_frozen(pid: int) -> bool:
    return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
