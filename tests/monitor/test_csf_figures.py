from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from monitor.csf_figures import CsfFigure, Direction, KpiFigure, direction, evaluate
from monitor.figure_catalogue import FIGURES, Unit
from monitor.figure_values import value
from monitor.kpis import Fact
from monitor.periods import PeriodKind
from schemas.csfs import Csf, KpiName
from schemas.instants import HOUR, MINUTE
from tests.monitor.kpi_desk import ReportDesk, fact, period

MARCH = period(PeriodKind.MONTH, "2026-03-01")


def csf(*kpis: dict[str, Any]) -> Csf:
    return Csf.model_validate({"name": "A fast help desk", "kpis": list(kpis)})


def figure(desk: ReportDesk, *kpis: dict[str, Any], periods: int = 6) -> CsfFigure:
    (found,) = evaluate(desk.rows(), MARCH, [csf(*kpis)], fcr_window=72 * HOUR, periods=periods)
    return found


def kpi(desk: ReportDesk, **goal: Any) -> KpiFigure:
    return figure(desk, goal).kpis[0]


def verdicts(when: str, met: int, missed: int, **whose: Any) -> list[Fact]:
    return [fact("met:resolution", when, **whose)] * met + [fact("missed:resolution", when, **whose)] * missed


def test_s58_a_csf_is_met_when_all_its_kpis_are() -> None:
    desk = ReportDesk()
    desk.file(verdicts("2026-03-10", 9, 1))
    desk.file([fact("created", "2026-03-10"), fact("first_response_time", "2026-03-10", a=20 * MINUTE)])
    goals = [
        {"kpi": "resolution_attainment", "min": "90%"},
        {"kpi": "first_response_p90", "max": "30m"},
        {"kpi": "escalation_rate", "max": "20%"},
    ]
    found = figure(desk, *goals)
    assert [of.met for of in found.kpis] == [True, True, True]
    assert found.met is True
    assert figure(desk, *goals, {"kpi": "volume", "max": 0}).met is False


def test_s58_without_data_a_kpi_and_its_csf_are_neither_met_nor_missed() -> None:
    desk = ReportDesk()
    desk.file(verdicts("2026-03-10", 9, 1))
    met, missed = ({"kpi": "resolution_attainment", "min": share} for share in ("90%", "95%"))
    silent = {"kpi": "csat", "min": "80%"}
    assert kpi(desk, **silent).met is None
    assert figure(desk, met, silent).met is None
    assert figure(desk, missed, silent).met is False


def test_s58_a_bound_that_is_just_reached_is_met_and_both_bounds_hold() -> None:
    desk = ReportDesk()
    desk.file([fact("created", "2026-03-10")] * 5)
    bounds = [(5, None), (None, 5), (4, 6), (6, 9), (1, 4), (6, None), (None, 4)]
    found = [kpi(desk, kpi="volume", min=least, max=most).met for least, most in bounds]
    assert found == [True, True, True, False, False, False, False]


def test_s58_a_kpi_is_of_its_customer_priority_and_tier() -> None:
    desk = ReportDesk()
    desk.file(verdicts("2026-03-10", 1, 0, customer="acme", priority="P1", tier=1))
    desk.file(verdicts("2026-03-10", 0, 1, customer="zeta", priority="P2", tier=2))
    goal = {"kpi": "resolution_attainment", "min": "1%"}
    whose: list[dict[str, Any]] = [
        {},
        {"customer": "acme"},
        {"customer": "zeta"},
        {"priority": "P1"},
        {"tier": 2},
        {"customer": "acme", "tier": 2},
    ]
    assert [kpi(desk, **goal, **of).value.number for of in whose] == [0.5, 1, 0, 1, 0, None]


def test_s58_the_trend_has_the_periods_before_oldest_first_and_no_data_where_there_is_none() -> None:
    desk = ReportDesk()
    desk.file([*verdicts("2026-01-10", 1, 1), *verdicts("2026-03-10", 3, 1)])
    found = figure(desk, {"kpi": "resolution_attainment", "min": "90%"}, periods=4).kpis[0]
    assert [(point.period.label, point.number) for point in found.trend] == [
        ("2025-12", None),
        ("2026-01", 0.5),
        ("2026-02", None),
        ("2026-03", 0.75),
    ]
    assert (found.usual, found.direction) == (0.5, Direction.BETTER)


def test_s58_one_odd_period_makes_no_trend() -> None:
    desk = ReportDesk()
    for month, met in zip(range(1, 4), (9, 2, 9), strict=True):
        desk.file(verdicts(f"2026-{month:02}-10", met, 10 - met))
    desk.file(verdicts("2025-12-10", 9, 1))
    found = kpi(desk, kpi="resolution_attainment", min="90%")
    assert (found.usual, found.direction) == (0.9, Direction.STEADY)


