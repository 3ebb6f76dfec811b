"""Waivers that hit no verdict are found, whatever the slip; those that hit one or were revoked are not."""

from __future__ import annotations

import pytest

from monitor.idle_waivers import idle_waivers
from monitor.policies import PolicyBook
from monitor.ticket_history import play
from schemas.explanations import IdleWaiver
from tests.builders import OFFICE, book, lines

BOOK = book()
CREATED = "2026-03-02T09:00:00+01:00 created INC-1"
RESOLVED = "2026-03-02T10:00:00+01:00 resolved INC-1"


def waived(*pairs: str, minute: int = 0) -> str:
    words = " ".join(pairs)
    return f"2026-03-02T12:{minute:02}:00+01:00 waived INC-1 reason=storm approved_by=ann {words}"


def idle(*timeline: str, policies: PolicyBook = BOOK) -> list[IdleWaiver]:
    ticket = play(lines(timeline), "INC-1", policies).ticket
    assert ticket is not None
    return idle_waivers(ticket, policies)


@pytest.mark.parametrize(
    ("objective", "cycle", "why", "started"),
    [
        ("resolution", 2, "no_such_cycle", 1),
        ("first_response", 7, "no_such_cycle", 1),
        ("next_response", 1, "no_such_cycle", 0),  # promised, but the customer never wrote again
        ("handoff", 1, "no_such_cycle", 0),  # promised to tier 2
    ],
)
def test_s25_a_cycle_that_does_not_exist_is_named(objective: str, cycle: int, why: str, started: int) -> None:
    (found,) = idle(CREATED, RESOLVED, waived(f"objective={objective}", f"cycle={cycle}"))
    assert (found.objective, found.cycle, found.why, found.cycles_started) == (objective, cycle, why, started)
    assert (found.reason, found.approved_by, str(found.at)) == ("storm", "ann", "2026-03-02 11:00:00+00:00")


def test_s25_an_objective_that_is_not_promised_is_named() -> None:
    policies = book(OFFICE.replace("      handoff: {tier: 2, target: 2h}\n", ""))
    (found,) = idle(CREATED, RESOLVED, waived("objective=handoff"), policies=policies)
    assert (found.why, found.cycles_started) == ("not_promised", 0)


def test_s25_where_no_policy_matches_nothing_is_promised() -> None:
    policies = book(
        OFFICE.replace("    calendar: office\n", "    match: {customer: globex}\n    calendar: office\n", 1)
    )
    (found,) = idle(CREATED, RESOLVED, waived("objective=resolution"), policies=policies)
    assert found.why == "not_promised"


def test_s25_a_clock_that_was_cancelled_has_no_verdict_to_waive() -> None:
    cancelled = RESOLVED.replace("resolved", "cancelled")
    assert [found.why for found in idle(CREATED, cancelled, waived("objective=resolution"))] == ["no_verdict"]


def test_s25_a_waiver_may_come_before_its_verdict() -> None:
    assert [found.why for found in idle(CREATED, waived("objective=resolution"))] == ["undecided"]


def test_s25_a_waiver_that_hits_a_verdict_and_a_revoked_one_are_not_reported() -> None:
    missed = waived("objective=resolution", "cycle=3", minute=1)
    back = waived("objective=resolution", "cycle=3", "revoked=true", minute=2)
    assert idle(CREATED, RESOLVED, waived("objective=resolution"), missed, back) == []
    assert len(idle(CREATED, RESOLVED, missed)) == 1


def test_s25_a_waiver_that_came_again_is_dated_by_its_latest_event() -> None:
    events = [waived("objective=resolution", "cycle=3", minute=minute) for minute in (1, 2)]
    (found,) = idle(CREATED, RESOLVED, *events)
    assert str(found.at) == "2026-03-02 11:02:00+00:00"


def test_s32_of_a_provisional_ticket_nothing_is_said_yet() -> None:
    assert idle(waived("objective=resolution", "cycle=3")) == []


def test_s38_a_waiver_of_a_clock_that_the_state_has_let_go_hit_something() -> None:
    policies = book(f"history_events: 8\n{OFFICE}")
    timeline = [CREATED, "2026-03-02T09:01:00+01:00 responded INC-1"]
    for minute in range(120):
        clock = f"2026-03-02T{13 + minute // 60}:{minute % 60:02}"
        timeline += [f"{clock}:10+01:00 customer_replied INC-1", f"{clock}:40+01:00 responded INC-1"]
    waivers = [waived("objective=next_response"), waived("objective=next_response", "cycle=500", minute=1)]
    found = idle(*timeline[:2], *waivers, *timeline[2:], policies=policies)
    assert [(one.cycle, one.at, one.cycles_started) for one in found] == [(500, None, 120)]
