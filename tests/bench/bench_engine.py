"""The engine alone, in this process and without Kafka: what an event costs, and where; what a ticket weighs."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import psutil
import pytest

from agents.collecting import calm_collector
from monitor.engine import Engine
from monitor.fold import CREATED, Fold
from monitor.intake import StoredRecord, Taken, read
from monitor.tickets import Ticket
from schemas.events import decode_event
from schemas.instants import MINUTE, Micros
from tests.bench.conftest import Sizes
from tests.bench.desk import BPIC, UCI, book, records
from tests.bench.report import digits, outcome, say, spread, table
from tests.bench.sampler import sampled
from tests.bench.state_rows import Desk

pytestmark = pytest.mark.bench

STEPS: Final = (1, 250, 2_000)
NOW: Final[Micros] = 1_900_000_000_000_000
COLLECTORS: Final = ("off", "worker", "default")
_CHUNK: Final = 2_000


def test_what_an_event_costs(sizes: Sizes) -> None:
    """µs of processor time per event: decoding and folding alone, then the whole, by step and by collector."""
    figures: dict[str, Any] = {}
    for name in (UCI, BPIC):
        events = records(name)
        say(f"{name}: {len(events):,} events, {sizes.rounds} rounds")
        costs = _costs(events, sizes.rounds)
        table(f"{name}: µs per event", ("what", "µs"), list(costs.items()))
        shares, written = _sampled(events)
        whole = costs["whole, steps of 2000, collector worker"]
        rows = [(part, 100 * share, share * whole) for part, share in shares.items()]
        table(f"{name}: where, in steps of 2000", ("component", "%", "µs"), rows)
        table(f"{name}: written per 1,000 events", ("what", "rows", "bytes"), written)
        figures[name] = {
            "us": costs,
            "shares": shares,
            "written_per_1000": {row[0]: row[1:] for row in written},
        }
    outcome("engine", figures)


def test_what_a_ticket_weighs(sizes: Sizes) -> None:
    """Bytes of rows, and of resident memory per open ticket, each number of tickets in a process of its own."""
    figures: dict[str, Any] = {}
    rows = []
    for count in sizes.tickets:
        say(f"{count:,} open tickets")
        found = figures[str(count)] = _in_a_process(weigh, count)
        rows.append(
            (count, *(found[key] for key in ("rss_per_ticket", "bytes_per_row", "restore_us", "start_us")))
        )
    head = ("open tickets", "RSS bytes each", "of them the row", "µs to restore", "µs to start")
    table("memory and restore of an engine", head, rows)
    sizes_of = figures["desk"] = _in_a_process(describe, 0)
    table("rows of the recorded desk", ("rows", "min", "p50", "p99", "max"), sizes_of["sizes"])
    table("KPI rows of the recorded desk", ("what", "value"), sizes_of["kpis"])
    outcome("engine_memory", figures)


# What an event costs.


def _costs(events: Sequence[StoredRecord], rounds: int) -> dict[str, float]:
    stages: dict[str, Callable[[], object]] = {
        "decode (schemas)": lambda: [decode_event(record.value or b"") for record in events],
        "read (decode, check, reduce)": lambda: [read(record, MINUTE, keyed=True) for record in events],
    }
    read_already = [read(record, MINUTE, keyed=True) for record in events]
    stages["fold (no ledger, no rows)"] = lambda: _fold(read_already)
    costs = {}
    for name, stage in stages.items():
        with _collector("worker"):
            costs[name] = _median(stage, len(events), rounds)
    for step in STEPS:
        for collector in COLLECTORS if step == max(STEPS) else ("worker",):
            with _collector(collector):
                name = f"whole, steps of {step}, collector {collector}"
                costs[name] = _median(lambda size=step: _apply(events, size), len(events), rounds)  # type: ignore[misc]
                say(f"{name}: {costs[name]} µs")
    return costs


def _median(run: Callable[[], object], events: int, rounds: int) -> float:
    """Processor time: other processes on the machine disturb it less than they do the wall clock."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        run()
        taken.append((time.process_time() - began) / events * 1e6)
    return digits(statistics.median(taken))


