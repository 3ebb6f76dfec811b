"""The options and help of `policies`; what a command needs is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.commands import Brokers, Json, Wait


def policies_app() -> typer.Typer:
    """The commands about published policies, to be added under the name `policies`."""
    app = typer.Typer(
        help="Look at the published policy versions, publish another one, or write them out.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
    )
    app.command(name="list")(list_)
    app.command()(show)
    app.command()(publish)
    app.command()(export)
    return app


def list_(brokers: Brokers = None, wait: Wait = 10.0, as_json: Json = False) -> None:
    """List every published version: from when on it holds, who published it when, and which is in force."""
    from agents.cli import policies  # noqa: PLC0415  so that --help is quick

    policies.show_list(brokers, wait, as_json=as_json)


def show(
    version: Annotated[str, typer.Argument(help="As a verdict cites it; its beginning is enough.")],
    brokers: Brokers = None,
    wait: Wait = 10.0,
    as_json: Json = False,
) -> None:
    """Print the text of a version: what judged the verdicts that cite it."""
    from agents.cli import policies  # noqa: PLC0415  so that --help is quick

    policies.show_text(version, brokers, wait, as_json=as_json)


def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy file.")],
    effective: Annotated[
        str | None,
        typer.Option(
            metavar="DATE|INSTANT",
            help="From when on it holds, such as 2027-01-01, which begins at midnight of the reporting zone.",
            show_default="as the file says, or at once",
        ),
    ] = None,
    brokers: Brokers = None,
    wait: Wait = 10.0,
    as_json: Json = False,
) -> None:
    """Check a policy file and publish it: every worker judges by it from one instant on.

    What lies in the past or in the next seconds holds from a few seconds after now, so that every worker knows it by
    then; only the very first version of an installation may hold from earlier.
    """
    from agents.cli import policies  # noqa: PLC0415  so that --help is quick

    policies.publish(file, effective, brokers, wait, as_json=as_json)


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go.")],
    brokers: Brokers = None,
    wait: Wait = 10.0,
    as_json: Json = False,
) -> None:
    """Write every version as a policy file with its `effective`: a replay by all of them judges the same."""
    from agents.cli import policies  # noqa: PLC0415  so that --help is quick

    policies.export(folder, brokers, wait, as_json=as_json)
