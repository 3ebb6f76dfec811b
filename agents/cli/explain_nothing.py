"""What `explain` says when there is nothing to explain, or something is needed first, in English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NOTHING_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "not_found_files": (
        (
            "ticket {ticket} is in none of the {seen} tickets of {places}{hint}. Ids are compared letter by letter; a "
            "connector may prefix them. sla-monitor replay writes dead_letters.jsonl, which has what could not be judged."
        ),
        (
            "el ticket {ticket} no está entre los {seen} tickets de {places}{hint}. Los ids se comparan letra a letra; "
            "un conector puede anteponer un prefijo. sla-monitor replay escribe dead_letters.jsonl con lo no juzgado."
        ),
    ),
    "not_found_live": (
        (
            "ticket {ticket} is neither in the state ({state}) nor among the verdicts ({results}) nor the dead letters "
            "({dead_letters}) of any partition; {seen} tickets were seen{hint}. Ids are compared letter by letter; a "
            "connector may prefix them. If it is new, the worker may be behind; if it is old, its verdicts may have "
            "passed the retention of {results}: then explain it from a file with --events FILE --policy POLICY."
        ),
        (
            "el ticket {ticket} no está en el estado ({state}) ni entre los veredictos ({results}) ni entre los "
            "descartados ({dead_letters}) de ninguna partición; se vieron {seen} tickets{hint}. Los ids se comparan "
            "letra a letra; un conector puede anteponer un prefijo. Si es nuevo, el worker puede ir atrasado; si es "
            "antiguo, sus veredictos pueden haber superado la retención de {results}: explíquelo desde un fichero con "
            "--events FICHERO --policy POLÍTICA."
        ),
    ),
    "only_dead": (
        (
            "nothing of ticket {ticket} was judged: its events were set aside.{letters}\nMend them at the source and "
            "send them again."
        ),
        (
            "nada del ticket {ticket} se juzgó: sus eventos se apartaron.{letters}\nCorríjalos en el origen y vuelva a "
            "enviarlos."
        ),
    ),
    "dead_letter": ("\n  {place} {reason}: {error}", "\n  {place} {reason}: {error}"),
    "did_you_mean": (" (did you mean {near}?)", " (¿quiso decir {near}?)"),
    "need_policy": (
        "--events needs the policies that judge them: give --policy FILE, or set SLA_POLICIES",
        "--events necesita las políticas que los juzgan: indique --policy FICHERO o fije SLA_POLICIES",
    ),
    "without_book": (
        (
            "the ticket is in the live state, but {why}: give the policy files with --policy, or set SLA_POLICIES"
        ),
        (
            "el ticket está en el estado en vivo, pero {why}: indique los ficheros de política con --policy o fije "
            "SLA_POLICIES"
        ),
    ),
    "no_policies": ("no policies are at hand", "no hay políticas a mano"),
    "lacks_version": (
        "the policy version {version} that judges it is not at hand",
        "la versión {version} de la política que lo juzga no está a mano",
    ),
    "until_ignored": (
        "--until lies before what was judged already ({at}) and changes nothing",
        "--until es anterior a lo ya juzgado ({at}) y no cambia nada",
    ),
}
