"""Ratings: top two of any scale, points, and which rating stands."""

from __future__ import annotations

import pytest

from monitor.kpi_rows import CorrectionRow, Tally, read_rows
from monitor.satisfaction import is_top, points
from tests.builders import book
from tests.monitor.engine_desk import Desk


@pytest.mark.parametrize(
    ("score", "scale_max", "top"),
    [
        (4, 5, True),
        (3.9, 5, False),
        (9, 10, True),
        (8.9, 10, False),
        (2, 3, True),
        (1, 3, False),
        (1, 1, True),
        (0, 1, False),
        (2, 2, True),
        (1, 2, False),
        (80, 100, True),
        (79, 100, False),
        (8.8, 11, True),
        (8.7, 11, False),
    ],
)
def test_s55_the_top_two_of_a_scale(score: float, scale_max: float, *, top: bool) -> None:
    assert is_top(score, scale_max) is top


def test_s55_points_are_ten_thousandths_of_the_scale() -> None:
    assert [points(4, 5), points(0, 5), points(1, 3), points(10, 10)] == [8000, 0, 3333, 10_000]


def _rated(*timeline: str) -> list[str]:
    desk = Desk(book("policies: [{name: plain, objectives: {}}]"))
    desk.tell("2026-03-02T10:00:00Z created INC-1", *timeline)
    return [fact for fact in desk.facts() if fact.startswith("rated")]


def test_s55_a_second_rating_takes_the_place_of_the_first() -> None:
    assert _rated("2026-03-02T11:00:00Z rated INC-1 score=5", "2026-03-02T12:00:00Z rated INC-1 score=1") == [
        "rated 2026-03-02T12:00:00Z acme P2 1",
        "rated_points 2026-03-02T12:00:00Z acme P2 1",
    ]


def test_s55_a_rating_before_a_reopen_stands_and_is_filed_under_the_priority_of_then() -> None:
    assert _rated(
        "2026-03-02T10:30:00Z resolved INC-1",
        "2026-03-02T11:00:00Z rated INC-1 score=5",
        "2026-03-02T11:30:00Z reopened INC-1",
        "2026-03-02T11:40:00Z priority_changed INC-1 priority=P1",
        "2026-03-02T11:50:00Z resolved INC-1",
        "2026-03-02T12:00:00Z rated INC-1 score=4",
        "2026-03-02T12:10:00Z rated INC-1 score=4",
    ) == [
        "rated 2026-03-02T11:00:00Z acme P2 1",
        "rated_points 2026-03-02T11:00:00Z acme P2 1",
        "rated_top 2026-03-02T11:00:00Z acme P2 1",
        "rated 2026-03-02T12:10:00Z acme P1 1",
        "rated_again 2026-03-02T12:10:00Z acme P1 1",
        "rated_points 2026-03-02T12:10:00Z acme P1 1",
        "rated_top 2026-03-02T12:10:00Z acme P1 1",
    ]


def test_s55_a_reopen_before_any_rating_makes_the_first_no_second() -> None:
    assert _rated(
        "2026-03-02T10:30:00Z resolved INC-1",
        "2026-03-02T11:00:00Z reopened INC-1",
        "2026-03-02T12:00:00Z rated INC-1 score=1",
    ) == ["rated 2026-03-02T12:00:00Z acme P2 1", "rated_points 2026-03-02T12:00:00Z acme P2 1"]


def test_s55_a_ticket_stays_rated_over_any_number_of_reopens() -> None:
    rounds = [
        f"2026-03-0{day}T{hour}:00:00Z {event}"
        for day in (3, 4, 5)
        for hour, event in ((10, "rated INC-1 score=1"), (11, "resolved INC-1"), (12, "reopened INC-1"))
        if (day, hour) != (4, 10)  # the second round is not rated
    ]
    assert [fact for fact in _rated(*rounds) if fact.startswith("rated ")] == [
        f"rated 2026-03-0{day}T10:00:00Z acme P2 1" for day in (3, 5)
    ]
    again = [fact for fact in _rated(*rounds) if fact.startswith("rated_again")]
    assert again == ["rated_again 2026-03-05T10:00:00Z acme P2 1"]


def test_s55_a_rating_from_before_a_reopen_stands_beside_one_of_the_same_instant() -> None:
    assert _rated(
        "2026-03-02T09:20:00Z resolved INC-1",
        "2026-03-02T09:30:00Z rated INC-1 score=1",
        "2026-03-02T09:40:00Z reopened INC-1",
        "2026-03-02T09:50:00Z rated INC-1 score=1",
        "2026-03-02T09:55:00Z rated INC-1 score=1",
    ) == [
        "rated 2026-03-02T10:00:00Z acme P2 1",  # all happened at the creation (S17)
        "rated 2026-03-02T10:00:00Z acme P2 1",
        "rated_again 2026-03-02T10:00:00Z acme P2 1",
        "rated_points 2026-03-02T10:00:00Z acme P2 1",
        "rated_points 2026-03-02T10:00:00Z acme P2 1",
    ]


def test_s57_a_first_rating_that_comes_late_makes_the_one_of_the_closed_month_a_second() -> None:
    desk = Desk(book("policies: [{name: plain, objectives: {}}]"))
    desk.tell(
        "2026-03-02T10:00:00Z created INC-1",
        "2026-03-02T11:00:00Z resolved INC-1",
        "2026-03-03T10:00:00Z reopened INC-1",
        "2026-03-03T11:00:00Z rated INC-1 score=1",
        "2026-04-20T10:00:00Z created INC-2",
    )
    desk.tell("2026-03-02T12:00:00Z rated INC-1 score=1")
    corrected = [row for row in read_rows(desk.kpis.items()) if isinstance(row, CorrectionRow)]
    assert [row.reasons for row in corrected if row.of == "month"] == [
        {"late_event": Tally({"rated": 1, "rated_again": 1, "rated_points": 2000})}
    ]
