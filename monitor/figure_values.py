"""The number of each figure of the catalogue, taken from the sums of a period."""

from __future__ import annotations

from typing import Final, NamedTuple

from monitor.figure_catalogue import FIGURES, Unit
from monitor.periods import Period
from monitor.row_index import EVERYONE, Population, RowIndex
from monitor.summaries import FEW, Number, Summary

_COUNTED: Final = {"volume": "created", "resolved": "resolved", "reopened": "reopened"}


class Value(NamedTuple):
    """A figure in its unit, None without data; `cases` is how many it rests on, `part` how many of them count.

    Both are None for a figure that is a count itself.
    """

    number: Number | None
    cases: int | None = None
    part: int | None = None

    @property
    def few(self) -> bool:
        """Whether the counts must be shown beside it (S50)."""
        return self.cases is not None and 0 < self.cases < FEW


NO_DATA: Final = Value(None)


def value(rows: RowIndex, period: Period, name: str, of: Population = EVERYONE) -> Value:
    """A figure of the catalogue in a period; raises `KeyError` for an unknown name.

    A count is 0 only where something was filed in the period for anyone; before and after it is no data.
    """
    unit = FIGURES[name].unit
    if not rows.keeps(period):
        return NO_DATA
    if name == "backlog":
        stock = rows.stock(period.end, of)
        return Value(None if stock is None else stock.open)
    summary = rows.summary(period, of)
    if name == "excluded_time":
        excluded = summary.excluded
        return NO_DATA if excluded is None else Value(excluded.open, excluded.clocks)
    if unit is Unit.COUNT:
        return Value(_count(summary, name)) if rows.covers(period) else NO_DATA
    return _share(summary, name) if unit is Unit.SHARE else _time(summary, name)


def _count(summary: Summary, name: str) -> int:
    if name == "waived":
        return sum(summary.waived.values())
    return summary.count(_COUNTED[name])


def _share(summary: Summary, name: str) -> Value:
    if name == "csat_mean":
        return Value(summary.satisfaction.mean, summary.satisfaction.rated)
    objective, found, _ = name.rpartition("_attainment")
    ratio = summary.attainment_of(objective).ratio if found else summary.ratios[name]
    return Value(ratio.share, ratio.whole, ratio.part)


def _time(summary: Summary, name: str) -> Value:
    objective, _, statistic = name.rpartition("_")
    times = summary.times.get(f"{objective}_time")
    if times is None:
        return NO_DATA
    return Value(getattr(times.open, statistic), times.count)