def test_s58_with_nothing_to_compare_there_is_no_direction() -> None:
    desk = ReportDesk()
    desk.file(verdicts("2026-03-10", 1, 1))
    assert kpi(desk, kpi="resolution_attainment", min="90%").direction is Direction.UNKNOWN
    assert kpi(desk, kpi="csat", min="90%").direction is Direction.UNKNOWN


@pytest.mark.parametrize(
    ("before", "now", "bounds", "unit", "expected"),
    [
        (0.90, 0.92, (0.95, None), Unit.SHARE, Direction.BETTER),
        (0.90, 0.88, (0.95, None), Unit.SHARE, Direction.WORSE),
        (0.90, 0.905, (0.95, None), Unit.SHARE, Direction.STEADY),
        (0.10, 0.20, (None, 0.5), Unit.SHARE, Direction.WORSE),
        (1000, 900, (None, 600), Unit.SECONDS, Direction.BETTER),
        (1000, 1050, (None, 600), Unit.SECONDS, Direction.STEADY),
        (1000, 1051, (None, 600), Unit.SECONDS, Direction.WORSE),
        (50, 90, (40, 100), Unit.COUNT, Direction.STEADY),
        (120, 105, (40, 100), Unit.COUNT, Direction.BETTER),
        (30, 20, (40, 100), Unit.COUNT, Direction.WORSE),
        (0, 1, (None, 5), Unit.COUNT, Direction.WORSE),
        (0, 0, (None, 5), Unit.COUNT, Direction.STEADY),
    ],
)
def test_s58_better_and_worse_are_seen_from_the_target(
    before: float, now: float, bounds: tuple[float | None, float | None], unit: Unit, expected: Direction
) -> None:
    assert direction(before, now, *bounds, unit) is expected


def test_s58_a_figure_of_an_open_period_is_provisional_and_first_contact_for_longer() -> None:
    desk = ReportDesk()
    goals = [
        {"kpi": "resolution_attainment", "min": "90%"},
        {"kpi": "first_contact_resolution", "min": "70%"},
    ]
    states = []
    for day in ("2026-04-01", "2026-04-02", "2026-04-05"):
        desk.pass_time(day)
        states.append([of.provisional for of in figure(desk, *goals).kpis])
    assert states == [[True, True], [False, True], [False, False]]


FACTS: dict[str, list[Fact]] = {
    "first_response_p90": [fact("first_response_time", "2026-03-10", a=HOUR)],
    "first_response_median": [fact("first_response_time", "2026-03-10", a=HOUR)],
    "resolution_p90": [fact("resolution_time", "2026-03-10", a=HOUR)],
    "resolution_median": [fact("resolution_time", "2026-03-10", a=HOUR)],
    "first_response_attainment": [fact("met:first_response", "2026-03-10")],
    "resolution_attainment": [fact("met:resolution", "2026-03-10")],
    "next_response_attainment": [fact("met:next_response", "2026-03-10")],
    "handoff_attainment": [fact("met:handoff", "2026-03-10")],
    "first_contact_resolution": [
        fact(kind, "2026-03-10") for kind in ("first_resolved", "first_contact_resolved")
    ],
    "escalation_rate": [fact(kind, "2026-03-10") for kind in ("created", "escalated")],
    "csat": [fact(kind, "2026-03-10") for kind in ("rated", "rated_top")],
    "volume": [fact("created", "2026-03-10")],
    "reopen_rate": [fact(kind, "2026-03-10") for kind in ("resolved", "reopened")],
    "kill_rate": [fact(kind, "2026-03-10") for kind in ("created", "resolved")],
    "backlog": [],
}


@pytest.mark.parametrize("name", get_args(KpiName))
def test_s58_every_kpi_that_a_policy_may_name_has_a_value(name: KpiName) -> None:
    desk = ReportDesk()
    assert value(desk.rows(), MARCH, name).number is None
    desk.pass_time("2026-03-01")
    desk.open_ticket("2026-03-10")
    desk.file(FACTS[name])
    desk.pass_time("2026-04-03")
    expected = pytest.approx(3600, rel=0.025) if FIGURES[name].unit is Unit.SECONDS else 1
    assert value(desk.rows(), MARCH, name).number == expected


def test_the_success_factors_can_be_written_as_json() -> None:
    desk = ReportDesk()
    desk.file(verdicts("2026-03-10", 3, 1))
    document = figure(desk, {"kpi": "resolution_attainment", "min": "90%", "tier": 1}, periods=2).document()
    assert document["met"] is False
    (line,) = document["kpis"]
    assert line["trend"] == [{"period": "2026-02", "value": None}, {"period": "2026-03", "value": 0.75}]
    assert (line["min"], line["max"], line["few"], line["cases"], line["part"]) == (0.9, None, True, 4, 3)
    json.dumps(document)


def test_a_trend_of_no_period_is_refused() -> None:
    with pytest.raises(ValueError, match="at least the period itself"):
        figure(ReportDesk(), {"kpi": "volume", "max": 1}, periods=0)
