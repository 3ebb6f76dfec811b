"""What `explain` says of a ticket's events: their types in words, what was set aside, waivers without effect.

The English word of a type is the wire's own name; where a language has another, the wire's name stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EVENT_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "happenings": ("What happened to the ticket", "Qué le pasó al ticket"),
    "set_aside": (
        "Events of this ticket that were set aside, and count for nothing",
        "Eventos de este ticket que se apartaron y no cuentan",
    ),
    "happened_created": ("created", "creado"),
    "happened_assigned": ("assigned", "asignado"),
    "happened_responded": ("responded", "respondido"),
    "happened_customer_replied": ("customer_replied", "cliente contestó"),
    "happened_held": ("held", "en pausa"),
    "happened_resumed": ("resumed", "reanudado"),
    "happened_priority_changed": ("priority_changed", "otra prioridad"),
    "happened_escalated": ("escalated", "otro nivel"),
    "happened_updated": ("updated", "actualizado"),
    "happened_resolved": ("resolved", "resuelto"),
    "happened_reopened": ("reopened", "reabierto"),
    "happened_closed": ("closed", "cerrado"),
    "happened_cancelled": ("cancelled", "cancelado"),
    "happened_merged": ("merged", "fusionado"),
    "happened_waived": ("waived", "exención"),
    "happened_rated": ("rated", "valorado"),
    "happened_deleted": ("deleted", "borrado"),
    "yes": ("yes", "sí"),
    "no": ("no", "no"),
    "idle_waivers": ("Waivers that hit no verdict", "Exenciones que no alcanzan ningún veredicto"),
    "idle_waiver": (
        "{objective} · {cycle}, by {by}: {reason}",
        "{objective} · {cycle}, por {by}: {reason}",
    ),
    "objective_any_handoff": ("hand-off", "traspaso"),
    "idle_not_promised": (
        "This is not promised to the ticket, so there is no verdict to waive.",
        "Esto no está prometido al ticket; no hay veredicto que eximir.",
    ),
    "idle_no_such_cycle": (
        "No such cycle exists: so far the ticket has started {started} of this objective.",
        "Ese ciclo no existe: hasta ahora el ticket ha iniciado {started} de este objetivo.",
    ),
    "idle_no_verdict": (
        "This clock ended without a verdict, so there is nothing to waive.",
        "Este reloj terminó sin veredicto; no hay nada que eximir.",
    ),
    "idle_act": (
        (
            "{by}, who approved it, must say which verdict was meant; whoever sends the waivers then sends `waived` for "
            "that objective and cycle, and this one again with revoked: true (S25)."
        ),
        (
            "{by}, que la aprobó, debe decir qué veredicto se quería eximir; quien envía las exenciones envía entonces "
            "`waived` con ese objetivo y ciclo, y esta de nuevo con revoked: true (S25)."
        ),
    ),
    "idle_undecided": (
        "Nothing is decided yet; it takes effect with the verdict. Nobody must act.",
        "Aún no se ha decidido nada; tendrá efecto con el veredicto. Nadie tiene que actuar.",
    ),
}
