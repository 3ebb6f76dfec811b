"""The rows of all partitions by what they are about, so that the figures of a period are a few look-ups.

A report asks for a dozen periods and populations of the same rows; without this each would walk a million.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from monitor.backlog import AGE_BANDS
from monitor.histograms import merge
from monitor.kpi_rows import (
    DAYS_KEPT,
    MONTHS_KEPT,
    STOCK_PREFIX,
    ClosedPeriodsRow,
    ClosedRow,
    CorrectionRow,
    KpiRow,
    StockRow,
    Tally,
    TallyRow,
    VolumeCorrectionRow,
    VolumeRow,
)
from monitor.periods import Period, PeriodKind, ReportingZone
from monitor.summaries import Stock, Summary, add_tally
from schemas.instants import Micros


@dataclass(frozen=True, slots=True)
class Population:
    """Whose tickets a figure is about: of one customer, priority or tier each, or of all where it is None."""

    customer: str | None = None
    priority: str | None = None
    tier: int | None = None

    def has(self, row: TallyRow | VolumeRow | StockRow | CorrectionRow | VolumeCorrectionRow) -> bool:
        """Whether a row is part of it; a volume by name knows the customer only, so is of no one priority."""
        if self.customer is not None and row.customer != self.customer:
            return False
        if isinstance(row, VolumeRow | VolumeCorrectionRow):
            return self.priority is None and self.tier is None
        return self.priority in (None, row.priority) and self.tier in (None, row.tier)


EVERYONE: Final = Population()


class RowIndex:
    """Rows of one reading of `sla-kpis`, indexed; changed by nobody after it is made.

    It remembers the sums it was asked for, so it is to live no longer than the report, or the rows, it is for.
    """

    def __init__(self, rows: Iterable[KpiRow], zone: ReportingZone) -> None:
        self.zone = zone
        self._tallies: dict[tuple[str, Micros], list[TallyRow | VolumeRow]] = {}
        self._corrections: dict[tuple[str, Micros], list[CorrectionRow | VolumeCorrectionRow]] = {}
        self._stocks: dict[Micros, list[StockRow]] = {}
        self._days: dict[int, Micros] = {}
        self._periods: dict[int, Micros] = {}
        self._summaries: dict[tuple[Period, Population], Summary] = {}
        self._part_sums: dict[tuple[str, Micros, Population], Summary] = {}
        for row in rows:
            self._put(row)

    def _put(self, row: KpiRow) -> None:
        if isinstance(row, TallyRow | VolumeRow):
            self._tallies.setdefault((row.window, row.start), []).append(row)
        elif isinstance(row, CorrectionRow | VolumeCorrectionRow):
            self._corrections.setdefault((row.of, row.start), []).append(row)
        elif isinstance(row, StockRow):
            self._stocks.setdefault(row.start, []).append(row)
        elif isinstance(row, ClosedRow):
            self._days[row.partition] = row.through
        elif isinstance(row, ClosedPeriodsRow):
            self._periods[row.partition] = row.through

    @property
    def days_through(self) -> Micros | None:
        """The start of the day that is open in the slowest partition: every partition's time has passed it."""
        return min(self._days.values(), default=None)

    def reached(self, partitions: int | None = None) -> Micros | None:
        """The same, but None while any of so many partitions has said nothing yet."""
        return min(self._days.values(), default=None) if _all_there(self._days, partitions) else None

    def closed_through(self, partitions: int | None = None) -> Micros | None:
        """Up to when periods are closed in every partition (S57); None while any has closed nothing.

        `partitions` is how many the source topic has; without it those are asked that have ever spoken.
        """
        there = _all_there(self._periods, partitions) and self._days.keys() <= self._periods.keys()
        return min(self._periods.values(), default=None) if there else None

    def keeps(self, period: Period) -> bool:
        """Whether all rows of a period are still kept; the sum of what is left of it would be no figure."""
        latest = max(self._days.values(), default=None)
        if latest is None:
            return True
        if period.window == "day":
            return period.start >= self.zone.day_start(self.zone.day_index(latest) - DAYS_KEPT)
        return period.start >= self.zone.months_before(latest, MONTHS_KEPT)

    def covers(self, period: Period) -> bool:
        """Whether anything at all was filed in it, by whomever: a period before the first event has no zeros."""
        return self.keeps(period) and any(
            (period.window, start) in self._tallies for start in self._parts(period)
        )

    def summary(self, period: Period, of: Population = EVERYONE) -> Summary:
        """The sums of a period; empty when it is not kept in full any more. For reading, not for changing."""
        summary = self._summaries.get((period, of))
        if summary is None:
            summary = Summary()
            if self.keeps(period):
                for start in self._parts(period):
                    add_summary(summary, self._part(period.window, start, of))
            self._summaries[period, of] = summary
        return summary

    def _part(self, window: str, start: Micros, of: Population) -> Summary:
        """The sums of a day or a month: a report asks for the same ones in several periods."""
        summary = self._part_sums.get((window, start, of))
        if summary is None:
            summary = self._part_sums[window, start, of] = Summary()
            for row in self._tallies.get((window, start), ()):
                if of.has(row):
                    add_row(summary, row)
        return summary

    def corrections(self, period: Period, of: Population = EVERYONE) -> dict[str, Summary]:
        """What changed in a period after it closed, signed, by reason in alphabetical order."""
        found: dict[str, Summary] = {}
        if self.keeps(period):
            for row in self._corrections.get((period.kind.value, period.start), ()):
                if of.has(row):
                    add_correction(found, row)
        return {reason: found[reason] for reason in sorted(found) if _says_something(found[reason])}

    def stock(self, end: Micros, of: Population = EVERYONE) -> Stock | None:
        """The backlog at the end of a period, or at the last close before it while the period runs (S54).

        A day is closed when it is in every partition. None when none is, or when that day's stock is kept no
        more.
        """
        start = self._stock_day(end)
        if start is None:
            return None
        stocks = [row.stock for row in self._stocks.get(start, ()) if of.has(row)]
        ages = {band: sum(stock.ages.get(band, 0) for stock in stocks) for band in AGE_BANDS}
        return Stock(start, sum(ages.values()), ages)

    def stock_corrections(self, end: Micros, of: Population = EVERYONE) -> dict[str, dict[str, int]]:
        """What changed in that backlog after its day closed, signed, by reason and age band."""
        found: dict[str, dict[str, int]] = {}
        start = self._stock_day(end)
        for row in () if start is None else self._corrections.get((PeriodKind.DAY.value, start), ()):
            if isinstance(row, CorrectionRow) and of.has(row):
                for reason, tally in row.reasons.items():
                    bands = {band: tally.counts.get(STOCK_PREFIX + band, 0) for band in AGE_BANDS}
                    merge(found.setdefault(reason, {}), bands)
        return {reason: found[reason] for reason in sorted(found) if found[reason]}

    def _stock_day(self, end: Micros) -> Micros | None:
        through = self.days_through
        if through is None:
            return None
        start = self.zone.day(min(end, through) - 1)
        kept = start >= self.zone.day_start(self.zone.day_index(through) - DAYS_KEPT)
        return start if kept else None

    def _parts(self, period: Period) -> Iterator[Micros]:
        """The starts of the days or months whose sum the period is."""
        if period.window == "month":
            yield from self.zone.months_between(period.start, period.end)
            return
        day = period.start
        while day < period.end:
            yield day
            day = self.zone.next_day(day)


