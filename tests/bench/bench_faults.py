"""The promises under fire, at full size: a recorded desk judged while its workers and its broker are killed, and
thousands of deadlines on a topic that has fallen silent.

What is written must be, record by record, what a worker writes that nothing happens to.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from schemas.instants import SECOND
from schemas.topics import Topics
from tests.bench.desk import POLICY, UCI
from tests.bench.report import outcome, say, table
from tests.integration.disturbing import Supervised
from tests.integration.histories import recorded
from tests.integration.installation import Following, Installation
from tests.integration.kafka_broker import KafkaBroker
from tests.integration.silence import POLICY as PROMISE
from tests.integration.silence import Wave, delays_of, heard
from tests.integration.undisturbed import Written
from tests.integration.waiting import until

pytestmark = pytest.mark.bench

PARTITIONS: Final = 4
FIRST, OTHER = "first", "other"
SILENCE: Final = 60
"""Seconds over which the deadlines of the silent topic are spread."""

SINGLES: Final = 10_000
"""The events judged in steps of one, each a transaction of its own: some hundred a second."""

_PATIENCE: Final = 3_600.0
_LIVES: Final = 20.0
"""Seconds that all the killed workers live at most, together: what a worker needs for the backlog, several times."""


@dataclass
class Disturbances:
    """What happened to a run, and when; the seconds are those since its start."""

    kills: int = 0
    kills_in_backlog: int = 0
    broker_kills: int = 0
    joined_and_left: int = 0
    ended_by_themselves: list[int] = field(default_factory=list)


def test_killed_again_and_again_over_a_year_of_tickets(
    broker: KafkaBroker, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Each size of steps: undisturbed for its speed, then with kills, a broker's death and a second worker."""
    kills = int(request.config.getoption("--kills"))
    limit = int(request.config.getoption("--fault-events")) or None
    sizes = str(request.config.getoption("--fault-steps")).split(",")
    history = recorded(UCI)[:limit]
    figures: list[dict[str, Any]] = []
    for step_records in map(int, sizes):
        lines = history[:SINGLES] if step_records == 1 else history
        say(f"steps of {step_records}: {len(lines):,} events, {kills} kills")
        figures.append(_run(broker, tmp_path, lines, step_records, kills))
    table("whatever happens", tuple(figures[0]), [tuple(of.values()) for of in figures])
    outcome("faults", {"runs": figures})


def _run(
    broker: KafkaBroker, folder: Path, lines: list[bytes], step_records: int, kills: int
) -> dict[str, Any]:
    variables = {"step_records": str(step_records), "step_records_live": str(min(step_records, 250))}
    policy = POLICY.read_text(encoding="utf-8")
    with _installation(broker, folder, policy) as quiet:
        expected = _filled(quiet, lines)
        with quiet.followed() as outputs, Supervised(quiet, **variables) as workers:
            began = time.monotonic()
            workers.start(FIRST)
            _follow(outputs, workers, len(lines), "undisturbed")
            seconds = time.monotonic() - began
            outputs.wait_complete(expected, workers.watch)
        assert quiet.written().differences(expected) == []
        say(f"undisturbed: {len(lines):,} events in {seconds:.1f} s; identical to the engine alone")
    with _installation(broker, folder, policy) as stormy:
        expected = _filled(stormy, lines)
        began = time.monotonic()
        disturbed = _disturb(stormy, expected, kills, variables)
        storm = time.monotonic() - began
        assert stormy.written().differences(expected) == []
        size = expected.size
        say(
            f"disturbed: identical; {disturbed.kills} kills ({disturbed.kills_in_backlog} with work left), "
            f"{disturbed.broker_kills} of the broker, {len(disturbed.ended_by_themselves)} workers ended by themselves"
        )
    return {
        "step_records": step_records,
        "events": len(lines),
        "undisturbed_s": round(seconds, 1),
        "disturbed_s": round(storm, 1),
        "kills": disturbed.kills,
        "with_work_left": disturbed.kills_in_backlog,
        "broker_kills": disturbed.broker_kills,
        "ended_by_themselves": len(disturbed.ended_by_themselves),
        "results": size["results"],
        "alerts": size["alerts"],
        "state_rows": size["state"],
        "kpi_rows": size["kpis"],
    }


