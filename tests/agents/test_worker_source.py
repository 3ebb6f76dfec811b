"""What a snapshot says of the owners, their engines and the policies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from agents.counters import Counters
from agents.metered_engine import MeteredEngine
from agents.policies import Policies
from agents.source_watch import SourceWatch
from agents.worker_snapshot import WorkerSnapshot
from agents.worker_source import WorkerSource
from monitor.current_windows import CurrentWindows
from monitor.engine import Engine
from monitor.intake import StoredRecord
from monitor.periods import ReportingZone
from monitor.policies import PolicyBook
from monitor.sources import Sources
from schemas.instants import DAY, MINUTE, Micros, parse_iso
from tests.builders import OFFICE, book, lines

NOW = parse_iso("2026-11-23T12:00:00Z")
DAY_OF_A_DESK = (
    "2026-11-23T09:00:00Z created T-1",
    "2026-11-23T09:05:00Z responded T-1",
    "2026-11-23T09:30:00Z created T-2",
)
GOALS = OFFICE.replace("warn_at: [75%]}", "warn_at: [75%], goal: 95%}").replace(
    "target: 2h}", "target: 2h, goal: 90%}"
)
BOOK = book(GOALS)


@dataclass
class Owner:
    """An owner as far as it is shown."""

    engine: object = None
    state: str = "live"
    lag: int | None = 0
    restored_rows: int = 0
    restore_seconds: float | None = None
    next_offset: int = -1


@dataclass
class Owners:
    """An ownership as far as it is shown."""

    owners: dict[int, Owner] = field(default_factory=dict)
    joined: bool = True


class Worker:
    """A worker with real engines and hand-made owners."""

    def __init__(self) -> None:
        self.now = NOW
        self.windows = CurrentWindows(ReportingZone(BOOK.zone), NOW)
        self.ownership = Owners()
        self.counters = Counters()
        self.policies = Policies(BOOK)
        self.heard = Sources()
        watch = SourceWatch(self.heard, self.policies, now=lambda: self.now, whole=lambda: True)
        self.source = WorkerSource(
            self.ownership, self.counters, self.windows, self.policies, watch, now=lambda: self.now
        )

    def engine(self, partition: int) -> MeteredEngine:
        return MeteredEngine(Engine(partition, BOOK), self.windows)

    def own(self, partition: int) -> MeteredEngine:
        engine = self.engine(partition)
        engine.start()
        self.ownership.owners[partition] = Owner(engine)
        return engine

    def snapshot(self) -> WorkerSnapshot:
        return self.source.snapshot()


def live(
    engine: MeteredEngine, *timeline: str, now: Micros = NOW
) -> tuple[list[tuple[bytes, bytes | None]], ...]:
    """Lets an engine judge a timeline and returns the rows it wrote."""
    records = [
        StoredRecord("tickets", 0, offset, now // 1000, line.split(b'"ticket_id":"')[1][:3], line)
        for offset, line in enumerate(lines(timeline))
    ]
    step = engine.apply(records, now)
    assert not step.dead_letters
    return step.state, step.kpis


def test_a_worker_without_partitions_shows_its_policies() -> None:
    snapshot = Worker().snapshot()
    assert snapshot.readiness.ready
    [policy] = snapshot.policies
    assert policy.in_force
    assert policy.effective is None
    assert snapshot.goals == {("standard", "first_response"): 0.95, ("standard", "handoff"): 0.9}


def test_the_policies_are_shown_as_they_are_now() -> None:
    worker = Worker()
    assert worker.snapshot().policy_published is None
    worker.policies.counts["policy_reloads", "published"] += 1
    worker.policies.reload_failed = True
    first = BOOK.versions[0]
    second = book(GOALS.replace("goal: 95%", "goal: 90%")).versions[0]
    versions = [first, replace(second, starts=NOW - DAY), replace(first, starts=NOW + DAY)]
    worker.policies.change(PolicyBook(versions), NOW)
    snapshot = worker.snapshot()
    assert (snapshot.policy_published, snapshot.policy_reload_failed) == (NOW, True)
    assert snapshot.counters["policy_reloads", "published"] == 1
    assert snapshot.goals["standard", "first_response"] == 0.9
    assert {of.version: (of.effective, of.in_force) for of in snapshot.policies} == {
        first.version: (NOW + DAY, False),
        second.version: (NOW - DAY, True),
    }


def test_sizes_and_figures_come_from_the_engines() -> None:
    worker = Worker()
    live(worker.own(0), *DAY_OF_A_DESK)
    snapshot = worker.snapshot()
    [partition] = snapshot.readiness.partitions
    assert partition.tickets == 2
    assert partition.deadlines > 0
    assert partition.watermark == parse_iso("2026-11-23T09:30:00Z")
    assert partition.state_bytes
    assert snapshot.open_tickets == {("acme", "P2"): 2}
    month = next(of for of in snapshot.windows if of.window == "month")
    assert month.verdicts["first_response", "met"] == 1


def test_an_engine_before_its_first_event_shows_no_time() -> None:
    worker = Worker()
    worker.own(0)
    assert worker.snapshot().readiness.partitions[0].watermark is None


def test_what_is_being_restored_is_listed_but_not_counted() -> None:
    worker = Worker()
    state, kpis = live(worker.own(0), *DAY_OF_A_DESK)
    del worker.ownership.owners[0]

    engine = worker.engine(0)
    worker.ownership.owners[0] = owner = Owner(None, state="restoring", restored_rows=len(kpis))
    engine.restore(state)
    engine.restore_kpis(kpis)
    snapshot = worker.snapshot()
    assert not snapshot.readiness.ready
    assert snapshot.readiness.partitions[0].restored_rows == len(kpis)
    assert snapshot.windows == []
    assert snapshot.open_tickets == {}

    engine.start()
    owner.engine, owner.state = engine, "catching_up"
    assert worker.snapshot().open_tickets == {("acme", "P2"): 2}
    assert worker.snapshot().readiness.ready


def test_a_partition_that_went_elsewhere_is_counted_there() -> None:
    worker = Worker()
    live(worker.own(0), *DAY_OF_A_DESK)
    del worker.ownership.owners[0]
    snapshot = worker.snapshot()
    assert snapshot.open_tickets == {}
    assert snapshot.windows == []


def test_a_partition_that_comes_back_is_not_counted_twice() -> None:
    worker = Worker()
    state, kpis = live(worker.own(0), *DAY_OF_A_DESK)
    again = worker.own(0)
    again.restore(state)
    again.restore_kpis(kpis)
    assert worker.snapshot().open_tickets == {("acme", "P2"): 2}


def test_deadlines_that_pass_are_counted() -> None:
    worker = Worker()
    engine = worker.own(0)
    live(engine, *DAY_OF_A_DESK)
    assert engine.next_due is not None
    engine.tick(NOW + DAY)
    worker.now = NOW + DAY
    missed = {of.window: of.verdicts.get(("first_response", "missed")) for of in worker.snapshot().windows}
    assert missed["7d"] == 1


def test_the_state_is_weighed_once_a_minute() -> None:
    worker = Worker()
    engine = worker.own(0)
    live(engine, DAY_OF_A_DESK[0])
    first = worker.snapshot().readiness.partitions[0].state_bytes
    engine.apply([StoredRecord("tickets", 0, 9, NOW // 1000, b"T-2", lines(DAY_OF_A_DESK)[2])], NOW)
    assert worker.snapshot().readiness.partitions[0].state_bytes == first
    worker.now += MINUTE
    later = worker.snapshot().readiness.partitions[0].state_bytes
    assert later is not None
    assert first is not None
    assert later > first


def test_readiness_adds_nothing_up() -> None:
    worker = Worker()
    live(worker.own(0), *DAY_OF_A_DESK)
    worker.ownership.owners[3] = Owner(object(), state="claiming", lag=None)
    readiness = worker.source.readiness()
    assert [(of.partition, of.tickets, of.state_bytes) for of in readiness.partitions] == [
        (0, 2, None),
        (3, 0, None),
    ]
    assert not readiness.ready


@pytest.mark.parametrize("state", ["gone", ""])
def test_a_state_that_no_metric_knows_is_refused(state: str) -> None:
    worker = Worker()
    worker.ownership.owners[0] = Owner(state=state)
    with pytest.raises(ValueError, match="partition state"):
        worker.source.readiness()
