"""What stands above a clock's table, in both languages: figures a reader can do the sum of, and true sentences."""

from __future__ import annotations

from typing import Final

import pytest
from rich.console import Console

from agents.cli.explain_clock import ClockView
from agents.cli.explain_table import AccountTable
from agents.cli.explain_texts import CATALOGUE
from agents.cli.texts import Language, Texts
from monitor.explained_tickets import Explainer
from monitor.ticket_history import play
from schemas.explanations import ClockAccount, Origin
from schemas.instants import parse_iso
from tests.builders import OFFICE, book, lines

POLICY: Final = """
timezone: Europe/Madrid
calendars:
  office: {hours: {mon-thu: ["09:00-18:00"], fri: ["09:00-15:00"]}}
priorities: [P1, P2, P3]
policies:
  - name: gold
    calendar: office
    objectives:
      resolution:
        target: {P1: 8h, P2: 3 working days, P3: 1 working day}
        on_change: from_now
        warn_at: [87.5%]
"""
CREATED: Final = "2026-03-12T09:00:00+01:00 created INC-1"


def clock(*timeline: str, policy: str = POLICY, until: str | None = None) -> ClockAccount:
    """The resolution clock of a ticket."""
    policies = book(policy)
    found = play(lines(timeline), "INC-1", policies, until=None if until is None else parse_iso(until))
    assert found.ticket is not None
    origin = Origin(kind="files", places=["a.jsonl"], records=1)
    explained = Explainer(policies, "en").of_ticket(found.ticket, origin, found.watermark, found.results)
    return next(one for one in explained.clocks if one.objective == "resolution")


def facts(language: Language, account: ClockAccount) -> str:
    """The figures by name, as one line."""
    console = Console(width=400)
    with console.capture() as captured:
        console.print(ClockView(Texts(language, CATALOGUE)).facts(account), highlight=False)
    return " ".join(captured.get().split())


@pytest.mark.parametrize(
    ("language", "share", "days"),
    [
        (
            "en",
            (
                "14h of open time: 5h counted before the change + 9h that was left (37.5% of the 3 working days "
                "promised to P2, S20)"
            ),
            (
                "3 working days = 24h of open time, from Thu 2026-03-12 14:00:00 +01:00 to the same clock time "
                "3 working days later, Tue 2026-03-17 14:00:00 +01:00 (S2)"
            ),
        ),
        (
            "es",
            (
                "14h de tiempo hábil: 5h contado antes del cambio + 9h que quedaba (37,5 % de 3 días laborables "
                "para P2, S20)"
            ),
            (
                "3 días laborables = 24h de tiempo hábil, de jue 2026-03-12 14:00:00 +01:00 a la misma hora "
                "3 días laborables después, mar 2026-03-17 14:00:00 +01:00 (S2)"
            ),
        ),
    ],
)
def test_s20_a_scaled_target_in_working_days_can_be_calculated_again(
    language: Language, share: str, days: str
) -> None:
    changed = "2026-03-12T14:00:00+01:00 priority_changed INC-1 priority=P2"
    said = facts(language, clock(f"{CREATED} priority=P1", changed))
    assert share in said
    assert days in said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "2h 1m 14.781s of open time: 1m 0.25s counted before the change + 2h 14.531s that was left"),
        ("es", "2h 1m 14,781s de tiempo hábil: 1m 0,25s contado antes del cambio + 2h 14,531s que quedaba"),
    ],
)
def test_s20_the_parts_of_a_scaled_target_add_up_as_they_are_shown(language: Language, said: str) -> None:
    changed = "2026-03-12T09:01:00.25+01:00 priority_changed INC-1 priority=P1"
    account = clock(f"{CREATED} priority=P3", changed)
    assert "≈ 99" in facts(language, account)
    scaled = account.target_basis.model_copy(update={"counted_before_seconds": 60.25})
    shown = account.model_copy(update={"target_seconds": 7274.78125, "target_basis": scaled})
    assert said in facts(language, shown)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1 working day, promised to P3 = 9h of open time"),
        ("es", "1 día laborable para P3 = 9h de tiempo hábil"),
    ],
)
def test_s02_one_working_day_is_told_in_the_singular(language: Language, said: str) -> None:
    assert said in facts(language, clock(f"{CREATED} priority=P3"))


@pytest.mark.parametrize(("language", "share"), [("en", "87.5% Thu"), ("es", "87,5 % jue")])
def test_s41_a_warning_has_the_comma_of_the_language(language: Language, share: str) -> None:
    resolved = "2026-03-12T16:30:00+01:00 resolved INC-1"
    assert share in facts(language, clock(f"{CREATED} priority=P1", resolved))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1h of the counted time: the customer had replied"),
        ("es", "1h del tiempo contado: el cliente ya había contestado"),
    ],
)
@pytest.mark.parametrize("ends", ["resumed", "resolved"])
def test_s16_a_hold_overrun_is_told_alike_whether_it_was_resumed_or_the_ticket_resolved(
    ends: str, language: Language, said: str
) -> None:
    account = clock(
        CREATED,
        "2026-03-12T10:00:00+01:00 held INC-1 reason=waiting_customer",
        "2026-03-12T11:00:00+01:00 customer_replied INC-1",
        f"2026-03-12T12:00:00+01:00 {ends} INC-1",
        policy=OFFICE,
    )
    assert said in facts(language, account)


@pytest.mark.parametrize(
    ("timeline", "english", "spanish"),
    [
        (
            (CREATED,),
            "It has only just started: no time has passed, and nothing is counted yet.",
            "Acaba de empezar: no ha pasado tiempo y aún no se ha contado nada.",
        ),
        (
            (CREATED, "2026-03-12T09:00:00+01:00 resolved INC-1"),
            "It stopped at the instant it started: no time passed.",
            "Se detuvo en el instante en que empezó: no pasó tiempo.",
        ),
        (
            (
                f'{CREATED} due={{"resolution":"2026-03-11T12:00:00+01:00"}}',
                "2026-03-12T10:00:00+01:00 assigned INC-1",
            ),
            "It breached at the instant it started: no time passed before the verdict.",
            "Se incumplió en el instante en que empezó: no pasó tiempo antes del veredicto.",
        ),
    ],
)
def test_a_clock_without_rows_says_whether_it_stopped_breached_or_has_just_started(
    timeline: tuple[str, ...], english: str, spanish: str
) -> None:
    account = clock(*timeline)
    assert account.rows == []
    assert ClockView(Texts("en", CATALOGUE)).no_rows(account) == english
    assert ClockView(Texts("es", CATALOGUE)).no_rows(account) == spanish


def test_one_closed_day_among_several_is_told_in_the_singular() -> None:
    saturdays = POLICY.replace("fri: [", "fri-sat: [")
    until = "2026-04-20T09:00:00+02:00"
    account = clock(
        f"{CREATED} priority=P2", "2026-04-19T12:00:00+02:00 resolved INC-1", policy=saturdays, until=until
    )
    said = [text.plain for text in AccountTable(Texts("es", CATALOGUE), 100).table(account)]
    assert any(line.endswith("7 días, 1 cerrado") for line in said)
