"""The options and help of `topics` and `schema`; what a command needs is imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from agents.cli.commands import Brokers, Json, Wait


def topics_app() -> typer.Typer:
    """The commands about topics, to be added under the name `topics`."""
    app = typer.Typer(
        help="Look at, check and create the Kafka topics.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
    )
    app.command(name="list")(list_)
    app.command()(check)
    app.command()(create)
    return app


def list_(brokers: Brokers = None, wait: Wait = 10.0, as_json: Json = False) -> None:
    """Show the topics as they are on the broker."""
    from agents.cli import topics  # noqa: PLC0415  so that --help is quick

    topics.show(brokers, wait, as_json=as_json)


def check(brokers: Brokers = None, wait: Wait = 10.0, as_json: Json = False) -> None:
    """Say what is not as it should be; exit code 1 when a worker would refuse to start."""
    from agents.cli import topics  # noqa: PLC0415  so that --help is quick

    topics.check(brokers, wait, as_json=as_json)


def create(
    brokers: Brokers = None,
    partitions: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10_000,
            help="Of all topics, and so the most workers that share the load. It cannot be raised later.",
            show_default="those of the tickets topic, or 6",
        ),
    ] = None,
    replication: Annotated[
        int | None,
        typer.Option(min=1, max=32, help="Copies of each topic.", show_default="3, or the number of brokers"),
    ] = None,
    wait: Wait = 60.0,
    as_json: Json = False,
) -> None:
    """Create the topics that are missing, with the settings they need; those that exist are left alone."""
    from agents.cli import topics  # noqa: PLC0415  so that --help is quick

    topics.create(brokers, wait, partitions=partitions, replication=replication, as_json=as_json)


def schema(
    name: Annotated[
        str | None, typer.Argument(help="Of what; without it, the names are listed.", show_default=False)
    ] = None,
) -> None:
    """Print the JSON Schema of what travels, of what commands print as JSON, and of the policy file.

    An editor that knows the schema of the policy file completes it while it is written:
    `# yaml-language-server: $schema=policy.schema.json` in its first line.
    """
    from agents.cli.schema import print_schema  # noqa: PLC0415  so that --help is quick

    print_schema(name)
