"""The figures of a period, summed from the rows of its windows: attainment, times, volumes, backlog (S50-S54).

A figure without data is None, never 0 % or 100 %. Times are seconds; quantiles are at most
`histograms.MAX_RELATIVE_ERROR` off, means are exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from monitor.backlog import AGE_BANDS
from monitor.histograms import MAX_RELATIVE_ERROR, mean, merge, quantile
from monitor.kpi_rows import (
    DAYS_KEPT,
    ClosedRow,
    KpiRow,
    OpenRow,
    StockRow,
    Tally,
    TallyRow,
    TimeTally,
    VolumeRow,
)
from monitor.periods import Period, ReportingZone
from schemas.instants import Micros, iso

DOCUMENT_FORMAT: Final = 1
# How many names of a queue, category or channel are shown for a customer; the rest is `other`.
NAMES_SHOWN: Final = 50
OTHER: Final = "other"

Number = int | float


class Attainment(NamedTuple):
    """The settled verdicts of one objective: by their settle time, without cancelled and waived ones (S50)."""

    met: int
    missed: int

    @property
    def share(self) -> float | None:
        """The share that was met: met / (met + missed)."""
        return ratio(self.met, self.met + self.missed)


class Durations(NamedTuple):
    """What S51 tells of one kind of time, in seconds."""

    mean: Number | None
    median: Number | None
    p90: Number | None


@dataclass(frozen=True, slots=True)
class Times:
    """One kind of time: how often, in open time and in calendar time."""

    count: int
    open: Durations
    wall: Durations


class Stock(NamedTuple):
    """The tickets open at the close of the day that begins at `start`, in all and by age band."""

    start: Micros
    open: int
    ages: dict[str, int]


@dataclass(slots=True)
class Summary:
    """A period's sums. `volumes` counts by dimension and name, for example `created:queue`."""

    tally: Tally = field(default_factory=Tally)
    volumes: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """How often something happened: `created`, `resolved`, `reopened`, `escalated`, …"""
        return self.tally.counts.get(name, 0)

    @property
    def attainment(self) -> dict[str, Attainment]:
        """By objective; one without a settled verdict is absent."""
        names = {name.partition(":")[2] for name in self.tally.counts if name.startswith(("met:", "missed:"))}
        return {
            name: Attainment(self.count(f"met:{name}"), self.count(f"missed:{name}"))
            for name in sorted(names)
        }

    @property
    def times(self) -> dict[str, Times]:
        """By kind of time; one that did not occur is absent."""
        return {name: _times(self.tally.times[name]) for name in sorted(self.tally.times)}

    @property
    def kill_rate(self) -> float | None:
        """Tickets resolved / tickets created (S54); above 1 while the backlog shrinks."""
        return ratio(self.count("resolved"), self.count("created"))

    @property
    def reopen_rate(self) -> float | None:
        """Times reopened / times resolved (S54)."""
        return ratio(self.count("reopened"), self.count("resolved"))

    @property
    def escalation_rate(self) -> float | None:
        """Tickets that rose a tier after creation / tickets created (S53)."""
        return ratio(self.count("escalated"), self.count("created"))

    def document(self) -> dict[str, Any]:
        """The summary as JSON; what has no data is null."""
        return {
            "counts": dict(sorted(self.tally.counts.items())),
            "attainment": {
                name: {"met": figure.met, "missed": figure.missed, "share": figure.share}
                for name, figure in self.attainment.items()
            },
            "times": {
                name: {"count": times.count, "open": times.open._asdict(), "wall": times.wall._asdict()}
                for name, times in self.times.items()
            },
            "kill_rate": self.kill_rate,
            "reopen_rate": self.reopen_rate,
            "escalation_rate": self.escalation_rate,
            "volumes": {name: capped(names) for name, names in sorted(self.volumes.items())},
        }


def ratio(part: int, whole: int) -> float | None:
    """A share to six digits; None of nothing."""
    return round(part / whole, 6) if whole else None


