"""Deadlines on a silent topic: nothing arrives any more, and every breach is told all the same, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.integration.installation import Installation
from tests.integration.silence import POLICY, Wave, delays_of, heard

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
