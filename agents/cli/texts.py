"""What people read in the live view and the demo, in English and Spanish.

One catalogue, one entry per text with both languages beside each other, so that neither is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

Language = Literal["en", "es"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

CATALOGUE: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("SLA monitor · live desk", "Monitor de SLA · mesa en vivo"),
    "ends": ("Ctrl-C ends", "Ctrl-C termina"),
    "elapsed": ("running for", "en marcha"),
    "events": ("events", "eventos"),
    "per_second": ("{rate:.1f}/s", "{rate:.1f}/s"),
    "dead_letters": ("dead letters", "descartados"),
    "delay": ("deadline → alert", "plazo → alerta"),
    "metrics": ("metrics", "métricas"),
    "next": ("About to breach", "A punto de incumplirse"),
    "next_none": ("Nothing is at risk.", "Nada está en riesgo."),
    "broken": ("Broken and still open", "Incumplidos y abiertos"),
    "broken_none": ("Nothing is broken.", "Nada está incumplido."),
    "attainment": ("Promises kept", "Compromisos cumplidos"),
    "attainment_none": ("No verdict yet.", "Aún sin veredictos."),
    "ticker": ("Alerts as they come", "Alertas según llegan"),
    "ticker_none": ("No alert yet.", "Aún sin alertas."),
    "more": ("… and {count} more", "… y {count} más"),
    "ticket": ("ticket", "ticket"),
    "customer": ("customer", "cliente"),
    "promise": ("promise", "compromiso"),
    "left": ("left", "queda"),
    "late": ("late by", "retraso"),
    "owner": ("owner", "dueño"),
    "subject": ("subject", "asunto"),
    "kept": ("kept", "cumplido"),
    "met_missed": ("met / missed", "sí / no"),
    "due_now": ("now", "ya"),
    "nobody": ("—", "—"),
    "objective_first_response": ("first response", "primera resp."),
    "objective_next_response": ("next response", "siguiente resp."),
    "objective_resolution": ("resolution", "resolución"),
    "objective_handoff": ("hand-off", "traspaso"),
    "state_at_risk": ("at risk", "en riesgo"),
    "state_breached": ("BREACHED", "INCUMPLIDO"),
    "state_resolved": ("resolved", "resuelto"),
    "state_retracted": ("retracted", "retirado"),
    "state_cancelled": ("cancelled", "anulado"),
    "starting": (
        "Starting an embedded broker and the worker; the first breach comes within a minute.",
        "Arrancando un broker embebido y el monitor; el primer incumplimiento llega antes de un minuto.",
    ),
    "embedded": (
        "The broker is a mock in this process: nothing is kept, and it is for looking, not for production.",
        "El broker es una simulación en este proceso: no guarda nada; sirve para mirar, no para producción.",
    ),
    "line": (
        "{elapsed}  {events} events ({rate:.1f}/s)  met {met}  missed {missed}  kept {kept}",
        "{elapsed}  {events} eventos ({rate:.1f}/s)  cumplidos {met}  fallidos {missed}  tasa {kept}",
    ),
    "line_alerts": (
        "at risk {at_risk}  broken {broken}  dead letters {dead_letters}",
        "en riesgo {at_risk}  incumplidos {broken}  descartados {dead_letters}",
    ),
    "no_data": ("no data", "sin datos"),
    "draining": ("Ending: the worker finishes what it has.", "Terminando: el monitor acaba lo pendiente."),
    "summary": (
        "{events} events in {elapsed}: {met} promises met, {missed} missed ({kept} kept).",
        "{events} eventos en {elapsed}: {met} compromisos cumplidos, {missed} no ({kept}).",
    ),
    "summary_alerts": (
        "Breaches announced: {breached}, half within {p50}, 99 % within {p99}; {dead_letters} dead letters.",
        "Avisos de incumplimiento: {breached}, mitad en {p50}, 99 % en {p99}; {dead_letters} descartados.",
    ),
    "summary_quiet": (
        "No breach was announced; {dead_letters} dead letters.",
        "Ningún aviso de incumplimiento; {dead_letters} descartados.",
    ),
    "what_next": (
        "Your own history: sla-monitor replay FILE --policy POLICY --out DIR",
        "Con su propio historial: sla-monitor replay FICHERO --policy POLÍTICA --out DIR",
    ),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """A catalogue in one language; that of the live view unless another is given."""

    language: Language
    catalogue: Mapping[str, tuple[str, str]] = field(default_factory=lambda: CATALOGUE, repr=False)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, filled in; an unknown key raises `KeyError`."""
        return self.catalogue[key][LANGUAGES.index(self.language)].format(**values)


def language_of(environment: Mapping[str, str]) -> Language:
    """The language of a POSIX locale, in gettext's order of variables; English when it is none of ours."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        locale = environment.get(variable, "")
        if locale:
            code = locale.split("_")[0].split(".")[0].lower()
            return next((language for language in LANGUAGES if language == code), "en")
    return "en"
