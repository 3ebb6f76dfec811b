"""The account of a clock: where its figures come from, and what does not add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.explanations import account_of
from monitor.policies import PolicyBook
from monitor.verdict_lookup import Verdict
from schemas.explanations import ClockAccount
from schemas.instants import to_micros
from tests.builders import book
from tests.monitor.engine_desk import Desk

POLICY = """
timezone: Europe/Madrid
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-17:00"]}, holidays: [{country: ES}]}
priorities: [P1, P2, P3]
policies:
  - name: gold
    effective: 2026-01-01
    calendar: office
    objectives:
      first_response: {target: 1h}
      resolution:
        target: {P1: 4h, P2: 8h, P3: 2 working days}
        calendar: {P1: 24x7}
        pause_on: waiting_vendor
        warn_at: [50%, 90%]
      handoff: {tier: 2, target: 1h}
"""
BOOK = book(POLICY)
CREATED = "2026-03-02T09:00:00+01:00 created INC-1"


def published(*timeline: str, objective: str = "resolution") -> dict[str, Any]:
    """The last record of an objective on `sla-results`."""
    desk = Desk(BOOK)
    desk.tell(*timeline)
    return [result for result in desk.results if result["objective"] == objective][-1]


def account(record: dict[str, Any], policies: PolicyBook | None = BOOK, **known: Any) -> ClockAccount:
    return account_of(Verdict.of(record, **known), policies, "en")


def checks(found: ClockAccount) -> list[str]:
    return [fault.check for fault in found.discrepancies]


HELD = (
    CREATED,
    "2026-03-02T16:00:00+01:00 held INC-1 reason=waiting_vendor",
    "2026-03-03T10:00:00+01:00 resumed INC-1",
    "2026-03-03T12:00:00+01:00 resolved INC-1",
)


def test_s15_a_hold_over_closing_time_takes_out_its_open_time_only() -> None:
    found = account(published(*HELD))
    assert (found.elapsed_seconds, found.paused_seconds, found.margin_seconds) == (9 * 3600, 2 * 3600, -3600)
    assert [(row.kind, row.open_seconds, row.closed_seconds) for row in found.rows] == [
        ("counted", 7 * 3600, 0),
        ("hold", 3600, 7 * 3600),
        ("hold", 3600, 9 * 3600),
        ("counted", 2 * 3600, 0),
    ]
    assert found.sums.wall_seconds == 27 * 3600
    assert [(part.reason, part.open_seconds) for part in found.sums.paused] == [("waiting_vendor", 7200)]
    assert checks(found) == []


@pytest.mark.parametrize(
    ("returns", "since"),
    [
        ("2026-02-20T00:00:00+01:00", "2026-02-20T00:00:00+01:00"),
        ("2026-03-20T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
    ],
)
def test_a_version_that_came_back_is_in_force_since_its_latest_start_before_the_clock(
    returns: str, since: str
) -> None:
    (first,) = BOOK.versions
    (other,) = book(POLICY.replace("target: 1h", "target: 2h")).versions
    back = datetime.fromisoformat(returns)
    between = replace(other, starts=to_micros(back - timedelta(days=10)))
    again = PolicyBook([first, between, replace(first, starts=to_micros(back))])
    found = account(published(*HELD), again)
    assert found.policy_since == datetime.fromisoformat(since)


def test_the_deadline_is_marked_in_the_row_it_falls_into() -> None:
    found = account(published(*HELD))
    marks = [(row.date.day, remark.kind, str(remark.at)) for row in found.rows for remark in row.remarks]
    assert marks == [(3, "deadline", "2026-03-03 11:00:00+01:00")]


def test_s41_warnings_are_dated_where_their_share_was_used_up() -> None:
    found = account(published(*HELD))
    assert [(threshold.share, str(threshold.at)) for threshold in found.thresholds] == [
        (0.5, "2026-03-02 13:00:00+01:00"),
        (0.9, "2026-03-03 10:12:00+01:00"),
    ]


def test_s02_working_days_show_the_local_times_they_were_counted_between() -> None:
    basis = account(
        published(
            "2026-04-29T18:00:00+02:00 created INC-1 priority=P3", "2026-05-04T12:00:00+02:00 resolved INC-1"
        )
    ).target_basis
    assert (basis.kind, basis.promised, basis.working_days) == ("working_days", "2 working days", 2)
    # From the opening on Thursday over the first of May and the weekend.
    assert (str(basis.counted_from), str(basis.counted_to)) == (
        "2026-04-30 09:00:00+02:00",
        "2026-05-05 09:00:00+02:00",
    )


@pytest.mark.parametrize("policies", [BOOK, None])
def test_s18_a_due_time_of_the_source_stands_in_the_evidence(policies: PolicyBook | None) -> None:
    record = published(
        '2026-03-02T09:00:00+01:00 created INC-1 due={"resolution":"2026-03-03T12:00:00+01:00"}',
        "2026-03-03T10:00:00+01:00 resolved INC-1",
    )
    found = account(record, policies)
    assert record["evidence"]["due_from_source"] is True
    assert (found.target_basis.kind, found.target_seconds, checks(found)) == ("source", 11 * 3600, [])


def test_s22_a_policy_cites_since_when_it_is_in_force() -> None:
    found = account(published(*HELD))
    assert (found.policy, found.policy_known, str(found.policy_since)) == (
        "gold",
        True,
        "2026-01-01 00:00:00+01:00",
    )
    assert found.calendar == "office"


def test_a_priority_may_have_a_calendar_of_its_own() -> None:
    found = account(
        published(
            "2026-03-07T22:00:00+01:00 created INC-1 priority=P1", "2026-03-08T01:00:00+01:00 resolved INC-1"
        )
    )
    assert (found.calendar, found.elapsed_seconds, len(found.rows), checks(found)) == (
        "24x7",
        3 * 3600,
        2,
        [],
    )


def test_s13_a_handoff_is_explained_by_the_promise_of_its_tier() -> None:
    found = account(
        published(CREATED, "2026-03-02T10:00:00+01:00 escalated INC-1 tier=2", HELD[3], objective="handoff")
    )
    assert (found.tier, found.outcome, found.target_seconds, checks(found)) == (2, "missed", 3600, [])


def test_s20_terms_from_now_keep_what_was_counted_on_the_former_calendar() -> None:
    found = account(_from_now())
    assert found.target_basis.kind == "scaled"
    assert [(row.open_seconds, row.closed_seconds) for row in found.rows] == [
        (4 * 3600, 0),
        (11 * 3600, 0),
        (3600, 0),
    ]
    # Four hours were counted; that 13 are left of the 4 promised now is made up.
    assert (found.target_basis.counted_before_seconds, found.target_basis.share_left) == (4 * 3600, 3.25)
    assert [term.change for term in found.terms] == ["started", "from_now"]
    assert checks(found) == []


def _from_now() -> dict[str, Any]:
    """Half of eight office hours were used up, when half of an hour around the clock was promised instead."""
    record = published(CREATED, "2026-03-02T12:00:00+01:00 resolved INC-1")
    terms = {
        "policy": "gold",
        "policy_version": record["policy_version"],
        "calendar_timezone": "Europe/Madrid",
    }
    started = {**terms, "from": "2026-03-02T08:00:00Z", "change": "started", "priority": "P2"}
    changed = {**terms, "from": "2026-03-02T13:00:00+01:00", "change": "from_now", "priority": "P1"}
    record["evidence"] |= {
        "terms": [
            {**started, "calendar": "office", "target_seconds": 28800},
            {**changed, "calendar": "24x7", "target_seconds": 17 * 3600},
        ],
        "intervals": [
            {
                "kind": "counted",
                "from": "2026-03-02T08:00:00Z",
                "to": "2026-03-03T00:00:00Z",
                "open_seconds": 57600,
            }
        ],
    }
    return record | {
        "priority": "P1",
        "target_seconds": 17 * 3600,
        "elapsed_seconds": 16 * 3600,
        "due_at": "2026-03-03T01:00:00Z",
        "stopped_at": "2026-03-03T00:00:00Z",
    }


FROM_NOW = """
timezone: Europe/Madrid
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-thu: ["09:00-18:00"], fri: ["09:00-15:00"]}}
priorities: [P1, P2, P3, P4]
policies:
  - name: gold
    calendar: office
    objectives:
      resolution: {target: {P1: 8h, P2: 3 working days, P3: 3 working days, P4: 4h}, on_change: from_now}
