"""What a scrape costs with 100 customers and four priorities on four partitions, figures and page together."""

from __future__ import annotations

from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from agents.exposition import Exposition
from agents.worker_snapshot import WorkerSnapshot
from monitor.current_windows import CurrentWindows
from monitor.kpis import Fact, KpiTable
from monitor.metrics import OBJECTIVES, TIMES
from monitor.periods import ReportingZone
from schemas.instants import DAY, HOUR, parse_iso
from tests.bench.report import digits, outcome, table

pytestmark = pytest.mark.bench

ZONE = ReportingZone(ZoneInfo("Europe/Madrid"))
NOW = parse_iso("2026-11-23T12:20:00+01:00")
PARTITIONS = range(4)
WHO = [(f"customer-{customer}", f"P{priority}") for customer in range(100) for priority in range(1, 5)]
BUILD = {"version": "0", "python": "0", "faust": "0", "aiokafka": "0"}


class Parsed(Collector):
    """The same series as prometheus_client's own objects, to be written by its own writer."""

    def __init__(self, page: str) -> None:
        self._families = list(text_string_to_metric_families(page))

    def collect(self) -> list[Metric]:
        families: list[Metric] = []
        for parsed in self._families:
            family = GaugeMetricFamily(parsed.name, parsed.documentation)
            family.samples = parsed.samples
            families.append(family)
        return families


def facts_of_a_day(day: int) -> list[Fact]:
    at = NOW - day * DAY
    verdicts = [
        Fact(f"{outcome}:{objective}", at, *who, 1)
        for who in WHO
        for objective in OBJECTIVES
        for outcome in ("met", "missed")
    ]
    times = [Fact(f"{kind}_time", at, *who, 1, HOUR + day * HOUR, 0) for who in WHO for kind in TIMES]
    return verdicts + times


def desk_of_a_month() -> tuple[CurrentWindows, list[KpiTable]]:
    windows = CurrentWindows(ZONE, NOW)
    tables = [KpiTable(ZONE, number) for number in PARTITIONS]
    for number, kpis in enumerate(tables):
        for day in range(31):
            kpis.add(facts_of_a_day(day))
        windows.restore(number, kpis.drain())
    return windows, tables


def test_a_scrape_of_a_hundred_customers() -> None:
    windows, tables = desk_of_a_month()
    exposition = Exposition(BUILD)
    windows.figures(NOW, PARTITIONS)
    seconds = []
    for _ in range(7):
        for number, kpis in enumerate(tables):  # every customer has something new
            kpis.add(facts_of_a_day(0))
            windows.take(number, kpis.drain())
        began = perf_counter()
        figures = windows.figures(NOW, PARTITIONS)
        taken = perf_counter()
        _, page = exposition.render(WorkerSnapshot(windows=figures), "")
        seconds.append((taken - began, perf_counter() - taken))
    took, wrote = sorted(seconds, key=sum)[len(seconds) // 2]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Parsed(page.decode()))
    began = perf_counter()
    generate_latest(registry)
    usual = perf_counter() - began
    series = sum(not line.startswith(b"#") for line in page.splitlines())
    measured = {
        "series": series,
        "bytes": len(page),
        "snapshot_ms": digits(took * 1e3),
        "page_ms": digits(wrote * 1e3),
        "scrape_ms": digits((took + wrote) * 1e3),
        "usual_writer_ms": digits(usual * 1e3),
        "usual_writer_ratio": digits(usual / wrote),
    }
    table("/metrics with 100 customers and 4 priorities", ("what", "figure"), list(measured.items()))
    outcome("metrics", measured)
