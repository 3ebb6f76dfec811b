"""What is legal in a policy file but surely not meant: the file as a whole."""

from __future__ import annotations

from tests.monitor.advising import said, told


def test_a_file_without_a_zone_is_told_that_it_reports_in_utc() -> None:
    assert said("[{name: all, objectives: {}}]", rest="") == [
        ("timezone", "left out: days, weeks and months are those of UTC")
    ]


def test_routes_are_told_that_nothing_delivers_yet() -> None:
    places = [place for place, _ in said("[{name: all, objectives: {}}]\nroutes: [{to: slack:desk}]")]
    assert places == ["routes"]


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
