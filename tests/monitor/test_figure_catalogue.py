from __future__ import annotations

from typing import get_args

import pytest

from monitor.figure_catalogue import FIGURES, LANGUAGES, Language, Unit, figure_texts
from monitor.figures import kpis_document
from monitor.periods import PeriodKind
from monitor.row_index import RowIndex
from monitor.snapshots import snapshot
from monitor.summaries import Summary
from schemas.csfs import KpiName, kpi_number
from tests.monitor.kpi_desk import ZONE, period


def test_s50_every_kpi_of_a_policy_and_every_ratio_of_a_report_has_its_formula() -> None:
    assert set(get_args(KpiName)) <= set(FIGURES)
    assert set(Summary().ratios) <= set(FIGURES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_s50_every_figure_says_formula_population_and_unit(language: Language) -> None:
    for name, texts in figure_texts(language).items():
        assert all(texts.values()), name
        assert texts["unit"] in set(Unit)


def test_s50_no_text_is_the_same_in_both_languages_by_oversight() -> None:
    for name in FIGURES:
        english, spanish = (FIGURES[name].document(language) for language in LANGUAGES)
        assert english["label"] != spanish["label"]
        assert english["formula"] != spanish["formula"]
        assert english["population"] != spanish["population"]


@pytest.mark.parametrize("name", get_args(KpiName))
def test_the_unit_of_a_figure_is_the_one_in_which_a_policy_gives_its_bounds(name: KpiName) -> None:
    bound: dict[Unit, str | int] = {Unit.SHARE: "50%", Unit.SECONDS: "30m", Unit.COUNT: 5}
    assert kpi_number(name, bound.pop(FIGURES[name].unit)) >= 0
    for other in bound.values():
        with pytest.raises(ValueError, match=r"."):
            kpi_number(name, other)


def test_s50_the_document_prints_the_formula_of_every_ratio_it_shows() -> None:
    document = kpis_document([], ZONE)
    assert document["figures"] == figure_texts("en")
    assert set(document["totals"]["overall"]["cases"]) <= set(document["figures"])
    month = period(PeriodKind.MONTH, "2026-03-01")
    shown = snapshot(RowIndex([], ZONE), month, fcr_window=0).document()["now"]
    assert set(shown["cases"]) <= set(FIGURES)
