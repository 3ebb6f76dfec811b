"""First contact resolution: what undoes it, and when."""

from __future__ import annotations

import pytest

from tests.builders import book
from tests.monitor.engine_desk import Desk

FILED = "first_contact_resolved 2026-03-02T11:00:00Z acme P2 1"
RESOLVED = "2026-03-02T11:00:00Z resolved INC-1"


def _filed(*timeline: str, policy: str = "") -> bool:
    desk = Desk(book(f"{policy}\npolicies: [{{name: plain, objectives: {{}}}}]"))
    desk.tell("2026-03-02T10:00:00Z created INC-1 queue=desk", *timeline)
    assert "first_resolved 2026-03-02T11:00:00Z acme P2 1" in desk.facts()
    return FILED in desk.facts()


@pytest.mark.parametrize(
    "timeline",
    [
        (),
        ("2026-03-02T10:10:00Z responded INC-1",),
        (
            "2026-03-02T10:10:00Z responded INC-1",
            "2026-03-02T10:20:00Z responded INC-1 actor_kind=automation",
        ),
        ("2026-03-02T10:10:00Z assigned INC-1 queue=desk assignee=ann",),
        ("2026-03-02T10:10:00Z escalated INC-1 tier=1",),
    ],
)
def test_s52_at_most_one_answer_in_one_queue_and_tier_is_first_contact(timeline: tuple[str, ...]) -> None:
    assert _filed(*timeline, RESOLVED)


@pytest.mark.parametrize(
    "timeline",
    [
        ("2026-03-02T10:10:00Z responded INC-1", "2026-03-02T10:20:00Z responded INC-1"),
        ("2026-03-02T10:10:00Z updated INC-1 queue=network",),
        ("2026-03-02T10:10:00Z updated INC-1 queue=network", "2026-03-02T10:20:00Z updated INC-1 queue=desk"),
        ("2026-03-02T10:10:00Z escalated INC-1 tier=2", "2026-03-02T10:20:00Z escalated INC-1 tier=1"),
    ],
)
def test_s52_a_second_answer_another_queue_or_a_rise_is_not(timeline: tuple[str, ...]) -> None:
    assert not any("first_contact" in fact for fact in _desk(*timeline, RESOLVED).facts())


def _desk(*timeline: str) -> Desk:
    desk = Desk(book("policies: [{name: plain, objectives: {}}]"))
    desk.tell("2026-03-02T10:00:00Z created INC-1 queue=desk", *timeline)
    return desk


def test_s52_what_comes_after_the_first_resolution_undoes_nothing_but_a_reopen_within_the_window() -> None:
    later = ("2026-03-02T11:10:00Z responded INC-1", "2026-03-02T11:20:00Z responded INC-1")
    assert _filed(RESOLVED, *later, "2026-03-02T11:30:00Z updated INC-1 queue=network")
    assert not _filed(RESOLVED, "2026-03-05T11:00:00Z reopened INC-1")
    assert _filed(RESOLVED, "2026-03-05T11:00:01Z reopened INC-1")
    assert _filed(RESOLVED, "2026-03-02T12:00:01Z reopened INC-1", policy="fcr_window: 1h")


def test_s52_a_late_second_answer_takes_it_back() -> None:
    desk = _desk("2026-03-02T10:10:00Z responded INC-1", RESOLVED)
    assert FILED in desk.facts()
    desk.tell("2026-03-02T10:20:00Z responded INC-1")
    assert FILED not in desk.facts()
