"""What a worker must have written that nothing ever happened to: the engine over the very same records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from monitor.checkpoint import CHECKPOINT_KEY
from monitor.engine import Engine
from monitor.policies import PolicyBook
from monitor.step import Step
from schemas.dead_letters import HEADER_OFFSET, HEADER_REASON
from schemas.instants import Micros
from schemas.topics import Topics
from tests.integration.reading import Record, Take, undated

_STEP = 500

Headers = Iterable[tuple[str, bytes]]


@dataclass
class Written:
    """All outputs of an installation, without what says when something was noticed.

    `logs` has the records of results, alerts and dead letters by kind and partition in their order, so that one
    too many, too few or twice shows; `tables` what compaction leaves of state and KPIs by kind and key, and
    `checkpoints` the source offset to go on from in each partition.
    """

    logs: dict[tuple[str, int], list[Any]] = field(default_factory=lambda: defaultdict(list))
    tables: dict[str, dict[tuple[int, bytes], bytes]] = field(default_factory=lambda: defaultdict(dict))
    checkpoints: dict[int, int] = field(default_factory=dict)

    def takers(self, topics: Topics) -> dict[str, Take]:
        """What takes the records of each output topic in."""
        return {
            topics.results: lambda of: self.result(of.partition, of.key, of.value),
            topics.alerts: lambda of: self.alert(of.partition, of.key, of.value),
            topics.dead_letters: lambda of: self.dead_letter(of.partition, of.key, of.value, of.headers),
            topics.state: lambda of: self.row("state", of.partition, of.key, of.value),
            topics.kpis: lambda of: self.row("kpis", of.partition, of.key, of.value),
        }

    def result(self, partition: int, key: bytes | None, value: bytes | None) -> None:
        """A record of `sla-results`."""
        self.logs["results", partition].append((key, value))

    def alert(self, partition: int, key: bytes | None, value: bytes | None) -> None:
        """A record of `sla-alerts`."""
        self.logs["alerts", partition].append((key, undated(value)))

    def dead_letter(self, partition: int, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """A record of `tickets-dlq`."""
        named = dict(headers)
        entry = (named[HEADER_REASON], named[HEADER_OFFSET], key, value)
        self.logs["dead letters", partition].append(entry)

    def row(self, table: str, partition: int, key: bytes | None, value: bytes | None) -> None:
        """A row of `sla-state` or `sla-kpis`."""
        if key == CHECKPOINT_KEY:
            self.checkpoints[partition] = orjson.loads(value or b"")["next_offset"]
        elif value is None:
            self.tables[table].pop((partition, key or b""), None)
        else:
            self.tables[table][partition, key or b""] = value

    def rows(self, table: str) -> dict[tuple[int, bytes], Any]:
        """A table with its values as they compare: in a KPI row the order of the names is that of their coming."""
        read = orjson.loads if table == "kpis" else bytes
        return {place: read(value) for place, value in self.tables[table].items()}

    @property
    def size(self) -> dict[str, int]:
        """How much there is of everything: cheap to compare while one waits."""
        found: dict[str, int] = defaultdict(int)
        for (kind, _), records in self.logs.items():
            found[kind] += len(records)
        for kind, rows in self.tables.items():
            found[kind] = len(rows)
        found["judged"] = self.judged
        return found

    @property
    def judged(self) -> int:
        """How many source records the committed steps hold."""
        return sum(self.checkpoints.values())

    def differences(self, expected: Written) -> list[str]:
        """What differs from what must be there, in words; empty when nothing does."""
        found = []
        for place in sorted({*self.logs, *expected.logs}):
            found += _first_difference(f"{place}", self.logs[place], expected.logs[place])
        for kind in sorted({*self.tables, *expected.tables}):
            found += _rows_that_differ(kind, self.rows(kind), expected.rows(kind))
        if self.checkpoints != expected.checkpoints:
            found.append(f"checkpoints are {self.checkpoints}, not {expected.checkpoints}")
        return found


def undisturbed(source: Iterable[Record], book: PolicyBook, until: Micros) -> Written:
    """The outputs for the records of the source topic, the clock then running on to an instant."""
    by_partition: dict[int, list[Record]] = defaultdict(list)
    for record in source:
        by_partition[record.partition].append(record)
    written = Written()
    for partition, records in by_partition.items():
        engine = Engine(partition, book, topic=records[0].topic)
        engine.start()
        for first in range(0, len(records), _STEP):
            _collect(written, partition, engine.apply(records[first : first + _STEP], until))
        step = Step(more=True)
        while step.more:
            step = engine.tick(until)
            _collect(written, partition, step)
    return written


def _collect(written: Written, partition: int, step: Step) -> None:
    for key, value in step.results:
        written.result(partition, key, value)
    for key, value in step.alerts:
        written.alert(partition, key, value)
    for letter in step.dead_letters:
        written.dead_letter(partition, letter.key, letter.value, letter.headers)
    for table, rows in (("state", step.state), ("kpis", step.kpis)):
        for key, row in rows:
            written.row(table, partition, key, row)


def _first_difference(place: str, found: list[Any], expected: list[Any]) -> list[str]:
    if found == expected:
        return []
    same = 0
    for one, other in zip(found, expected, strict=False):
        if one != other:
            break
        same += 1
    at = f"{place}: {len(found)} for {len(expected)}, record {same} is"
    return [f"{at} {found[same : same + 1]}, not {expected[same : same + 1]}"]


def _rows_that_differ(
    kind: str, found: dict[tuple[int, bytes], Any], expected: dict[tuple[int, bytes], Any]
) -> list[str]:
    places = sorted({*found, *expected})
    different = [place for place in places if found.get(place) != expected.get(place)]
    if not different:
        return []
    first = different[0]
    return [
        f"{kind}: {len(different)} rows differ; {first} is {found.get(first)!r}, not {expected.get(first)!r}"
    ]
