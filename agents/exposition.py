"""Writes `/metrics` from a snapshot of the worker: fresh families at each scrape, nothing is kept in between.

The window metrics are most of the page (some 40,000 series with 100 customers), and prometheus_client's
writers take 0.25 to 0.4 s for them; `agents.window_text` writes these lines itself in about a tenth of that.
All else goes through a collector of prometheus_client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from time import perf_counter

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from agents.distributions import Distribution
from agents.window_text import CustomerLimit, window_text
from agents.worker_snapshot import PartitionView, WorkerSnapshot
from monitor import metrics
from monitor.metrics import MetricDef
from schemas.instants import SECOND

_END = b"# EOF\n"  # closes a page in OpenMetrics, and only there


class Exposition:
    """Turns snapshots into pages for Prometheus; one per process.

    `build` are the label values of `sla_build_info`; `customers` is how many customers get labels of their
    own; `extra` are further collectors, for example of another role in this process.
    """

    def __init__(
        self, build: Mapping[str, str], *, customers: int = 250, extra: Sequence[Collector] = ()
    ) -> None:
        self._build = build
        self._limit = CustomerLimit(customers)
        self._others = (ProcessCollector(registry=None), *extra)
        self._last_scrape = 0.0

    def render(self, snapshot: WorkerSnapshot, accept: str) -> tuple[str, bytes]:
        """The content type and the page for an `Accept` header; may run outside the event loop."""
        began = perf_counter()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(WorkerCollector(snapshot, self._build, self._limit, self._last_scrape))
        for other in self._others:
            registry.register(other)
        encode, content_type = choose_encoder(accept)
        page = encode(registry)
        openmetrics = page.endswith(_END)
        windows = window_text(snapshot.windows, self._limit, openmetrics=openmetrics)
        body = page.removesuffix(_END) + windows + (_END if openmetrics else b"")
        self._last_scrape = perf_counter() - began
        return content_type, body


class WorkerCollector(Collector):
    """The families of one snapshot, without the windows; lives for one scrape."""

    def __init__(
        self,
        snapshot: WorkerSnapshot,
        build: Mapping[str, str],
        limit: CustomerLimit,
        last_scrape: float = 0.0,
    ) -> None:
        self._snapshot = snapshot
        self._build = build
        self._limit = limit
        self._last_scrape = last_scrape

    def collect(self) -> Iterator[Metric]:
        """Every family of the catalogue but the windows."""
        snapshot = self._snapshot
        yield from _counters(snapshot.counters)
        yield from _distributions(snapshot.distributions)
        yield from _partitions(snapshot)
        yield from self._tickets()
        yield from _policies(snapshot)
        yield from _sources(snapshot)
        yield _gauge(metrics.SCRAPE, [((), self._last_scrape)])
        yield _info(metrics.BUILD_INFO, [tuple(self._build[label] for label in metrics.BUILD_INFO.labels)])

    def _tickets(self) -> Iterator[Metric]:
        sums: dict[tuple[str, ...], float] = {}
        for (customer, priority), count in self._snapshot.open_tickets.items():
            key = (self._limit.label(customer), priority)
            sums[key] = sums.get(key, 0) + count
        for row in self._snapshot.windows:  # before the number of folded customers is read
            self._limit.label(row.customer)
        yield _gauge(metrics.OPEN_TICKETS, sums.items())
        yield _gauge(metrics.CUSTOMERS_FOLDED, [((), self._limit.folded)])


def _counters(counters: Mapping[tuple[str, ...], int]) -> Iterator[Metric]:
    """One family per counter of the catalogue; a key that is in none raises `KeyError`: it would be lost."""
    series = {name: dict.fromkeys(metric.zero_series(), 0) for name, metric in metrics.COUNTED.items()}
    for (counted, *values), count in counters.items():
        series[counted][tuple(values)] = count
    for name, metric in metrics.COUNTED.items():
        family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        for labels, count in series[name].items():
            family.add_metric(labels, count)
        yield family


def _distributions(distributions: Mapping[str, Distribution]) -> Iterator[Metric]:
    for metric in metrics.CATALOGUE:
        if metric.type != "histogram":
            continue
        seen = distributions.get(metric.name) or Distribution.of(metric)
        bounds = (*map(repr, metric.buckets), "+Inf")
        family = HistogramMetricFamily(metric.name, metric.help, labels=(), unit=metric.unit)
        family.add_metric((), list(zip(bounds, accumulate(seen.counts), strict=True)), seen.total)
        yield family


def _partitions(snapshot: WorkerSnapshot) -> Iterator[Metric]:
    partitions = snapshot.readiness.partitions
    owned = [partition for partition in partitions if partition.restored]
    states = dict.fromkeys(metrics.PARTITIONS.zero_series(), 0)
    for partition in partitions:
        states[(partition.state,)] += 1
    yield _gauge(metrics.JOINED, [((), snapshot.readiness.joined)])
    yield _gauge(metrics.PARTITIONS_OWNED, [((), len(owned))])
    yield _gauge(metrics.PARTITIONS, states.items())
    for metric, read in _PER_PARTITION.items():
        values = [(partition, read(partition)) for partition in owned]
        yield _gauge(metric, [((str(of.partition),), value) for of, value in values if value is not None])
    rows = [((str(of.partition), "state"), of.state_rows) for of in owned]
    rows += [((str(of.partition), "kpis"), of.kpi_rows) for of in owned]
    yield _gauge(metrics.STATE_ROWS, rows)


_PER_PARTITION: Mapping[MetricDef, Callable[[PartitionView], float | None]] = {
    metrics.LAG: lambda view: view.lag,
    metrics.CAUGHT_UP: lambda view: view.state == "live",
    metrics.WATERMARK: lambda view: None if view.watermark is None else view.watermark / SECOND,
    metrics.NEXT_OFFSET: lambda view: view.next_offset,
    metrics.RESTORE: lambda view: view.restore_seconds,
    metrics.DEADLINES: lambda view: view.deadlines,
    metrics.TICKETS: lambda view: view.tickets,
    metrics.REPLANNING: lambda view: view.replanning,
    metrics.STATE_BYTES: lambda view: view.state_bytes,
}


def _policies(snapshot: WorkerSnapshot) -> Iterator[Metric]:
    policies = snapshot.policies
    yield _info(metrics.POLICY_INFO, [(of.version, "true" if of.in_force else "false") for of in policies])
    yield _gauge(metrics.POLICY_EFFECTIVE, [((of.version,), (of.effective or 0) / SECOND) for of in policies])
    yield _gauge(metrics.POLICY_PUBLISHED, [((), (snapshot.policy_published or 0) / SECOND)])
    yield _gauge(metrics.POLICY_RELOAD_FAILED, [((), snapshot.policy_reload_failed)])
    yield _gauge(metrics.GOAL, snapshot.goals.items())


def _sources(snapshot: WorkerSnapshot) -> Iterator[Metric]:
    views = snapshot.sources
    yield _gauge(metrics.SOURCE_SILENT, [((of.source,), of.silent) for of in views])
    heard = [((of.source,), of.last_event / SECOND) for of in views if of.last_event is not None]
    yield _gauge(metrics.SOURCE_LAST_EVENT, heard)
    yield _gauge(metrics.SOURCE_SILENCE_AFTER, [((of.source,), of.limit / SECOND) for of in views])


def _gauge(metric: MetricDef, series: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels, unit=metric.unit)
    for labels, value in series:
        family.add_metric(labels, value)
    return family


def _info(metric: MetricDef, series: Iterable[tuple[str, ...]]) -> Metric:
    family = InfoMetricFamily(metric.name.removesuffix("_info"), metric.help, labels=metric.labels)
    for labels in series:
        family.add_metric(labels, {})
    return family