def summarise(rows: Iterable[KpiRow]) -> Summary:
    """Sums hours, days or months of any customers and partitions; other rows are passed over.

    Raises `ValueError` for rows of two windows, which would count everything twice.
    """
    summary = Summary()
    windows = set()
    for row in rows:
        if isinstance(row, TallyRow):
            windows.add(row.window)
            add_tally(summary.tally, row.tally)
        elif isinstance(row, VolumeRow):
            windows.add(row.window)
            for name, count in row.counts.items():
                names = summary.volumes.setdefault(f"{name}:{row.dimension}", {})
                names[row.name] = names.get(row.name, 0) + count
    if len(windows) > 1:
        raise ValueError(f"rows of {' and '.join(sorted(windows))} overlap: sum one window")
    return summary


def rows_of(rows: Iterable[KpiRow], period: Period) -> list[KpiRow]:
    """The rows whose sum is the period."""
    return [
        row
        for row in rows
        if isinstance(row, TallyRow | VolumeRow)
        and row.window == period.window
        and period.start <= row.start < period.end
    ]


def stock_at(rows: Iterable[KpiRow], end: Micros, zone: ReportingZone) -> Stock | None:
    """The backlog at the end of a period, or at the last close before it while the period runs (S54).

    A day is closed when it is in every partition. None when none is, or when that day's stock is kept no more.
    """
    rows = list(rows)
    through = min((row.through for row in rows if isinstance(row, ClosedRow)), default=None)
    if through is None:
        return None
    start = zone.day(min(end, through) - 1)
    if start < zone.day_start(zone.day_index(through) - DAYS_KEPT):
        return None
    stocks = [row.stock for row in rows if isinstance(row, StockRow) and row.start == start]
    ages = {band: sum(stock.ages.get(band, 0) for stock in stocks) for band in AGE_BANDS}
    return Stock(start, sum(ages.values()), ages)


def add_tally(into: Tally, tally: Tally) -> None:
    """Adds a tally to another in place."""
    for name, count in tally.counts.items():
        into.counts[name] = into.counts.get(name, 0) + count
    for name, times in tally.times.items():
        total = into.times.setdefault(name, TimeTally({}, 0, {}, 0))
        merge(total.open, times.open)
        merge(total.wall, times.wall)
        total.open_us += times.open_us
        total.wall_us += times.wall_us


def names_shown(names: dict[str, int], limit: int = NAMES_SHOWN) -> frozenset[str]:
    """The names with the largest counts, of equal ones the first in the alphabet: no order of arrival."""
    return frozenset(sorted(names, key=lambda name: (-names[name], name))[:limit])


def capped(names: dict[str, int], shown: frozenset[str] | None = None) -> dict[str, int]:
    """Counts by name with all but those `shown` (default: the largest) as `other`."""
    shown = names_shown(names) if shown is None else shown
    kept: dict[str, int] = {}
    for name in sorted(names):
        label = name if name in shown else OTHER
        kept[label] = kept.get(label, 0) + names[name]
    return kept


def kpis_document(rows: Iterable[KpiRow], zone: ReportingZone) -> dict[str, Any]:
    """Everything a table holds, for `kpis.json`: sums over the months, and the rows with partitions merged.

    Equal tables give equal documents whatever the order and partition of their rows. The totals reach back
    as far as months are kept.
    """
    rows = list(rows)
    months = [row for row in rows if isinstance(row, TallyRow | VolumeRow) and row.window == "month"]
    pairs: dict[tuple[str, str], list[TallyRow]] = {}
    for row in months:
        if isinstance(row, TallyRow):
            pairs.setdefault((row.customer, row.priority), []).append(row)
    through = min((row.through for row in rows if isinstance(row, ClosedRow)), default=None)
    return {
        "format": DOCUMENT_FORMAT,
        "reporting_zone": zone.zone.key,
        "closed_through": None if through is None else iso(through),
        "quantiles": {
            "method": "nearest rank in log-spaced buckets",
            "max_relative_error": MAX_RELATIVE_ERROR,
        },
        "totals": {
            "overall": summarise(months).document(),
            "by_customer_and_priority": [
                {
                    "customer": customer,
                    "priority": priority,
                    **summarise(of).document(),
                }
                for (customer, priority), of in sorted(pairs.items())
            ],
        },
        "rows": _tally_lines(rows),
        "volumes": _volume_lines(rows),
        "stock": _stock_lines(rows),
        "open": _open_lines(rows),
    }


