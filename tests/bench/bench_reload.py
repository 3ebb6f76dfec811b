"""A reload of the policies while events stream: how long they wait, and whether everything is right afterwards."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson
import pytest

from agents.wall_clock import system_time
from monitor.adapters.policy_file import load_book
from schemas.instants import SECOND, iso, parse_iso
from schemas.topics import Topics
from tests.bench.conftest import Sizes
from tests.bench.desk import POLICY
from tests.bench.prepared import AS_INSTALLED, PARTITIONS
from tests.bench.reload_check import differences
from tests.bench.reload_stream import Commits, Sent, Stop, Stream, backlog
from tests.bench.report import digits, outcome, say, spread, table
from tests.bench.stolen import Stolen
from tests.bench.watching import load
from tests.integration.installation import Installation, Worker
from tests.integration.kafka_broker import KafkaBroker
from tests.integration.waiting import until

pytestmark = pytest.mark.bench

RATE: Final = 200.0
"""Events a second while the policies change."""

# A broker that has just started compiles its code while it runs; each commit waits for that for about a minute.
_WARM_UP: Final = 60.0
_BEFORE: Final = 15.0  # seconds of the stream before the change, and after it
_LIMIT: Final = 600.0
_LOOK: Final = 0.5  # seconds between two looks at a worker that is not to be disturbed
# Milliseconds that the host may take in a stop and the tenth of a second before it, for the stop to be our own doing:
# one tick of the kernel's count, which is there now and then on an idle machine too.
_UNTOUCHED: Final = 10.0
_AFTERMATH: Final = 0.1

_TEXT: Final = POLICY.read_text(encoding="utf-8")
CHANGED: Final = _TEXT.replace('"15:00-18:00"', '"15:00-17:30"').replace(
    "P3: 3 working days", "P3: 2 working days"
)
"""Another calendar and another target: every open clock has to be planned anew."""


def test_a_reload_stops_nothing_and_ends_as_a_fresh_replay(
    broker: KafkaBroker, sizes: Sizes, tmp_path: Path
) -> None:
    count = min(sizes.tickets)
    run = uuid4().hex[:8]
    topics = Topics(*(f"{name}-{run}" for name in Topics().all()))
    with Installation(broker, tmp_path, topics, _TEXT) as installation:
        installation.open([], partitions=PARTITIONS)
        load(broker.address, topics.tickets, backlog(count, system_time()), total=2 * count)
        worker = installation.start_worker(**AS_INSTALLED, policy_lead_seconds="2")
        until(lambda: _judged(worker) and worker.readiness()["ready"], "the backlog", _LIMIT)
        say(f"{count:,} open tickets on {PARTITIONS} partitions")
        with _no_collector(), Stolen() as stolen, Commits(broker.address, topics.state) as commits:
            with Stream(broker.address, topics.tickets, count, RATE) as stream:
                _let_stream(_WARM_UP)
                warm = time.time()
                _let_stream(_BEFORE)
                began, ended = _reload(installation, worker)
                _let_stream(_BEFORE)
            until(lambda: all(commits.reached(one) for one in stream.sent[-100:]), "the stream's commits", 60)
        figures = _delays(commits, stream.sent, stolen, (warm, began, ended))
        until(lambda: _judged(worker), "the rest", _LIMIT)
        worker.stop()
        compared, found = differences(installation, load_book(_exported(installation)))
    table("compared with a fresh replay", ("what", "number"), [*compared.items(), ("different", len(found))])
    planning = digits(ended - began)
    say(f"planned anew {planning} s after the file's change")
    outcome("reload", {"tickets": count, "replanned_s": planning, **figures, "differences": len(found)})
    assert found[:5] == []


def _let_stream(seconds: float) -> None:
    """Lets the stream run undisturbed for a stretch of time: that length itself is what is measured over."""
    time.sleep(seconds)  # no condition to wait for: whoever asked the worker meanwhile would disturb it


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without this process's own garbage collector: its pauses, 0.1 s, would be taken for the worker's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _delays(
    commits: Commits, sent: list[Sent], stolen: Stolen, changes: tuple[float, float, float]
) -> dict[str, Any]:
    """Prints how long events waited for their commit, and the stream for the next one, between the changes."""
    warm, began, ended = changes
    phases: dict[str, Callable[[float], bool]] = {
        "while the broker warms up": lambda at: at < warm,
        "before": lambda at: warm <= at < began,
        "while planning anew": lambda at: began <= at <= ended,
        "after": lambda at: at > ended,
    }
    delays = {name: spread(commits.delays(sent, within)) for name, within in phases.items()}
    rows = [(name, *(of[key] for key in ("p50", "p99", "max"))) for name, of in delays.items()]
    table(
        f"a change of policy while {RATE:g} events/s stream",
        ("event → commit", "p50 ms", "p99 ms", "max ms"),
        rows,
    )
    stops = {name: _longest_stops(commits.stops(sent, within), stolen) for name, within in phases.items()}
    lines = [(name, *of.values(), f"{since - began:+.1f}") for name, (of, since) in stops.items()]
    table(
        "between two commits, while there were events to judge",
        ("the longest stop", "ms", "stolen by the host ms", "ms where none was", "seconds after the change"),
        lines,
    )
    return {"ms": delays, "stops_ms": {name: of for name, (of, _) in stops.items()}}


def _longest_stops(stops: list[Stop], stolen: Stolen) -> tuple[dict[str, float], float]:
    """The longest stop of all with what the host took meanwhile, and of those without that; when the first began."""
    taken = {stop: stolen.between(stop.since - _AFTERMATH, stop.until) for stop in stops}
    longest = max(stops)
    untouched = max((stop.milliseconds for stop, of in taken.items() if of <= _UNTOUCHED), default=0.0)
    found = {
        "longest": digits(longest.milliseconds),
        "stolen": digits(taken[longest]),
        "untouched": digits(untouched),
    }
    return found, longest.since


def _reload(installation: Installation, worker: Worker) -> tuple[float, float]:
    """Changes the file; from its change until every ticket is planned anew, in seconds since the epoch."""
    known = len(_adopted(worker))
    began = time.time()
    installation.policy.write_text(CHANGED, encoding="utf-8")
    until(lambda: len(_adopted(worker)) > known, "the change to be adopted", 60)
    starts = parse_iso(_adopted(worker)[-1]["starts"])
    say(f"adopted {time.time() - began:.1f} s after the file's change; it holds from {iso(starts)}")
    # Until the version holds; whoever asked the worker meanwhile would disturb what is measured.
    time.sleep(max(0.0, (starts - system_time()) / SECOND) + 0.5)
    while _left(worker):
        time.sleep(_LOOK)
    return began, time.time()


def _adopted(worker: Worker) -> list[dict[str, Any]]:
    """What the worker has told of the versions it adopted."""
    lines = [
        line for line in worker.log.read_text(encoding="utf-8").splitlines() if "version adopted" in line
    ]
    return [orjson.loads(line) for line in lines]


def _judged(worker: Worker) -> bool:
    worker.must_run()
    partitions = worker.readiness().get("partitions", ())
    return len(partitions) == PARTITIONS and all(
        of["state"] == "live" and of["lag"] == 0 for of in partitions
    )


def _left(worker: Worker) -> int:
    """How many tickets are still to be planned anew; asked of /readyz, for a scrape is work that shows."""
    worker.must_run()
    return sum(of["replanning"] for of in worker.readiness()["partitions"])


def _exported(installation: Installation) -> list[Path]:
    out = installation.folder / "exported"
    installation.succeed("policies", "export", str(out))
    return sorted(out.iterdir())
