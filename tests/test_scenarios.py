"""Every file in `tests/scenarios` is a timeline in and expectations out: spec, test and documentation at once.

rule: S3                      the rule of the semantics it shows
says: what it shows, as a sentence
policy: {...}                 left out: `OFFICE` of tests/builders.py
policies: [{...}, {...}]      in place of it: several versions
timeline: [TIME TYPE TICKET name=value ..., ...]
until: INSTANT                left out: the clock stops at the last event
results: [{objective: ..., outcome: ..., ...}]   all of them, in order; only the named fields are compared
alerts: ["first_response breached", ...]         all of them, in order
dead_letters: [reason, ...]                      all of them, in order
counts: {"events created": 1}                    those named, as a worker counts them
figures: {created: 1}                            those named, as all months of the KPI document count them
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from monitor.replay import ReplayOutcome, replay
from schemas.alerts import Alert
from schemas.instants import to_micros
from schemas.results import ResultLine
from tests.builders import book, lines

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


def _run(scenario: dict[str, Any], step_records: int) -> ReplayOutcome:
    versions = scenario.get("policies", [scenario["policy"]] if "policy" in scenario else [])
    until = scenario.get("until")
    return replay(
        lines(scenario["timeline"]),
        book(*map(yaml.safe_dump, versions)),
        until=None if until is None else to_micros(until),
        step_records=step_records,
    )


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
@pytest.mark.parametrize("step_records", [1, 2000])
def test_scenario(path: Path, step_records: int) -> None:
    scenario = yaml.safe_load(path.read_text())
    outcome = _run(scenario, step_records)
    results = [orjson.loads(line) for line in outcome.results]
    for line in results:
        ResultLine.model_validate_json(orjson.dumps(line))
    if "results" in scenario:
        expected = scenario["results"]
        shown = [
            {name: line[name] for name in wanted} for line, wanted in zip(results, expected, strict=False)
        ]
        assert (shown, len(results)) == (expected, len(expected)), results
    alerts = [Alert.model_validate_json(line) for line in outcome.alerts]
    if "alerts" in scenario:
        assert [f"{alert.objective} {alert.state}" for alert in alerts] == scenario["alerts"]
    letters = [orjson.loads(line)["reason"] for line in outcome.dead_letters]
    assert letters == scenario.get("dead_letters", [])
    figures = orjson.loads(outcome.kpis)["totals"]["overall"]["counts"]
    for name, count in scenario.get("figures", {}).items():
        assert figures.get(name, 0) == count, name
    for name, count in scenario.get("counts", {}).items():
        assert outcome.counters[tuple(name.split())] == count


def test_there_are_scenarios() -> None:
    assert SCENARIOS
