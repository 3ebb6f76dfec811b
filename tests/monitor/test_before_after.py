"""Goals and promises of two policy books."""

from __future__ import annotations

import pytest

from monitor.before_after import BeforeAfter, Promise, goals_of, reached, tally
from tests.builders import book

FIRST = """
policies:
  - name: gold
    match: {customer: acme}
    objectives: {first_response: {target: 1h, goal: 90%}, resolution: {target: 8h}}
  - name: standard
    objectives: {resolution: {target: 8h, goal: 80%}, handoff: {tier: 2, target: 1h, goal: 70%}}
"""
SECOND = """
policies:
  - name: standard
    effective: 2026-06-01
    objectives: {resolution: {target: 8h, goal: 85%}}
"""


def test_the_newest_version_that_makes_a_promise_says_its_goal() -> None:
    assert goals_of(book(FIRST, SECOND)) == {
        Promise("standard", "resolution", 0): 0.85,
        Promise("gold", "first_response", 0): 0.9,
        Promise("standard", "handoff", 2): 0.7,
    }


def test_goals_of_one_side_only_have_nothing_on_the_other() -> None:
    rows = BeforeAfter().goals(book(FIRST), book(SECOND))
    shown = [
        (row.policy, row.tier, row.before and row.before.goal, row.after and row.after.goal) for row in rows
    ]
    assert shown == [
        ("standard", None, 0.8, 0.85),
        ("gold", None, 0.9, None),
        ("standard", 2, 0.7, None),
    ]


@pytest.mark.parametrize(
    ("goal", "met", "missed", "expected"),
    [(0.95, 19, 1, True), (0.95, 18, 1, False), (1.0, 5, 0, True), (0.07, 7, 93, True), (0.5, 0, 0, None)],
)
def test_a_goal_is_compared_exactly(goal: float, met: int, missed: int, *, expected: bool | None) -> None:
    assert reached(goal, met, missed) is expected


def test_s50_no_verdict_is_no_data() -> None:
    assert tally(0, 0).attainment is None
    assert tally(0, 2).attainment == 0
