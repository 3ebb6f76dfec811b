"""What this process counted and timed since it started; all partitions together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from agents.distributions import Distribution
from monitor.metrics import ALERT_DELAY, STEP_COMMIT, STEP_RECORDS


class Counters:
    """Sums and histograms fed by committed steps only; lives as long as the process, on its event loop.

    Only what was committed is counted, so that a step done again by the next owner is not counted twice here.
    """

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, ...], int] = defaultdict(int)
        self.step_records = Distribution.of(STEP_RECORDS)
        self.step_commit = Distribution.of(STEP_COMMIT)
        self.alert_delay = Distribution.of(ALERT_DELAY)

    def add(self, counts: Mapping[tuple[str, ...], int]) -> None:
        """Adds the counters of one step, keyed as `Step.counters`."""
        for key, count in counts.items():
            self._counts[key] += count

    def snapshot(self) -> dict[tuple[str, ...], int]:
        """The sums so far, apart from what is added later."""
        return dict(self._counts)

    def distributions(self) -> dict[str, Distribution]:
        """Copies of the histograms by metric name."""
        return {
            STEP_RECORDS.name: self.step_records.copy(),
            STEP_COMMIT.name: self.step_commit.copy(),
            ALERT_DELAY.name: self.alert_delay.copy(),
        }
