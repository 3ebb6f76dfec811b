"""The options and help of `explain`; what it needs is imported when it runs, so that --help is quick."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.arguments import Seconds, instant
from agents.cli.commands import Brokers, Json, Wait
from agents.cli.texts import Language, language_of
from schemas.instants import Micros

_EVENTS = "A history to judge instead of reading the live state; may be given again. - is standard input."
_POLICY = "Policy file; give it again for further versions, ordered by their `effective`."
_TEN_SECONDS = Seconds(10)

TicketId = Annotated[str, typer.Argument(metavar="TICKET", help="The ticket's id, letter by letter.")]
Events = Annotated[
    list[Path] | None, typer.Option("--events", metavar="FILE", help=_EVENTS, show_default="Kafka")
]
Book = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy", metavar="FILE", help=_POLICY, show_default="live: the published ones; else SLA_POLICIES"
    ),
]
Until = Annotated[
    Micros | None,
    typer.Option(parser=instant, metavar="INSTANT", help="Running clocks up to then; live: up to now."),
]
Lang = Annotated[Language | None, typer.Option(help="Language of the answer.", show_default="from LANG")]
EveryDay = Annotated[bool, typer.Option("--every-day", help="Each day, also where weeks of them are alike.")]


def explain(  # noqa: PLR0917  typer reads options from the signature
    ticket: TicketId,
    events: Events = None,
    policy: Book = None,
    until: Until = None,
    lang: Lang = None,
    every_day: EveryDay = False,
    brokers: Brokers = None,
    wait: Wait = _TEN_SECONDS,
    as_json: Json = False,
) -> None:
    """Account for every clock of one ticket: hours, holds, holidays, policy and reason, in sums that add up.

    Reads the live state; of a ticket that has left it, the published verdicts with their evidence. With
    `--events` a recorded history is judged anew, all of it: what is late depends on every line. Exit code 1
    when figures disagree: the answer then says which.
    """
    from agents.cli import explain as command  # noqa: PLC0415  so that --help is quick

    language = lang or language_of(os.environ)
    question = command.Question(ticket, events or [], policy or [], until, language, brokers, wait)
    command.explain(question, as_json=as_json, every_day=every_day)
