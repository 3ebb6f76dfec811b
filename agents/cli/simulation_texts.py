"""What `simulate` tells people, in English and Spanish: words, and how figures are written in each.

One entry per text with both languages beside each other, as in `agents.cli.texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agents.cli import language_figures as figures
from agents.cli.texts import LANGUAGES, Language
from schemas.simulations import Tally

CATALOGUE: Final[Mapping[str, tuple[str, str]]] = {
    "reading": ("keeping standard input", "guardando la entrada estándar"),
    "pass": ("pass {number} of {total}, {policy}", "pasada {number} de {total}, {policy}"),
    "what_if": ("What if: {new} instead of {old}", "¿Y si…?: {new} en lugar de {old}"),
    "alone": ("The history under {new}", "El historial según {new}"),
    "history": (
        "Tickets: {tickets}; events: {events}; judged up to {until}",
        "Tickets: {tickets}; eventos: {events}; juzgados hasta {until}",
    ),
    "history_empty": (
        "No event was read: there is nothing to judge.",
        "Sin eventos: no hay nada que juzgar.",
    ),
    "identical": (
        "Both policies say the same (version {version}): nothing changes.",
        "Ambas políticas dicen lo mismo (versión {version}): nada cambia.",
    ),
    "how_to_compare": (
        "To compare it, name the policy of today: --against OLD, or set SLA_POLICIES.",
        "Para compararla, indique la política actual: --against ANTERIOR, o defina SLA_POLICIES.",
    ),
    "in_force_from": (
        "{policy} takes effect on {date} and promises nothing before; --from-start judges all by it.",
        "{policy} rige desde el {date} y no promete nada antes; --from-start juzga todo con ella.",
    ),
    "until_too_early": (
        "--until lies before the last event ({last}) and changes nothing",
        "--until es anterior al último evento ({last}) y no cambia nada",
    ),
    "unmatched": (
        "Promised nothing when created (no policy matches, or it names no target): {after}",
        "Sin compromiso al crearse (ninguna política aplica, o no fija plazo): {after}",
    ),
    "unmatched_change": (
        "Promised nothing when created (no policy matches, or it names no target): {before} before, {after} after",
        "Sin compromiso al crearse (ninguna política aplica, o no fija plazo): {before} antes, {after} después",
    ),
    "dead_letters": (
        "Lines set aside as they are no events that can be judged: {count} (replay says which and why)",
        "Líneas apartadas por no ser eventos que se puedan juzgar: {count} (replay dice cuáles y por qué)",
    ),
    "flips": (
        "Verdicts that flip: {flips} ({lost} from met to missed, {saved} from missed to met)",
        "Veredictos que cambian: {flips} ({lost} de cumplido a incumplido, {saved} de incumplido a cumplido)",
    ),
    "changes": ("Verdicts", "Veredictos"),
    "met_to_missed": ("met, now missed", "cumplido, ahora incumplido"),
    "missed_to_met": ("missed, now met", "incumplido, ahora cumplido"),
    "newly_judged": ("only judged now", "solo ahora juzgado"),
    "no_longer_judged": ("no longer judged", "ya no juzgado"),
    "settled_to_open": ("judged, now still open", "juzgado, ahora abierto"),
    "open_to_settled": ("still open, now judged", "abierto, ahora juzgado"),
    "terms_only": ("same verdict, other terms", "igual, con otro plazo"),
    "same": ("all the same", "todo igual"),
    "open": ("still open", "aún abierto"),
    "not_judged": ("cancelled or waived", "anulado o exceptuado"),
    "attainment": ("Promises kept, by priority", "Compromisos cumplidos, por prioridad"),
    "periods": ("Promises kept, by period", "Compromisos cumplidos, por periodo"),
    "customers": (
        "Customers and priorities that move most ({shown} of {total})",
        "Clientes y prioridades que más varían ({shown} de {total})",
    ),
    "customers_alone": (
        "Customers and priorities furthest below ({shown} of {total})",
        "Clientes y prioridades más bajos ({shown} de {total})",
    ),
    "objective": ("objective", "objetivo"),
    "priority": ("priority", "prioridad"),
    "customer": ("customer", "cliente"),
    "period": ("period", "periodo"),
    "before": ("before", "antes"),
    "after": ("after", "después"),
    "kept": ("kept", "cumplido"),
    "points": ("points", "puntos"),
    "all": ("all", "todas"),
    "no_data": ("no data", "sin datos"),
    "few": ("{share} ({met} of {settled})", "{share} ({met} de {settled})"),
    "goals": ("Goals reached: {after} of {goals}", "Metas alcanzadas: {after} de {goals}"),
    "goals_change": (
        "Goals reached: {before} of {goals_before} before, {after} of {goals} after",
        "Metas alcanzadas: {before} de {goals_before} antes, {after} de {goals} después",
    ),
    "goals_title": ("Goals", "Metas"),
    "policy": ("policy", "política"),
    "goal": ("goal", "meta"),
    "needed_title": (
        "Targets that would have kept the goal, in open time of the new calendar",
        "Plazos que habrían cumplido la meta, en tiempo hábil del calendario nuevo",
    ),
    "target": ("target", "plazo"),
    "needed": ("needed", "necesario"),
    "needed_none": (
        "No promise of {new} that judged a ticket has a goal: `goal: 95%` beside its target tells what it would take.",
        "Ningún compromiso de {new} que juzgó un ticket tiene meta: `goal: 95%` junto a su plazo dice qué haría falta.",
    ),
    "never": ("none: {count} still open", "ninguno: {count} sin cerrar"),
    "about_days": ("{span} ≈ {days} days", "{span} ≈ {days} días"),
    "about_day": ("{span} ≈ 1 day", "{span} ≈ 1 día"),
    "nothing": ("nothing", "ninguno"),
    "failed_by": (
        "Now missed: over the new target, as a share of it",
        "Ahora incumplidos: exceso sobre el nuevo plazo, en proporción",
    ),
    "saved_by": (
        "Now met: left of the new target, as a share of it",
        "Ahora cumplidos: margen hasta el nuevo plazo, en proporción",
    ),
    "up_to": ("up to {share}", "hasta {share}"),
    "more": ("more", "más"),
    "not_stopped": ("still open", "aún abiertos"),
    "median": ("median", "mediana"),
    "largest": ("largest", "máximo"),
    "lost_tickets": (
        "Met before, missed after ({shown} of {total})",
        "Antes cumplidos, ahora no ({shown} de {total})",
    ),
    "saved_tickets": (
        "Missed before, met after ({shown} of {total})",
        "Antes incumplidos, ahora cumplidos ({shown} de {total})",
    ),
    "ticket": ("ticket", "ticket"),
    "due_before": ("due before", "vencía"),
    "due_after": ("due after", "vence"),
    "of": ("{elapsed} of {target}", "{elapsed} de {target}"),
    "everything": ("every change: --out DIR", "todos los cambios: --out DIR"),
    "written": ("Written to {folder}: {files}", "Escrito en {folder}: {files}"),
    "none": ("—", "—"),
    "objective_first_response": ("first response", "1.ª respuesta"),
    "objective_next_response": ("next response", "resp. siguiente"),
    "objective_resolution": ("resolution", "resolución"),
    "objective_handoff": ("hand-off", "traspaso"),
    "handoff_tier": ("hand-off tier {tier}", "traspaso nivel {tier}"),
}

_FEW: Final = 10


@dataclass(frozen=True, slots=True)
class SimulationTexts:
    """The catalogue in one language, and its figures."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, filled in; an unknown key raises `KeyError`."""
        return CATALOGUE[key][LANGUAGES.index(self.language)].format(**values)

    def number(self, count: int) -> str:
        """A count with its thousands apart."""
        return figures.number(count, self.language)

    def share(self, ratio: float) -> str:
        """A ratio as a percentage with one decimal; 0 % and 100 % are said only of none and all."""
        return figures.share(ratio, self.language)

    def goal(self, ratio: float) -> str:
        """A goal as it was written, without needless decimals."""
        return figures.exact_share(ratio, self.language)

    def points(self, change: float | None) -> str:
        """A change in percentage points with its sign."""
        if change is None:
            return self("none")
        shown = f"{change:+.1f}"
        return figures.decimal("0.0" if shown in {"+0.0", "-0.0"} else shown, self.language)

    def attainment(self, tally: Tally | None) -> str:
        """Attainment; below 10 cases with the counts beside it, and no data as no data (S50)."""
        if tally is None or tally.attainment is None:
            return self("no_data")
        settled = tally.met + tally.missed
        share = self.share(tally.attainment)
        return share if settled >= _FEW else self("few", share=share, met=tally.met, settled=settled)

    def objective(self, name: str, tier: int | None = None) -> str:
        """An objective in words; of a hand-off, with its tier where it is given."""
        return self("handoff_tier", tier=tier) if tier else self(f"objective_{name}")

    def working_days(self, days: int) -> str:
        """A target in working days."""
        return figures.working_days(days, self.language)

    def span(self, seconds: float, *, up: bool = False) -> str:
        """A length of open time: `45s`, `12m 30s`, `6h 20m`; `up` rounds to the next unit shown, else down."""
        whole = int(seconds) + (up and seconds > int(seconds))
        if whole < 3600:
            minutes, rest = divmod(whole, 60)
            return (
                " ".join(part for part in (f"{minutes}m" * bool(minutes), f"{rest}s" * bool(rest)) if part)
                or "0s"
            )
        hours, minutes = divmod((whole + 59 * up) // 60, 60)
        return self.number(hours) + (f"h {minutes:02}m" if minutes else "h")
