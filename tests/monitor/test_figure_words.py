from __future__ import annotations

import string
from typing import Any

import pytest

from monitor.csf_figures import evaluate
from monitor.figure_catalogue import LANGUAGES, Language, Unit
from monitor.figure_values import Value
from monitor.figure_words import (
    WORDS,
    csf_lines,
    formula_lines,
    number_text,
    reason_text,
    value_text,
)
from monitor.periods import PeriodKind
from schemas.csfs import Csf
from schemas.instants import HOUR, MINUTE
from schemas.reasons import CorrectionReason
from tests.monitor.kpi_desk import ReportDesk, fact, period


def lines(desk: ReportDesk, language: Language, *kpis: dict[str, Any]) -> list[str]:
    csf = Csf.model_validate({"name": "A fast desk", "kpis": list(kpis)})
    (found,) = evaluate(desk.rows(), period(PeriodKind.MONTH, "2026-03-01"), [csf], fcr_window=72 * HOUR)
    return csf_lines(found, language)


def test_s58_a_success_factor_is_told_in_words_in_both_languages() -> None:
    desk = ReportDesk()
    for month, minutes in ((2, 20), (3, 30)):
        times = [fact("first_response_time", f"2026-{month:02}-10", a=minutes * MINUTE)] * 10
        desk.file(times)
    desk.pass_time("2026-04-02")
    goals: list[dict[str, Any]] = [
        {"kpi": "first_response_p90", "tier": 1, "max": "15m"},
        {"kpi": "csat", "min": "80%"},
    ]
    english, spanish = (lines(desk, language, *goals) for language in LANGUAGES)
    assert english == [
        "A fast desk: NOT MET",
        "  first response time, 90th percentile, tier 1: 30m31s; at most 15m: NOT MET; worse than usual (19m40s)",
        "  satisfied customers (CSAT): no data; at least 80.0 %: unknown, for lack of data; nothing to compare with",
    ]
    assert spanish == [
        "A fast desk: NO CUMPLIDO",
        (
            "  tiempo de primera respuesta, percentil 90, nivel 1: 30m31s; como máximo 15m: NO CUMPLIDO; "
            "peor de lo habitual (19m40s)"
        ),
        (
            "  clientes satisfechos (CSAT): sin datos; al menos 80,0 %: sin determinar, por falta de datos; "
            "nada con qué comparar"
        ),
    ]


def test_s58_an_open_period_is_told_to_be_provisional_and_a_range_by_both_ends() -> None:
    desk = ReportDesk()
    desk.file([fact("created", "2026-03-10")] * 1500)
    goal = {"kpi": "volume", "customer": "acme", "priority": "P2", "min": 1000, "max": 2000}
    assert lines(desk, "es", goal)[1] == (
        "  tickets creados, acme, P2: 1.500, provisional; entre 1.000 y 2.000: cumplido; nada con qué comparar"
    )


@pytest.mark.parametrize(
    ("unit", "number", "english", "spanish"),
    [
        (Unit.SHARE, 0.9342, "93.4 %", "93,4 %"),
        (Unit.SHARE, 0, "0.0 %", "0,0 %"),
        (Unit.SECONDS, 5400, "1h30m", "1h30m"),
        (Unit.SECONDS, 0, "0s", "0s"),
        (Unit.COUNT, 12345, "12,345", "12.345"),
        (Unit.COUNT, 2.5, "2.5", "2,5"),
        (Unit.COUNT, None, "no data", "sin datos"),
    ],
)
def test_a_number_is_written_as_its_readers_write_it(
    unit: Unit, number: float | None, english: str, spanish: str
) -> None:
    assert [number_text(unit, number, language) for language in LANGUAGES] == [english, spanish]


def test_s50_below_ten_cases_the_counts_stand_beside_the_figure() -> None:
    assert value_text(Unit.SHARE, Value(0.75, 4, 3), "en") == "75.0 % (3 of 4)"
    assert value_text(Unit.SHARE, Value(0.75, 4, 3), "es") == "75,0 % (3 de 4)"
    assert value_text(Unit.SECONDS, Value(60, 9), "en") == "1m (9 cases)"
    assert value_text(Unit.SECONDS, Value(60, 1), "es") == "1m (1 caso)"
    assert value_text(Unit.SHARE, Value(0.7, 10, 7), "en") == "70.0 %"
    assert value_text(Unit.SHARE, Value(None, 0, 0), "en") == "no data"


def test_s50_a_figure_prints_its_formula_and_its_population() -> None:
    assert formula_lines("kill_rate", "en") == [
        "formula: times resolved / tickets created; above 100 % the backlog shrinks",
        "population: resolutions and tickets created in the period",
    ]
    assert formula_lines("csat", "es")[1] == "población: valoraciones llegadas en el periodo"


@pytest.mark.parametrize("reason", CorrectionReason)
def test_s57_every_reason_of_a_correction_has_its_words(reason: CorrectionReason) -> None:
    assert reason_text(reason, "en") != reason_text(reason, "es")


def test_both_languages_fill_in_the_same_values() -> None:
    for english, spanish in WORDS.values():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text)} for text in (english, spanish)]
        assert fields[0] == fields[1]
