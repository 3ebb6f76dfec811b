"""Corners of the fold that other tests pass by: settings of their time, second overruns, clocks that never were."""

from __future__ import annotations

from typing import Any

import pytest

from monitor import history
from monitor.fold import CREATED, RANK, Fold
from monitor.tickets import Event, Ticket
from schemas.instants import MINUTE
from tests.builders import book
from tests.monitor.engine_desk import Desk, at

PLAIN = "policies: [{name: plain, objectives: {resolution: {target: 8h}, next_response: {target: 1h}}}]"
MISSED_MEANWHILE = (
    "policies: [{name: plain, objectives: {first_response: {target: 1h}, resolution: {target: 90m}}}]"
)
CREATED_AT_TEN = "2026-03-02T10:00:00Z created INC-1"


def _event(number: int, kind: str, instant: str, **data: Any) -> Event:
    return Event(at(instant), 0, RANK[kind], f"e{number}", data)


def test_s22_hold_reasons_and_the_window_of_first_contact_are_those_of_the_version_of_their_time() -> None:
    later = "policies: [{name: plain, effective: 2026-03-03, objectives: {}}]"
    desk = Desk(
        book(
            "hold_reasons: {Wait: waiting_customer}\nfcr_window: 1h\npolicies: [{name: plain, objectives: {}}]",
            f"hold_reasons: {{Wait: waiting_vendor}}\nfcr_window: 96h\n{later}",
        )
    )
    desk.tell(
        CREATED_AT_TEN,
        "2026-03-02T11:00:00Z held INC-1 reason=Wait",
        "2026-03-02T12:00:00Z resumed INC-1 reason=Wait",
        "2026-03-02T13:00:00Z resolved INC-1",
        "2026-03-03T09:00:00Z reopened INC-1",
        "2026-03-03T11:00:00Z held INC-1 reason=Wait",
        "2026-03-03T12:00:00Z resumed INC-1 reason=Wait",
    )
    holds = desk.ticket().holds
    assert [hold.reason for hold in holds] == ["waiting_customer", "waiting_vendor"]
    assert all(hold.to is not None for hold in holds)
    # Reopened within the later version's window, but resolved under the former's.
    assert "first_contact_resolved 2026-03-02T13:00:00Z acme P2 1" in desk.facts()


def test_s16_each_overrun_is_added_to_those_before() -> None:
    desk = Desk(book(PLAIN))
    timeline = [CREATED_AT_TEN]
    for hour in (11, 13):
        timeline += [
            f"2026-03-02T{hour}:00:00Z held INC-1 reason=waiting_customer",
            f"2026-03-02T{hour}:10:00Z customer_replied INC-1",
            f"2026-03-02T{hour}:30:00Z resumed INC-1",
        ]
    desk.tell(*timeline, "2026-03-02T14:00:00Z resolved INC-1")
    assert _overrun(desk, "resolution") == 2 * 20 * 60


def test_s16_an_overrun_is_what_the_clock_counted_of_it() -> None:
    """From 17:30 to 09:30 of the next day, opening hours and an exclusion leave three quarters of an hour."""
    policy = """
timezone: UTC
calendars: {office: {timezone: UTC, hours: {mon-fri: ["09:00-18:00"]}}}
policies: [{name: plain, calendar: office, objectives: {resolution: {target: 20h}}}]
exclusions: [{from: 2026-03-03T09:00:00Z, to: 2026-03-03T09:15:00Z, reason: power cut}]
"""
    desk = Desk(book(policy))
    desk.tell(
        CREATED_AT_TEN,
        "2026-03-02T17:00:00Z held INC-1 reason=waiting_customer",
        "2026-03-02T17:30:00Z customer_replied INC-1",
        "2026-03-03T09:30:00Z resumed INC-1",
        "2026-03-03T10:00:00Z resolved INC-1",
    )
    assert _overrun(desk, "resolution") == 45 * 60


def test_s16_overruns_that_overlap_are_told_once() -> None:
    desk = Desk(book(PLAIN))
    desk.tell(
        CREATED_AT_TEN,
        "2026-03-02T11:00:00Z held INC-1 reason=waiting_customer",
        "2026-03-02T11:10:00Z customer_replied INC-1",
        "2026-03-02T11:20:00Z held INC-1 reason=waiting_customer",
        "2026-03-02T11:30:00Z customer_replied INC-1",
        "2026-03-02T11:40:00Z resumed INC-1",
        "2026-03-02T12:00:00Z resolved INC-1",
    )
    assert _overrun(desk, "resolution") == 20 * 60


def test_s16_an_overrun_ends_when_the_ticket_is_resolved() -> None:
    desk = Desk(book(PLAIN))
    desk.tell(
        CREATED_AT_TEN,
        "2026-03-02T11:00:00Z held INC-1 reason=waiting_customer",
        "2026-03-02T11:10:00Z customer_replied INC-1",
        "2026-03-02T11:40:00Z resolved INC-1",
        "2026-03-02T15:00:00Z resumed INC-1",
    )
    assert _overrun(desk, "resolution") == 30 * 60


