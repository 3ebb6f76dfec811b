"""What a worker has after a reload against what a fresh judgement of the same events has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from monitor.checkpoint import CHECKPOINT_KEY
from monitor.engine import Engine
from monitor.policies import PolicyBook
from monitor.replay import ReplayOutcome, ResultKey, _as_they_stand, _collect
from monitor.step import Step
from schemas.instants import Micros
from tests.integration.installation import Installation
from tests.integration.reading import Record, read_topic

_STEP = 2_000
Tables = tuple[dict[bytes, dict[str, Any]], dict[bytes, Any]]


def differences(installation: Installation, book: PolicyBook) -> tuple[Mapping[str, int], list[str]]:
    """How much was compared, and what of it differs, in words: every line of every clock, and every KPI row.

    A line has the clock's deadline, its verdict and the version that judged it, as it stands at the partition's time.
    """
    topics, address = installation.topics, installation.broker.address
    source, state, kpis, results = (
        _by_partition(read_topic(address, topic))
        for topic in (topics.tickets, topics.state, topics.kpis, topics.results)
    )
    compared: dict[str, int] = defaultdict(int)
    found: list[str] = []
    for partition, records in sorted(source.items()):
        rows = [(record.key or b"", record.value) for record in state[partition]]
        live, watermark = _live(partition, book, rows, results[partition], kpis[partition])
        fresh = _fresh(partition, book, records, watermark)
        for what, one, other in zip(("clocks", "kpis"), live, fresh, strict=True):
            compared[what] += len(other)
            found += [
                f"partition {partition}, {what} {key!r}: {one.get(key)} live, {other.get(key)} in a fresh replay"
                for key in sorted({*one, *other})
                if one.get(key) != other.get(key)
            ]
    return compared, found


def _by_partition(records: Iterable[Record]) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        found[record.partition].append(record)
    return found


def _live(
    partition: int,
    book: PolicyBook,
    rows: list[tuple[bytes, bytes | None]],
    results: list[Record],
    kpis: list[Record],
) -> tuple[Tables, Micros]:
    engine = Engine(partition, book)
    engine.restore(rows)
    engine.start()
    step = Step(results=[(record.key or b"", record.value or b"") for record in results])
    table = {record.key or b"": record.value for record in kpis}
    return (_lines(engine, [step]), _read(table)), engine.watermark


def _fresh(partition: int, book: PolicyBook, records: list[Record], watermark: Micros) -> Tables:
    engine = Engine(partition, book)
    engine.start()
    steps = [engine.apply(records[at : at + _STEP], watermark) for at in range(0, len(records), _STEP)]
    more = True
    while more:
        steps.append(engine.tick(watermark))
        more = steps[-1].more
    table: dict[bytes, bytes | None] = {}
    for step in steps:
        table.update(step.kpis)
    return _lines(engine, steps), _read(table)


def _lines(engine: Engine, steps: Iterable[Step]) -> dict[bytes, dict[str, Any]]:
    settled: dict[ResultKey, dict[str, Any]] = {}
    for step in steps:
        _collect(Step(results=step.results), ReplayOutcome(), settled)
    lines = [orjson.loads(line) for line in _as_they_stand(engine, settled)]
    return {f"{line['ticket_id']} {line['objective']} {line['cycle']}".encode(): line for line in lines}


def _read(table: Mapping[bytes, bytes | None]) -> dict[bytes, Any]:
    return {
        key: orjson.loads(value)
        for key, value in table.items()
        if value is not None and key != CHECKPOINT_KEY
    }
