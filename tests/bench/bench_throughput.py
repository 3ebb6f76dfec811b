"""Catch-up of one worker on a real Kafka, with all its semantics, beside other stream processors on a simpler job.

The worker judges every promise, keeps state, KPIs, alerts and verdicts, each step in a transaction; the peers decode,
keep a ticket's state and write a result on every `resolved`. All read the same records, in interleaved rounds.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import orjson
import pytest

from agents.wall_clock import system_time
from schemas.instants import MINUTE
from schemas.topics import Topics
from tests.bench import peers
from tests.bench.conftest import Sizes
from tests.bench.desk import POLICY, UCI, copies, history, weeks_to
from tests.bench.prepared import AS_INSTALLED, PARTITIONS
from tests.bench.report import digits, outcome, say, table
from tests.bench.watching import Checkpoint, Checkpoints, Watch, load, source_ends
from tests.integration.installation import Installation, Worker
from tests.integration.kafka_broker import KafkaBroker
from tests.integration.waiting import until

pytestmark = pytest.mark.bench

_OURS: Final = "sla-monitor"
_SMALL: Final = frozenset({"faust", "faust-rocksdb"})  # too slow for more than one copy
_LIMIT: Final = 600.0

Found = dict[str, float]


def test_one_worker_catches_up_beside_its_peers(broker: KafkaBroker, sizes: Sizes, tmp_path: Path) -> None:
    events = len(history(UCI)) * sizes.copies
    source, small = f"tickets-{sizes.copies}", "tickets-1"
    for topic, count in {source: sizes.copies, small: 1}.items():
        _load(broker, topic, count, tmp_path)
    found: dict[str, list[Found]] = defaultdict(list)
    for number in range(1, sizes.rounds + 1):
        ours = _ours(broker, source, events, tmp_path)
        found[_OURS].append(ours)
        _tell(number, _OURS, ours)
        for peer in sizes.peers:
            topic, count = (small, 1) if peer in _SMALL else (source, sizes.copies)
            report = peers.run(peer, broker.address, topic, count, tmp_path)
            if report is not None:
                of = {key: report[key] for key in ("seconds", "events_per_s", "peak_rss_mb")}
                found[peer].append({**of, "cpu_s_per_million": report["cpu_us_per_event"]})
                _tell(number, peer, found[peer][-1])
    _report(events, sizes, found)


def _load(broker: KafkaBroker, topic: str, count: int, folder: Path) -> None:
    events = history(UCI)
    with Installation(broker, _made(folder / topic), Topics(tickets=topic), POLICY.read_text()) as desk:
        desk.open([], partitions=PARTITIONS)
    moved = weeks_to(events, system_time() - MINUTE)
    load(broker.address, topic, copies(events, count, moved), total=len(events) * count)
    say(f"{topic}: {len(events) * count:,} events on {PARTITIONS} partitions")


def _ours(broker: KafkaBroker, source: str, events: int, folder: Path) -> Found:
    """One catch-up of a new installation over the whole source."""
    run = uuid4().hex[:8]
    topics = Topics(source, *(f"{name}-{run}" for name in Topics().all()[1:]))
    home = _made(folder / run)
    ends = source_ends(broker.address, source, PARTITIONS)
    with Installation(broker, home, topics, POLICY.read_text()) as desk:
        desk.open([], partitions=PARTITIONS)
        worker = desk.start_worker(group=f"bench-{run}", **AS_INSTALLED)
        with Watch(worker.process.pid, broker.address, topics.state, PARTITIONS) as watch:
            with Checkpoints(broker.address, topics.state, PARTITIONS) as checkpoints:
                reached = until(lambda: _reached(worker, checkpoints, ends), "the last checkpoint", _LIMIT)
            time.sleep(0.2)  # two more looks
        worker.must_run()
        begins = _first_record(worker)
    finished = max(watch.seen_at(number, of.offset) for number, of in reached.items())
    shutil.rmtree(home)
    cpu = watch.at(finished).cpu_seconds - watch.at(begins).cpu_seconds
    seconds = finished - begins
    return {
        "seconds": digits(seconds),
        "events_per_s": round(events / seconds),
        "cpu_s_per_million": digits(cpu / events * 1e6),
        "peak_rss_mb": round(watch.peak / 1e6),
    }


def _reached(
    worker: Worker, checkpoints: Checkpoints, ends: Mapping[int, int]
) -> dict[int, Checkpoint] | None:
    worker.must_run()
    time.sleep(1.0)  # the reader of checkpoints is not to take the processor from the worker
    return checkpoints.reached(ends)


def _first_record(worker: Worker) -> float:
    """When the last partition was taken, by the worker's log: reading begins right after it, so not too late."""
    lines = [orjson.loads(line) for line in worker.log.read_bytes().splitlines() if line.startswith(b"{")]
    taken = [line["timestamp"] for line in lines if line["message"] == "partition taken"]
    return max(datetime.fromisoformat(moment).timestamp() for moment in taken)


def _tell(number: int, who: str, found: Found) -> None:
    say(
        f"round {number}: {who}: {found['events_per_s']:,.0f} events/s, "
        f"{found['cpu_s_per_million']:.4g} CPU s per million, {found['seconds']:.4g} s"
    )


def _report(events: int, sizes: Sizes, found: Mapping[str, list[Found]]) -> None:
    medians = {
        who: {key: statistics.median(of[key] for of in rounds) for key in rounds[0]}
        for who, rounds in found.items()
    }
    rows = []
    for who, of in medians.items():
        ratio = {peer: of["events_per_s"] / medians[peer]["events_per_s"] for peer in medians}
        of |= {f"x_{peer}": digits(value) for peer, value in ratio.items() if peer != who}
        low, high = _range(found[who])
        shown = (ratio.get("faust"), ratio.get("floor-aiokafka"))
        cells = [None if value is None else digits(value) for value in shown]
        speed = f"{of['events_per_s']:,.0f} ({low:,.0f}-{high:,.0f})"
        rows.append((who, speed, digits(of["cpu_s_per_million"]), *cells, of["peak_rss_mb"]))
    head = ("who", "events/s (lowest-highest)", "CPU s per million", "x Faust", "x bare loop", "MB")
    table(f"catch-up, medians of {sizes.rounds} rounds, {events:,} events", head, rows)
    outcome("throughput", {"events": events, "rounds": sizes.rounds, "medians": medians, "all": dict(found)})


def _range(rounds: list[Found]) -> tuple[float, float]:
    speeds = [of["events_per_s"] for of in rounds]
    return min(speeds), max(speeds)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
