"""Why a clock is as it is: one sentence for each word of `schemas.reasons.Reason`, in English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "reason_running": ("The clock counts.", "El reloj cuenta."),
    "reason_on_hold": (
        "The clock is on hold and does not count; it goes on with the resume.",
        "El reloj está en pausa y no cuenta; sigue al reanudar.",
    ),
    "reason_responded": (
        "A person answered the customer, which stops this clock (S10, S11).",
        "Una persona contestó al cliente, lo que para este reloj (S10, S11).",
    ),
    "reason_resolved": (
        "The ticket was resolved, which stops this clock (S12).",
        "El ticket se resolvió, lo que para este reloj (S12).",
    ),
    "reason_closed": (
        "The ticket was closed without `resolved` before it; closing resolves it (S12).",
        "El ticket se cerró sin un `resolved` previo; cerrarlo lo resuelve (S12).",
    ),
    "reason_left_tier": (
        "The ticket left the support tier, which stops this clock (S13).",
        "El ticket salió del nivel de soporte, lo que para este reloj (S13).",
    ),
    "reason_threshold": (
        "A share of the target that the policy warns at was used up (S41).",
        "Se consumió una parte del objetivo en la que la política avisa (S41).",
    ),
    "reason_deadline": (
        "The target was used up before the clock stopped (S3).",
        "El objetivo se consumió antes de que parara el reloj (S3).",
    ),
    "reason_on_change": (
        "A change of priority, customer or policy put the deadline into the past: breached at the change (S20).",
        "Un cambio de prioridad, cliente o política dejó el plazo en el pasado: incumplido en el cambio (S20).",
    ),
    "reason_reopened": (
        "The ticket was reopened in time: the earlier verdict is withdrawn and the clock goes on (S19).",
        "El ticket se reabrió a tiempo: el veredicto anterior se retira y el reloj continúa (S19).",
    ),
    "reason_retracted": (
        "An event that came late proves that there was no breach (S33).",
        "Un evento que llegó tarde demuestra que no hubo incumplimiento (S33).",
    ),
    "reason_no_longer_true": (
        "The deadline moved, and the earlier warning is no longer true (S40).",
        "El plazo se movió y el aviso anterior ya no es cierto (S40).",
    ),
    "reason_objective_gone": (
        "After a change the policy no longer promises this to the ticket, so there is no verdict (S21).",
        "Tras un cambio la política ya no promete esto al ticket; no hay veredicto (S21).",
    ),
    "reason_policy_gone": (
        "After a change no policy matches the ticket any more, so there is no verdict (S21).",
        "Tras un cambio ninguna política corresponde ya al ticket; no hay veredicto (S21).",
    ),
    "reason_cancelled": (
        "The ticket was cancelled while the clock ran, so there is no verdict (S24).",
        "El ticket se canceló con el reloj en marcha; no hay veredicto (S24).",
    ),
    "reason_merged": (
        "The ticket was merged into another while the clock ran, so there is no verdict (S24).",
        "El ticket se fusionó con otro con el reloj en marcha; no hay veredicto (S24).",
    ),
    "reason_deleted": (
        "The ticket was deleted while the clock ran, so there is no verdict (S24).",
        "El ticket se borró con el reloj en marcha; no hay veredicto (S24).",
    ),
    "reason_superseded": (
        "An event that came late shows that this clock never ran; what was said of it is taken back (S31).",
        "Un evento que llegó tarde muestra que este reloj nunca corrió; lo dicho de él se retira (S31).",
    ),
    "reason_waived": (
        "The verdict is excluded from attainment; nothing is deleted (S25).",
        "El veredicto se excluye del cumplimiento; nada se borra (S25).",
    ),
    # What stopped a clock that had been missed before; they follow the time.
    "stop_responded": ("a person answered (S10, S11)", "una persona contestó (S10, S11)"),
    "stop_resolved": ("the ticket was resolved (S12)", "el ticket se resolvió (S12)"),
    "stop_closed": (
        "the ticket was closed without `resolved` before it (S12)",
        "el ticket se cerró sin un `resolved` previo (S12)",
    ),
    "stop_left_tier": (
        "the ticket left the support tier (S13)",
        "el ticket salió del nivel de soporte (S13)",
    ),
    "stop_objective_gone": (
        "the policy no longer promised this to the ticket (S21)",
        "la política ya no prometía esto al ticket (S21)",
    ),
    "stop_policy_gone": (
        "no policy matched the ticket any more (S21)",
        "ninguna política correspondía ya al ticket (S21)",
    ),
    "stop_cancelled": ("the ticket was cancelled (S24)", "el ticket se canceló (S24)"),
    "stop_merged": ("the ticket was merged into another (S24)", "el ticket se fusionó con otro (S24)"),
    "stop_deleted": ("the ticket was deleted (S24)", "el ticket se borró (S24)"),
}
