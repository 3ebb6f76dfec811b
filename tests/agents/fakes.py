"""Stand-ins for the neighbours of a partition's owner: an engine that counts, a writer that keeps, and so on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from monitor.intake import SourceRecord
from monitor.step import Row, Step
from schemas.dead_letters import HEADER_OFFSET, DeadLetter
from schemas.instants import Micros

CHECKPOINT = b"\x00checkpoint"
POISON = b"poison"


@dataclass(frozen=True)
class FakeCheckpoint:
    next_offset: int


class FakeEngine:
    """Counts the records of each key; a result per record says how many there have been.

    A record whose value is `POISON` is dead-lettered; one with the value `due:N` sets a deadline at N.
    """

    def __init__(self, partition: int = 0) -> None:
        self.partition = partition
        self.counts: dict[bytes, int] = {}
        self.next_offset = -1
        self.deadlines: list[Micros] = []
        self.applied: list[list[int]] = []

    @property
    def next_due(self) -> Micros | None:
        return min(self.deadlines, default=None)

    def restore(self, rows: Iterable[Row]) -> None:
        for key, value in rows:
            if key == CHECKPOINT:
                self.next_offset = int(value or b"-1")
            elif value is None:
                self.counts.pop(key, None)
            else:
                self.counts[key] = int(value)

    def restore_kpis(self, rows: Iterable[Row]) -> None:
        for _ in rows:
            pass

    def start(self) -> FakeCheckpoint:
        return FakeCheckpoint(self.next_offset)

    def apply(self, records: Sequence[SourceRecord], now: Micros) -> Step:  # noqa: ARG002
        step = Step(records=len(records))
        dirty = set()
        for record in records:
            if record.value == POISON:
                step.dead_letters.append(
                    DeadLetter(record.key, record.value, [(HEADER_OFFSET, str(record.offset).encode())])
                )
                continue
            if (record.value or b"").startswith(b"due:"):
                self.deadlines.append(int((record.value or b"")[4:]))
            key = record.key or b""
            count = self.counts[key] = self.counts.get(key, 0) + 1
            dirty.add(key)
            step.results.append((key, b"%d %d" % (count, record.offset)))
        self.applied.append([record.offset for record in records])
        self.next_offset = records[-1].offset + 1
        step.counters[("events", "any")] += len(records)
        return self._finish(step, dirty)

    def tick(self, now: Micros, limit: int = 1000) -> Step:
        due = sorted(deadline for deadline in self.deadlines if deadline < now)[:limit]
        self.deadlines = [deadline for deadline in self.deadlines if deadline not in due]
        step = Step(next_offset=self.next_offset)
        step.alerts = [(b"%d" % deadline, orjson.dumps({"due": deadline, "at": now})) for deadline in due]
        return self._finish(step, set()) if due else step

    def _finish(self, step: Step, dirty: set[bytes]) -> Step:
        step.state = [(key, b"%d" % self.counts[key]) for key in dirty]
        step.state.append((CHECKPOINT, b"%d" % self.next_offset))
        step.next_offset = self.next_offset
        return step