def _disturb(
    installation: Installation, expected: Written, kills: int, variables: Mapping[str, str]
) -> Disturbances:
    """Runs to the end while the first worker is killed at random moments, and what else may happen happens once."""
    done = Disturbances()
    chance = random.Random(kills)  # noqa: S311 - which moments are hit must not depend on the run
    happenings = {kills // 4: "join", kills // 2: "broker", 3 * kills // 4: "leave"}
    with installation.followed() as outputs, Supervised(installation, **variables) as workers:
        workers.start(FIRST)
        for number in range(kills):
            happening = happenings.get(number)
            if happening == "join":
                workers.start(OTHER)
            elif happening == "broker":
                installation.broker.kill9()
                installation.broker.start()
                done.broker_kills += 1
            elif happening == "leave":
                workers.stop(OTHER)
                done.joined_and_left += 1
            _live_for(chance.uniform(0.0, _LIVES / kills), workers, outputs)
            done.kills_in_backlog += outputs.written.judged < expected.judged
            workers.kill9(FIRST)
            done.kills += 1
            say(f"kill {done.kills}: {outputs.written.judged:,} of {expected.judged:,} judged")
        _follow(outputs, workers, expected.judged, "the rest")
        outputs.wait_complete(expected, workers.watch)
        done.ended_by_themselves = list(workers.exits)
    return done


def _live_for(seconds: float, workers: Supervised, outputs: Following) -> None:
    """Lets the first worker take its partitions and work for a while."""

    def at_work() -> bool:
        workers.watch()
        outputs.follower.look()
        return workers.has_taken(FIRST)

    until(at_work, "a worker to take its partitions")
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        outputs.follower.look(0.02)


def _follow(outputs: Following, workers: Supervised, records: int, what: str) -> None:
    """Returns when so many records are judged; says now and then how many are."""
    said = time.monotonic()

    def judged() -> bool:
        nonlocal said
        workers.watch()
        outputs.follower.look()
        if time.monotonic() - said > 5.0:
            said = time.monotonic()
            say(f"{what}: {outputs.written.judged:,} of {records:,} judged")
        return outputs.written.judged >= records

    until(judged, f"{what}: {records:,} records judged", _PATIENCE)


def _filled(installation: Installation, lines: list[bytes]) -> Written:
    installation.open(lines, partitions=PARTITIONS)
    say("produced; now the engine alone over the same records")
    return installation.expected()


def test_thousands_of_deadlines_on_a_silent_topic(
    broker: KafkaBroker, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Deadline to having the record, for an outside reader of committed records."""
    count = int(request.config.getoption("--deadlines"))
    burst = int(request.config.getoption("--burst"))
    with _installation(broker, tmp_path, PROMISE) as installation:
        installation.open([], partitions=PARTITIONS)
        worker = installation.start_worker()
        worker.wait_live()
        wave = Wave.soon(spread=count - burst, burst=burst, seconds=SILENCE, ahead=20 * SECOND)
        say(f"{count:,} deadlines within {SILENCE} s, {burst:,} of them in one second; then silence")
        received = heard(installation, wave, worker)
        assert Counter(alert["ticket_id"] for _, alert in received) == Counter(wave.deadlines.keys())
        assert {alert["ticket_id"]: alert["breached_at"] for _, alert in received} == wave.breaches()
        assert worker.stop() == 0
    everything = delays_of(received)
    of_burst = delays_of([one for one in received if one[1]["ticket_id"].startswith("BURST")])
    table(
        "deadline to record, ms",
        ("deadlines", *everything),
        [("all", *everything.values()), ("burst", *of_burst.values())],
    )
    outcome("deadlines", {"deadlines": count, "in_one_second": burst, "all": everything, "burst": of_burst})


@contextmanager
def _installation(broker: KafkaBroker, folder: Path, policy: str) -> Iterator[Installation]:
    run = uuid4().hex[:8]
    place = folder / run
    place.mkdir()
    topics = Topics(*(f"{name}-{run}" for name in Topics().all()))
    with Installation(broker, place, topics, policy) as installation:
        yield installation
