"""Which clocks a policy starts, and what a change of anything does to those that run."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.tickets import COUNTING, HOLDING, Clock
from schemas.instants import HOUR, MINUTE
from tests.builders import book
from tests.monitor.engine_desk import Desk, at

OFFICE = """
timezone: Europe/Madrid
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-17:00"]}}
priorities: [P1, P2, P3, P4]
policies:
  - name: gold
    match: {customer: gold, tags: [vip]}
    objectives:
      first_response: {target: 30m}
      resolution: {target: 2h, pause_on: none}
  - name: plain
    calendar: office
    objectives:
      resolution: {target: {P1: 2h, P2: 8h, P3: 2 working days}, calendar: {P1: 24x7}, on_change: %s}
      handoff: {tier: 2, target: {P1: 1h, P2: 2h}}
"""
CREATED = "2026-03-02T09:00:00+01:00 created INC-1"


def _desk(*timeline: str, on_change: str = "retroactive") -> Desk:
    desk = Desk(book(OFFICE % on_change))
    desk.tell(CREATED, *timeline)
    return desk


def _shown(clock: Clock, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(clock, name) for name in names)


def test_s23_a_ticket_without_a_policy_is_counted_once_and_not_judged() -> None:
    desk = Desk(
        book(OFFICE.replace("name: plain\n", "name: plain\n    match: {customer: acme}\n") % "retroactive")
    )
    step = desk.tell("2026-03-02T09:00:00+01:00 created INC-1 customer=none")
    assert (desk.ticket().clocks, step.counters["unmatched",]) == ([], 1)
    step = desk.tell("2026-03-02T10:00:00+01:00 priority_changed INC-1 priority=P1")
    assert step.counters["unmatched",] == 0
    desk.tell("2026-03-02T11:00:00+01:00 updated INC-1 customer=acme")
    assert _shown(desk.clock("resolution"), "started", "due") == (
        at("2026-03-02T09:00:00+01:00"),
        at("2026-03-02T11:00:00+01:00"),
    )


def test_a_priority_that_has_no_target_starts_no_clock() -> None:
    desk = Desk(book(OFFICE % "retroactive"))
    desk.tell("2026-03-02T09:00:00+01:00 created INC-1 priority=P4 tier=2")
    assert desk.ticket().clocks == []
    desk.tell("2026-03-02T10:00:00+01:00 priority_changed INC-1 priority=P2")
    assert [(clock.name, clock.started) for clock in desk.ticket().clocks] == [
        ("resolution", at("2026-03-02T09:00:00+01:00")),
        ("handoff", at("2026-03-02T10:00:00+01:00")),
    ]


def test_s13_a_handoff_runs_from_entering_the_tier_and_again_on_coming_back() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 escalated INC-1 tier=2",
        "2026-03-02T11:00:00+01:00 escalated INC-1 tier=3",
        "2026-03-02T12:00:00+01:00 escalated INC-1 tier=2",
        "2026-03-02T15:00:00+01:00 resolved INC-1",
        "2026-03-02T15:30:00+01:00 reopened INC-1",
    )
    assert [_shown(desk.clock("handoff", n), "started", "stopped", "stop_reason") for n in (1, 2, 3)] == [
        (at("2026-03-02T10:00:00+01:00"), at("2026-03-02T11:00:00+01:00"), "left_tier"),
        (at("2026-03-02T12:00:00+01:00"), at("2026-03-02T15:00:00+01:00"), "resolved"),
        (at("2026-03-02T15:30:00+01:00"), None, ""),
    ]
    assert desk.clock("handoff", 2).breached == at("2026-03-02T14:00:00+01:00")


def test_s13_a_handoff_is_settled_in_the_tier_that_was_left() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 escalated INC-1 tier=2",
        "2026-03-02T11:00:00+01:00 updated INC-1 tier=1 priority=P1",
    )
    assert _shown(desk.clock("handoff"), "tier", "settled_tier", "settled_priority") == (2, 2, "P2")


def test_s15_a_clock_that_starts_on_hold_waits() -> None:
    desk = _desk("2026-03-02T10:00:00+01:00 held INC-1", "2026-03-02T11:00:00+01:00 escalated INC-1 tier=2")
    assert _shown(desk.clock("handoff"), "mode", "due") == (HOLDING, None)
    desk.tell("2026-03-02T12:00:00+01:00 resumed INC-1")
    assert _shown(desk.clock("handoff"), "paused", "due") == (HOUR, at("2026-03-02T14:00:00+01:00"))


def test_s18_a_promised_time_overrides_until_it_is_changed() -> None:
    desk = _desk('2026-03-02T10:00:00+01:00 updated INC-1 due={"resolution":"2026-03-02T12:00:00+01:00"}')
    assert _shown(desk.clock("resolution"), "due", "target", "due_from_source") == (
        at("2026-03-02T12:00:00+01:00"),
        3 * HOUR,
        True,
    )
    desk.tell("2026-03-02T11:00:00+01:00 priority_changed INC-1 priority=P1")
    assert desk.clock("resolution").due == at("2026-03-02T12:00:00+01:00")
    desk.tell('2026-03-02T11:30:00+01:00 updated INC-1 due={"resolution":"2026-03-02T18:00:00+01:00"}')
    assert desk.clock("resolution").due == at("2026-03-02T18:00:00+01:00")


def test_s18_a_promised_time_neither_pauses_nor_moves_and_forgets_earlier_holds() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 held INC-1",
        '2026-03-02T11:00:00+01:00 updated INC-1 due={"resolution":"2026-03-02T15:00:00+01:00"}',
    )
    assert _shown(desk.clock("resolution"), "mode", "counted", "paused") == (COUNTING, 2 * HOUR, 0)
    desk.tell("2026-03-02T12:00:00+01:00 resumed INC-1", "2026-03-02T13:00:00+01:00 held INC-1")
    assert _shown(desk.clock("resolution"), "mode", "due") == (COUNTING, at("2026-03-02T15:00:00+01:00"))


def test_s18_a_time_promised_when_it_had_passed_is_missed_at_once() -> None:
    desk = Desk(book(OFFICE % "retroactive"))
    desk.tell('2026-03-02T09:00:00+01:00 created INC-1 due={"resolution":"2026-03-02T08:00:00+01:00"}')
    assert _shown(desk.clock("resolution"), "breached", "target", "reason") == (
        at("2026-03-02T09:00:00+01:00"),
        0,
        "deadline",
    )
    later = _desk('2026-03-02T12:00:00+01:00 updated INC-1 due={"resolution":"2026-03-02T10:00:00+01:00"}')
    assert _shown(later.clock("resolution"), "breached", "due", "reason") == (
        at("2026-03-02T12:00:00+01:00"),
        at("2026-03-02T10:00:00+01:00"),
        "on_change",
    )


@pytest.mark.parametrize(
    ("reopened", "due", "hours"),
    [("13:00", "16:00", 5), ("13:00", "12:00", 2), ("11:30", "12:00", 2.5), ("16:30", "16:00", 2)],
)
def test_s18_s19_of_a_promised_time_only_what_is_counted_is_the_target_after_a_reopen(
    reopened: str, due: str, hours: float
) -> None:
    """Resolved at 11:00; the promise is made before or after it is reopened, which is the same."""
    promise = f'updated INC-1 due={{"resolution":"2026-03-02T{due}:00+01:00"}}'
    there_and_back = (
        "2026-03-02T11:00:00+01:00 resolved INC-1",
        f"2026-03-02T{reopened}:00+01:00 reopened INC-1",
    )
    early = _desk(f"2026-03-02T10:00:00+01:00 {promise}", *there_and_back)
    late = _desk(*there_and_back, f"2026-03-02T{reopened}:00+01:00 {promise}")
    for desk in (early, late):
        assert _shown(desk.clock("resolution"), "due", "target") == (
            at(f"2026-03-02T{due}:00+01:00"),
            hours * HOUR,
        )


def test_s18_s20_a_change_of_priority_leaves_the_target_of_a_promised_time_after_a_reopen() -> None:
    desk = _desk(
        '2026-03-02T10:00:00+01:00 updated INC-1 due={"resolution":"2026-03-02T16:00:00+01:00"}',
        "2026-03-02T11:00:00+01:00 resolved INC-1",
        "2026-03-02T13:00:00+01:00 reopened INC-1",
        "2026-03-02T14:00:00+01:00 priority_changed INC-1 priority=P1",
    )
    clock = desk.clock("resolution")
    assert _shown(clock, "priority", "target", "counted") == ("P1", 5 * HOUR, 3 * HOUR)
    assert clock.terms[-1].target == 5 * HOUR


def test_s18_s20_what_is_left_until_a_promised_time_counts_on_the_new_calendar_only_from_now_on() -> None:
    """Three hours of the office were counted from 09:00 to 12:00, and four around the clock are left until 16:00."""
    desk = Desk(book(OFFICE % "from_now"))
    desk.tell('2026-03-02T07:00:00+01:00 created INC-1 due={"resolution":"2026-03-02T16:00:00+01:00"}')
    desk.tell("2026-03-02T12:00:00+01:00 priority_changed INC-1 priority=P1")
    clock = desk.clock("resolution")
    assert _shown(clock, "due", "counted", "target") == (
        at("2026-03-02T16:00:00+01:00"),
        3 * HOUR,
        7 * HOUR,
    )
    desk.tell("2026-03-02T13:00:00+01:00 resolved INC-1", "2026-03-02T14:00:00+01:00 reopened INC-1")
    assert _shown(desk.clock("resolution"), "counted", "target") == (4 * HOUR, 6 * HOUR)
    assert desk.clock("resolution").terms[-1].target == 6 * HOUR


def test_s18_a_later_cycle_takes_a_promised_time_only_if_it_lies_ahead() -> None:
    late = "2026-03-20T10:00:00+01:00 reopened INC-1"
    resolved = "2026-03-02T11:00:00+01:00 resolved INC-1"
    for due, expected in (("2026-03-02T12:00:00+01:00", False), ("2026-03-21T12:00:00+01:00", True)):
        desk = _desk(f'2026-03-02T10:00:00+01:00 updated INC-1 due={{"resolution":"{due}"}}', resolved, late)
        assert desk.clock("resolution", 2).due_from_source == expected


def test_s18_a_passed_promise_leaves_a_later_cycle_on_hold_as_it_is() -> None:
    desk = _desk(
        "2026-03-02T11:00:00+01:00 resolved INC-1",
        "2026-03-20T10:00:00+01:00 reopened INC-1",
        "2026-03-20T11:00:00+01:00 held INC-1",
        '2026-03-20T12:00:00+01:00 updated INC-1 due={"resolution":"2026-03-02T12:00:00+01:00"}',
    )
    assert _shown(desk.clock("resolution", 2), "mode", "due_from_source") == (HOLDING, False)


def test_s19_a_reopen_within_the_limit_continues_and_after_it_begins_anew() -> None:
    resolved = "2026-03-02T11:00:00+01:00 resolved INC-1"
    within = _desk(resolved, "2026-03-09T11:00:00+01:00 reopened INC-1")
    assert [clock.cycle for clock in within.ticket().clocks] == [1]
    after = _desk(resolved, "2026-03-09T11:00:01+01:00 reopened INC-1")
    assert [(clock.cycle, clock.live) for clock in after.ticket().clocks] == [(1, False), (2, True)]


def test_s19_a_clock_that_goes_on_follows_the_policy_that_came_meanwhile() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 resolved INC-1",
        '2026-03-02T10:30:00+01:00 updated INC-1 customer=gold tags=["vip"]',
        "2026-03-02T11:00:00+01:00 reopened INC-1",
    )
    assert _shown(desk.clock("resolution"), "target", "counted", "due") == (
        2 * HOUR,
        1 * HOUR,
        at("2026-03-02T12:00:00+01:00"),
    )


def test_s19_a_cancelled_clock_does_not_come_back_with_a_reopen() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 priority_changed INC-1 priority=P4",
        "2026-03-02T11:00:00+01:00 resolved INC-1",
        "2026-03-02T12:00:00+01:00 reopened INC-1",
    )
    assert [(clock.name, clock.reason) for clock in desk.ticket().clocks] == [
        ("resolution", "objective_gone")
    ]


def test_s19_a_reopen_starts_what_was_promised_while_the_ticket_was_resolved() -> None:
    desk = _desk(
        "2026-03-02T10:00:00+01:00 priority_changed INC-1 priority=P4",
        "2026-03-02T11:00:00+01:00 resolved INC-1",
        "2026-03-02T11:30:00+01:00 priority_changed INC-1 priority=P2",
        "2026-03-02T12:00:00+01:00 reopened INC-1",
    )
    assert _shown(desk.clock("resolution", 2), "started", "counted", "due") == (
        at("2026-03-02T09:00:00+01:00"),
        2 * HOUR,
        at("2026-03-03T10:00:00+01:00"),
    )


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ("priority=P1", "2026-03-02T11:00:00+01:00"),  # around the clock
        ("priority=P3", "2026-03-03T17:00:00+01:00"),  # the closing of the second day
        ('customer=gold tags=["vip"]', "2026-03-02T11:00:00+01:00"),
    ],
)
def test_s20_retroactive_is_as_if_it_had_been_so_from_the_start(change: str, due: str) -> None:
    desk = _desk(f"2026-03-02T10:00:00+01:00 updated INC-1 {change}")
    assert desk.clock("resolution").due == at(due)


def test_s20_retroactive_keeps_the_holds_as_the_new_policy_sees_them() -> None:
    held = ("2026-03-02T09:30:00+01:00 held INC-1", "2026-03-02T10:00:00+01:00 resumed INC-1")
    paused = _desk(*held, "2026-03-02T10:15:00+01:00 priority_changed INC-1 priority=P1").clock("resolution")
    assert _shown(paused, "counted", "paused", "due") == (
        45 * MINUTE,
        30 * MINUTE,
        at("2026-03-02T11:30:00+01:00"),
    )
    gold = _desk(*held, '2026-03-02T10:15:00+01:00 updated INC-1 customer=gold tags=["vip"]').clock(
        "resolution"
    )
    assert _shown(gold, "counted", "paused", "due") == (75 * MINUTE, 0, at("2026-03-02T11:00:00+01:00"))


def test_s20_on_hold_before_and_after_depends_on_the_policy() -> None:
    desk = _desk(
        "2026-03-02T09:30:00+01:00 held INC-1",
        '2026-03-02T10:00:00+01:00 updated INC-1 customer=gold tags=["vip"]',
    )
    assert desk.clock("resolution").mode == COUNTING
    desk.tell("2026-03-02T10:15:00+01:00 updated INC-1 customer=acme")
    assert desk.clock("resolution").mode == HOLDING


def test_s20_a_deadline_used_up_before_a_hold_is_past_at_the_change() -> None:
    desk = _desk(
        "2026-03-02T12:00:00+01:00 held INC-1",
        "2026-03-02T13:00:00+01:00 priority_changed INC-1 priority=P1",
    )
    assert _shown(
        desk.clock("resolution"), "due", "breached", "breach_counted", "breach_paused", "reason"
    ) == (
        at("2026-03-02T11:00:00+01:00"),
        at("2026-03-02T13:00:00+01:00"),
        3 * HOUR,
        1 * HOUR,
        "on_change",
    )


def test_s20_a_target_used_up_to_the_second_is_not_past() -> None:
    for timeline in (
        ["2026-03-02T11:00:00+01:00 priority_changed INC-1 priority=P1"],
        [
            "2026-03-02T11:00:00+01:00 held INC-1",
            "2026-03-02T12:00:00+01:00 priority_changed INC-1 priority=P1",
        ],
    ):
        desk = _desk(*timeline)
        assert desk.clock("resolution").breached is None


def test_s20_from_now_leaves_the_same_share_and_there_and_back_is_where_it_was() -> None:
    desk = _desk("2026-03-02T13:00:00+01:00 priority_changed INC-1 priority=P1", on_change="from_now")
    assert _shown(desk.clock("resolution"), "target", "due") == (5 * HOUR, at("2026-03-02T14:00:00+01:00"))
    desk.tell("2026-03-02T13:00:00+01:00 priority_changed INC-1 priority=P2 sequence=1")
    assert _shown(desk.clock("resolution"), "target", "due") == (8 * HOUR, at("2026-03-02T17:00:00+01:00"))


def test_s20_from_now_on_a_promised_time_keeps_it() -> None:
    desk = _desk(
        '2026-03-02T10:00:00+01:00 updated INC-1 due={"resolution":"2026-03-02T12:00:00+01:00"}',
        "2026-03-02T11:00:00+01:00 priority_changed INC-1 priority=P1",
        on_change="from_now",
    )
    assert _shown(desk.clock("resolution"), "due", "target") == (at("2026-03-02T12:00:00+01:00"), 3 * HOUR)


def test_s20_from_now_starts_what_is_newly_promised_at_the_change() -> None:
    desk = _desk("2026-03-02T10:00:00+01:00 priority_changed INC-1 priority=P4", on_change="from_now")
    desk.tell("2026-03-02T11:00:00+01:00 priority_changed INC-1 priority=P1")
    assert _shown(desk.clock("resolution", 2), "started", "due") == (
        at("2026-03-02T11:00:00+01:00"),
        at("2026-03-02T13:00:00+01:00"),
    )


def test_s20_what_was_judged_before_is_not_promised_again() -> None:
    desk = _desk(
        '2026-03-02T09:05:00+01:00 updated INC-1 customer=gold tags=["vip"]',
        "2026-03-02T09:10:00+01:00 responded INC-1",
        "2026-03-02T09:20:00+01:00 updated INC-1 customer=acme",
        "2026-03-02T09:30:00+01:00 updated INC-1 customer=gold",
    )
    assert [(clock.name, clock.cycle) for clock in desk.ticket().clocks] == [
        ("resolution", 1),
        ("first_response", 1),
    ]


def test_s21_a_missed_clock_ends_with_its_policy_and_keeps_its_verdict() -> None:
    desk = _desk("2026-03-02T18:00:00+01:00 priority_changed INC-1 priority=P1")
    assert desk.clock("resolution").live
    desk.tell("2026-03-02T19:00:00+01:00 priority_changed INC-1 priority=P4")
    assert _shown(desk.clock("resolution"), "live", "stop_reason", "stop_priority") == (
        False,
        "objective_gone",
        "",
    )
    assert desk.results[-1]["outcome"] == "missed"


def _from_march_third(text: str) -> str:
    """The same file as a version that begins the day after the tests' Monday."""
    for name in ("gold", "plain"):
        text = text.replace(f"name: {name}\n", f"name: {name}\n    effective: 2026-03-03\n")
    return text % "retroactive"


