"""Which clock of one policy is which clock of another."""

from __future__ import annotations

import orjson
import pytest

from monitor.clock_pairs import ClockPair, Line, kind_of, pair_clocks, read_lines
from monitor.replay import replay
from tests.builders import book, lines

TIERS = """
policies:
  - name: standard
    objectives:
      handoff:
        - {tier: 1, target: 1h}
        - {tier: 2, target: 1h}
"""
ESCALATED = [
    "2026-03-02T09:00:00Z created INC-1",
    "2026-03-02T09:20:00Z escalated INC-1 tier=2",
    "2026-03-02T09:40:00Z escalated INC-1 tier=1",
    "2026-03-02T10:00:00Z escalated INC-1 tier=2",
    "2026-03-02T10:20:00Z resolved INC-1",
]


def read(policy: str, timeline: list[str]) -> list[Line]:
    return list(read_lines(replay(lines(timeline), book(policy)).results))


def line(ticket: str = "INC-1", objective: str = "resolution", **changed: object) -> Line:
    told: dict[str, object] = {
        "ticket_id": ticket,
        "customer": "acme",
        "priority": "P1",
        "tier": 1,
        "objective": objective,
        "cycle": 1,
        "started_at": "2026-03-02T09:00:00Z",
        "target_seconds": 3600,
        "due_at": "2026-03-02T10:00:00Z",
        "stopped_at": "2026-03-02T09:30:00Z",
        "elapsed_seconds": 1800,
        "paused_seconds": 0,
        "outcome": "met",
        "breached_at": None,
        "policy": "standard",
        "policy_version": "0" * 12,
    }
    [read_line] = read_lines([orjson.dumps(told | changed)])
    return read_line


def test_a_stay_in_a_tier_is_the_same_whatever_its_cycle() -> None:
    both = read(TIERS, ESCALATED)
    second = read(TIERS.replace("        - {tier: 1, target: 1h}\n", ""), ESCALATED)
    pairs = list(pair_clocks(second, both))
    assert [(pair.before and pair.before.cycle, pair.after and pair.after.cycle) for pair in pairs] == [
        (None, 1),
        (1, 2),
        (None, 3),
        (2, 4),
    ]
    assert all(pair.before.tier == pair.after.tier for pair in pairs if pair.before and pair.after)


def test_a_reply_is_the_same_whatever_its_cycle() -> None:
    old = line(objective="next_response", cycle=1, started_at="2026-03-02T11:00:00Z")
    new = [
        line(objective="next_response", cycle=1),
        line(objective="next_response", cycle=2, started_at="2026-03-02T11:00:00Z"),
    ]
    assert list(pair_clocks([old], new)) == [ClockPair(None, new[0]), ClockPair(old, new[1])]


def test_two_that_start_together_stay_two() -> None:
    both = [line(objective="next_response", cycle=1), line(objective="next_response", cycle=2)]
    assert list(pair_clocks(both, both)) == [ClockPair(one, one) for one in both]


def test_a_resolution_that_starts_later_is_still_that_cycle() -> None:
    old, new = line(), line(started_at="2026-03-02T09:10:00Z")
    assert list(pair_clocks([old], [new])) == [ClockPair(old, new)]


def test_tickets_of_one_side_only_keep_their_place() -> None:
    old, new = [line("INC-1"), line("INC-3")], [line("INC-2"), line("INC-3"), line("INC-4")]
    assert [pair.either.ticket_id for pair in pair_clocks(old, new)] == ["INC-1", "INC-2", "INC-3", "INC-4"]
    assert [pair.before is not None for pair in pair_clocks(old, new)] == [True, False, True, False]


OPEN = {"outcome": "running", "stopped_at": None}
MISSED = {"outcome": "missed", "breached_at": "2026-03-02T10:00:00Z"}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ({}, {}, "same"),
        ({}, {"due_at": "2026-03-02T11:00:00Z"}, "terms_only"),
        ({}, {"paused_seconds": 60}, "terms_only"),
        ({}, {"policy_version": "1" * 12}, "same"),
        ({}, MISSED, "met_to_missed"),
        (MISSED, {}, "missed_to_met"),
        ({}, OPEN, "settled_to_open"),
        (MISSED, {"outcome": "paused"}, "settled_to_open"),
        (OPEN, MISSED, "open_to_settled"),
        ({"outcome": "waived"}, {}, "newly_judged"),
        ({"outcome": "cancelled"}, MISSED, "newly_judged"),
        (None, {}, "newly_judged"),
        (MISSED, None, "no_longer_judged"),
        ({}, {"outcome": "cancelled"}, "no_longer_judged"),
        (OPEN, None, "open"),
        (OPEN, {"outcome": "cancelled"}, "open"),
        (None, {"outcome": "paused"}, "open"),
        ({"outcome": "waived"}, {"outcome": "waived"}, "not_judged"),
        (None, {"outcome": "cancelled"}, "not_judged"),
    ],
)
def test_what_became_of_a_clock(
    before: dict[str, object] | None, after: dict[str, object] | None, kind: str
) -> None:
    pair = ClockPair(
        None if before is None else line(**before),  # type: ignore[arg-type]
        None if after is None else line(**after),  # type: ignore[arg-type]
    )
    assert kind_of(pair) == kind
