"""The figures of one period: as they are now, as they were when it closed, and what was corrected since (S57).

A period is **provisional** until every partition's time has passed its end by the grace, then **closed**. First
contact resolution stays provisional until the window in which a reopen undoes it has passed as well (S52); how
far a partition's time has come is known to the day it is in.

Each partition closes its own part: what reaches a fast one after its close is a correction, even if a slow one
has not closed yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from monitor.periods import Period
from monitor.row_index import EVERYONE, Population, RowIndex, add_summary
from monitor.summaries import Stock, Summary
from schemas.instants import Micros, as_seconds, iso


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One period of one population; `as_closed` is None while it is provisional or kept no more."""

    period: Period
    population: Population
    closed: bool
    first_contact_final: bool
    kept: bool
    now: Summary
    as_closed: Summary | None
    corrections: dict[str, Summary]
    backlog: Stock | None
    backlog_corrections: dict[str, dict[str, int]]

    @property
    def backlog_as_closed(self) -> Stock | None:
        """The backlog that was reported when the period closed; None while it is provisional."""
        if self.backlog is None or not self.closed:
            return None
        ages = dict(self.backlog.ages)
        for bands in self.backlog_corrections.values():
            for band, count in bands.items():
                ages[band] -= count
        return Stock(self.backlog.start, sum(ages.values()), ages)

    def document(self) -> dict[str, Any]:
        """The snapshot as JSON; what has no data is null, and corrections are signed."""
        of = self.population
        return {
            "period": {
                "kind": self.period.kind.value,
                "label": self.period.label,
                "start": iso(self.period.start),
                "end": iso(self.period.end),
            },
            "population": {"customer": of.customer, "priority": of.priority, "tier": of.tier},
            "state": "closed" if self.closed else "provisional",
            "first_contact_resolution_state": "final" if self.first_contact_final else "provisional",
            "kept": self.kept,
            "now": self.now.document(),
            "as_closed": None if self.as_closed is None else self.as_closed.document(),
            "corrections": [
                {"reason": reason, **_change(summary)} for reason, summary in self.corrections.items()
            ],
            "backlog": self._backlog_document(),
        }

    def _backlog_document(self) -> dict[str, Any] | None:
        if self.backlog is None:
            return None
        former = self.backlog_as_closed
        return {
            **_stock(self.backlog),
            "as_closed": None if former is None else _stock(former),
            "corrections": [
                {"reason": reason, "open": sum(bands.values()), "ages": bands}
                for reason, bands in self.backlog_corrections.items()
            ],
        }


def snapshot(
    rows: RowIndex,
    period: Period,
    *,
    fcr_window: Micros,
    population: Population = EVERYONE,
    partitions: int | None = None,
) -> Snapshot:
    """The figures of a period for a population.

    `partitions` is how many the source topic has: until each has spoken, nothing is closed. Without it those
    are asked that have rows.
    """
    closed = is_closed(rows, period, partitions)
    kept = rows.keeps(period)
    now = rows.summary(period, population)
    corrections = rows.corrections(period, population)
    return Snapshot(
        period,
        population,
        closed,
        is_first_contact_final(rows, period, fcr_window, partitions),
        kept,
        now,
        before(now, corrections) if closed and kept else None,
        corrections,
        rows.stock(period.end, population),
        rows.stock_corrections(period.end, population),
    )


def is_closed(rows: RowIndex, period: Period, partitions: int | None = None) -> bool:
    """Whether a period is closed in every partition (S57)."""
    through = rows.closed_through(partitions)
    return through is not None and through >= period.end


def is_first_contact_final(
    rows: RowIndex, period: Period, fcr_window: Micros, partitions: int | None = None
) -> bool:
    """Whether no reopen in time can undo a first contact resolution of a period any more (S52)."""
    reached = rows.reached(partitions)
    return is_closed(rows, period, partitions) and reached is not None and reached >= period.end + fcr_window


def before(now: Summary, corrections: dict[str, Summary]) -> Summary:
    """What a period said before it was corrected: now less the corrections, exactly."""
    former = Summary()
    add_summary(former, now)
    for change in corrections.values():
        add_summary(former, change, -1)
    return former


def _change(summary: Summary) -> dict[str, Any]:
    times = summary.tally.times
    return {
        "counts": dict(sorted(summary.tally.counts.items())),
        "times": {
            name: {
                "count": sum(times[name].open.values()),
                "open": as_seconds(times[name].open_us),
                "wall": as_seconds(times[name].wall_us),
            }
            for name in sorted(times)
        },
        "volumes": {of: dict(sorted(names.items())) for of, names in sorted(summary.volumes.items())},
    }


def _stock(stock: Stock) -> dict[str, Any]:
    return {"at_close_of": iso(stock.start), "open": stock.open, "ages": stock.ages}
