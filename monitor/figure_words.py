"""The words of figures in English and Spanish: numbers, states, reasons of corrections, success factors.

One catalogue with both languages beside each other. What a figure means is in `monitor/figure_catalogue.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from monitor.csf_figures import CsfFigure, Direction, KpiFigure
from monitor.figure_catalogue import FIGURES, LANGUAGES, Language, Text, Unit
from monitor.figure_values import Value
from monitor.summaries import Number
from schemas.amounts import format_clock
from schemas.instants import SECOND
from schemas.reasons import CorrectionReason

WORDS: Final[Mapping[str, Text]] = {
    "no_data": ("no data", "sin datos"),
    "met": ("met", "cumplido"),
    "not_met": ("NOT MET", "NO CUMPLIDO"),
    "unknown": ("unknown, for lack of data", "sin determinar, por falta de datos"),
    "closed": ("closed", "cerrado"),
    "provisional": ("provisional", "provisional"),
    "at_least": ("at least {bound}", "al menos {bound}"),
    "at_most": ("at most {bound}", "como máximo {bound}"),
    "between": ("between {least} and {most}", "entre {least} y {most}"),
    "of": ("{part} of {cases}", "{part} de {cases}"),
    "cases": ("{cases} cases", "{cases} casos"),
    "one_case": ("1 case", "1 caso"),
    "tier": ("tier {tier}", "nivel {tier}"),
    "better": ("better than usual ({usual})", "mejor de lo habitual ({usual})"),
    "worse": ("worse than usual ({usual})", "peor de lo habitual ({usual})"),
    "steady": ("steady, as usual ({usual})", "estable, como de costumbre ({usual})"),
    "no_trend": ("nothing to compare with", "nada con qué comparar"),
    "formula": ("formula", "fórmula"),
    "population": ("population", "población"),
    "reason_late_event": ("an event came late", "un evento llegó tarde"),
    "reason_reopened": ("a ticket was reopened", "se reabrió un ticket"),
    "reason_waived": (
        "a verdict was waived or a waiver revoked",
        "se dispensó un veredicto o se revocó la dispensa",
    ),
    "reason_rated": ("a rating was replaced", "se sustituyó una valoración"),
    "reason_customer_changed": ("a ticket's customer was corrected", "se corrigió el cliente de un ticket"),
    "reason_priority_changed": ("a ticket's priority changed", "cambió la prioridad de un ticket"),
    "reason_due_changed": ("the source moved a promised time", "el origen movió un plazo comprometido"),
    "reason_policy_changed": (
        "a policy version reached back",
        "una versión de la política actuó hacia atrás",
    ),
    "reason_deadline": ("a breach was noticed late", "se advirtió tarde un incumplimiento"),
    "reason_ended": ("a ticket was cancelled, merged or deleted", "se anuló, fusionó o borró un ticket"),
}


def word(key: str, language: Language, **values: object) -> str:
    """A text of the catalogue, filled in; an unknown key raises `KeyError`."""
    return WORDS[key][LANGUAGES.index(language)].format(**values)


def reason_text(reason: CorrectionReason, language: Language) -> str:
    """Why a closed period was corrected, in words."""
    return word(f"reason_{reason.value}", language)


def number_text(unit: Unit, number: Number | None, language: Language) -> str:
    """A figure as people write it: `93.4 %`, `1h30m`, `1,234`; in Spanish `93,4 %` and `1.234`."""
    if number is None:
        return word("no_data", language)
    if unit is Unit.SECONDS:
        return format_clock(int(number * SECOND))
    text = (
        f"{100 * number:.1f} %" if unit is Unit.SHARE else f"{number:,g}" if number % 1 else f"{number:,.0f}"
    )
    return text.translate(str.maketrans(",.", ".,")) if language == "es" else text


def value_text(unit: Unit, value: Value, language: Language) -> str:
    """A figure with its counts beside it where it rests on few cases (S50)."""
    text = number_text(unit, value.number, language)
    if not value.few:
        return text
    if value.part is not None:
        return f"{text} ({word('of', language, part=value.part, cases=value.cases)})"
    return f"{text} ({word('one_case' if value.cases == 1 else 'cases', language, cases=value.cases)})"


def kpi_line(kpi: KpiFigure, language: Language) -> str:
    """A KPI in one line: whose, value, target, met or not, and which way it goes."""
    found = value_text(kpi.unit, kpi.value, language)
    if kpi.provisional:
        found += f", {word('provisional', language)}"
    state = "unknown" if kpi.met is None else "met" if kpi.met else "not_met"
    line = f"{_whose(kpi, language)}: {found}; {_target(kpi, language)}: {word(state, language)}"
    return f"{line}; {direction_text(kpi, language)}"


def csf_lines(csf: CsfFigure, language: Language) -> list[str]:
    """A success factor and its KPIs, one line each."""
    state = "unknown" if csf.met is None else "met" if csf.met else "not_met"
    return [f"{csf.name}: {word(state, language)}", *(f"  {kpi_line(kpi, language)}" for kpi in csf.kpis)]


def direction_text(kpi: KpiFigure, language: Language) -> str:
    """Better, worse or steady, and against what."""
    if kpi.direction is Direction.UNKNOWN:
        return word("no_trend", language)
    return word(kpi.direction.value, language, usual=number_text(kpi.unit, kpi.usual, language))


def formula_lines(name: str, language: Language) -> list[str]:
    """How a figure is worked out and of which cases, to print below it (S50)."""
    texts = FIGURES[name].document(language)
    return [f"{word(part, language)}: {texts[part]}" for part in ("formula", "population")]


def _whose(kpi: KpiFigure, language: Language) -> str:
    goal = kpi.goal
    parts = [FIGURES[goal.kpi].label[LANGUAGES.index(language)], goal.customer, goal.priority]
    if goal.tier is not None:
        parts.append(word("tier", language, tier=goal.tier))
    return ", ".join(part for part in parts if part is not None)


def _target(kpi: KpiFigure, language: Language) -> str:
    least, most = (number_text(kpi.unit, bound, language) for bound in (kpi.least, kpi.most))
    if kpi.least is not None and kpi.most is not None:
        return word("between", language, least=least, most=most)
    return (
        word("at_most", language, bound=most)
        if kpi.least is None
        else word("at_least", language, bound=least)
    )
