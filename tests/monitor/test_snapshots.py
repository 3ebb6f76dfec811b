from __future__ import annotations

import json

import pytest

from monitor.periods import PeriodKind
from monitor.row_index import Population
from monitor.snapshots import Snapshot, snapshot
from schemas.instants import DAY, HOUR
from schemas.reasons import CorrectionReason
from tests.monitor.kpi_desk import ReportDesk, at, fact, period

FCR_WINDOW = 72 * HOUR
MARCH = period(PeriodKind.MONTH, "2026-03-01")


def of_march(
    desk: ReportDesk, population: Population | None = None, partitions: int | None = None
) -> Snapshot:
    return snapshot(
        desk.rows(),
        MARCH,
        fcr_window=FCR_WINDOW,
        population=population or Population(),
        partitions=partitions,
    )


def test_s57_a_period_is_provisional_until_every_partition_has_passed_its_grace() -> None:
    desk = ReportDesk(partitions=2)
    desk.file([fact("created", "2026-03-10")])
    desk.pass_time("2026-04-02")
    desk.pass_time("2026-04-03", partition=0)
    assert of_march(desk).closed
    slow = ReportDesk(partitions=2)
    slow.pass_time("2026-04-03", partition=0)
    slow.pass_time("2026-04-01", partition=1)
    found = of_march(slow)
    assert (found.closed, found.as_closed) == (False, None)


def test_s57_a_partition_that_has_said_nothing_keeps_every_period_open() -> None:
    desk = ReportDesk()
    desk.pass_time("2026-04-10")
    assert of_march(desk, partitions=1).closed
    silent = of_march(desk, partitions=2)
    assert (silent.closed, silent.first_contact_final) == (False, False)


def test_s57_a_partition_that_has_closed_days_but_no_period_keeps_every_period_open() -> None:
    desk = ReportDesk(partitions=2)
    desk.pass_time("2026-04-10", partition=0)
    desk.backlogs[1].close_days(at("2026-04-10"))
    assert not of_march(desk).closed


def test_s50_a_period_that_one_partition_keeps_no_more_is_no_data() -> None:
    desk = ReportDesk(partitions=2)
    desk.file([fact("created", "2026-03-04")])
    desk.pass_time("2026-04-10", partition=0)
    desk.pass_time("2027-05-10", partition=1)
    assert not snapshot(desk.rows(), period(PeriodKind.WEEK, "2026-03-04"), fcr_window=FCR_WINDOW).kept


def test_s52_first_contact_resolution_is_provisional_until_its_window_has_passed_too() -> None:
    desk = ReportDesk()
    states = []
    for day in ("2026-04-02", "2026-04-03", "2026-04-04", "2026-04-05"):
        desk.pass_time(day)
        found = of_march(desk)
        states.append((found.closed, found.first_contact_final))
    assert states == [(True, False), (True, False), (True, True), (True, True)]


def test_s57_a_closed_period_shows_what_it_said_what_it_says_and_why_it_changed() -> None:
    desk = ReportDesk()
    desk.file([fact("met:resolution", "2026-03-10")] * 9 + [fact("missed:resolution", "2026-03-11")])
    desk.pass_time("2026-04-03")
    desk.take_back([fact("met:resolution", "2026-03-10")], CorrectionReason.REOPENED)
    desk.file([fact("missed:resolution", "2026-03-12")], CorrectionReason.LATE_EVENT)
    desk.file([fact("created:queue:vpn", "2026-03-12")], CorrectionReason.LATE_EVENT)
    found = of_march(desk)
    assert found.as_closed is not None
    assert found.as_closed.attainment["resolution"] == (9, 1)
    assert found.now.attainment["resolution"] == (8, 2)
    document = found.document()
    assert document["state"] == "closed"
    assert document["corrections"] == [
        {
            "reason": "late_event",
            "counts": {"missed:resolution": 1},
            "times": {},
            "volumes": {"created:queue": {"vpn": 1}},
        },
        {"reason": "reopened", "counts": {"met:resolution": -1}, "times": {}, "volumes": {}},
    ]
    assert found.as_closed.volumes == {}
    assert document["now"]["volumes"] == {"created:queue": {"vpn": 1}}
    json.dumps(document)


def test_s57_a_correction_of_times_is_told_in_seconds() -> None:
    desk = ReportDesk()
    desk.file([fact("resolution_time", "2026-03-10", a=HOUR)])
    desk.pass_time("2026-04-03")
    desk.take_back([fact("resolution_time", "2026-03-10", a=HOUR)], CorrectionReason.REOPENED)
    (line,) = of_march(desk).document()["corrections"]
    assert line["times"] == {"resolution_time": {"count": -1, "open": -3600, "wall": -3600}}


