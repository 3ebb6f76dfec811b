"""What `sla-monitor explain` says, in English and Spanish; one entry per text, both languages beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agents.cli.explain_event_texts import EVENT_TEXTS
from agents.cli.explain_nothing import NOTHING_TEXTS
from agents.cli.explain_reasons import REASONS

CATALOGUE: Final[Mapping[str, tuple[str, str]]] = {
    "weekdays": ("Mon Tue Wed Thu Fri Sat Sun", "lun mar mié jue vie sáb dom"),
    # The head.
    "ticket": ("ticket", "ticket"),
    "customer": ("customer", "cliente"),
    "priority": ("priority", "prioridad"),
    "tier": ("tier", "nivel"),
    "queue": ("queue", "cola"),
    "assignee": ("owner", "responsable"),
    "created": ("created", "creado"),
    "resolved": ("resolved", "resuelto"),
    "closed": ("closed", "cerrado"),
    "ended": ("ended", "terminado"),
    "ended_cancelled": ("cancelled", "cancelado"),
    "ended_merged": ("merged", "fusionado"),
    "ended_deleted": ("deleted", "borrado"),
    "origin": ("source", "origen"),
    "from_files": (
        "{places}, judged anew as a whole (lines: {records})",
        "{places}, juzgado de nuevo por entero (líneas: {records})",
    ),
    "from_state": (
        "live state: topic {places}, partition {partition}",
        "estado en vivo: topic {places}, partición {partition}",
    ),
    "from_results": (
        "published verdicts: topic {places}, partition {partition}",
        "veredictos publicados: topic {places}, partición {partition}",
    ),
    "elsewhere": (
        (
            "found in partition {partition}, not in {usual} where Kafka's default partitioner puts this id: "
            "the producer of the tickets uses another one"
        ),
        (
            "encontrado en la partición {partition} y no en la {usual}, donde lo pone el particionador de Kafka: "
            "el productor de los tickets usa otro"
        ),
    ),
    "as_of": ("judged up to", "juzgado hasta"),
    "counted_to": ("running clocks up to", "relojes en marcha hasta"),
    "left_state": (
        (
            "The ticket is no longer in the state (ended, and kept for the retention only). This is the last published "
            "verdict of each clock, with the evidence it was published with."
        ),
        (
            "El ticket ya no está en el estado (terminó y solo se guarda durante la retención). Este es el último "
            "veredicto publicado de cada reloj, con las pruebas con que se publicó."
        ),
    ),
    "published": (
        (
            "The ticket is still in the state, but without the policies that judge it only its published verdicts can be "
            "explained: running clocks are not shown."
        ),
        (
            "El ticket sigue en el estado, pero sin las políticas que lo juzgan solo se pueden explicar los veredictos "
            "publicados: los relojes en marcha no se muestran."
        ),
    ),
    "provisional": (
        (
            "PROVISIONAL: its `created` event has not come, so nothing is judged yet (S32). If it does not come by "
            "{until}, these events are set aside as orphans: ask the source or its connector for the `created` event."
        ),
        (
            "PROVISIONAL: no ha llegado su evento `created` y aún no se juzga nada (S32). Si no llega antes de {until}, "
            "estos eventos se apartan como huérfanos: pida el evento `created` al origen o a su conector."
        ),
    ),
    "provisional_set_aside": (
        (
            "PROVISIONAL: its `created` event has not come or was set aside, so nothing is judged yet (S32); what was "
            "set aside is listed below. If none comes by {until}, the other events are set aside as orphans: mend what "
            "is listed at the source and send it again, or ask the source or its connector for the `created` event."
        ),
        (
            "PROVISIONAL: su evento `created` no ha llegado o se apartó, y aún no se juzga nada (S32); lo apartado está "
            "abajo. Si no llega antes de {until}, los demás eventos se apartan como huérfanos: corrija lo apartado en el "
            "origen y vuelva a enviarlo, o pida el evento `created` al origen o a su conector."
        ),
    ),
    "nameless": (
        (
            "{records} records could not be read and do not say which ticket they are of: some may be missing from this "
            "account. The first is {place} {reason}: {error}"
        ),
        (
            "{records} registros no se pudieron leer y no dicen de qué ticket son: alguno puede faltar en esta cuenta. "
            "El primero es {place} {reason}: {error}"
        ),
    ),
    "nameless_one": (
        (
            "One record could not be read and does not say which ticket it is of: it may be missing from this account. "
            "It is {place} {reason}: {error}"
        ),
        (
            "Un registro no se pudo leer y no dice de qué ticket es: puede faltar en esta cuenta. Es {place} {reason}: "
            "{error}"
        ),
    ),
    "no_policy": (
        "NOT JUDGED: no policy matches this ticket, so nothing is promised and no clock runs (S23).",
        "NO SE JUZGA: ninguna política corresponde a este ticket; nada está prometido y ningún reloj corre (S23).",
    ),
    "nothing_promised": (
        "NOT JUDGED: a policy matches, but it promises nothing to priority {priority} (S21, S23).",
        "NO SE JUZGA: una política corresponde, pero no promete nada a la prioridad {priority} (S21, S23).",
    ),
    "miss_attribute": (
        "{policy}: wants {attribute} {wanted}, the ticket has {found}",
        "{policy}: pide {attribute} {wanted}, el ticket tiene {found}",
    ),
    "miss_later": (
        "{policy}: not yet in force when the ticket was created",
        "{policy}: aún no estaba en vigor al crearse el ticket",
    ),
    "miss_none": (
        "{policy}: matches, without a target for this ticket",
        "{policy}: corresponde, sin objetivo para este ticket",
    ),
    "nothing": ("nothing", "nada"),
    "missing_cycles": (
        (
            "Clocks that were started earlier and are not shown: {cycles}. The state has let them go; their verdicts are "
            "on the results topic."
        ),
        (
            "Relojes anteriores que no se muestran: {cycles}. El estado los ha soltado; sus veredictos están en el topic "
            "de resultados."
        ),
    ),
    "other_versions": (
        (
            "Policy version {version} is not at hand, so opening hours, holidays and clock changes cannot be shown: "
            "give its file with --policy."
        ),
        (
            "La versión {version} de la política no está a mano: no se pueden mostrar horarios, festivos ni cambios de "
            "hora. Indique su fichero con --policy."
        ),
    ),
    # A clock.
    "objective_first_response": ("first response", "primera respuesta"),
    "objective_next_response": ("next response", "siguiente respuesta"),
    "objective_resolution": ("resolution", "resolución"),
    "objective_handoff": ("hand-off of tier {tier}", "traspaso del nivel {tier}"),
    "cycle": ("cycle {cycle}", "ciclo {cycle}"),
    "met": ("MET with {margin} to spare", "CUMPLIDO con {margin} de margen"),
    "met_exactly": ("MET, at the very deadline", "CUMPLIDO, justo en el plazo"),
    "missed": ("MISSED by {margin} of open time", "INCUMPLIDO por {margin} de tiempo hábil"),
    "missed_closed": ("MISSED, by closed time only", "INCUMPLIDO, solo por tiempo no hábil"),
    "missed_open": ("MISSED and still open", "INCUMPLIDO y aún abierto"),
    "missed_open_by": (
        "MISSED by {late} of open time so far, and still open",
        "INCUMPLIDO por {late} de tiempo hábil hasta ahora, y aún abierto",
    ),
    "running": ("RUNNING, {margin} left", "EN MARCHA, quedan {margin}"),
    "running_over": ("RUNNING PAST ITS DEADLINE", "EN MARCHA PASADO EL PLAZO"),
    "paused": ("PAUSED with {margin} left", "EN PAUSA, quedan {margin}"),
    "cancelled": ("NO VERDICT", "SIN VEREDICTO"),
    "waived": ("WAIVED, it would be met", "EXENTO, estaría cumplido"),
    "waived_missed": ("WAIVED, it would be missed", "EXENTO, estaría incumplido"),
    "why": ("why", "motivo"),
    "policy": ("policy", "política"),
    "policy_line": ("{policy}, version {version}, {since}", "{policy}, versión {version}, {since}"),
    "since": ("in force since {at}", "en vigor desde {at}"),
    "since_always": ("always in force", "siempre en vigor"),
    "since_unknown": ("not at hand", "no está a mano"),
    "calendar": ("calendar", "calendario"),
    "calendar_line": ("{calendar}, in the time of {zone}", "{calendar}, en la hora de {zone}"),
    "calendar_unknown": ("not at hand, in the time of {zone}", "no está a mano, en la hora de {zone}"),
    "target": ("target", "objetivo"),
    "target_open_time": (
        "{target} of open time, promised to {priority}",
        "{target} de tiempo hábil, prometido a {priority}",
    ),
    "target_working_days": (
        (
            "{promised}, promised to {priority} = {target} of open time: from {since} to the same clock "
            "time {promised} later, {to} (S2)"
        ),
        (
            "{promised} para {priority} = {target} de tiempo hábil: de {since} a la misma hora "
            "{promised} después, {to} (S2)"
        ),
    ),
    "target_source": (
        "{target} of open time: the due time was set by the source system and overrides the policy (S18)",
        "{target} de tiempo hábil: el plazo lo fijó el sistema de origen y prevalece sobre la política (S18)",
    ),
    "target_scaled": (
        "{target} of open time: a change moved it from then on ({promised} promised to {priority}, S20)",
        "{target} de tiempo hábil: un cambio lo movió desde entonces ({promised} para {priority}, S20)",
    ),
    "target_scaled_share": (
        (
            "{target} of open time: {before} counted before the change + {left} that was left ({share} of the "
            "{promised} promised to {priority}, S20)"
        ),
        (
            "{target} de tiempo hábil: {before} contado antes del cambio + {left} que quedaba ({share} de "
            "{promised} para {priority}, S20)"
        ),
    ),
    "target_scaled_days": (
        "{promised} = {whole} of open time, from {since} to the same clock time {promised} later, {to} (S2)",
        "{promised} = {whole} de tiempo hábil, de {since} a la misma hora {promised} después, {to} (S2)",
    ),
    "target_unknown": ("{target} of open time", "{target} de tiempo hábil"),
    "terms": ("terms", "condiciones"),
    "term_started": ("{at}  at its start:", "{at}  al empezar:"),
    "term_retroactive": (
        "{at}  changed, counted again from the start:",
        "{at}  cambio, recontado desde el inicio:",
    ),
    "term_from_now": ("{at}  changed from then on:", "{at}  cambio desde entonces:"),
    "term_line": (
        "{policy} {version}, {priority}, calendar {calendar}, target {target}",
        "{policy} {version}, {priority}, calendario {calendar}, objetivo {target}",
    ),
    "started": ("started", "empezó"),
    "due": ("due", "vence"),
    "due_paused": ("moves on while the clock is paused", "se desplaza mientras el reloj está en pausa"),
    "due_none": ("none", "ninguno"),
    "due_past": (
        (
            "passed {late} ago, and no breach is recorded: the partition is behind, or no worker runs; see `lag` and "
            "/readyz of the workers"
        ),
        (
            "pasó hace {late} y no consta incumplimiento: la partición va atrasada o no hay ningún worker; vea el "
            "retraso y /readyz de los workers"
        ),
    ),
    "breached": ("breached", "incumplido"),
    "stopped": ("stopped", "detenido"),
    "still_open": ("still open", "aún abierto"),
    "account_breach": (
        "the account below ends at the breach, where the verdict was decided",
        "la cuenta de abajo termina en el incumplimiento, donde se decidió el veredicto",
    ),
    "elapsed": ("counted", "contado"),
    "elapsed_line": ("{elapsed} of {target}", "{elapsed} de {target}"),
    "paused_row": ("paused", "pausado"),
    "warnings": ("warnings", "avisos"),
    "warnings_last": ("by the last terms:", "según las últimas condiciones:"),
    "never": ("not reached", "no alcanzado"),
    "waiver": ("waived", "exento"),
    "waiver_line": ("by {by}: {reason} (S25)", "por {by}: {reason} (S25)"),
    "doubtful": ("doubtful", "dudoso"),
    "source_silent": (
        "the ticket's source was silent when the breach was noticed: an answer may be missing (S39)",
        "el origen del ticket estaba en silencio al notarse el incumplimiento: puede faltar una respuesta (S39)",
    ),
    "overrun": ("hold overrun", "pausa excedida"),
    "overrun_line": (
        "{span} of the counted time: the customer had replied, and nobody had yet ended the hold (S16)",
        "{span} del tiempo contado: el cliente ya había contestado y nadie había quitado aún la pausa (S16)",
    ),
    "revision": ("published", "publicado"),
    "revision_line": ("revision {revision}", "revisión {revision}"),
    "revision_none": ("not published: nothing was decided yet", "sin publicar: aún no se decidió nada"),
    # The table.
    "day": ("day", "día"),
    "from": ("from", "de"),
    "to": ("to", "a"),
    "what": ("what", "qué"),
    "col_counted": ("counted", "contado"),
    "col_paused": ("paused", "pausado"),
    "col_off": ("not counted", "no contado"),
    "row_counted": ("counted", "contado"),
    "row_closed": ("closed", "cerrado"),
    "row_hold": ("on hold: {reason}", "en pausa: {reason}"),
    "row_excluded": ("excluded: {reason}", "excluido: {reason}"),
    "row_resolved": ("resolved", "resuelto"),
    "row_days": ("{days} days", "{days} días"),
    "row_days_closed": ("{days} days, {closed} closed", "{days} días, {closed} cerrados"),
    "row_days_one_closed": ("{days} days, {closed} closed", "{days} días, {closed} cerrado"),
    "sum": ("sum", "suma"),
    "merged": (
        "Up to {to}: {counted} counted, {paused} paused; holds and reopens as old are no longer kept (S38). Then: ",
        "Hasta {to}: {counted} contado, {paused} pausado; esperas tan antiguas ya no se guardan (S38). Después: ",
    ),
    "sum_line": (
        "{counted} counted + {paused} paused + {resolved} resolved + {closed} closed = {wall} from {since} to {to}",
        "{counted} contado + {paused} pausado + {resolved} resuelto + {closed} cerrado = {wall} de {since} a {to}",
    ),
    "whole_seconds": (
        "Times and amounts of the table are in whole seconds; the sums below are exact.",
        "Las horas y cantidades de la tabla van en segundos enteros; las sumas de abajo son exactas.",
    ),
    "no_rows": (
        "It stopped at the instant it started: no time passed.",
        "Se detuvo en el instante en que empezó: no pasó tiempo.",
    ),
    "no_rows_yet": (
        "It has only just started: no time has passed, and nothing is counted yet.",
        "Acaba de empezar: no ha pasado tiempo y aún no se ha contado nada.",
    ),
    "no_rows_breach": (
        "It breached at the instant it started: no time passed before the verdict.",
        "Se incumplió en el instante en que empezó: no pasó tiempo antes del veredicto.",
    ),
    "holiday": ("holiday: {name}", "festivo: {name}"),
    "holiday_unnamed": ("holiday of the calendar", "festivo del calendario"),
    "other_hours": ("open only {hours}", "abierto solo {hours}"),
    "other_hours_named": ("{name}: open only {hours}", "{name}: abierto solo {hours}"),
    "other_offset": ("from here on at {offset}", "desde aquí a {offset}"),
    "spring": (
        "clocks go forward {span} at {at} ({before} → {after})",
        "el reloj se adelanta {span} a las {at} ({before} → {after})",
    ),
    "autumn": (
        "clocks go back {span} at {at} ({before} → {after})",
        "el reloj se atrasa {span} a las {at} ({before} → {after})",
    ),
    "mark_deadline": ("◀ deadline {at}", "◀ plazo {at}"),
    "mark_breach": ("◀ breach {at}", "◀ incumplimiento {at}"),
    # What does not add up.
    "discrepancies": (
        "DOES NOT ADD UP: do not defend this figure before it is explained",
        "NO CUADRA: no defienda esta cifra antes de aclararlo",
    ),
    "check_counted": (
        "the verdict says {stated} elapsed, its evidence counts {found}",
        "el veredicto dice {stated} transcurrido, sus pruebas suman {found}",
    ),
    "check_paused": (
        "the verdict says {stated} paused, its evidence sums up to {found}",
        "el veredicto dice {stated} pausado, sus pruebas suman {found}",
    ),
    "check_interval": (
        "the stretch from {at} lasts {found} and claims {stated} of open time",
        "el tramo desde {at} dura {found} y declara {stated} de tiempo hábil",
    ),
    "check_gap": (
        "the stretch from {at} does not begin where the one before it ends",
        "el tramo desde {at} no empieza donde acaba el anterior",
    ),
    "check_calendar": (
        (
            "the stretch from {at} was judged with {stated} of open time, the calendar at hand has {found}: "
            "other holidays (library version) or another policy file"
        ),
        (
            "el tramo desde {at} se juzgó con {stated} de tiempo hábil, el calendario a mano tiene {found}: "
            "otros festivos (versión de la biblioteca) u otro fichero de política"
        ),
    ),
    "check_due": (
        "at the deadline {at} {found} had been counted, the target is {stated}",
        "en el plazo {at} se habían contado {found}, el objetivo es {stated}",
    ),
    "check_target": (
        "judged with a target of {stated}, the policy at hand comes to {found}",
        "se juzgó con un objetivo de {stated}, la política a mano da {found}",
    ),
    "check_outcome": (
        "the outcome does not follow from {found} counted of a target of {stated}",
        "el veredicto no se sigue de {found} contados de un objetivo de {stated}",
    ),
    **EVENT_TEXTS,
    **NOTHING_TEXTS,
    **REASONS,
}
