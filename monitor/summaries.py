"""What the sums of a period say: attainment, times, rates, satisfaction, exclusions (S50-S55).

A figure without data is None, never 0 % or 100 %, and one of fewer than `FEW` cases says so, so that whoever
shows it shows the counts beside it. Times are seconds; quantiles are at most `histograms.MAX_RELATIVE_ERROR`
off, means are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from monitor.histograms import mean, merge, quantile
from monitor.kpi_rows import Tally, TimeTally
from monitor.satisfaction import POINTS
from schemas.instants import Micros, as_seconds

# Below so many cases a ratio is shown with its counts (S50).
FEW: Final = 10
# How many names of a queue, category or channel are shown for a customer; the rest is `other`.
NAMES_SHOWN: Final = 50
OTHER: Final = "other"
_EXCLUDED: Final = "excluded_time"

Number = int | float


class Ratio(NamedTuple):
    """A share and what it is a share of: `part` of `whole` cases."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """The part of the whole to six digits; None of nothing."""
        return ratio(self.part, self.whole)

    @property
    def few(self) -> bool:
        """Whether it rests on so few cases that they must be shown beside it (S50)."""
        return 0 < self.whole < FEW


class Attainment(NamedTuple):
    """The settled verdicts of one objective: by their settle time, without cancelled and waived ones (S50)."""

    met: int
    missed: int

    @property
    def share(self) -> float | None:
        """The share that was met: met / (met + missed)."""
        return self.ratio.share

    @property
    def ratio(self) -> Ratio:
        """Met of all that were settled."""
        return Ratio(self.met, self.met + self.missed)


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


class Excluded(NamedTuple):
    """What exclusions of the policy took out of clocks (S26): how many clocks, and the seconds in all."""

    clocks: int
    open: Number
    wall: Number


class Satisfaction(NamedTuple):
    """The ratings that came in a period (S55); `points` sums their shares of the scale in ten-thousandths."""

    rated: int
    top: int
    points: int
    again: int
    resolved: int

    @property
    def csat(self) -> Ratio:
        """Ratings in the top two of their scale / ratings."""
        return Ratio(self.top, self.rated)

    @property
    def response(self) -> Ratio:
        """Rated tickets / tickets resolved for the first time; above 1 while old tickets are rated.

        A ticket counts at its first rating: `again` are the ratings of tickets that had been rated before.
        """
        return Ratio(self.rated - self.again, self.resolved)

    @property
    def mean(self) -> float | None:
        """The mean score as a share of its scale."""
        return ratio(self.points, self.rated * POINTS)

    @property
    def mean_of_five(self) -> float | None:
        """The mean score on a scale that ends at 5, to two digits."""
        return round(5 * self.points / (self.rated * POINTS), 2) if self.rated else None


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

    def attainment_of(self, objective: str) -> Attainment:
        """The verdicts of one objective, which may be none."""
        return Attainment(self.count(f"met:{objective}"), self.count(f"missed:{objective}"))

    @property
    def attainment(self) -> dict[str, Attainment]:
        """By objective; one without a settled verdict is absent."""
        names = {name.partition(":")[2] for name in self.tally.counts if name.startswith(("met:", "missed:"))}
        return {name: self.attainment_of(name) for name in sorted(names)}

    @property
    def times(self) -> dict[str, Times]:
        """By kind of time; one that did not occur is absent."""
        names = sorted(self.tally.times.keys() - {_EXCLUDED})
        return {name: _times(self.tally.times[name]) for name in names}

    @property
    def ratios(self) -> dict[str, Ratio]:
        """The rates that are counts of counts (S52-S55), by name."""
        created, resolved, first = self.count("created"), self.count("resolved"), self.count("first_resolved")
        return {
            "kill_rate": Ratio(resolved, created),
            "reopen_rate": Ratio(self.count("reopened"), resolved),
            "escalation_rate": Ratio(self.count("escalated"), created),
            "first_contact_resolution": Ratio(self.count("first_contact_resolved"), first),
            "csat": self.satisfaction.csat,
            "csat_response_rate": self.satisfaction.response,
        }

    @property
    def kill_rate(self) -> float | None:
        """Tickets resolved / tickets created (S54); above 1 while the backlog shrinks."""
        return self.ratios["kill_rate"].share

    @property
    def reopen_rate(self) -> float | None:
        """Times reopened / times resolved (S54)."""
        return self.ratios["reopen_rate"].share

    @property
    def escalation_rate(self) -> float | None:
        """Tickets that rose a tier after creation / tickets created (S53)."""
        return self.ratios["escalation_rate"].share

    @property
    def first_contact_resolution(self) -> float | None:
        """Tickets resolved at the first contact / tickets resolved for the first time (S52)."""
        return self.ratios["first_contact_resolution"].share

    @property
    def satisfaction(self) -> Satisfaction:
        """The ratings that came (S55)."""
        names = ("rated", "rated_top", "rated_points", "rated_again", "first_resolved")
        return Satisfaction(*(self.count(name) for name in names))

    @property
    def waived(self) -> dict[str, int]:
        """Verdicts that a waiver took out of attainment, by objective (S25); one without any is absent."""
        counts = self.tally.counts
        return {name.partition(":")[2]: counts[name] for name in sorted(counts) if name.startswith("waived:")}

    @property
    def excluded(self) -> Excluded | None:
        """What exclusions took out of the clocks that stopped (S26); None when nothing."""
        tally = self.tally.times.get(_EXCLUDED)
        if tally is None:
            return None
        return Excluded(sum(tally.open.values()), as_seconds(tally.open_us), as_seconds(tally.wall_us))

    def document(self) -> dict[str, Any]:
        """The summary as JSON; what has no data is null.

        `cases` has the counts behind every ratio, and `few` marks those of fewer than `FEW` cases, whose
        counts must be shown beside them (S50).
        """
        ratios, satisfaction, excluded = self.ratios, self.satisfaction, self.excluded
        attainment = self.attainment.items()
        return {
            "counts": dict(sorted(self.tally.counts.items())),
            "attainment": {
                name: {"met": of.met, "missed": of.missed, "share": of.share, "few": of.ratio.few}
                for name, of in attainment
            },
            "waived": self.waived,
            "excluded_time": None if excluded is None else excluded._asdict(),
            "times": {
                name: {"count": times.count, "open": times.open._asdict(), "wall": times.wall._asdict()}
                for name, times in self.times.items()
            },
            **{name: figure.share for name, figure in ratios.items()},
            "csat_mean": satisfaction.mean,
            "csat_mean_of_five": satisfaction.mean_of_five,
            "cases": {name: {"part": of.part, "of": of.whole, "few": of.few} for name, of in ratios.items()},
            "volumes": {name: capped(names) for name, names in sorted(self.volumes.items())},
        }


def ratio(part: int, whole: int) -> float | None:
    """A share to six digits; None of nothing."""
    return round(part / whole, 6) if whole else None


def add_tally(into: Tally, tally: Tally, sign: int = 1) -> None:
    """Adds a tally to another in place, or takes it away with `sign` -1; what becomes zero leaves."""
    merge(into.counts, tally.counts, sign)
    for name, times in tally.times.items():
        total = into.times.setdefault(name, TimeTally({}, 0, {}, 0))
        merge(total.open, times.open, sign)
        merge(total.wall, times.wall, sign)
        total.open_us += sign * times.open_us
        total.wall_us += sign * times.wall_us
        if not (total.open or total.wall or total.open_us or total.wall_us):
            del into.times[name]


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


def _times(tally: TimeTally) -> Times:
    count = sum(tally.open.values())
    return Times(count, _durations(tally.open, tally.open_us), _durations(tally.wall, tally.wall_us))


def _durations(histogram: dict[int, int], total: Micros) -> Durations:
    return Durations(mean(total, sum(histogram.values())), quantile(histogram, 0.5), quantile(histogram, 0.9))
