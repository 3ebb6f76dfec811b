"""Histograms of what this process observed: fixed buckets, counted since it started."""

from __future__ import annotations

from bisect import bisect_left

from monitor.metrics import MetricDef


class Distribution:
    """Observations counted per bucket; lives as long as the process and is fed from its event loop."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)  # the last one is above every bound
        self.total = 0.0

    @classmethod
    def of(cls, metric: MetricDef) -> Distribution:
        """An empty one with the buckets of a histogram of the catalogue."""
        return cls(metric.buckets)

    def observe(self, value: float) -> None:
        """Count one value, given in the metric's unit; a value on a bound belongs to the bucket below it."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def copy(self) -> Distribution:
        """The same counts, apart from what is observed from now on."""
        twin = Distribution(self.bounds)
        twin.counts = list(self.counts)
        twin.total = self.total
        return twin
