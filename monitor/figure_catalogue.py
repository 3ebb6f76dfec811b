"""What each figure means: its formula, its population and its unit, in English and Spanish (S50).

One catalogue, one entry per figure with both languages beside each other, so that neither is forgotten and no
report words a formula of its own. How the numbers are taken from the sums is in `monitor/figure_values.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple, get_args

Language = Literal["en", "es"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


class Unit(StrEnum):
    """What a figure is counted in: a share from 0 to 1 (a rate may be above), seconds, or a whole number."""

    SHARE = "share"
    SECONDS = "seconds"
    COUNT = "count"


Text = tuple[str, str]  # English, Spanish


class FigureText(NamedTuple):
    """What a figure is called, how it is worked out, and of which cases."""

    unit: Unit
    label: Text
    formula: Text
    population: Text

    def document(self, language: Language) -> dict[str, Any]:
        """The entry in one language."""
        index = LANGUAGES.index(language)
        return {
            "label": self.label[index],
            "formula": self.formula[index],
            "population": self.population[index],
            "unit": self.unit.value,
        }


_SETTLED: Final = (
    (
        "verdicts settled in the period: met at the stop of the clock, missed at its breach (also while the ticket "
        "is open); cancelled and waived ones are out"
    ),
    (
        "veredictos firmes en el periodo: cumplido al parar el reloj, incumplido al vencer (aunque el ticket siga "
        "abierto); los anulados y los dispensados no cuentan"
    ),
)
_STOPPED: Final = (
    "clocks that stopped in the period; open time of their calendar",
    "relojes parados en el periodo; tiempo hábil de su calendario",
)
_CREATED: Final = ("tickets created in the period", "tickets creados en el periodo")
_RATED: Final = ("ratings that came in the period", "valoraciones llegadas en el periodo")
_STATISTICS: Final = {
    "median": (
        ("median", "mediana"),
        ("half of the times are at most this, ±2.5 %", "la mitad no lo supera, ±2,5 %"),
    ),
    "p90": (
        ("90th percentile", "percentil 90"),
        ("90 % of the times are at most this, ±2.5 %", "el 90 % no lo supera, ±2,5 %"),
    ),
    "mean": (
        ("mean", "media"),
        ("sum of the times / their number, exact", "suma de los tiempos / su número, exacta"),
    ),
}
_TIMES: Final = {
    "first_response": ("first response time", "tiempo de primera respuesta"),
    "next_response": ("next response time", "tiempo de siguiente respuesta"),
    "resolution": ("resolution time", "tiempo de resolución"),
}
_OBJECTIVES: Final = {
    "first_response": ("first response kept", "primera respuesta cumplida"),
    "next_response": ("next response kept", "siguiente respuesta cumplida"),
    "resolution": ("resolution kept", "resolución cumplida"),
    "handoff": ("hand-off between tiers kept (OLA)", "traspaso entre niveles cumplido (OLA)"),
}


def _attainment(label: Text) -> FigureText:
    formula = ("met / (met + missed)", "cumplidos / (cumplidos + incumplidos)")
    return FigureText(Unit.SHARE, label, formula, _SETTLED)


def _time(time: Text, statistic: Text, formula: Text) -> FigureText:
    label = (f"{time[0]}, {statistic[0]}", f"{time[1]}, {statistic[1]}")
    return FigureText(Unit.SECONDS, label, formula, _STOPPED)


_RATES: Final[Mapping[str, FigureText]] = {
    "first_contact_resolution": FigureText(
        Unit.SHARE,
        ("first contact resolution", "resolución en el primer contacto"),
        (
            (
                "resolved with at most one agent response, no escalation, no change of queue and not reopened within "
                "the window / resolved for the first time; provisional until the window has passed"
            ),
            (
                "resueltos con una respuesta de agente como máximo, sin escalado, sin cambio de cola y sin reapertura "
                "dentro de la ventana / resueltos por primera vez; provisional hasta que pasa la ventana"
            ),
        ),
        (
            "tickets resolved for the first time in the period",
            "tickets resueltos por primera vez en el periodo",
        ),
    ),
    "escalation_rate": FigureText(
        Unit.SHARE,
        ("escalation rate", "tasa de escalado"),
        (
            "tickets that rose at least one tier after creation, once each / tickets created",
            "tickets que subieron de nivel tras crearse, una vez cada uno / tickets creados",
        ),
        (
            "tickets created in the period and tickets that first rose in it",
            "tickets creados en el periodo y tickets que subieron por primera vez en él",
        ),
    ),
    "reopen_rate": FigureText(
        Unit.SHARE,
        ("reopen rate", "tasa de reapertura"),
        ("times reopened / times resolved", "reaperturas / resoluciones"),
        ("reopenings and resolutions in the period", "reaperturas y resoluciones del periodo"),
    ),
    "kill_rate": FigureText(
        Unit.SHARE,
        ("kill rate", "tasa de cierre"),
        (
            "times resolved / tickets created; above 100 % the backlog shrinks",
            "resoluciones / tickets creados; por encima del 100 % la cartera baja",
        ),
        ("resolutions and tickets created in the period", "resoluciones y tickets creados del periodo"),
    ),
    "csat": FigureText(
        Unit.SHARE,
        ("satisfied customers (CSAT)", "clientes satisfechos (CSAT)"),
        ("scores in the top two of their scale / scores", "notas en las dos más altas de su escala / notas"),
        _RATED,
    ),
    "csat_mean": FigureText(
        Unit.SHARE,
        ("mean score", "nota media"),
        (
            "mean of score / end of its scale; times 5 it is the score out of five",
            "media de nota / final de su escala; por 5 es la nota sobre cinco",
        ),
        _RATED,
    ),
    "csat_response_rate": FigureText(
        Unit.SHARE,
        ("rating response rate", "tasa de respuesta a la encuesta"),
        (
            "rated tickets, once each / tickets resolved for the first time",
            "tickets valorados, una vez cada uno / tickets resueltos por primera vez",
        ),
        (
            "tickets that got their first rating and tickets resolved for the first time in the period",
            "tickets con su primera valoración y tickets resueltos por primera vez en el periodo",
        ),
    ),
}

_COUNTS: Final[Mapping[str, FigureText]] = {
    "volume": FigureText(
        Unit.COUNT,
        ("tickets created", "tickets creados"),
        ("number of creations; never withdrawn", "número de creaciones; nunca se retiran"),
        _CREATED,
    ),
    "resolved": FigureText(
        Unit.COUNT,
        ("times resolved", "resoluciones"),
        (
            "number of resolutions; a reopen does not withdraw one",
            "número de resoluciones; reabrir no las retira",
        ),
        ("resolutions in the period", "resoluciones del periodo"),
    ),
    "reopened": FigureText(
        Unit.COUNT,
        ("times reopened", "reaperturas"),
        ("number of reopenings", "número de reaperturas"),
        ("reopenings in the period", "reaperturas del periodo"),
    ),
    "backlog": FigureText(
        Unit.COUNT,
        ("backlog", "cartera pendiente"),
        (
            "tickets open at the last day's close of the period; a stock, never a sum",
            "tickets abiertos al cierre del último día del periodo; es un saldo, nunca una suma",
        ),
        ("all tickets open at that instant", "todos los tickets abiertos en ese instante"),
    ),
    "waived": FigureText(
        Unit.COUNT,
        ("verdicts waived", "veredictos dispensados"),
        (
            "verdicts that a waiver takes out of attainment",
            "veredictos que una dispensa saca del cumplimiento",
        ),
        (
            "waived verdicts by their settle time",
            "veredictos dispensados, por el instante en que quedaron firmes",
        ),
    ),
    "excluded_time": FigureText(
        Unit.SECONDS,
        ("time excluded", "tiempo excluido"),
        (
            "open time that exclusions of the policy took out of clocks, summed",
            "tiempo hábil que las exclusiones de la política quitaron a los relojes, sumado",
        ),
        ("clocks that stopped in the period", "relojes parados en el periodo"),
    ),
}

FIGURES: Final[Mapping[str, FigureText]] = {
    **{f"{name}_attainment": _attainment(label) for name, label in _OBJECTIVES.items()},
    **{
        f"{name}_{statistic}": _time(label, *texts)
        for name, label in _TIMES.items()
        for statistic, texts in _STATISTICS.items()
    },
    **_RATES,
    **_COUNTS,
}
"""By the name that policies and documents use."""


def figure_texts(language: Language) -> dict[str, dict[str, Any]]:
    """The whole catalogue in one language, by name: label, formula, population, unit."""
    return {name: FIGURES[name].document(language) for name in sorted(FIGURES)}
