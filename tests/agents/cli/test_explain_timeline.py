"""What happened to a ticket is told in words of the reader's language, without the notation of a programme."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from agents.cli.explain_texts import CATALOGUE
from agents.cli.explain_timeline import Timeline
from agents.cli.texts import Language, Texts
from schemas.events import EVENT_TYPES
from schemas.explanations import Happening, IdleReason, IdleWaiver

AT = "2026-03-02T08:00:00Z"


def timeline(language: Language) -> Timeline:
    return Timeline(Texts(language, CATALOGUE), ZoneInfo("Europe/Madrid"))


def printed(parts: Any, width: int = 160) -> list[str]:
    """The lines below the heading, without the blanks at their ends."""
    console = Console(width=width)
    with console.capture() as captured:
        for part in parts:
            console.print(part, highlight=False)
    return [line.rstrip() for line in captured.get().splitlines()[2:]]


def told(language: Language, kind: str, **data: object) -> str:
    happening = Happening.model_validate({"at": AT, "type": kind, "data": data})
    (line,) = printed(timeline(language).happenings([happening]))
    return line.partition("+01:00  ")[2]


def test_on_80_columns_an_instant_keeps_its_offset() -> None:
    happening = Happening.model_validate(
        {"at": "2026-03-02T08:00:00.250000Z", "type": "priority_changed", "data": {"priority": "P1" * 20}}
    )
    first, *more = printed(timeline("es").happenings([happening]), 80)
    assert first.startswith("lun 2026-03-02 09:00:00.250000 +01:00  otra prioridad  (priority_changed)")
    assert max(map(len, (first, *more))) <= 80


def test_yes_and_no_and_lists_are_words() -> None:
    said = {"revoked": False, "seen": True, "tags": ["gold", "vip desk"], "score": 4.5, "tier": 2}
    assert (
        told("en", "waived", **said) == "waived  revoked=no  seen=yes  tags=gold, vip desk  score=4.5  tier=2"
    )
    assert (
        told("es", "waived", **said)
        == "exención  (waived) revoked=no  seen=sí  tags=gold, vip desk  score=4,5  tier=2"
    )


@pytest.mark.parametrize("kind", [*EVENT_TYPES, "deleted"])
def test_every_type_keeps_its_name_on_the_wire_beside_the_spanish_word(kind: str) -> None:
    assert told("en", kind, tier=1) == f"{kind}  tier=1"
    word, _, rest = told("es", kind, tier=1).partition("  ")
    assert word != kind
    assert rest == f"({kind}) tier=1"


def waiver(why: IdleReason, objective: str = "first_response", started: int = 0) -> IdleWaiver:
    return IdleWaiver.model_validate(
        {
            "objective": objective,
            "cycle": 7,
            "at": AT,
            "reason": "storm",
            "approved_by": "Ann",
            "why": why,
            "cycles_started": started,
        }
    )


@pytest.mark.parametrize(
    ("language", "head", "why", "who"),
    [
        (
            "en",
            "Mon 2026-03-02 09:00:00 +01:00  first response · cycle 7, by Ann: storm",
            "  No such cycle exists: so far the ticket has started 1 of this objective.",
            "  Ann, who approved it, must say which verdict was meant;",
        ),
        (
            "es",
            "lun 2026-03-02 09:00:00 +01:00  primera respuesta · ciclo 7, por Ann: storm",
            "  Ese ciclo no existe: hasta ahora el ticket ha iniciado 1 de este objetivo.",
            "  Ann, que la aprobó, debe decir qué veredicto se quería eximir;",
        ),
    ],
)
def test_s25_a_waiver_that_hits_nothing_says_why_and_who_must_act(
    language: Language, head: str, why: str, who: str
) -> None:
    lines = printed(timeline(language).idle_waivers([waiver("no_such_cycle", started=1)]))
    assert lines[:2] == [head, why]
    assert lines[2].startswith(who)
    assert all(line.startswith("  ") for line in lines[1:])


def test_s25_a_waiver_that_waits_for_its_verdict_asks_nobody_to_act() -> None:
    lines = printed(timeline("en").idle_waivers([waiver("undecided", "handoff")]))
    assert lines[0].endswith("hand-off · cycle 7, by Ann: storm")
    assert "Ann" not in "".join(lines[1:])


def test_a_waiver_whose_event_is_no_longer_kept_has_no_time() -> None:
    old = waiver("not_promised").model_copy(update={"at": None})
    assert printed(timeline("en").idle_waivers([old]))[0] == "first response · cycle 7, by Ann: storm"


def test_nothing_to_tell_draws_nothing() -> None:
    assert [*timeline("en").idle_waivers([]), *timeline("en").happenings([])] == []