@pytest.mark.parametrize("late", [False, True])
def test_s16_an_overrun_is_told_of_the_clocks_that_ran_meanwhile_whatever_the_arrival(late: bool) -> None:
    """The first response had been given; the resolution was missed half an hour into the overrun, and ran on."""
    answer = "2026-03-02T10:30:00Z responded INC-1"
    rest = (
        "2026-03-02T11:00:00Z held INC-1 reason=waiting_customer",
        "2026-03-02T11:10:00Z customer_replied INC-1",
    )
    desk = Desk(book(MISSED_MEANWHILE))
    desk.tell(CREATED_AT_TEN, *(() if late else (answer,)), *rest)
    desk.tick("2026-03-02T12:00:00Z")
    before = _overrun(desk, "resolution")
    desk.tell("2026-03-02T13:10:00Z resumed INC-1", *((answer,) if late else ()))
    assert (_overrun(desk, "first_response"), before, _overrun(desk, "resolution")) == (0, 1800, 1800)
    desk.tell("2026-03-02T14:00:00Z resolved INC-1")
    assert _overrun(desk, "resolution") == 2 * 3600


def _overrun(desk: Desk, objective: str) -> float:
    """What the latest published verdict of an objective says, in seconds."""
    evidence = [one["evidence"] for one in desk.results if one["objective"] == objective][-1]
    return float(evidence.get("hold_overrun_seconds", 0))


def test_s24_a_hold_ends_with_the_ticket() -> None:
    desk = Desk(book(PLAIN))
    desk.tell(CREATED_AT_TEN, "2026-03-02T11:00:00Z held INC-1", "2026-03-02T12:00:00Z cancelled INC-1")
    assert [hold.to for hold in desk.ticket().holds] == [at("2026-03-02T12:00:00Z")]


def test_s18_an_update_without_a_promised_time_leaves_the_promise_as_it_is() -> None:
    desk = Desk(book(PLAIN))
    desk.tell(
        '2026-03-02T10:00:00Z created INC-1 due={"resolution":"2026-03-02T15:00:00Z"}',
        "2026-03-02T11:00:00Z updated INC-1 subject=VPN",
    )
    assert desk.clock("resolution").terms == []


def test_s32_folding_a_provisional_ticket_again_keeps_it_provisional() -> None:
    ticket = Ticket(ticket_id="INC-1")
    fresh = Fold(book(PLAIN)).again(
        ticket,
        _event(2, "resolved", "2026-03-02T12:00:00Z"),
        _event(1, "responded", "2026-03-02T11:00:00Z", actor_kind="agent"),
        _event(3, "closed", "2026-03-02T13:00:00Z"),
    )
    assert fresh.provisional
    assert fresh.latest == (at("2026-03-02T13:00:00Z"), 0, RANK["closed"], "e3")
    assert fresh.last_at == at("2026-03-02T13:00:00Z")


def test_s38_a_history_too_large_in_bytes_is_cut_in_half() -> None:
    ticket, fold = Ticket(ticket_id="INC-1"), Fold(book(PLAIN))
    events = [Event(at("2026-03-02T10:00:00Z"), 0, CREATED, "e0", {"customer": "acme", "priority": "P2"})]
    for number in range(1, 100):
        instant = at("2026-03-02T10:00:00Z") + number * MINUTE
        events.append(Event(instant, 0, RANK["assigned"], f"e{number}", {"assignee": "x" * 1000}))
    for event in events:
        fold.apply(ticket, event)
        history.append(ticket, event)
    assert len(ticket.history) > history.HISTORY_BYTES
    short = fold.shorten(ticket, 1000)
    assert short.history_count == 50
    assert short.base_order == events[49].order


def test_s33_a_clock_that_a_late_event_un_made_is_kept_when_only_its_alert_was_told() -> None:
    desk = Desk(book(PLAIN.replace("target: 1h", "target: 1h, warn_at: [50%]")))
    desk.tell(CREATED_AT_TEN, "2026-03-02T10:10:00Z responded INC-1")
    desk.tell("2026-03-02T11:00:00Z customer_replied INC-1")
    desk.tick("2026-03-02T11:45:00Z")  # at risk: no verdict yet
    desk.tell("2026-03-02T10:50:00Z cancelled INC-1")
    (ghost,) = desk.ticket().ghosts
    assert (ghost.name, ghost.result_revision, ghost.alert_revision) == ("next_response", 0, 2)
    assert desk.announced() == ["next_response at_risk", "next_response cancelled"]


def test_s22_a_clock_that_never_was_still_cites_the_policy_that_it_had() -> None:
    later = PLAIN.replace("name: plain", "name: plain, effective: 2026-03-03").replace("8h", "9h")
    desk = Desk(book(PLAIN, later))
    desk.tell(CREATED_AT_TEN, "2026-03-02T10:10:00Z responded INC-1")
    desk.tell("2026-03-03T11:00:00Z customer_replied INC-1", "2026-03-03T13:00:00Z responded INC-1")
    desk.tell("2026-03-02T10:50:00Z cancelled INC-1")
    (ghost,) = desk.ticket().ghosts
    new = desk.policies.current_version
    assert desk.ticket().citations[ghost.policy] == (new, "plain")
    assert desk.results[-1]["policy_version"] == new
    assert len(desk.ticket().citations) == 2