def add_row(summary: Summary, row: TallyRow | VolumeRow) -> None:
    """Adds an hour, day or month to a period's sums."""
    if isinstance(row, TallyRow):
        add_tally(summary.tally, row.tally)
    else:
        add_names(summary, row.dimension, row.name, row.counts)


def add_summary(into: Summary, other: Summary, sign: int = 1) -> None:
    """Adds a period's sums to others, or takes them away with `sign` -1."""
    add_tally(into.tally, other.tally, sign)
    for of, names in other.volumes.items():
        total = into.volumes.setdefault(of, {})
        merge(total, names, sign)
        if not total:
            del into.volumes[of]


def add_names(summary: Summary, dimension: str, name: str, counts: dict[str, int], sign: int = 1) -> None:
    """Adds counts of one queue, category or channel, or takes them away with `sign` -1."""
    for what, count in counts.items():
        of = f"{what}:{dimension}"
        names = summary.volumes.setdefault(of, {})
        merge(names, {name: count}, sign)
        if not names:
            del summary.volumes[of]


def add_correction(found: dict[str, Summary], row: CorrectionRow | VolumeCorrectionRow) -> None:
    """Adds a correction to the sums by reason."""
    for reason, tally in row.reasons.items():
        summary = found.setdefault(reason, Summary())
        if isinstance(row, CorrectionRow):
            add_tally(summary.tally, Tally(_without_stock(tally.counts), tally.times))
        else:
            add_names(summary, row.dimension, row.name, tally.counts)


def _without_stock(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if not name.startswith(STOCK_PREFIX)}


def _all_there(rows: dict[int, Micros], partitions: int | None) -> bool:
    return partitions is None or rows.keys() >= set(range(partitions))


def _says_something(summary: Summary) -> bool:
    return bool(summary.tally.counts or summary.tally.times or summary.volumes)
