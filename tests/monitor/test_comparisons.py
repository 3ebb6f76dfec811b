from __future__ import annotations

import json

import pytest

from monitor.calendars import Calendar
from monitor.comparisons import Comparison, compare
from monitor.figure_catalogue import FIGURES
from monitor.periods import Period, PeriodKind
from monitor.row_index import Population
from schemas.instants import HOUR
from tests.monitor.kpi_desk import ReportDesk, fact, period

OFFICE = Calendar.from_config(
    {"timezone": "Europe/Madrid", "hours": {"mon-fri": ["09:00-17:00"]}, "holidays": ["2026-03-19"]}
)
MARCH = period(PeriodKind.MONTH, "2026-03-01")


def one(
    desk: ReportDesk, figure: str, of: Period = MARCH, population: Population | None = None
) -> Comparison:
    (found,) = compare(desk.rows(), of, OFFICE, figures=[figure], population=population or Population())
    return found


def test_s56_a_ratio_is_compared_in_points() -> None:
    desk = ReportDesk()
    desk.file([fact("met:resolution", "2026-03-10")] * 9 + [fact("missed:resolution", "2026-03-10")])
    desk.file([fact("met:resolution", "2026-02-10")] * 8 + [fact("missed:resolution", "2026-02-10")] * 2)
    found = one(desk, "resolution_attainment")
    assert (found.now.value.number, found.previous.value.number) == (0.9, 0.8)
    assert found.since_previous.points == 10
    assert (found.since_previous.percent, found.since_previous.per_working_day_percent) == (None, None)
    assert (found.now.value.cases, found.now.value.part, found.now.value.few) == (10, 9, False)


def test_s56_a_volume_is_compared_in_per_cent_and_per_working_day() -> None:
    desk = ReportDesk()
    desk.file([fact("created", "2026-03-10")] * 42 + [fact("created", "2026-02-10")] * 40)
    found = one(desk, "volume")
    # March 2026 has 22 weekdays, one of them a holiday; February has 20.
    assert (found.now.working_days, found.previous.working_days) == (21, 20)
    assert (found.now.per_working_day, found.previous.per_working_day) == (2, 2)
    assert found.since_previous.percent == 5
    assert found.since_previous.per_working_day_percent == 0
    assert found.since_previous.points is None


def test_s56_the_same_period_a_year_ago_stands_beside_it() -> None:
    desk = ReportDesk()
    desk.file([fact("created", "2026-03-10")] * 3 + [fact("created", "2025-03-10")] * 4)
    found = one(desk, "volume")
    assert found.year_before is not None
    assert (found.year_before.period.label, found.year_before.value.number) == ("2025-03", 4)
    assert found.since_year_before.percent == -25


def test_s56_a_time_is_compared_in_per_cent() -> None:
    desk = ReportDesk()
    desk.file(
        [fact("resolution_time", "2026-03-10", a=3 * HOUR), fact("resolution_time", "2026-02-10", a=2 * HOUR)]
    )
    found = one(desk, "resolution_mean")
    assert (found.now.value.number, found.since_previous.percent) == (3 * 3600, 50)
    assert found.since_previous.per_working_day_percent is None


def test_s50_a_comparison_with_nothing_is_no_data() -> None:
    desk = ReportDesk()
    desk.file([fact("created", "2026-03-10"), fact("met:resolution", "2026-03-10")])
    for figure in FIGURES:
        found = one(desk, figure)
        assert found.previous.value.number is None
        assert found.since_previous == (type(found.since_previous))(None, None, None)
    assert one(desk, "volume").now.value.number == 1
    # Something was filed in February, so that March of a quiet customer is compared with a true zero.
    desk.file([fact("created", "2026-02-10", customer="zeta")])
    quiet = one(desk, "volume", population=Population(customer="acme"))
    assert (quiet.previous.value.number, quiet.since_previous.percent) == (0, None)


def test_s56_a_period_that_a_year_did_not_have_is_no_data() -> None:
    leap = period(PeriodKind.DAY, "2028-02-29")
    found = one(ReportDesk(), "volume", leap)
    assert found.year_before is None
    assert found.document()["year_before"] is None


def test_s56_a_week_without_a_working_day_has_no_volume_per_working_day() -> None:
    closed = Calendar.from_config({"hours": {"mon": ["09:00-10:00"]}, "holidays": ["2026-03-02"]})
    desk = ReportDesk()
    desk.file([fact("created", "2026-03-03")])
    (found,) = compare(desk.rows(), period(PeriodKind.WEEK, "2026-03-03"), closed, figures=["volume"])
    assert (found.now.working_days, found.now.per_working_day) == (0, None)


def test_s56_quarters_halves_and_years_are_sums_of_months_and_weeks_of_days() -> None:
    desk = ReportDesk()
    desk.file([fact("created", f"2026-{month:02}-15") for month in range(1, 13)])
    desk.file([fact("created", "2026-03-16")] * 6)
    found = {kind: one(desk, "volume", period(kind, "2026-03-16")).now.value.number for kind in PeriodKind}
    assert found == {"day": 6, "week": 6, "month": 7, "quarter": 9, "half": 12, "year": 18}


def test_s54_a_stock_is_no_rate_per_working_day() -> None:
    desk = ReportDesk()
    desk.pass_time("2026-02-01")
    desk.open_ticket("2026-02-10")
    desk.open_ticket("2026-03-10")
    desk.pass_time("2026-04-03")
    found = one(desk, "backlog")
    assert (found.now.value.number, found.previous.value.number, found.since_previous.percent) == (2, 1, 100)
    assert found.now.per_working_day is None


def test_a_comparison_can_be_written_as_json() -> None:
    desk = ReportDesk()
    desk.file([fact("created", "2026-03-10"), fact("created", "2025-03-10")])
    documents = [each.document() for each in compare(desk.rows(), MARCH, OFFICE)]
    assert {document["figure"] for document in documents} == set(FIGURES)
    json.dumps(documents)


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(KeyError, match="happiness"):
        one(ReportDesk(), "happiness")