def _fold(events: Sequence[Taken]) -> None:
    fold = Fold(book())
    tickets: dict[bytes, Ticket] = {}
    for key, event, _ in events:
        ticket = tickets.get(key)
        if ticket is None:
            if event.rank != CREATED:
                continue
            ticket = tickets[key] = Ticket(ticket_id=key.decode())
        fold.apply(ticket, event)


def _apply(events: Sequence[StoredRecord], size: int) -> None:
    for _ in _steps(events, size):
        pass


def _steps(events: Sequence[StoredRecord], size: int) -> Iterator[Any]:
    engine = Engine(0, book())
    engine.start()
    for begin in range(0, len(events), size):
        yield engine.apply(events[begin : begin + size], NOW)


@contextmanager
def _collector(setting: str) -> Iterator[None]:
    gc.collect()
    former = gc.get_threshold()
    if setting == "off":
        gc.disable()
    elif setting == "worker":
        calm_collector()
    try:
        yield
    finally:
        gc.set_threshold(*former)
        gc.enable()


def _sampled(events: Sequence[StoredRecord]) -> tuple[dict[str, float], list[tuple[str, int, int]]]:
    written: dict[str, list[int]] = {name: [] for name in ("state", "kpis", "results", "alerts")}
    with _collector("worker"), sampled() as samples:
        for step in _steps(events, max(STEPS)):
            for name, lengths in written.items():
                lengths.extend(len(key) + len(value or b"") for key, value in getattr(step, name))
    per = 1_000 / len(events)
    return samples.shares(), [
        (name, round(len(lengths) * per), round(sum(lengths) * per)) for name, lengths in written.items()
    ]


# What a ticket weighs.


def weigh(count: int) -> dict[str, float]:
    """Restores an engine with that many tickets as a worker does; runs in a process that does nothing else."""
    now = time.time_ns() // 1_000
    desk = Desk(now)
    engine = Engine(0, book())
    gc.collect()
    gc.disable()
    before = _resident()
    spent, length = 0.0, 0
    chunk: list[tuple[bytes, bytes | None]] = []
    for row in desk.tickets(count):
        chunk.append(row)
        length += len(row[1])
        if len(chunk) == _CHUNK:
            spent += _timed(lambda rows=chunk: engine.restore(rows))  # type: ignore[misc]
            chunk = []
    engine.restore(chunk)
    del chunk
    start = _timed(engine.start)
    return {
        "rss_per_ticket": digits((_resident() - before) / count),
        "bytes_per_row": digits(length / count),
        "restore_us": digits(spent / count * 1e6),
        "start_us": digits(start / count * 1e6),
        "heap": engine.rows.deadlines,
    }


def describe(_: int) -> dict[str, Any]:
    """The sizes of a desk's rows in the middle of its work."""
    desk = Desk(time.time_ns() // 1_000)
    keys, values = map(len, desk.kpis), map(len, desk.kpis.values())
    lengths = {"open tickets": list(map(len, desk.open)), "all tickets": list(map(len, desk.rows.values()))}
    return {
        "sizes": [
            (f"{name} ({len(of)})", *(spread(of)[key] for key in ("min", "p50", "p99", "max")))
            for name, of in lengths.items()
        ],
        "kpis": [
            ("rows", len(desk.kpis)),
            ("bytes of keys", sum(keys)),
            ("bytes of values", sum(values)),
            ("rows per ticket created", digits(len(desk.kpis) / len(desk.rows))),
        ],
    }


def _timed(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def _resident() -> int:
    """Resident bytes, after what the allocator keeps for later was handed back, where the C library can."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return int(psutil.Process().memory_info().rss)


def _in_a_process(work: Callable[[int], dict[str, Any]], count: int) -> dict[str, Any]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, count).result()
