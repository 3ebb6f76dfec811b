"""A reply that arrives late and proves a met clock, after the breach was announced (S33), on a real broker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest

from monitor.figures import summarise
from monitor.kpi_rows import read_rows
from schemas.instants import MINUTE
from tests.integration.installation import Installation
from tests.integration.reading import documents, read_topic
from tests.integration.silence import POLICY, Wave, heard
from tests.integration.waiting import until

pytestmark = pytest.mark.kafka


def test_s33_a_late_reply_revises_the_result_retracts_the_alert_and_corrects_the_figures(
    install: Callable[[str], Installation],
) -> None:
    installation = install(POLICY)
    installation.open([])
    worker = installation.start_worker()
    worker.wait_live()
    wave = Wave.soon(spread=3, burst=0, seconds=1)
    heard(installation, wave, worker)
    (proved, *others) = wave.deadlines

    assert _counts(installation) == {"created": 3, "missed:first_response": 3}
    assert {outcome for outcome, _ in _verdicts(installation).values()} == {"missed"}

    # One answer had come in time; the network held it back.
    answered = wave.deadlines[proved] - MINUTE
    late = next(line for line in wave.answers(answered) if orjson.loads(line)["ticket_id"] == proved)
    installation.send([late])
    until(lambda: len(_alerts(installation)[proved]) == 2, "the retraction to be told")
    told = _alerts(installation)
    assert [(alert["state"], alert["revision"]) for alert in told[proved]] == [
        ("breached", 1),
        ("retracted", 2),
    ]
    proof = told[proved][1]
    assert proof["reason"] == "retracted"
    assert proof["stopped_at"] < proof["due_at"]
    assert [[alert["state"] for alert in told[ticket]] for ticket in others] == [["breached"], ["breached"]]
    assert _verdicts(installation) == {proved: ("met", 2)} | dict.fromkeys(others, ("missed", 1))
    assert _counts(installation) == {"created": 3, "missed:first_response": 2, "met:first_response": 1}
    assert worker.stop() == 0


def _alerts(installation: Installation) -> Mapping[str, list[dict[str, Any]]]:
    """Every transition by ticket, in their order."""
    by_ticket: dict[str, list[dict[str, Any]]] = {}
    for alert in documents(read_topic(installation.broker.address, installation.topics.alerts)):
        by_ticket.setdefault(alert["ticket_id"], []).append(alert)
    return by_ticket


def _verdicts(installation: Installation) -> dict[str, tuple[str, int]]:
    """The latest verdict by ticket, and which revision it is."""
    results = documents(read_topic(installation.broker.address, installation.topics.results))
    return {result["ticket_id"]: (result["outcome"], result["revision"]) for result in results}


def _counts(installation: Installation) -> dict[str, int]:
    """What the months count, over all partitions."""
    records = read_topic(installation.broker.address, installation.topics.kpis)
    rows = read_rows((record.key or b"", record.value) for record in records)
    return summarise(row for row in rows if getattr(row, "window", "") == "month").tally.counts
