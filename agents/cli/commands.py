"""The commands' options and help, and nothing else: what a command needs is imported when it runs.

So `sla-monitor --help` answers at once, although a worker takes half a second to import.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.arguments import Seconds, instant, per_second, seconds
from agents.cli.texts import Language, Texts, language_of
from schemas.instants import Micros

A_MINUTE = Seconds(60)
_POLICY_HELP = "Policy file; give it again for further versions, ordered by their `effective`."

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
Policies = Annotated[
    list[Path],
    typer.Option("--policy", metavar="FILE", help=_POLICY_HELP),
]
Brokers = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT,…", help="Kafka's addresses.", show_default="SLA_BROKERS"),
]
Wait = Annotated[
    float,
    typer.Option(parser=seconds, metavar="DURATION", help="How long to wait for a broker to answer."),
]


def demo(
    duration: Annotated[
        float | None,
        typer.Option("--for", parser=seconds, metavar="DURATION", help="End by itself after, say, 60s."),
    ] = None,
    lang: Annotated[
        Language | None, typer.Option(help="Language of the screen.", show_default="from LANG")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another number makes up another desk.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="No screen; the last line is the outcome as JSON.")
    ] = False,
) -> None:
    """Watch a lively service desk: everything in this process, on an embedded broker.

    The first promise breaks within a minute. Ctrl-C ends it.
    """
    from agents.cli.demo import Demo, run

    run(Demo(seconds=duration, texts=Texts(lang or language_of(os.environ)), seed=seed, as_json=as_json))


def run(
    policy: Annotated[
        list[Path] | None,
        typer.Option(
            "--policy",
            metavar="FILE",
            help="Policy file, published when its content is new and whenever it changes; may be given several times.",
            show_default="SLA_POLICIES, or the versions published before",
        ),
    ] = None,
    brokers: Brokers = None,
    wait: Wait = A_MINUTE,
    roles: Annotated[
        str, typer.Option(help="Which roles this process takes; `worker` is what there is.")
    ] = "worker",
) -> None:
    """Follow the tickets on Kafka: judge every promise, warn in time, keep the figures.

    Waits for the broker, checks the topics, and runs until it is stopped. Everything else is set by SLA_…
    variables.
    """
    from agents.cli.run import run_roles

    run_roles(policy or [], brokers=brokers, wait_seconds=wait, roles=roles)


def replay(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="Events, one a line, in the order of their arrival, plain or gzip; - is standard input.",
        ),
    ],
    policy: Policies,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the four files go.")],
    until: Annotated[
        Micros | None,
        typer.Option(parser=instant, metavar="INSTANT", help="Let the clock run on until then."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge a recorded history, with the events' own times as the clock; needs no broker.

    Writes results.jsonl, alerts.jsonl, kpis.json and dead_letters.jsonl. The same events and policies give
    the same bytes: the last line printed names their SHA-256.
    """
    from agents.cli import replay as command

    command.print_report(command.run(files, policy, out, until), as_json=as_json)


def produce(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Events, one a line, plain or gzip; - is standard input."),
    ],
    brokers: Brokers = None,
    topic: Annotated[str | None, typer.Option(help="Instead of the tickets topic.")] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            parser=per_second, metavar="N/s", help="At most so many records; else as fast as it goes."
        ),
    ] = None,
    shift_to_now: Annotated[
        bool, typer.Option("--shift-to-now", help="Move the whole history so that its last event is now.")
    ] = False,
    wait: Wait = A_MINUTE,
    as_json: Json = False,
) -> None:
    """Put the events of files onto the tickets topic, keyed by ticket, each delivery confirmed.

    Lines that are no events go as they are: the monitor sets them aside with the reason.
    """
    from agents.cli.configured import settings_with
    from agents.cli.produce import Plan, produce_files

    settings = settings_with(brokers=brokers)
    plan = Plan(files, topic or settings.topics.tickets, rate=rate, shift_to_now=shift_to_now)
    produce_files(plan, settings, wait_seconds=wait, as_json=as_json)


def check(
    files: Annotated[list[Path], typer.Argument(metavar="POLICY", help="Policy files.")],
    events: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Recorded events, plain or gzip: count which policy catches which tickets. Give it again for more.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 on a warning too.")] = False,
    as_json: Json = False,
) -> None:
    """Check policy files: what is wrong, line by line, or what they promise to whom.

    Warns of what is legal but surely not meant. Several files are also checked as versions that follow each
    other. Exit code 1 when they cannot be used.
    """
    from agents.cli import check as command

    command.check(files, events=events or (), as_json=as_json, strict=strict)
