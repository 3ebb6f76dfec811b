"""Calendars, holidays, hold reasons and KPIs that are legal but surely not meant."""

from __future__ import annotations

import pytest

from tests.monitor.advising import said

DESK = "[{name: a, calendar: office, objectives: {resolution: {target: 4h}}}]"
ZONE = "timezone: Europe/Madrid"


def with_office(entry: str, rest: str = "") -> list[tuple[str, str]]:
    return said(DESK, f"{ZONE}\ncalendars:\n  office: {entry}\n{rest}")


def test_a_calendar_that_no_policy_counts_on_is_told() -> None:
    office = '{hours: {mon-fri: ["09:00-17:00"]}}'
    assert with_office(office, f"  spare: {office}") == [
        ("calendars.spare", "no policy counts on it: name it as `calendar` of one, or delete it")
    ]


@pytest.mark.parametrize("calendar", ["spare", "{P1: spare}"])
@pytest.mark.parametrize("objective", ["resolution: {", "handoff: {tier: 1, "])
def test_a_calendar_is_used_by_any_objective_or_priority(calendar: str, objective: str) -> None:
    policies = f"[{{name: a, calendar: 24x7, objectives: {{{objective}target: 4h, calendar: {calendar}}}}}}}]"
    assert said(policies, f"{ZONE}\ncalendars: {{spare: {{hours: 24x7}}}}") == []


@pytest.mark.parametrize(
    ("holidays", "told"),
    [
        (
            "2025-01-01, 2026-03-01",
            (
                "the last one was on 2026-03-01: from now on it is open on every holiday; add the "
                "coming ones, or public holidays as in {country: ES}"
            ),
        ),
        (
            "2026-08-15, 2026-11-01",
            "change nothing: it is closed on all of these dates anyway; is the year right?",
        ),
    ],
)
def test_s6_holidays_that_are_past_or_change_nothing_are_told(holidays: str, told: str) -> None:
    assert with_office(f'{{hours: {{mon-fri: ["09:00-17:00"]}}, holidays: [{holidays}]}}') == [
        ("calendars.office.holidays", told)
    ]


@pytest.mark.parametrize(
    "holidays",
    [
        "[]",
        "[2025-01-01, 2026-03-02]",  # the last one is today
        "[2026-08-15, 2026-12-25]",  # a Saturday and a Friday
        "[{date: 2026-08-15, hours: ['09:00-12:00']}]",  # opens on a Saturday
        "[2025-01-01, {country: ES}]",
        "[2025-01-01, '12-25']",
    ],
)
def test_s6_holidays_that_change_a_day_to_come_are_fine(holidays: str) -> None:
    assert with_office(f'{{hours: {{mon-fri: ["09:00-17:00"]}}, holidays: {holidays}}}') == []


def test_holidays_of_a_calendar_in_another_zone_are_compared_in_that_zone() -> None:
    entry = '{timezone: Pacific/Auckland, hours: {mon: ["00:00-01:00"]}, holidays: [2026-03-09]}'
    assert with_office(entry) == []


def test_s15_a_hold_reason_that_is_mapped_to_one_that_is_mapped_on_is_told() -> None:
    policies = "[{name: a, objectives: {}}]"
    assert said(policies, "timezone: UTC\nhold_reasons: {w: user, user: waiting_customer}") == [
        (
            "hold_reasons.w",
            "a reason is mapped once: 'w' ends as 'user', not as 'waiting_customer'; write 'waiting_customer' here",
        )
    ]
    assert said(policies, "timezone: UTC\nhold_reasons: {w: waiting, waiting: waiting}") == []


@pytest.mark.parametrize(
    ("exclusion", "told"),
    [
        ("to: 2026-02-01", []),
        (
            "to: 2026-02-02",
            [
                (
                    "the clocks of all tickets stand still for 32 days, until 2026-02-02: is the date right, or "
                    "does it lack a `match`?"
                )
            ],
        ),
        ("to: 2027-01-02, match: {customer: acme}", []),
        (
            "to: 2027-01-03, match: {customer: acme}",
            [
                "the clocks of all tickets that it matches stand still for 367 days, until 2027-01-03: is the date right?"
            ],
        ),
    ],
)
def test_s26_an_exclusion_longer_than_any_maintenance_is_told(exclusion: str, told: list[str]) -> None:
    entry = f"{{from: 2026-01-01, {exclusion}, reason: works}}"
    policies = "[{name: a, calendar: 24x7, objectives: {resolution: {target: 4h}}}]"
    assert said(policies, f"timezone: UTC\nexclusions: [{entry}]") == [
        ("exclusions.0.to", one) for one in told
    ]


def test_s26_an_exclusion_that_stands_there_twice_is_told() -> None:
    entry = "{from: 2026-01-01, to: 2026-01-02, reason: works}"
    other = "{from: 2026-01-01, to: 2026-01-02, reason: storm}"
    policies = "[{name: a, calendar: 24x7, objectives: {resolution: {target: 4h}}}]"
    assert said(policies, f"timezone: UTC\nexclusions: [{entry}, {other}, {entry}]") == [
        ("exclusions.2", "says the same as exclusions[0]: delete one of them")
    ]


@pytest.mark.parametrize(
    ("kpi", "told"),
    [
        (
            "kpi: handoff_attainment, min: 90%",
            [("csfs.0.kpis.0.kpi", "has never any data: no policy promises a handoff")],
        ),
        (
            "kpi: csat, min: 90%, max: 80%",
            [("csfs.0.kpis.0.max", "lies below `min`: no figure is ever in that range")],
        ),
        (
            "kpi: resolution_p90, min: 2h, max: 90m",
            [("csfs.0.kpis.0.max", "lies below `min`: no figure is ever in that range")],
        ),
        ("kpi: resolution_attainment, min: 90%, max: 90%", []),
        ("kpi: escalation_rate, max: 20%", []),
    ],
)
def test_s58_a_kpi_that_can_never_be_well_is_told(kpi: str, told: list[tuple[str, str]]) -> None:
    policies = "[{name: a, calendar: 24x7, objectives: {resolution: {target: 4h}}}]"
    assert said(policies, f"timezone: UTC\ncsfs: [{{name: x, kpis: [{{{kpi}}}]}}]") == told
