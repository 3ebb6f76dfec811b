"""What is legal in a policy file but surely not meant: the file as a whole."""

from __future__ import annotations

import pytest

from monitor.policy_advice import advise_all
from schemas.instants import parse_iso
from tests.monitor.advising import said, told, version


def test_a_file_without_a_zone_is_told_that_it_reports_in_utc() -> None:
    assert said("[{name: all, objectives: {}}]", rest="") == [
        ("timezone", "left out: days, weeks and months are those of UTC")
    ]


def test_routes_are_told_that_nothing_delivers_yet() -> None:
    places = [place for place, _ in said("[{name: all, objectives: {}}]\nroutes: [{to: slack:desk}]")]
    assert places == ["routes"]


def test_a_channel_that_no_route_names_is_told() -> None:
    routes = "routes: [{to: slack:desk}]"
    channels = "channels: {slack:desk: {repeat_after: 30m}, teams:desk: {repeat_after: 30m}}"
    places = [place for place, _ in said(f"[{{name: all, objectives: {{}}}}]\n{routes}\n{channels}")]
    assert places == ["routes", "channels.teams:desk"]


def test_a_file_that_says_what_it_means_leaves_nothing_to_advise() -> None:
    assert (
        told("""
timezone: Europe/Madrid
calendars:
  office: {hours: {mon-fri: ["09:00-17:00"]}, holidays: [{country: ES}, 2020-03-02]}
policies:
  - name: acme
    match: {customer: acme, priority: [P1, P2], tier: [1, 2]}
    calendar: office
    objectives:
      first_response: {target: {P1: 15m, P2: 1h}, warn_at: [75%], goal: 90%}
      resolution: {target: {P1: 4h, P2: 3 working days}, calendar: {P1: 24x7}, pause_on: [waiting_customer]}
      handoff: {tier: 2, target: 2h}
  - name: rest
    calendar: office
    objectives: {resolution: {target: 160h, warn_at: [50%, 75%, 90%]}}
csfs: [{name: kept, kpis: [{kpi: handoff_attainment, min: 80%, max: 100%}]}]
exclusions: [{from: 2026-03-16, to: 2026-03-17, match: {customer: acme}, reason: maintenance}]
hold_reasons: {Wait - User: waiting_customer, Wait - Vendor: waiting_vendor}
""")
        == []
    )


def dated(effective: str, holiday: str) -> str:
    """A file whose one policy begins at a date and whose calendar lists one holiday."""
    return f"""
timezone: UTC
calendars: {{office: {{hours: {{mon-fri: ["09:00-17:00"]}}, holidays: [{holiday}]}}}}
policies: [{{name: all, {effective} calendar: office, objectives: {{resolution: {{target: 4h}}}}}}]
"""


@pytest.mark.parametrize(
    ("replaced", "newest", "told_of"),
    [
        ("2025-12-25", "2026-12-25", []),  # a replaced file need not know the holidays after its time
        ("2024-12-25", "2026-12-25", ["2024-12-25"]),  # in its last year it had none
        ("2025-12-25", "2025-12-25", ["2025-12-25"]),
    ],
)
def test_the_calendars_of_a_file_are_looked_at_while_it_is_in_force(
    replaced: str, newest: str, told_of: list[str]
) -> None:
    versions = [version(dated("effective: 2026-01-01,", newest)), version(dated("", replaced))]
    found = advise_all(versions, parse_iso("2026-03-02T08:00:00Z"))
    assert [message.split(":")[0] for _, (_, message) in found] == [
        f"the last one was on {day}" for day in told_of
    ]


def test_a_file_that_begins_later_needs_the_holidays_of_its_time() -> None:
    versions = [version(dated("", "2026-12-25")), version(dated("effective: 2027-01-01,", "2026-12-25"))]
    found = advise_all(versions, parse_iso("2026-03-02T08:00:00Z"))
    assert [of.starts for of, _ in found] == [parse_iso("2027-01-01T00:00:00Z")]


def test_s22_what_is_wrong_between_files_is_found_with_them() -> None:
    late = version("timezone: UTC\npolicies: [{name: b, objectives: {}}, {name: a, effective: 2027-02-01, "
                   "match: {customer: a}, objectives: {}}]")  # fmt: skip
    newer = version("timezone: UTC\npolicies: [{name: b, effective: 2027-01-01, objectives: {}}]")
    found = advise_all([newer, late], parse_iso("2026-03-02T08:00:00Z"))
    assert [place for of, (place, _) in found if of is late] == [
        ("policies", 1),
        ("policies", 1, "effective"),
    ]