def _times(tally: TimeTally) -> Times:
    count = sum(tally.open.values())
    return Times(count, _durations(tally.open, tally.open_us), _durations(tally.wall, tally.wall_us))


def _durations(histogram: dict[int, int], total: Micros) -> Durations:
    return Durations(mean(total, sum(histogram.values())), quantile(histogram, 0.5), quantile(histogram, 0.9))


def _tally_lines(rows: Iterable[KpiRow]) -> list[dict[str, Any]]:
    cells: dict[tuple[str, Micros, str, str, int], Tally] = {}
    for row in rows:
        if isinstance(row, TallyRow):
            add_tally(cells.setdefault(row[:5], Tally()), row.tally)
    lines = []
    for (window, start, customer, priority, tier), tally in sorted(cells.items(), key=lambda cell: cell[0]):
        whose = {"customer": customer, "priority": priority, "tier": tier}
        lines.append({"window": window, "start": iso(start), **whose, **_tally_json(tally.in_order())})
    return lines


def _tally_json(tally: Tally) -> dict[str, Any]:
    times = {
        name: {
            "open": {str(bucket): count for bucket, count in time.open.items()},
            "open_us": time.open_us,
            "wall": {str(bucket): count for bucket, count in time.wall.items()},
            "wall_us": time.wall_us,
        }
        for name, time in tally.times.items()
    }
    return {"counts": tally.counts, "times": times}


def _volume_lines(rows: Iterable[KpiRow]) -> list[dict[str, Any]]:
    """One line per window, start, customer, dimension and count; a customer's names are the same in all."""
    cells: dict[tuple[str, Micros, str, str], dict[str, int]] = {}
    totals: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if not isinstance(row, VolumeRow):
            continue
        for count, number in row.counts.items():
            of = f"{count}:{row.dimension}"
            names = cells.setdefault((row.window, row.start, row.customer, of), {})
            names[row.name] = names.get(row.name, 0) + number
            if row.window == "month":
                total = totals.setdefault((row.customer, of), {})
                total[row.name] = total.get(row.name, 0) + number
    shown = {whose: names_shown(names) for whose, names in totals.items()}
    return [
        {
            "window": window,
            "start": iso(start),
            "customer": customer,
            "of": of,
            "names": capped(cells[window, start, customer, of], shown.get((customer, of))),
        }
        for window, start, customer, of in sorted(cells)
    ]


def _stock_lines(rows: Iterable[KpiRow]) -> list[dict[str, Any]]:
    cells: dict[tuple[Micros, str, str, int], dict[str, int]] = {}
    for row in rows:
        if isinstance(row, StockRow):
            ages = cells.setdefault(row[:4], {})
            for band, count in row.stock.ages.items():
                ages[band] = ages.get(band, 0) + count
    return [
        {
            "start": iso(start),
            "customer": customer,
            "priority": priority,
            "tier": tier,
            "open": sum(ages.values()),
            "ages": {band: ages[band] for band in AGE_BANDS if band in ages},
        }
        for (start, customer, priority, tier), ages in sorted(cells.items(), key=lambda cell: cell[0])
    ]


def _open_lines(rows: Iterable[KpiRow]) -> list[dict[str, Any]]:
    cells: dict[tuple[Micros, str, str, int], int] = {}
    for row in rows:
        if isinstance(row, OpenRow):
            cells[row[:4]] = cells.get(row[:4], 0) + row.open
    return [
        {"created_on": iso(start), "customer": customer, "priority": priority, "tier": tier, "open": count}
        for (start, customer, priority, tier), count in sorted(cells.items())
    ]
