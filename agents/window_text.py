"""The window metrics as lines of the exposition formats.

Both formats agree on a line; they differ in how a gauge histogram is laid out. In OpenMetrics it is one
family, a series' buckets, count and sum together. The older text format does not know it: there the buckets
are declared a histogram, and `_gcount` and `_gsum` are gauges of their own, as prometheus_client writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.current_windows import TimeCounts, WindowFigures
from monitor.metrics import (
    TIME_BOUNDS,
    TIME_WINDOWS,
    TIMES,
    VERDICTS,
    WINDOW_VERDICTS,
    MetricDef,
)

OTHER = "__other__"
"""The label that customers beyond the limit share."""

_LE = (*map(repr, TIME_BOUNDS), "+Inf")


class CustomerLimit:
    """Gives the first customers labels of their own and all later ones a common one; lives with the process.

    First come, first labelled, and never taken back: a series that came and went would look like tickets that
    came and went.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: set[str] = set()
        self._folded: set[str] = set()

    @property
    def folded(self) -> int:
        """How many customers share the common label."""
        return len(self._folded)

    def label(self, customer: str) -> str:
        """The value of the label `customer`."""
        if customer in self._known:
            return customer
        if len(self._known) < self._limit:
            self._known.add(customer)
            return customer
        self._folded.add(customer)
        return OTHER


def window_text(rows: Iterable[WindowFigures], limit: CustomerLimit, *, openmetrics: bool) -> bytes:
    """All window metrics in UTF-8, without the end mark of OpenMetrics."""
    labelled = [(_labels(row), row) for row in _added_up(rows, limit)]
    parts = [*_head(WINDOW_VERDICTS, "gauge", openmetrics=openmetrics), *_verdict_lines(labelled)]
    for objective, metric in TIMES.items():
        times = [(labels, row.times[objective]) for labels, row in labelled if objective in row.times]
        parts += _in_openmetrics(metric, times) if openmetrics else _in_text(metric, times)
    return "".join(parts).encode()


def _added_up(rows: Iterable[WindowFigures], limit: CustomerLimit) -> Iterable[WindowFigures]:
    """One row per window, customer label and priority; times only where they are shown."""
    sums: dict[tuple[str, str, str], WindowFigures] = {}
    for row in rows:
        customer = limit.label(row.customer)
        key = (row.window, customer, row.priority)
        times = row.times if row.window in TIME_WINDOWS else {}
        shown = WindowFigures(row.window, customer, row.priority, row.verdicts, times)
        before = sums.get(key)
        sums[key] = shown if before is None else _sum(before, shown)
    return sums.values()


def _sum(one: WindowFigures, other: WindowFigures) -> WindowFigures:
    verdicts = dict(one.verdicts)
    for key, count in other.verdicts.items():
        verdicts[key] = verdicts.get(key, 0) + count
    times = dict(one.times)
    for objective, more in other.times.items():
        times[objective] = _sum_times(times[objective], more) if objective in times else more
    return WindowFigures(one.window, one.customer, one.priority, verdicts, times)


def _sum_times(one: TimeCounts, other: TimeCounts) -> TimeCounts:
    counts = [a + b for a, b in zip(one.counts, other.counts, strict=True)]
    return TimeCounts(counts, one.seconds + other.seconds)


def _labels(row: WindowFigures) -> str:
    return f'customer="{_escape(row.customer)}",priority="{_escape(row.priority)}",window="{row.window}"'


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _head(metric: MetricDef, type_: str, suffix: str = "", *, openmetrics: bool) -> Iterator[str]:
    name = metric.name + suffix
    yield f"# HELP {name} {_escape(metric.help) if openmetrics else metric.help}\n"
    yield f"# TYPE {name} {type_}\n"
    if openmetrics and metric.unit:
        yield f"# UNIT {name} {metric.unit}\n"


def _verdict_lines(rows: Iterable[tuple[str, WindowFigures]]) -> Iterator[str]:
    """Both outcomes of every objective with a verdict: where none was met, attainment is 0, not absent."""
    name = WINDOW_VERDICTS.name
    for labels, row in rows:
        for objective in dict.fromkeys(objective for objective, _ in row.verdicts):
            for outcome in VERDICTS:
                count = row.verdicts.get((objective, outcome), 0)
                yield f'{name}{{{labels},objective="{objective}",outcome="{outcome}"}} {count}\n'


def _buckets(name: str, labels: str, counts: Iterable[int]) -> Iterator[str]:
    head = f'{name}_bucket{{{labels},le="'
    so_far = 0
    for bound, count in zip(_LE, counts, strict=True):
        so_far += count
        yield f'{head}{bound}"}} {so_far}\n'


def _in_openmetrics(metric: MetricDef, times: Iterable[tuple[str, TimeCounts]]) -> Iterator[str]:
    name = metric.name
    yield from _head(metric, "gaugehistogram", openmetrics=True)
    for labels, of in times:
        yield from _buckets(name, labels, of.counts)
        yield f"{name}_gcount{{{labels}}} {sum(of.counts)}\n"
        yield f"{name}_gsum{{{labels}}} {of.seconds}\n"


def _in_text(metric: MetricDef, times: list[tuple[str, TimeCounts]]) -> Iterator[str]:
    name = metric.name
    yield from _head(metric, "histogram", openmetrics=False)
    for labels, of in times:
        yield from _buckets(name, labels, of.counts)
    yield from _head(metric, "gauge", "_gcount", openmetrics=False)
    yield from (f"{name}_gcount{{{labels}}} {sum(of.counts)}\n" for labels, of in times)
    yield from _head(metric, "gauge", "_gsum", openmetrics=False)
    yield from (f"{name}_gsum{{{labels}}} {of.seconds}\n" for labels, of in times)
