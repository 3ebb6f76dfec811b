"""One partition with everything around its owner faked."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.counters import Counters
from agents.dead_letter_limit import DeadLetterLimits
from agents.owner_ports import OwnerPorts, StepSizes
from agents.pacing import Pace
from agents.partition_owner import PartitionOwner
from agents.wall_clock import WallClock
from schemas.instants import SECOND, Micros
from tests.agents.fakes import FakeEngine, FakeReader, FakeTail, FakeTopics, FakeWriter, until

NOON: Micros = 1_700_000_000 * SECOND


@dataclass
class Desk:
    """One partition with everything around it faked; `now` is wall time."""

    topics: FakeTopics = field(default_factory=FakeTopics)
    tail: FakeTail = field(default_factory=FakeTail)
    counters: Counters = field(default_factory=Counters)
    pace: Pace = field(default_factory=Pace)
    now: Micros = NOON
    engines: list[FakeEngine] = field(default_factory=list)
    writers: list[FakeWriter] = field(default_factory=list)
    ended: list[BaseException] = field(default_factory=list)

    def owner(self) -> PartitionOwner:
        clock = WallClock(steady=lambda: self.now, system=lambda: self.now)
        ports = OwnerPorts(
            engine=self._engine,
            writer=self._writer,
            reader=lambda _: FakeReader(self.topics),
            tail=lambda _: self.tail.tail,
            clock=clock,
            counters=self.counters,
            sizes=StepSizes(backlog=100, live=10),
            dead_letters=DeadLetterLimits(share=0.5, window=1_000, run=5),
            pace=self.pace,
        )
        return PartitionOwner(0, ports, lambda _, error: self.ended.append(error))

    def _engine(self, partition: int) -> FakeEngine:
        self.engines.append(FakeEngine(partition))
        return self.engines[-1]

    def _writer(self, _: int) -> FakeWriter:
        self.writers.append(FakeWriter(self.topics))
        return self.writers[-1]

    async def caught_up(self, owner: PartitionOwner, end: int) -> None:
        """The broker answers until the owner trusts that the partition ends there."""
        await until(lambda: self._answered(owner, end))

    def _answered(self, owner: PartitionOwner, end: int) -> bool:
        self.tail.answer(end)
        owner._wake.set()
        return owner.caught_up
