"""The `sla-monitor` command: its table of contents, and how it ends when something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from agents.cli import commands
from agents.cli.explain_command import explain
from agents.cli.policy_commands import policies_app
from agents.cli.simulate_command import simulate
from agents.cli.topic_commands import schema, topics_app
from agents.import_guard import DISTRIBUTION, check_import_names
from monitor.errors import SlaMonitorError

EXIT_ERROR = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (that of the process if None) and return its exit code.

    0 is success, 1 an error of ours, told in a sentence on standard error, 2 wrong usage, 130 Ctrl-C.
    """
    try:
        check_import_names()
        command_line()(args=arguments, prog_name=DISTRIBUTION)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else EXIT_ERROR
    except SlaMonitorError as error:
        typer.secho(f"error: {error}", fg="red", err=True)
        return EXIT_ERROR
    return 0


def command_line() -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        help="Watches what a service desk promised: ticket events in; alerts, verdicts and KPIs out.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    app.command()(commands.demo)
    app.command()(commands.run)
    app.command()(commands.replay)
    app.command()(simulate)
    app.command()(commands.produce)
    app.command()(commands.check)
    app.command()(explain)
    app.command()(schema)
    app.add_typer(topics_app(), name="topics")
    app.add_typer(policies_app(), name="policies")
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{DISTRIBUTION} {installed_version(DISTRIBUTION)}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of the command itself; typer reads them from this signature."""


if __name__ == "__main__":
    raise SystemExit(main())
