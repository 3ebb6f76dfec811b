"""A running worker as Prometheus and whoever supervises it see it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from tests.integration.histories import seconds_policy, synthetic
from tests.integration.installation import Installation
from tests.integration.kafka_broker import free_ports
from tests.integration.waiting import PATIENCE, until
from tests.requirements import require

pytestmark = pytest.mark.kafka

Install = Callable[[str], Installation]


def test_prometheus_scrapes_a_running_worker_and_answers_from_it(install: Install, tmp_path: Path) -> None:
    promtool = require(shutil.which("promtool"), "promtool (package prometheus)")
    installation = install(seconds_policy())
    lines = synthetic(500)
    installation.open(lines)
    worker = installation.start_worker()
    worker.wait_live()
    page = worker.get("/metrics")
    assert page is not None
    assert page[0] == 200
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=page[1], capture_output=True, check=False, timeout=PATIENCE
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")

    with prometheus(tmp_path, worker.address) as address:

        def knows_all() -> bool:
            worker.must_run()
            return value(address, "sum(sla_events_total) + sum(sla_duplicate_events_total)") >= len(lines)

        until(knows_all, "Prometheus to know of all events")
        assert value(address, "up") == 1
        assert value(address, 'sum(sla_results_total{objective="first_response",outcome="met"})') > 0


def test_liveness_and_readiness_tell_a_restore_from_a_worker_at_work(install: Install) -> None:
    installation = install(seconds_policy())
    installation.open(synthetic(3_000))
    first = installation.start_worker("first")
    first.wait_live()
    assert first.stop() == 0

    second = installation.start_worker("second")
    seen = [second.answer("/readyz")]
    while seen[-1][0] != 200:
        assert second.answer("/livez")[0] == 200
        assert len(seen) < 100_000
        seen.append(second.answer("/readyz"))
    early, late = orjson.loads(seen[0][1]), orjson.loads(seen[-1][1])
    assert seen[0][0] == 503
    assert {status for status, _ in seen} == {200, 503}
    assert (early["ready"], late["ready"], late["joined"]) == (False, True, True)
    assert {partition["state"] for partition in late["partitions"]} <= {"catching_up", "live"}
    assert sum(partition["restored_rows"] for partition in late["partitions"]) > 0


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[str]:
    """A Prometheus that scrapes one worker four times a second; its address."""
    program = require(shutil.which("prometheus"), "Prometheus (package prometheus)")
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 250ms, scrape_timeout: 250ms}\n"
        f"scrape_configs: [{{job_name: worker, static_configs: [{{targets: ['{target}']}}]}}]\n",
        encoding="utf-8",
    )
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield address
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def value(address: str, expression: str) -> float:
    """The value of an instant query with one series; 0 while Prometheus has none or does not answer yet."""
    url = f"http://{address}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            found = orjson.loads(answer.read())["data"]["result"]
    except OSError:
        return 0.0
    return float(found[0]["value"][1]) if found else 0.0