def test_s22_a_settled_verdict_cites_the_version_that_judged_it() -> None:
    desk = Desk(book(OFFICE % "retroactive", _from_march_third(OFFICE.replace("P2: 8h", "P2: 20h"))))
    old, new = (version.version for version in desk.policies.versions)
    desk.tell(CREATED, "2026-03-02T10:00:00+01:00 resolved INC-1", "2026-03-03T10:00:00+01:00 created INC-3")
    cited = [
        desk.ticket(ticket).citations[desk.clock("resolution", 1, ticket).policy][0]
        for ticket in ("INC-1", "INC-3")
    ]
    assert cited == [old, new]
    assert desk.clock("resolution", 1, "INC-3").target == 20 * HOUR


def test_s22_a_running_clock_follows_a_version_at_its_instant_and_that_is_published() -> None:
    slow = OFFICE.replace("P2: 8h", "P2: 3 working days") % "retroactive"
    desk = Desk(book(slow, _from_march_third(OFFICE.replace("P2: 8h", "P2: 1h"))))
    desk.tell(CREATED)
    step = desk.tell("2026-03-03T10:00:00+01:00 assigned INC-1 queue=vpn")
    assert [(one["outcome"], one["reason"], one["breached_at"]) for one in desk.results] == [
        ("missed", "on_change", "2026-03-02T23:00:00Z")
    ]
    assert step.counters["alerts", "resolution", "breached"] == 1
    assert desk.restarted().tell("2026-03-03T11:00:00+01:00 rated INC-1 score=1").results == []