"""


def scaled(*timeline: str) -> ClockAccount:
    policies = book(FROM_NOW)
    desk = Desk(policies)
    desk.tell(*timeline)
    return account(desk.results[-1], policies)


SCALED = (
    "2026-03-12T09:00:00+01:00 created INC-1 priority=P1",
    "2026-03-12T14:00:00+01:00 priority_changed INC-1 priority=P2",
)


def test_s20_working_days_that_were_scaled_show_the_open_time_they_came_to_at_the_change() -> None:
    found = scaled(*SCALED, "2026-03-16T09:20:00+01:00 resolved INC-1")
    basis = found.target_basis
    # 5 of 8 hours were counted; three working days from Thursday 14:00 are 4 + 6 + 9 + 5 hours.
    assert (basis.working_days, basis.promised_seconds) == (3, 24 * 3600)
    assert (str(basis.counted_from), str(basis.counted_to)) == (
        "2026-03-12 14:00:00+01:00",
        "2026-03-17 14:00:00+01:00",
    )
    assert (basis.counted_before_seconds, basis.share_left) == (5 * 3600, 0.375)
    assert found.target_seconds == 5 * 3600 + 0.375 * 24 * 3600
    assert checks(found) == []


def test_s20_a_change_to_the_same_promise_leaves_the_share_that_was_scaled() -> None:
    before = scaled(*SCALED, "2026-03-16T09:20:00+01:00 resolved INC-1").target_basis
    found = scaled(
        *SCALED,
        "2026-03-13T10:00:00+01:00 priority_changed INC-1 priority=P3",
        "2026-03-16T09:20:00+01:00 resolved INC-1",
    )
    assert [term.priority for term in found.terms] == ["P1", "P2", "P3"]
    assert found.target_basis == before.model_copy(update={"priority": "P3"})


def test_s20_a_promise_in_open_time_that_was_scaled_has_no_working_days() -> None:
    basis = scaled(
        SCALED[0],
        SCALED[1].replace("=P2", "=P4"),
        "2026-03-12T14:20:00+01:00 resolved INC-1",
    ).target_basis
    assert (basis.promised, basis.promised_seconds, basis.share_left) == ("4h", 4 * 3600, 0.375)
    assert (basis.working_days, basis.counted_from, basis.counted_to) == (None, None, None)


def test_s20_terms_before_a_retroactive_change_are_history_only() -> None:
    record = _from_now()
    terms = record["evidence"]["terms"]
    terms[1] |= {"change": "retroactive", "calendar": "office", "priority": "P2", "target_seconds": 28800}
    record |= {"elapsed_seconds": 28800, "target_seconds": 28800, "due_at": "2026-03-02T16:00:00Z"}
    record["evidence"]["intervals"][0]["open_seconds"] = 28800
    found = account(record)
    assert (found.target_basis.kind, found.calendar, checks(found)) == ("open_time", "office", [])
    assert [row.open_seconds for row in found.rows] == [28800, 0]


def test_s20_what_lies_before_the_oldest_kept_term_stays_whole() -> None:
    record = _from_now()
    del record["evidence"]["terms"][0]
    found = account(record)
    assert not found.by_day
    assert [row.open_seconds for row in found.rows] == [16 * 3600]


def test_s20_a_record_that_noted_no_terms_may_have_been_scaled() -> None:
    scaled = book(
        POLICY.replace("pause_on: waiting_vendor", "pause_on: waiting_vendor\n        on_change: from_now")
    )
    record = published(*HELD) | {"policy_version": scaled.current_version, "target_seconds": 8 * 3600 + 60}
    record["evidence"]["terms"] = []
    found = account(
        record | {"due_at": "2026-03-03T10:01:00Z", "breached_at": "2026-03-03T10:01:00Z"}, scaled
    )
    assert (found.target_basis.kind, checks(found)) == ("scaled", [])


def test_s16_a_hold_overrun_concerns_the_clocks_that_such_a_hold_pauses() -> None:
    record = published(*HELD)
    record["evidence"]["hold_overrun_seconds"] = 60
    assert account(record).hold_overrun_seconds == 0
    assert account(record, None).hold_overrun_seconds == 60


def test_s25_a_waiver_says_who_and_why() -> None:
    record = published(
        *HELD, "2026-03-04T12:00:00+01:00 waived INC-1 objective=resolution reason=storm approved_by=ann"
    )
    found = account(record)
    assert (found.outcome, found.waived) == ("waived", {"reason": "storm", "approved_by": "ann"})
    assert checks(found) == []


def test_s26_an_exclusion_is_paused_time_with_its_reason() -> None:
    record = published(*HELD)
    record["evidence"]["intervals"][1] |= {"kind": "excluded", "reason": "maintenance"}
    found = account(record)
    assert [(part.kind, part.reason) for part in found.sums.paused] == [("excluded", "maintenance")]
    assert checks(found) == []


def test_s39_a_doubtful_breach_is_marked() -> None:
    record = published(*HELD)
    record["evidence"]["doubtful"] = "source_silent"
    assert account(record).doubtful == "source_silent"


def test_without_policies_the_stretches_stay_and_their_sums_are_checked() -> None:
    found = account(published(*HELD), None)
    assert (found.policy_known, found.by_day, found.calendar, found.thresholds) == (
        False,
        False,
        "office",
        [],
    )
    assert found.target_basis.kind == "unknown"
    assert [row.open_seconds for row in found.rows] == [7 * 3600, 2 * 3600, 2 * 3600]
    assert checks(found) == []
