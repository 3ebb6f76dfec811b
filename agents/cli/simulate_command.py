"""The options and help of `simulate`; what it needs is imported when it runs, so that --help is quick."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from agents.cli.arguments import instant
from agents.cli.commands import Json
from agents.cli.texts import Language, language_of
from schemas.instants import Micros

_FROM_START = "Judge all by the first version of each side, whatever its `effective`."
_UNTIL = "Let the clock run on until then, on both sides."

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE", help="Events, one a line, plain or gzip; - is standard input."),
]
New = Annotated[
    list[Path],
    typer.Option("--policy", metavar="NEW", help="The policy to try; again for further versions of it."),
]
Old = Annotated[
    list[Path] | None,
    typer.Option(
        "--against",
        metavar="OLD",
        help="The policy to compare with; again for further versions of it.",
        show_default="SLA_POLICIES",
    ),
]
By = Annotated[
    Literal["month", "quarter", "half"] | None,
    typer.Option(help="Attainment by period too, by settle time in the reporting zone."),
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write every change and every attainment there, as CSV and JSON."),
]
Until = Annotated[Micros | None, typer.Option(parser=instant, metavar="INSTANT", help=_UNTIL)]
FromStart = Annotated[bool, typer.Option("--from-start", help=_FROM_START)]
Show = Annotated[int, typer.Option(min=0, metavar="N", help="How many tickets and customers to list.")]
Lang = Annotated[Language | None, typer.Option(help="Language of the text.", show_default="from LANG")]


def simulate(  # noqa: PLR0917  typer reads options from the signature
    files: Files,
    policy: New,
    against: Old = None,
    by: By = None,
    out: Out = None,
    until: Until = None,
    from_start: FromStart = False,
    show: Show = 10,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Judge a recorded history by another policy: what would change, and what it would have taken.

    Shows which verdicts flip, attainment before and after, and the target that would have kept each goal. Both
    sides are judged up to the same instant. Needs no broker.
    """
    from agents.cli import simulate as command  # noqa: PLC0415  so that --help is quick
    from agents.cli.simulation_texts import SimulationTexts  # noqa: PLC0415

    texts = SimulationTexts(lang or language_of(os.environ))
    plan = command.Plan(
        files, policy, against or (), texts, out=out, until=until, by=by, show=show, from_start=from_start
    )
    command.simulate(plan, as_json=as_json)
