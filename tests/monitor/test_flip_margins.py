"""How close the flips were."""

from __future__ import annotations

import pytest

from monitor.clock_pairs import Line
from monitor.flip_margins import Flip, FlipMargins


def after(
    elapsed: float, target: float = 100, *, stopped: bool = True, objective: str = "resolution"
) -> Line:
    return Line(
        ticket_id="INC-1",
        customer="acme",
        priority="P1",
        tier=1,
        objective=objective,
        cycle=1,
        started_at="2026-03-02T09:00:00Z",
        target_seconds=target,
        due_at=None,
        stopped_at="2026-03-02T10:00:00Z" if stopped else None,
        elapsed_seconds=elapsed,
        paused_seconds=0,
        outcome="missed" if elapsed > target or not stopped else "met",
        breached_at=None,
        policy="standard",
        policy_version="0" * 12,
    )


@pytest.mark.parametrize(
    ("elapsed", "up_to"),
    [(100, 0.05), (105, 0.05), (106, 0.1), (125, 0.25), (150, 0.5), (200, 1.0), (201, None), (80, 0.25)],
)
def test_a_margin_lies_in_the_bucket_of_its_share_of_the_target(elapsed: int, up_to: float | None) -> None:
    margins = FlipMargins()
    margins.add("met_to_missed", after(elapsed))
    [row] = margins.rows()
    assert [bucket.up_to for bucket in row.buckets if bucket.count] == [up_to]


@pytest.mark.parametrize(("elapsed", "up_to"), [(0, 0.05), (1, None)])
def test_a_target_of_no_open_time_has_no_shares(elapsed: int, up_to: float | None) -> None:
    margins = FlipMargins()
    margins.add("met_to_missed", after(elapsed, 0))
    [row] = margins.rows()
    assert [bucket.up_to for bucket in row.buckets if bucket.count] == [up_to]


def test_the_median_and_the_largest_are_of_those_that_stopped() -> None:
    margins = FlipMargins()
    for elapsed in (110, 130, 170):
        margins.add("met_to_missed", after(elapsed))
    margins.add("met_to_missed", after(100, stopped=False))
    [row] = margins.rows()
    assert (row.median_seconds, row.largest_seconds, row.still_open) == (30, 70, 1)


def test_flips_that_all_run_on_have_no_margin_yet() -> None:
    margins = FlipMargins()
    margins.add("met_to_missed", after(100, stopped=False))
    [row] = margins.rows()
    assert (row.median_seconds, row.largest_seconds, row.still_open) == (None, None, 1)


def test_rows_are_by_objective_and_what_failed_comes_first() -> None:
    margins = FlipMargins()
    flips: list[tuple[Flip, str]] = [
        ("missed_to_met", "resolution"),
        ("met_to_missed", "resolution"),
        ("missed_to_met", "first_response"),
    ]
    for kind, objective in flips:
        margins.add(kind, after(90, objective=objective))
    assert [(row.objective, row.kind) for row in margins.rows()] == [
        ("first_response", "missed_to_met"),
        ("resolution", "met_to_missed"),
        ("resolution", "missed_to_met"),
    ]