def test_s57_what_comes_late_for_a_month_may_be_in_time_for_its_quarter() -> None:
    desk = ReportDesk()
    january, quarter = period(PeriodKind.MONTH, "2026-01-01"), period(PeriodKind.QUARTER, "2026-01-01")
    desk.pass_time("2026-02-10")
    desk.file([fact("created", "2026-01-10")])
    desk.pass_time("2026-04-05")
    found = {each: snapshot(desk.rows(), each, fcr_window=FCR_WINDOW) for each in (january, quarter)}
    assert [of.as_closed.count("created") for of in found.values() if of.as_closed] == [0, 1]
    assert [list(of.corrections) for of in found.values()] == [["late_event"], []]


def test_s54_the_backlog_is_that_of_the_last_days_close() -> None:
    desk = ReportDesk()
    desk.pass_time("2026-03-01")
    desk.open_ticket("2026-03-20")
    desk.open_ticket("2026-03-30", priority="P1")
    desk.pass_time("2026-04-03")
    found = of_march(desk)
    assert found.backlog is not None
    assert (found.backlog.open, found.backlog.ages["0-1"]) == (2, 0)
    assert found.document()["backlog"]["ages"] == {"0-1": 0, "1-3": 1, "3-7": 0, "7-30": 1, ">30": 0}
    urgent = of_march(desk, Population(priority="P1"))
    assert urgent.backlog is not None
    assert urgent.backlog.open == 1


def test_s57_a_backlog_that_late_events_change_says_what_it_was_and_why() -> None:
    desk = ReportDesk()
    desk.pass_time("2026-03-01")
    desk.open_ticket("2026-03-30")
    desk.open_ticket("2026-03-31")
    desk.pass_time("2026-04-01")
    desk.end_ticket("2026-03-31", "2026-03-31", CorrectionReason.LATE_EVENT)  # the grace is not over
    desk.pass_time("2026-04-03")
    desk.open_ticket("2026-03-20", reason=CorrectionReason.LATE_EVENT)
    desk.end_ticket("2026-03-30", "2026-03-30", CorrectionReason.ENDED)
    found = of_march(desk)
    backlog = found.document()["backlog"]
    assert (backlog["open"], backlog["as_closed"]["open"]) == (1, 1)
    assert {band: count for band, count in backlog["as_closed"]["ages"].items() if count} == {"1-3": 1}
    assert {band: count for band, count in backlog["ages"].items() if count} == {"7-30": 1}
    assert backlog["corrections"] == [
        {"reason": "ended", "open": -1, "ages": {"1-3": -1}},
        {"reason": "late_event", "open": 1, "ages": {"7-30": 1}},
    ]
    last = snapshot(desk.rows(), period(PeriodKind.DAY, "2026-03-31"), fcr_window=FCR_WINDOW)
    assert (last.corrections, last.backlog_corrections) == ({}, found.backlog_corrections)


def test_s57_the_backlog_of_an_open_period_was_not_reported_yet() -> None:
    desk = ReportDesk()
    desk.pass_time("2026-03-01")
    desk.open_ticket("2026-03-30")
    desk.pass_time("2026-04-01")
    assert of_march(desk).document()["backlog"]["as_closed"] is None


def test_a_population_is_of_one_customer_priority_or_tier() -> None:
    desk = ReportDesk()
    desk.file(
        [
            fact("created", "2026-03-10"),
            fact("created", "2026-03-10", priority="P1"),
            fact("created", "2026-03-10", customer="zeta", tier=2),
            fact("created:queue:vpn", "2026-03-10"),
        ]
    )
    populations = [
        Population(),
        Population(customer="acme"),
        Population(priority="P1"),
        Population(tier=2),
        Population(customer="zeta", priority="P1"),
    ]
    summaries = [of_march(desk, of).now for of in populations]
    assert [of.count("created") for of in summaries] == [3, 2, 1, 1, 0]
    assert [bool(of.volumes) for of in summaries] == [True, True, False, False, False]


def test_s50_a_period_of_which_rows_are_gone_is_no_data_rather_than_a_part_of_it() -> None:
    desk = ReportDesk()
    week = period(PeriodKind.WEEK, "2026-03-04")
    desk.file([fact("created", "2026-03-04")])
    for day in ("2027-04-06", "2027-04-07"):
        desk.pass_time(day)
    found = snapshot(desk.rows(), week, fcr_window=FCR_WINDOW)
    assert (found.kept, found.now.count("created"), found.as_closed) == (False, 0, None)
    assert of_march(desk).now.count("created") == 1


@pytest.mark.parametrize("kind", PeriodKind)
def test_s56_every_kind_of_period_has_a_snapshot(kind: PeriodKind) -> None:
    desk = ReportDesk()
    desk.file([fact("created", "2026-03-29"), fact("created", "2026-03-28")])
    found = snapshot(desk.rows(), period(kind, "2026-03-29"), fcr_window=3 * DAY)
    assert found.now.count("created") == (1 if kind is PeriodKind.DAY else 2)
    assert found.document()["state"] == "provisional"
