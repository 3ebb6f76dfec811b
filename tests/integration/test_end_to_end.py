"""Topics, a history, a worker: what comes out is what `sla-monitor replay` says of the same history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.wall_clock import system_time
from schemas.dead_letters import HEADER_ERROR, HEADER_OFFSET, HEADER_PARTITION, HEADER_REASON
from schemas.instants import iso
from tests.integration.histories import (
    MISTAKES,
    OFFICE_HOURS,
    recorded,
    seconds_policy,
    synthetic,
    with_mistakes,
    written_file,
)
from tests.integration.installation import Installation
from tests.integration.reading import Record, documents, read_topic, settled, undated

pytestmark = pytest.mark.kafka

Install = Callable[[str], Installation]


def test_one_partition_says_all_that_a_replay_says_in_the_same_order(install: Install) -> None:
    """One partition has the history's own order of arrival, so even each alert's every revision is the same."""
    lines = with_mistakes(synthetic(1_500))
    installation = install(seconds_policy())
    told = judged(installation, lines, partitions=1)
    replayed = Replayed(installation, lines)

    assert settled(documents(told["results"])) == replayed.settled
    assert [undated(alert.value) for alert in told["alerts"]] == replayed.alerts
    letters = [(*letter_of(record), int(header(record, HEADER_OFFSET))) for record in told["dead_letters"]]
    assert letters == [(*letter_of_line(line), line["offset"]) for line in replayed.dead_letters]


@pytest.mark.parametrize(("name", "tickets"), [("uci_incident", 250), ("bpic2013", 100)])
def test_recorded_desks_get_the_verdicts_of_a_replay(install: Install, name: str, tickets: int) -> None:
    lines = with_mistakes(recorded(name, tickets))
    installation = install(OFFICE_HOURS)
    told = judged(installation, lines, partitions=4)
    replayed = Replayed(installation, lines)

    assert settled(documents(told["results"])) == replayed.settled
    assert ends_of(map(undated, values_of(told["alerts"]))) == ends_of(replayed.alerts)
    letters = sorted(letter_of(record) for record in told["dead_letters"])
    assert letters == sorted(letter_of_line(line) for line in replayed.dead_letters)


class Replayed:
    """The documents that `sla-monitor replay` writes for the same lines, its clock running on to now."""

    def __init__(self, installation: Installation, lines: Sequence[bytes]) -> None:
        folder = installation.folder / "replayed"
        history = written_file(installation.folder, lines, "history.jsonl")
        options = ("--policy", str(installation.policy), "--until", iso(system_time()), "--out", str(folder))
        installation.succeed("replay", str(history), *options)
        self.settled = settled(lines_of(folder / "results.jsonl"))
        self.alerts = [undated(orjson.dumps(line)) for line in lines_of(folder / "alerts.jsonl")]
        self.dead_letters = lines_of(folder / "dead_letters.jsonl")
        self.kpis = orjson.loads((folder / "kpis.json").read_bytes())
        assert self.settled
        assert self.alerts
        assert len(self.dead_letters) == MISTAKES


def judged(installation: Installation, lines: Sequence[bytes], *, partitions: int) -> dict[str, list[Record]]:
    """What a worker writes about a history by the time it has nothing left to do, by the names of `Topics`."""
    installation.open(lines, partitions=partitions)
    expected = installation.expected()
    worker = installation.start_worker()
    with installation.followed() as outputs:
        outputs.wait_complete(expected, worker.must_run)
    worker.wait_live()
    assert worker.stop() == 0
    assert installation.written().differences(expected) == []
    of = installation.topics
    return {
        name: read_topic(installation.broker.address, getattr(of, name))
        for name in ("results", "alerts", "dead_letters")
    }


def ends_of(alerts: Any) -> dict[str, dict[str, Any]]:
    """How each alert stands in the end; how often it was revised on the way depends on the other partitions."""
    return {
        alert["alert_id"]: {name: alert[name] for name in alert if name not in {"revision", "episode"}}
        for alert in alerts
    }


def values_of(records: Sequence[Record]) -> list[bytes | None]:
    return [record.value for record in records]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def header(record: Record, name: str) -> str:
    return dict(record.headers)[name].decode()


def letter_of(record: Record) -> tuple[str, str, str]:
    assert header(record, HEADER_PARTITION) == str(record.partition)
    value = (record.value or b"").decode(errors="replace")
    return header(record, HEADER_REASON), header(record, HEADER_ERROR), value


def letter_of_line(line: dict[str, Any]) -> tuple[str, str, str]:
    return line["reason"], line["error"], line["value"]
