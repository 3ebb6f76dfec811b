"""Deadlines by the clock: told on a silent topic, once, and never told of what was answered in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from agents.wall_clock import system_time
from schemas.instants import SECOND
from tests.integration.installation import Installation
from tests.integration.reading import documents, read_topic
from tests.integration.silence import POLICY, Wave, delays_of, heard
from tests.integration.waiting import until

pytestmark = pytest.mark.kafka


def test_every_deadline_of_a_silent_topic_is_told_exactly_once(
    install: Callable[[str], Installation],
) -> None:
    installation = install(POLICY)
    installation.open([])
    worker = installation.start_worker()
    worker.wait_live()
    wave = Wave.soon(spread=200, burst=100)
    received = heard(installation, wave, worker)

    assert Counter(alert["ticket_id"] for _, alert in received) == Counter(wave.deadlines.keys())
    assert {alert["state"] for _, alert in received} == {"breached"}
    assert {alert["ticket_id"]: alert["breached_at"] for _, alert in received} == wave.breaches()
    assert worker.stop() == 0
    print(f"deadline to having the record: {delays_of(received)}")


@pytest.mark.parametrize("fate", ["frozen", "killed"])
def test_an_answer_that_came_in_time_is_no_breach_for_a_worker_that_was_away(
    install: Callable[[str], Installation], fate: str
) -> None:
    """The deadlines pass while the answers lie in the topic, unread (S36)."""
    installation = install(POLICY)
    installation.open([])
    # Its session outlasts the absence: nothing but its own care keeps it from acting on what it knew before.
    variables = {"instance_id": "the-worker", "session_seconds": "60"}
    worker = installation.start_worker("first", **variables)
    worker.wait_live()
    wave = Wave.soon(spread=40, burst=0, seconds=1, ahead=8 * SECOND)
    deadlines = wave.deadlines.values()
    with installation.followed() as outputs:
        installation.send(wave.lines())
        outputs.wait_judged(len(wave.deadlines), worker.must_run)
        worker.freeze()
        assert system_time() < min(deadlines), "too slow a machine for this test"
        installation.send(wave.answers(min(deadlines) - SECOND))
        until(lambda: system_time() > max(deadlines) + SECOND, "the deadlines to pass")
        if fate == "frozen":
            worker.thaw()
        else:
            worker.kill9()
            worker = installation.start_worker("second", **variables)
        outputs.wait_judged(2 * len(wave.deadlines), worker.must_run)
    worker.wait_live()
    assert worker.stop() == 0
    results = documents(read_topic(installation.broker.address, installation.topics.results))
    assert {(line["ticket_id"], line["outcome"]) for line in results} == {
        (of, "met") for of in wave.deadlines
    }
    assert documents(read_topic(installation.broker.address, installation.topics.alerts)) == []
