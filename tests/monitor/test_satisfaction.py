"""Ratings: top two of any scale, points, and which rating stands."""

from __future__ import annotations

import pytest

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
        "rated_points 2026-03-02T12:10:00Z acme P1 1",
        "rated_top 2026-03-02T12:10:00Z acme P1 1",
    ]
