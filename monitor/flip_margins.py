"""How close the flips were: the distance from the new target at which flipped clocks stopped."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from statistics import median
from typing import Final, Literal, cast

from monitor.before_after import objective_rank
from monitor.clock_pairs import Line
from monitor.needed_targets import micros
from schemas.events import ObjectiveName
from schemas.instants import as_seconds
from schemas.simulations import MarginBucket, Margins

SHARES: Final = (0.05, 0.1, 0.25, 0.5, 1.0)
"""The upper bounds of the buckets, as shares of the target; beyond the last is the rest."""

Flip = Literal["met_to_missed", "missed_to_met"]


class FlipMargins:
    """Collects the margins of flips; lives as long as one comparison."""

    def __init__(self) -> None:
        self._spans: defaultdict[tuple[str, Flip], array[int]] = defaultdict(lambda: array("q"))
        self._buckets: defaultdict[tuple[str, Flip], Counter[int]] = defaultdict(Counter)
        self._open: Counter[tuple[str, Flip]] = Counter()

    def add(self, kind: Flip, after: Line) -> None:
        """Takes a flip in: by how much it is over the new target, or how much of that it had left."""
        key = (after.objective, kind)
        if after.never_stopped:
            self._open[key] += 1
            return
        elapsed, target = micros(after.elapsed_seconds), micros(after.target_seconds)
        margin = abs(elapsed - target)
        self._spans[key].append(margin)
        # A source may promise a time outside hours: then nothing of open time is the target.
        share = margin / target if target else float(margin > 0) * (SHARES[-1] + 1)
        self._buckets[key][bisect_left(SHARES, share)] += 1

    def rows(self) -> list[Margins]:
        """One for each objective and kind that has flips; what failed first."""
        keys = sorted(
            self._spans.keys() | self._open.keys(), key=lambda key: (objective_rank(key[0]), key[1])
        )
        return [self._row(*key) for key in keys]

    def _row(self, objective: str, kind: Flip) -> Margins:
        spans = self._spans.get((objective, kind), array("q"))
        counts = self._buckets.get((objective, kind), Counter[int]())
        return Margins(
            objective=cast("ObjectiveName", objective),
            kind=kind,
            buckets=[MarginBucket(up_to=up_to, count=counts[n]) for n, up_to in enumerate((*SHARES, None))],
            still_open=self._open[objective, kind],
            median_seconds=as_seconds(round(median(spans))) if spans else None,
            largest_seconds=as_seconds(max(spans)) if spans else None,
        )