def test_s39_doubt_outlives_a_late_event_only_with_the_same_breach() -> None:
    silent = f"silence_after: {{zammad: 30m}}\n{PLAIN.replace('8h', '1h')}"
    desk = Desk(book(silent))
    desk.tell(f"{CREATED_AT_TEN} source=zammad")
    desk.tick("2026-03-02T11:30:00Z")
    assert desk.clock("resolution").doubtful
    desk.tell("2026-03-02T10:10:00Z assigned INC-1 assignee=ann")
    assert desk.clock("resolution").doubtful
    desk.tell(
        "2026-03-02T12:00:00Z assigned INC-1 assignee=bob",
        "2026-03-02T10:20:00Z held INC-1 reason=waiting_vendor",
        "2026-03-02T10:30:00Z resumed INC-1 reason=waiting_vendor",
    )
    clock = desk.clock("resolution")
    assert (clock.breached, clock.doubtful) == (at("2026-03-02T11:10:00Z"), False)


def test_s39_a_breach_that_only_a_late_event_proves_is_in_doubt_when_its_source_was_silent() -> None:
    desk = Desk(book(f"silence_after: {{zammad: 30m}}\n{PLAIN.replace('8h', '1h')}"))
    desk.tell(f"{CREATED_AT_TEN} source=zammad", "2026-03-02T10:10:00Z held INC-1 reason=waiting_vendor")
    desk.tell("2026-03-02T11:20:00Z assigned INC-1 assignee=bob source=pager")  # another source is heard
    assert not desk.clock("resolution").doubtful
    desk.tell("2026-03-02T10:20:00Z resumed INC-1 reason=waiting_vendor")
    clock = desk.clock("resolution")
    assert (clock.breached, clock.doubtful) == (at("2026-03-02T11:10:00Z"), True)


def test_s39_a_breach_that_was_never_in_doubt_is_in_none_after_a_late_event() -> None:
    desk = Desk(book(PLAIN.replace("8h", "1h")))
    desk.tell(CREATED_AT_TEN)
    desk.tick("2026-03-02T11:30:00Z")
    desk.tell("2026-03-02T10:10:00Z assigned INC-1 assignee=ann")
    assert not desk.clock("resolution").doubtful


def test_s20_a_priority_with_the_same_promise_is_told_as_a_term_and_counts_nothing_again() -> None:
    desk = Desk(book("policies: [{name: plain, objectives: {resolution: {target: 8h}}}]"))
    desk.tell(CREATED_AT_TEN, "2026-03-02T12:00:00Z priority_changed INC-1 priority=P1")
    clock = desk.clock("resolution")
    assert [(term.at, term.priority) for term in clock.terms] == [
        (at("2026-03-02T10:00:00Z"), "P2"),
        (at("2026-03-02T12:00:00Z"), "P1"),
    ]
    assert clock.due == at("2026-03-02T18:00:00Z")


def test_s18_the_terms_of_a_promised_time_show_what_was_promised() -> None:
    later = "policies: [{name: plain, effective: 2026-03-03, objectives: {resolution: {target: 4h}}}]"
    desk = Desk(book("policies: [{name: plain, objectives: {resolution: {target: 8h}}}]", later))
    desk.tell('2026-03-02T20:00:00Z created INC-1 due={"resolution":"2026-03-03T03:00:00Z"}')
    desk.tick("2026-03-03T01:00:00Z")
    clock = desk.clock("resolution")
    assert (clock.target, clock.terms[-1].target) == (420 * MINUTE, 420 * MINUTE)


LEFT = """
policies:
  - {name: gold, match: {customer: acme}, objectives: {resolution: {target: 1h}}}
  - {name: rest, objectives: {first_response: {target: 1h}}}
"""


@pytest.mark.parametrize("back", ["", "2026-03-02T12:30:00Z updated INC-1 customer=acme"])
def test_s21_a_reopen_does_not_let_a_missed_clock_go_on_that_nothing_promised_any_more(back: str) -> None:
    desk = Desk(book(LEFT))
    desk.tell(f"{CREATED_AT_TEN} customer=acme", "2026-03-02T12:00:00Z updated INC-1 customer=beta")
    desk.tell(
        *filter(None, [back]), "2026-03-02T13:00:00Z resolved INC-1", "2026-03-02T14:00:00Z reopened INC-1"
    )
    desk.tell("2026-03-02T15:00:00Z resolved INC-1")
    last = [one for one in desk.results if one["objective"] == "resolution"][-1]
    assert (last["outcome"], last["stopped_at"], last["elapsed_seconds"]) == (
        "missed",
        "2026-03-02T12:00:00Z",
        7200,
    )
    assert sum(interval["open_seconds"] for interval in last["evidence"]["intervals"]) == 7200
