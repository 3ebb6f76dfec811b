"""What it would have taken: exact quantiles, counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock_pairs import read_lines
from monitor.needed_targets import NeededTargets, quantile
from monitor.replay import replay
from schemas.simulations import NeededTarget
from tests.builders import book, lines

DAYS = """
calendars: {office: {hours: {mon-thu: ["09:00-17:00"], fri: ["09:00-13:00"]}}}
priorities: [P1, P2]
policies:
  - name: gold
    match: {customer: acme}
    calendar: office
    objectives:
      resolution: {target: {P1: 2 working days}, goal: 50%}
      handoff: {tier: 1, target: 1h}
  - name: rest
    calendar: office
    objectives:
      resolution: {target: 1h, goal: 100%}
"""


def needed(timeline: list[str]) -> list[NeededTarget]:
    policies = book(DAYS)
    collected = NeededTargets(policies)
    for line in read_lines(replay(lines(timeline), policies).results):
        collected.add(line)
    return collected.rows(policies.priorities)


@pytest.mark.parametrize(
    ("goal", "settled", "expected"),
    [(0.5, 4, 20), (0.51, 4, 30), (1.0, 4, 40), (0.0, 4, 10), (0.95, 5, None), (0.8, 5, 40)],
)
def test_the_smallest_time_that_reaches_the_goal(goal: float, settled: int, expected: int | None) -> None:
    assert quantile([40, 10, 30, 20], goal, settled) == expected


def test_a_share_is_the_one_that_was_written() -> None:
    # As binary numbers, 0.07 x 100 is a little more than 7.
    assert quantile(range(1, 101), 0.07, 100) == 7


@given(st.lists(st.integers(0, 100), min_size=1), st.integers(1, 100))
def test_the_needed_time_is_enough_and_nothing_less_is(elapsed: list[int], percent: int) -> None:
    found = quantile(elapsed, percent / 100, len(elapsed))
    assert found is not None
    assert sum(span <= found for span in elapsed) * 100 >= percent * len(elapsed)
    assert sum(span < found for span in elapsed) * 100 < percent * len(elapsed)


def test_working_days_are_answered_in_working_days_too() -> None:
    [row] = needed(
        [
            "2026-03-02T09:00:00Z created A-1 priority=P1",
            "2026-03-02T09:00:00Z created A-2 priority=P1",
            "2026-03-02T10:00:00Z resolved A-2",
            "2026-03-04T12:00:00Z resolved A-1",
        ]
    )
    assert (row.target, row.needed_seconds, row.needed_working_days) == ("2 working days", 3600, 1)
    [row] = needed(["2026-03-02T09:00:00Z created A-1 priority=P1", "2026-03-04T12:00:00Z resolved A-1"])
    assert (row.needed_seconds, row.needed_working_days) == (19 * 3600, 3)


def test_rows_follow_the_policy_file_and_leave_out_what_has_no_goal() -> None:
    told = [
        "2026-03-02T09:00:00Z created A-1 priority=P1 customer=other",
        "2026-03-02T09:00:00Z created A-2 priority=P2 customer=other",
        "2026-03-02T09:00:00Z created A-3 priority=P1",
        "2026-03-02T09:30:00Z resolved A-1",
        "2026-03-02T09:30:00Z resolved A-2",
        "2026-03-02T09:30:00Z resolved A-3",
    ]
    shown = [(row.policy, row.objective, row.priority, row.needed_working_days) for row in needed(told)]
    assert shown == [
        ("gold", "resolution", "P1", 1),
        ("rest", "resolution", "P1", None),
        ("rest", "resolution", "P2", None),
    ]


def test_what_was_missed_and_never_stopped_is_longer_than_any_target() -> None:
    told = [
        "2026-03-02T09:00:00Z created A-1 customer=other",
        "2026-03-02T09:00:00Z created A-2 customer=other",
        "2026-03-02T09:30:00Z resolved A-2",
        "2026-03-02T16:00:00Z created A-3 customer=other",
    ]
    [row] = needed(told)
    assert (row.tally.met, row.tally.missed, row.still_open, row.needed_seconds) == (1, 1, 1, None)
