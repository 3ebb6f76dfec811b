"""Critical success factors in a period: each KPI beside its target, its recent past and which way it goes (S58).

Better and worse are seen from the target: a KPI with a `min` is better when it rises, one with a `max` when it
falls, one with both when it comes nearer to its range. It is compared with the median of the periods before,
so that one odd month makes no trend, and is steady while it differs by no more than `STEADY_SHARE` or
`STEADY_PART`: two quantiles, each at most 2.5 % off, may differ by that much and be the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Any, Final, NamedTuple

from monitor.figure_catalogue import FIGURES, Unit
from monitor.figure_values import Value, value
from monitor.periods import Period, ReportingZone
from monitor.row_index import Population, RowIndex
from monitor.snapshots import is_closed, is_first_contact_final
from monitor.summaries import Number
from schemas.csfs import Csf, KpiGoal, kpi_number
from schemas.instants import Micros, as_seconds

STEADY_SHARE: Final = 0.01  # one percentage point
STEADY_PART: Final = 0.05  # of the value before, for times and counts
TREND_PERIODS: Final = 6


class Direction(StrEnum):
    """Which way a KPI goes, in a word and never by a colour alone."""

    BETTER = "better"
    WORSE = "worse"
    STEADY = "steady"
    UNKNOWN = "unknown"


class Point(NamedTuple):
    """The value of one period of a trend; None where it has no data."""

    period: Period
    number: Number | None


@dataclass(frozen=True, slots=True)
class KpiFigure:
    """One KPI of a success factor; `met` is None without data, bounds and values are in the figure's unit."""

    goal: KpiGoal
    value: Value
    least: Number | None
    most: Number | None
    met: bool | None
    provisional: bool
    trend: tuple[Point, ...]  # oldest first, the period itself last
    usual: Number | None  # the median of the periods before
    direction: Direction

    @property
    def unit(self) -> Unit:
        """What value and bounds are counted in."""
        return FIGURES[self.goal.kpi].unit

    def document(self) -> dict[str, Any]:
        """The KPI as JSON."""
        goal, found = self.goal, self.value
        return {
            "kpi": goal.kpi,
            "unit": self.unit.value,
            "population": {"customer": goal.customer, "priority": goal.priority, "tier": goal.tier},
            "min": self.least,
            "max": self.most,
            "value": found.number,
            "cases": found.cases,
            "part": found.part,
            "few": found.few,
            "met": self.met,
            "provisional": self.provisional,
            "trend": [{"period": point.period.label, "value": point.number} for point in self.trend],
            "usual": self.usual,
            "direction": self.direction.value,
        }


@dataclass(frozen=True, slots=True)
class CsfFigure:
    """A success factor: met when all its KPIs are, missed when one is, else None, for one has no data."""

    name: str
    kpis: tuple[KpiFigure, ...]

    @property
    def met(self) -> bool | None:
        """Whether what must go well went well."""
        found = [kpi.met for kpi in self.kpis]
        if False in found:
            return False
        return None if None in found else True

    def document(self) -> dict[str, Any]:
        """The success factor as JSON."""
        return {"name": self.name, "met": self.met, "kpis": [kpi.document() for kpi in self.kpis]}


def evaluate(
    rows: RowIndex,
    period: Period,
    csfs: Iterable[Csf],
    *,
    fcr_window: Micros,
    periods: int = TREND_PERIODS,
    partitions: int | None = None,
) -> list[CsfFigure]:
    """The success factors of a policy file in a period; the trend has so many periods, this one included.

    `partitions` as in `monitor.snapshots.snapshot`. Raises `ValueError` for a trend of no period.
    """
    if periods < 1:
        raise ValueError(f"a trend has at least the period itself, not {periods} periods")
    span = _back(rows.zone, period, periods)
    open_yet = not is_closed(rows, period, partitions)
    undecided = not is_first_contact_final(rows, period, fcr_window, partitions)

    def figure(goal: KpiGoal) -> KpiFigure:
        provisional = undecided if goal.kpi == "first_contact_resolution" else open_yet
        return _kpi(rows, span, goal, provisional=provisional)

    return [CsfFigure(csf.name, tuple(figure(goal) for goal in csf.kpis)) for csf in csfs]


def direction(
    before: Number, now: Number, least: Number | None, most: Number | None, unit: Unit
) -> Direction:
    """Which way a value goes as its bounds see it; one of the bounds is given."""
    gain = _badness(before, least, most) - _badness(now, least, most)
    if abs(gain) <= (STEADY_SHARE if unit is Unit.SHARE else STEADY_PART * abs(before)):
        return Direction.STEADY
    return Direction.BETTER if gain > 0 else Direction.WORSE


def _kpi(rows: RowIndex, span: Sequence[Period], goal: KpiGoal, *, provisional: bool) -> KpiFigure:
    unit = FIGURES[goal.kpi].unit
    of = Population(goal.customer, goal.priority, goal.tier)
    values = [value(rows, each, goal.kpi, of) for each in span]
    found = values[-1]
    least, most = (_bound(goal, bound, unit) for bound in (goal.min, goal.max))
    earlier = [each.number for each in values[:-1] if each.number is not None]
    usual = median(earlier) if earlier else None
    way = Direction.UNKNOWN
    if usual is not None and found.number is not None:
        way = direction(usual, found.number, least, most, unit)
    return KpiFigure(
        goal,
        found,
        least,
        most,
        _met(found.number, least, most),
        provisional,
        tuple(Point(each, of_it.number) for each, of_it in zip(span, values, strict=True)),
        usual,
        way,
    )


def _back(zone: ReportingZone, period: Period, count: int) -> list[Period]:
    span = [period]
    while len(span) < count:
        span.append(zone.previous(span[-1]))
    return span[::-1]


def _bound(goal: KpiGoal, bound: str | int | None, unit: Unit) -> Number | None:
    if bound is None:
        return None
    number = kpi_number(goal.kpi, bound)
    return as_seconds(int(number)) if unit is Unit.SECONDS else number


def _met(number: Number | None, least: Number | None, most: Number | None) -> bool | None:
    if number is None:
        return None
    return (least is None or number >= least) and (most is None or number <= most)


def _badness(number: Number, least: Number | None, most: Number | None) -> Number:
    """How far a value is on the bad side of what is asked for; below zero it is better still, with one bound."""
    if least is None or most is None:
        return (least or 0) - number if most is None else number - most
    return max(least - number, number - most, 0)
