"""`sla-monitor policies`: the versions on their topic, the text of each, and publishing another one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.broker_wait import wait_for_broker
from agents.cli.configured import settings_with
from agents.cli.files import write_all
from agents.clients import client_options
from agents.logs import configure_logs
from agents.policy_follower import PolicyFollower, shown_start
from agents.policy_publisher import PolicyPublisher, compile_files
from agents.settings import Settings
from agents.topic_admin import verify_topics
from agents.wall_clock import system_time
from monitor.adapters.policy_export import exported
from monitor.adapters.policy_file import load_policy
from monitor.errors import BrokerUnreachable, PolicyError
from monitor.policies import ALWAYS, compile_version
from monitor.policy_advice import advise
from monitor.policy_changes import what_changed
from monitor.policy_history import Entry, PolicyHistory
from monitor.policy_notes import notes
from schemas.amounts import begins, parse_effective
from schemas.instants import Micros, iso, to_micros


def show_list(brokers: str | None, wait_seconds: float, *, as_json: bool) -> None:
    """Print every published version, the oldest first."""
    history = asyncio.run(_history(brokers, wait_seconds))
    now = system_time()
    if as_json:
        _print_json([_entry_json(entry, history, now) for entry in history.entries])
    elif not history.entries:
        typer.echo(
            "nothing was published yet: a worker publishes its --policy files, `policies publish` any file"
        )
    else:
        Console().print(_table(history, now))


def show_text(version: str, brokers: str | None, wait_seconds: float, *, as_json: bool) -> None:
    """Print the text of a version, and where it came from on standard error."""
    history = asyncio.run(_history(brokers, wait_seconds))
    entry = _find(history, version)
    now, record = system_time(), entry.publication.record
    if as_json:
        whole = record.model_dump(mode="json", include={"text", "holidays"})
        _print_json({**_entry_json(entry, history, now), **whole})
        return
    typer.echo(
        f"version {record.version}: {record.file}, published {_when(entry)} by {record.published_by}; "
        f"{_state(entry, history, now)}, {_starting(entry)}",
        err=True,
    )
    typer.echo(record.text, nl=not record.text.endswith("\n"))


def publish(
    file: Path, effective: str | None, brokers: str | None, wait_seconds: float, *, as_json: bool
) -> None:
    """Check a file, publish it, and say from when on it holds."""
    loaded = load_policy(file)
    asked = None if effective is None else _instant(effective, loaded.file.zone)
    compiled = compile_version(loaded.file, starts=asked)
    for finding in advise(compiled, max(system_time(), compiled.starts)):
        typer.echo(f"{typer.style('warning', fg='yellow')} {loaded.problem(*finding)}", err=True)

    async def run() -> tuple[list[Entry], PolicyHistory, PolicyHistory]:
        async with _following(settings_with(brokers=brokers), wait_seconds) as (settings, follower):
            before = follower.history
            publisher = PolicyPublisher(settings, follower)
            publisher.by_user()
            entries = await publisher.publish(await compile_files([loaded]), effective=asked)
            return entries, before, follower.history

    entries, before, history = asyncio.run(run())
    if as_json:
        now = system_time()
        published = [
            {**_entry_json(entry, history, now), "notes": notes(history, entry)} for entry in entries
        ]
        _print_json({"published": published})
        return
    if not entries and history.newest is not None:
        newest = history.newest
        typer.echo(
            f"{newest.version.version} is the newest version already, {_starting(newest)}: nothing to publish"
        )
    for entry in entries:
        changes = what_changed(before.newest.version if before.newest else None, entry.version)
        typer.echo(f"{entry.version.version} is published and holds {_starting(entry)}{_why(entry, asked)}")
        typer.echo(f"  {changes}")
        for note in notes(history, entry):
            typer.echo(f"  note: {note}")


def export(folder: Path, brokers: str | None, wait_seconds: float, *, as_json: bool) -> None:
    """Write every version that has been or will be in force as a file of its own."""
    history = asyncio.run(_history(brokers, wait_seconds))
    if not history.entries:
        raise PolicyError("nothing was published yet, so there is nothing to export")
    files = [exported(number, entry) for number, entry in enumerate(history.standing, start=1)]
    write_all(folder, {file.name: [file.text.encode()] for file in files})
    paths = [str(folder / file.name) for file in files]
    if as_json:
        _print_json([{"file": path, "same": file.same} for path, file in zip(paths, files, strict=True)])
        return
    for path, file in zip(paths, files, strict=True):
        typer.echo(path)
        if not file.same:
            typer.echo(
                f"{typer.style('warning', fg='yellow')} {path}: the public holidays of this version are not those "
                "of the holidays library installed here, so a replay by the file may judge otherwise",
                err=True,
            )
    options = " ".join(f"--policy {path}" for path in paths)
    typer.echo(f"to judge a history by them: sla-monitor replay FILE {options} --out DIR", err=True)


@asynccontextmanager
async def _following(
    settings: Settings, wait_seconds: float
) -> AsyncIterator[tuple[Settings, PolicyFollower]]:
    """A follower that has read everything published so far."""
    configure_logs("console", "ERROR")
    options = client_options(settings)
    await wait_for_broker(options, wait_seconds)
    await verify_topics(options, settings.topics)
    try:
        async with PolicyFollower(settings) as follower:
            yield settings, follower
    except KafkaError as error:
        raise BrokerUnreachable(
            f"Kafka refused or failed: {error}; the user needs to read {settings.topics.policies}, and to write it "
            "to publish"
        ) from error


async def _history(brokers: str | None, wait_seconds: float) -> PolicyHistory:
    async with _following(settings_with(brokers=brokers), wait_seconds) as (_, follower):
        return follower.history


def _find(history: PolicyHistory, version: str) -> Entry:
    found = history.find(version)
    names = {entry.version.version for entry in found}
    if len(names) > 1:
        raise PolicyError(f"{version!r} is the beginning of several versions: {', '.join(sorted(names))}")
    if not found:
        known = ", ".join(dict.fromkeys(entry.version.version for entry in history.entries)) or "none"
        raise PolicyError(f"no version {version!r} was published here; those published are {known}")
    return found[-1]


def _instant(text: str, zone: Any) -> Micros:
    try:
        return begins(parse_effective(text), zone)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--effective") from None


def _table(history: PolicyHistory, now: Micros) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("version", "holds from", "", "published"):
        table.add_column(column, no_wrap=True)
    for column in ("by", "file"):
        table.add_column(column, overflow="fold")
    for entry in history.entries:
        record = entry.publication.record
        state = _state(entry, history, now)
        style = "green" if state == "in force" else "dim"
        table.add_row(
            entry.version.version,
            shown_start(entry),
            Text(state, style=style),
            _when(entry),
            record.published_by,
            record.file,
        )
    return table


def _entry_json(entry: Entry, history: PolicyHistory, now: Micros) -> dict[str, Any]:
    record = entry.publication.record
    return {
        "version": entry.version.version,
        "starts": None if entry.starts == ALWAYS else iso(entry.starts),
        "state": _state(entry, history, now),
        "in_force": entry is history.in_force(now),
        "at_once": record.at_once,
        "published_at": _when(entry),
        "published_by": record.published_by,
        "file": record.file,
        "holidays_library": record.holidays_library,
    }


def _state(entry: Entry, history: PolicyHistory, now: Micros) -> str:
    """What an entry is now: in force, to come, over, or replaced before it ever held."""
    if entry not in history.standing:
        return "replaced"
    if entry is history.in_force(now):
        return "in force"
    return "to come" if entry.starts > now else "was in force"


def _when(entry: Entry) -> str:
    return iso(to_micros(entry.publication.record.published_at.replace(microsecond=0)))


def _starting(entry: Entry) -> str:
    return "from the beginning on" if entry.starts == ALWAYS else f"from {iso(entry.starts)} on"


def _why(entry: Entry, asked: Micros | None) -> str:
    """Why it holds from then on, where that is not what the file or the command says."""
    if not entry.publication.record.at_once:
        return ""
    wanted = entry.publication.compiled.starts if asked is None else asked
    said = "no `effective` is given" if wanted == ALWAYS else f"its `effective`, {iso(wanted)}, is over"
    return f": {said}, so it begins as soon as every worker knows it (SLA_POLICY_LEAD_SECONDS)"


def _print_json(document: Sequence[Any] | dict[str, Any]) -> None:
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
