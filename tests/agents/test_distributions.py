"""Histograms of what the process observed."""

from __future__ import annotations

from agents.distributions import Distribution
from monitor.metrics import STEP_COMMIT


def test_a_value_on_a_bound_counts_below_it() -> None:
    seen = Distribution((1.0, 10.0))
    for value in (0.5, 1.0, 10.0, 11.0):
        seen.observe(value)
    assert seen.counts == [2, 1, 1]
    assert seen.total == 22.5


def test_a_copy_does_not_see_what_comes_after_it() -> None:
    seen = Distribution.of(STEP_COMMIT)
    before = seen.copy()
    seen.observe(0.3)
    assert sum(before.counts) == 0
    assert before.total == 0
