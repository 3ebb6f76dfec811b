"""The target that would have reached a goal: the quantile of elapsed open time at the goal's share.

With n verdicts, the smallest target under which met / n is at least the goal is the k-th smallest elapsed time,
k being the goal times n, rounded up. It is taken from the exact times of all clocks, not from buckets. A clock that
was missed and still runs is longer than any target that can be named. A clock whose time the source system promised
(S18) counts like the others, for its result does not say who promised it.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from math import ceil
from typing import cast

from monitor.before_after import Promise, exact, objective_rank, rules_of, tally
from monitor.clock_pairs import Line
from monitor.policies import PolicyBook
from monitor.policy_settings import Target
from schemas.amounts import Amount, format_target
from schemas.events import ObjectiveName
from schemas.instants import SECOND, Micros, as_seconds
from schemas.simulations import NeededTarget


class _Times:
    """What one target was measured by; the times take 8 bytes each."""

    __slots__ = ("elapsed", "met", "missed", "target_sum")

    def __init__(self) -> None:
        self.elapsed = array("q")
        self.met = self.missed = 0
        self.target_sum: Micros = 0


class NeededTargets:
    """Collects the elapsed times of settled clocks; lives as long as one comparison."""

    def __init__(self, book: PolicyBook) -> None:
        self._rules = rules_of(book)
        self._times: defaultdict[tuple[Promise, str], _Times] = defaultdict(_Times)

    def add(self, line: Line) -> None:
        """Takes a clock in, if it has a verdict and its promise a goal."""
        promise = Promise.of(line)
        rule = self._rules.get(promise)
        if not line.settled or rule is None or rule.goal is None:
            return
        times = self._times[promise, line.priority]
        times.met += line.outcome == "met"
        times.missed += line.outcome == "missed"
        times.target_sum += micros(line.target_seconds)
        if not line.never_stopped:
            times.elapsed.append(micros(line.elapsed_seconds))

    def rows(self, priorities: Iterable[str]) -> list[NeededTarget]:
        """One for each promise and priority with a verdict, in the order of policies, objectives, priorities."""
        policies = list(dict.fromkeys(promise.policy for promise in self._rules))
        rank = {priority: number for number, priority in enumerate(priorities)}

        def order(key: tuple[Promise, str]) -> tuple[int, int, int, int, str]:
            promise, priority = key
            objective = objective_rank(promise.objective)
            place = rank.get(priority, len(rank))
            return (policies.index(promise.policy), objective, promise.tier, place, priority)

        return [self._row(promise, priority) for promise, priority in sorted(self._times, key=order)]

    def _row(self, promise: Promise, priority: str) -> NeededTarget:
        rule, times = self._rules[promise], self._times[promise, priority]
        settled = times.met + times.missed
        goal = rule.goal or 0.0
        needed = quantile(times.elapsed, goal, settled)
        target = rule.target_for(priority)
        return NeededTarget(
            policy=promise.policy,
            objective=cast("ObjectiveName", promise.objective),
            tier=promise.tier or None,
            priority=priority,
            goal=goal,
            target=None if target is None else format_target(Amount(target.open_time, target.working_days)),
            tally=tally(times.met, times.missed),
            still_open=settled - len(times.elapsed),
            needed_seconds=None if needed is None else as_seconds(needed),
            needed_working_days=_working_days(needed, target, times.target_sum, settled),
        )


def quantile(elapsed: Iterable[Micros], goal: float, settled: int) -> Micros | None:
    """The smallest time that at least the goal's share of `settled` clocks did not pass.

    None when the known times are too few, because the other clocks never stopped.
    """
    place = max(ceil(exact(goal) * settled), 1)
    known = sorted(elapsed)
    return known[place - 1] if place <= len(known) else None


def micros(seconds: float) -> Micros:
    """Seconds of a result as microseconds, which they are exact to."""
    return round(seconds * SECOND)


def _working_days(
    needed: Micros | None, target: Target | None, target_sum: Micros, settled: int
) -> int | None:
    """The needed time in whole working days of the mean length that the targets of these clocks had."""
    if needed is None or target is None or target.working_days is None or not target_sum:
        return None
    return max(ceil(needed * settled * target.working_days / target_sum), 1)
