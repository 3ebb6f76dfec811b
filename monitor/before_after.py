"""Attainment and goals of two judgements of one history, beside each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final, NamedTuple, cast

from monitor.clock_pairs import ClockPair, Line
from monitor.policies import ObjectiveRule, Policy, PolicyBook
from monitor.tickets import OBJECTIVES
from schemas.events import ObjectiveName
from schemas.simulations import AttainmentRow, GoalRow, GoalState, Tally

_NONE: Final = (0, 0)
Counts = tuple[int, int]  # met, missed


class Promise(NamedTuple):
    """What a goal belongs to: an objective of a policy; `tier` is 0 but for a hand-off."""

    policy: str
    objective: str
    tier: int

    @classmethod
    def of(cls, line: Line) -> Promise:
        """The promise that a verdict was judged by."""
        return cls(line.policy, line.objective, line.tier if line.objective == "handoff" else 0)


class Cell(NamedTuple):
    """What verdicts are counted by; None stands for all."""

    objective: str
    customer: str | None
    priority: str | None
    period: str | None


class BeforeAfter:
    """Counts verdicts of both sides; lives as long as one comparison."""

    def __init__(self, period_of: Callable[[str], str] | None = None) -> None:
        """`period_of` names the period of the instant that dates a verdict; without it there are no periods."""
        self._period_of = period_of
        self._cells: defaultdict[tuple[Cell, bool], list[int]] = defaultdict(lambda: [0, 0])
        self._promises: defaultdict[tuple[Promise, bool], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, pair: ClockPair) -> None:
        """Counts each side where it has a verdict, under its own priority, policy and settle time (S50, S59)."""
        for line, is_after in ((pair.before, False), (pair.after, True)):
            if line is not None and line.settled:
                missed = line.outcome == "missed"
                period = self._period_of(line.settled_at) if self._period_of else None
                cell = Cell(line.objective, line.customer, line.priority, period)
                self._cells[cell, is_after][missed] += 1
                self._promises[Promise.of(line), is_after][missed] += 1

    def attainment(self, priorities: Iterable[str], *, compared: bool) -> list[AttainmentRow]:
        """A row for each objective, for each of its priorities, and for each customer and priority of it.

        Each is there for the whole history and, where periods were asked for, for every period. The order is that
        of objectives, periods, customers and priorities; what stands for all comes first.
        """
        rank = {priority: number for number, priority in enumerate(priorities)}
        sums: defaultdict[Cell, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for (cell, is_after), counts in self._cells.items():
            for wider in _rolled_up(cell):
                for missed, count in enumerate(counts):
                    sums[wider][2 * is_after + missed] += count
        ordered = sorted(sums, key=lambda cell: _order(cell, rank))
        return [_attainment_row(cell, sums[cell], compared=compared) for cell in ordered]

    def goals(self, before: PolicyBook | None, after: PolicyBook) -> list[GoalRow]:
        """Every promise with a goal on either side; one of several versions counts with its newest goal."""
        olds, news = goals_of(before) if before else {}, goals_of(after)
        return [
            GoalRow(
                policy=promise.policy,
                objective=cast("ObjectiveName", promise.objective),
                tier=promise.tier or None,
                before=self._goal_state(promise, olds, is_after=False),
                after=self._goal_state(promise, news, is_after=True),
            )
            for promise in {**news, **olds}
        ]

    def _goal_state(
        self, promise: Promise, goals: Mapping[Promise, float], *, is_after: bool
    ) -> GoalState | None:
        goal = goals.get(promise)
        if goal is None:
            return None
        met, missed = self._promises.get((promise, is_after), _NONE)
        return GoalState(goal=goal, tally=tally(met, missed), reached=reached(goal, met, missed))


def tally(met: int, missed: int) -> Tally:
    """Counts with their attainment."""
    settled = met + missed
    return Tally(met=met, missed=missed, attainment=round(met / settled, 6) if settled else None)


def reached(goal: float, met: int, missed: int) -> bool | None:
    """Whether the share of met clocks is at least the goal, exactly; None without any verdict."""
    return met >= exact(goal) * (met + missed) if met + missed else None


def exact(share: float) -> Fraction:
    """The share as the policy file wrote it: 95% is 19/20 and not the nearest binary number."""
    return Fraction(repr(share))


def goals_of(book: PolicyBook) -> dict[Promise, float]:
    """The goal of each promise that has one, in the order of the newest file that names it."""
    return {promise: rule.goal for promise, rule in rules_of(book).items() if rule.goal is not None}


def rules_of(book: PolicyBook) -> dict[Promise, ObjectiveRule]:
    """The rule of each promise, of the newest version whose policy makes it."""
    rules: dict[Promise, ObjectiveRule] = {}
    for version in reversed(book.versions):
        for policy in version.policies:
            for promise, rule in _promises(policy):
                rules.setdefault(promise, rule)
    return rules


def objective_rank(objective: str) -> int:
    """The place of an objective in every list of them."""
    return OBJECTIVES.index(objective)


def _promises(policy: Policy) -> Iterator[tuple[Promise, ObjectiveRule]]:
    for objective, rule in policy.objectives.items():
        yield Promise(policy.name, objective, 0), rule
    for tier, rule in sorted(policy.handoffs.items()):
        yield Promise(policy.name, "handoff", tier), rule


def _rolled_up(cell: Cell) -> Iterator[Cell]:
    """The cell itself and all that it is a part of."""
    for period in {None, cell.period}:
        yield Cell(cell.objective, None, None, period)
        yield Cell(cell.objective, None, cell.priority, period)
        yield Cell(cell.objective, cell.customer, cell.priority, period)


def _order(cell: Cell, rank: Mapping[str, int]) -> tuple[int, str, bool, str, int, str]:
    priority = cell.priority or ""
    return (
        objective_rank(cell.objective),
        cell.period or "",
        cell.customer is not None,
        cell.customer or "",
        rank.get(priority, len(rank)) if priority else -1,
        priority,
    )


def _attainment_row(cell: Cell, counts: list[int], *, compared: bool) -> AttainmentRow:
    old, new = (counts[0], counts[1]), (counts[2], counts[3])
    return AttainmentRow(
        objective=cast("ObjectiveName", cell.objective),
        customer=cell.customer,
        priority=cell.priority,
        period=cell.period,
        before=tally(*old) if compared else None,
        after=tally(*new),
        points=_points(old, new) if compared else None,
    )


def _points(before: Counts, after: Counts) -> float | None:
    """The change of attainment in percentage points (S56)."""
    if not (sum(before) and sum(after)):
        return None
    change = Fraction(after[0], sum(after)) - Fraction(before[0], sum(before))
    return round(float(100 * change), 4)
