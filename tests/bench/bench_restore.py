"""A restart with many tickets in the state, on a real Kafka: how long until the worker is ready, and its memory."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.bench.conftest import Sizes
from tests.bench.prepared import AS_INSTALLED, prepared
from tests.bench.report import digits, outcome, say, table
from tests.integration.installation import Installation
from tests.integration.kafka_broker import KafkaBroker
from tests.integration.waiting import until

pytestmark = pytest.mark.bench

_LIMIT = 300.0


def test_a_restart_until_ready(broker: KafkaBroker, sizes: Sizes, tmp_path: Path) -> None:
    figures: dict[str, Any] = {}
    rows = []
    for count in (0, *sizes.tickets):
        with prepared(broker, tmp_path, count) as installation:
            starts = [_restart(installation, number) for number in range(sizes.rounds)]
        found = figures[str(count)] = {
            name: digits(statistics.median(start[name] for start in starts)) for name in starts[0]
        }
        found["ready_max_s"] = digits(max(start["ready_s"] for start in starts))
        rows.append((count, *found.values()))
    empty = figures["0"]["rss_mb"]
    for count in sizes.tickets:
        found = figures[str(count)]
        found["rss_bytes_per_ticket"] = digits((found["rss_mb"] - empty) * 1e6 / count)
    head = ("open tickets", "ready s", "restore s", "rows", "CPU s", "RSS MB", "peak MB", "slowest s")
    table(f"from the start of the process until /readyz says so, medians of {sizes.rounds}", head, rows)
    each = [(count, figures[str(count)]["rss_bytes_per_ticket"]) for count in sizes.tickets]
    table("memory of the worker, less that of one without tickets", ("open tickets", "RSS bytes each"), each)
    outcome("restore", figures)


def _restart(installation: Installation, number: int) -> dict[str, float]:
    began = time.monotonic()
    worker = installation.start_worker(f"worker-{number}", **AS_INSTALLED)
    process = psutil.Process(worker.process.pid)
    peak = 0

    def ready() -> bool:
        nonlocal peak
        worker.must_run()
        peak = max(peak, process.memory_info().rss)
        return bool(worker.readiness().get("ready"))

    until(ready, "the worker to be ready", _LIMIT)
    seconds = time.monotonic() - began
    times = process.cpu_times()
    found = {
        "ready_s": digits(seconds),
        "restore_s": max(of["restore_seconds"] for of in worker.readiness()["partitions"]),
        "rows": sum(of["restored_rows"] for of in worker.readiness()["partitions"]),
        "cpu_s": times.user + times.system,
        "rss_mb": process.memory_info().rss / 1e6,
        "peak_mb": peak / 1e6,
    }
    say(f"start {number + 1}: ready after {seconds:.1f} s with {found['rows']:,} rows")
    assert worker.stop() == 0, worker.tail()
    return found
