"""Topics, a history, a worker: what comes out is what `sla-monitor replay` says of the same history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.wall_clock import system_time
from monitor.figures import kpis_document
from monitor.kpi_rows import read_rows
from monitor.periods import ReportingZone
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
    """One partition has the history's own order of arrival, so every alert is the same, up to the last event.

    After it a worker that is caught up tells the highest of the thresholds passed, a replay each of them (S41).
    """
    lines = with_mistakes(synthetic(1_500))
    installation = install(seconds_policy())
    told = judged(installation, lines, partitions=1)
    replayed = Replayed(installation, lines)

    assert settled(documents(told["results"])) == replayed.settled
    alerts = [undated(alert.value) for alert in told["alerts"]]
    to_the_last_event = Replayed(installation, lines, clock_runs_on=False).alerts
    assert alerts[: len(to_the_last_event)] == to_the_last_event
    assert ends_of(alerts) == ends_of(replayed.alerts)
    assert kpis_of(installation) == replayed.kpis
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
    assert kpis_of(installation) == replayed.kpis
    assert summed(installation) == {window: replayed.rows(window) for window in ("hour", "day", "month")}
    letters = sorted(letter_of(record) for record in told["dead_letters"])
    assert letters == sorted(letter_of_line(line) for line in replayed.dead_letters)


class Replayed:
    """The documents that `sla-monitor replay` writes for the same lines, its clock running on to now or not."""

    def __init__(
        self, installation: Installation, lines: Sequence[bytes], *, clock_runs_on: bool = True
    ) -> None:
        folder = installation.folder / "replayed"
        history = written_file(installation.folder, lines, "history.jsonl")
        until = ("--until", iso(system_time())) if clock_runs_on else ()
        options = ("--policy", str(installation.policy), "--out", str(folder))
        installation.succeed("replay", str(history), *options, *until)
        self.settled = settled(lines_of(folder / "results.jsonl"))
        self.alerts = [undated(orjson.dumps(line)) for line in lines_of(folder / "alerts.jsonl")]
        self.dead_letters = lines_of(folder / "dead_letters.jsonl")
        self.kpis = orjson.loads((folder / "kpis.json").read_bytes())
        assert self.settled
        assert self.alerts
        assert len(self.dead_letters) == MISTAKES

    def rows(self, window: str) -> dict[str, Any]:
        """The tallies of one kind of window by what they are about."""
        rows = [row for row in self.kpis["rows"] if row["window"] == window]
        return {about(row): {"counts": row["counts"], "times": row["times"]} for row in rows}


def about(key: dict[str, Any]) -> str:
    return "/".join(str(key[name]) for name in ("start", "customer", "priority", "tier"))


def kpis_of(installation: Installation) -> dict[str, Any]:
    """The document that the rows of all partitions make, read as other programs read them."""
    rows = installation.written().tables["kpis"]
    document = kpis_document(
        read_rows((key, value) for (_, key), value in rows.items()), ReportingZone(installation.book.zone)
    )
    found: dict[str, Any] = orjson.loads(orjson.dumps(document))
    return found


def summed(installation: Installation) -> dict[str, dict[str, Any]]:
    """The tallies of hours, days and months, simply added up over the partitions."""
    sums: dict[str, dict[str, Any]] = {"hour": {}, "day": {}, "month": {}}
    for (_, name), value in installation.written().tables["kpis"].items():
        key = orjson.loads(name)
        if key["window"] in sums and "priority" in key:
            add(sums[key["window"]].setdefault(about(key), {"counts": {}, "times": {}}), orjson.loads(value))
    return sums


def add(total: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            add(total.setdefault(name, {}), value)
        else:
            total[name] = total.get(name, 0) + value


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
