"""What does not add up is found, and what does is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.account_checks import interval_faults, sum_faults
from monitor.account_rows import Ruling, pieces_of
from monitor.calendars import Calendar
from monitor.explanations import account_of
from monitor.policies import PolicyBook
from monitor.verdict_lookup import Verdict
from schemas.explanations import ClockAccount
from schemas.instants import HOUR, Micros, from_micros, parse_iso
from schemas.results import Interval
from tests.builders import book
from tests.monitor.engine_desk import Desk

POLICY = """
timezone: Europe/Madrid
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-17:00"]}, holidays: [{country: ES}]}
policies:
  - {name: gold, calendar: office, objectives: {resolution: {target: 8h}}}
"""
BOOK = book(POLICY)
MONDAY = parse_iso("2026-03-02T08:00:00Z")  # nine o'clock in Madrid
CREATED = "2026-03-02T09:00:00+01:00 created INC-1"
HELD = (
    CREATED,
    "2026-03-02T16:00:00+01:00 held INC-1 reason=waiting_vendor",
    "2026-03-03T10:00:00+01:00 resumed INC-1",
    "2026-03-03T12:00:00+01:00 resolved INC-1",
)


def published(*timeline: str) -> dict[str, Any]:
    """The last record of the ticket on `sla-results`."""
    desk = Desk(BOOK)
    desk.tell(*timeline)
    return desk.results[-1]


def account(record: dict[str, Any], policies: PolicyBook = BOOK) -> ClockAccount:
    return account_of(Verdict.of(record), policies, "en")


def checks(found: ClockAccount) -> list[str]:
    return [fault.check for fault in found.discrepancies]


def counted(since: Micros, to: Micros, seconds: float) -> Interval:
    return Interval(kind="counted", from_=from_micros(since), to=from_micros(to), open_seconds=seconds)


@pytest.mark.parametrize(
    ("intervals", "faults"),
    [
        ([counted(MONDAY, MONDAY + HOUR, 3600)], []),
        (
            [counted(MONDAY, MONDAY + HOUR, 3600), counted(MONDAY + 2 * HOUR, MONDAY + 3 * HOUR, 3600)],
            ["gap"],
        ),
        (
            [counted(MONDAY, MONDAY + 2 * HOUR, 7200), counted(MONDAY + HOUR, MONDAY + 3 * HOUR, 7200)],
            ["gap"],
        ),
        ([counted(MONDAY, MONDAY + HOUR, 3601)], ["interval", "calendar"]),
        ([counted(MONDAY, MONDAY + HOUR, 60)], ["calendar"]),
    ],
)
def test_stretches_follow_each_other_and_hold_no_more_than_they_last(
    intervals: list[Interval], faults: list[str]
) -> None:
    calendar = Calendar.from_config({"timezone": "Europe/Madrid", "hours": {"mon-fri": ["09:00-17:00"]}})
    pieces = pieces_of(intervals, [Ruling(MONDAY, calendar, calendar.zone)])
    assert [fault.check for fault in interval_faults(intervals, pieces, MONDAY)] == faults


def test_the_evidence_sums_up_to_the_verdict() -> None:
    stretches = [counted(MONDAY, MONDAY + HOUR, 3600)]
    assert sum_faults(stretches, HOUR, 0) == []
    told = [
        (fault.check, fault.stated_seconds, fault.found_seconds) for fault in sum_faults(stretches, 0, HOUR)
    ]
    assert told == [("counted", 0, 3600), ("paused", 3600, 0)]


def _changed(**figures: Any) -> dict[str, Any]:
    return published(*HELD) | figures


@pytest.mark.parametrize(
    ("figures", "faults"),
    [
        ({"elapsed_seconds": 9 * 3600 - 1}, ["counted"]),
        ({"paused_seconds": 0}, ["paused"]),
        ({"due_at": "2026-03-03T10:00:01Z"}, ["due"]),
        ({"target_seconds": 7 * 3600}, ["target", "due"]),
        ({"outcome": "met", "breached_at": None}, ["outcome"]),
        ({"breached_at": None}, ["outcome"]),
        ({"started_at": "2026-03-02T07:59:59Z"}, ["gap"]),
    ],
)
def test_a_figure_that_does_not_follow_is_told(figures: dict[str, Any], faults: list[str]) -> None:
    assert checks(account(_changed(**figures))) == faults


def test_another_calendar_than_the_one_that_judged_is_told() -> None:
    """Such as a holiday that another version of the library has."""
    record = published(*HELD)
    other = book(POLICY.replace("holidays: [{country: ES}]", "holidays: [2026-03-03]"))
    record["policy_version"] = record["evidence"]["terms"][0]["policy_version"] = other.current_version
    assert "calendar" in checks(account(record, other))


def test_a_deadline_in_closed_time_is_no_fault() -> None:
    """The source may promise an hour of the night."""
    record = published(
        '2026-03-02T09:00:00+01:00 created INC-1 due={"resolution":"2026-03-02T23:00:00+01:00"}',
        "2026-03-02T16:00:00+01:00 resolved INC-1",
    )
    assert checks(account(record)) == []
