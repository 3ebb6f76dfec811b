"""`sla-monitor topics`: the topics as they are, what is wrong with them, and making those that are missing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from agents.broker_wait import wait_for_broker
from agents.cli.configured import settings_with
from agents.clients import client_options
from agents.settings import Settings
from agents.topic_admin import Creation, TopicAdmin
from agents.topic_check import Finding, FoundTopic, check_topics
from monitor.errors import SlaMonitorError
from schemas.instants import DAY
from schemas.topics import Topics

EXIT_UNFIT = 1

_MS_PER_DAY = DAY // 1000
_DATED_BY = {"LogAppendTime": "broker", "CreateTime": "producer"}


class ClientFilesError(SlaMonitorError):
    """A certificate or key file that cannot be used: whoever set its path must mend it."""


def show(brokers: str | None, wait_seconds: float, *, as_json: bool) -> None:
    """Print every topic of this installation, also those that do not exist."""
    settings = settings_with(brokers=brokers)
    found, _ = asyncio.run(_look(settings, wait_seconds))
    if as_json:
        _print_json([_topic_json(name, found.get(name)) for name in settings.topics.all()])
        return
    _print_table(settings.topics, found)


def check(brokers: str | None, wait_seconds: float, *, as_json: bool) -> None:
    """Print what is not as it should be; exit code 1 when a worker would refuse to start."""
    settings = settings_with(brokers=brokers)
    found, broker_count = asyncio.run(_look(settings, wait_seconds))
    findings = check_topics(settings.topics, found, broker_count)
    fit = not any(finding.fatal for finding in findings)
    if as_json:
        _print_json({"fit": fit, "findings": [asdict(finding) for finding in findings]})
    else:
        _print_findings(findings, fit=fit)
    if not fit:
        raise typer.Exit(EXIT_UNFIT)


def create(
    brokers: str | None,
    wait_seconds: float,
    *,
    partitions: int | None,
    replication: int | None,
    as_json: bool,
) -> None:
    """Create what is missing and print what there is now."""
    settings = settings_with(brokers=brokers)
    made = asyncio.run(_create(settings, wait_seconds, partitions, replication))
    if as_json:
        _print_json([asdict(one) for one in made])
        return
    for one in made:
        done = "created" if one.created else "was there"
        typer.echo(f"{one.topic}: {done}, {one.partitions} partitions, replication {one.replication}")


async def _look(settings: Settings, wait_seconds: float) -> tuple[dict[str, FoundTopic], int]:
    options = _options(settings)
    await wait_for_broker(options, wait_seconds)
    async with TopicAdmin(options) as admin:
        return await admin.found(settings.topics.all()), await admin.brokers()


async def _create(
    settings: Settings, wait_seconds: float, partitions: int | None, replication: int | None
) -> list[Creation]:
    options = _options(settings)
    await wait_for_broker(options, wait_seconds)
    async with TopicAdmin(options) as admin:
        return await admin.create(settings.topics, partitions=partitions, replication=replication)


def _options(settings: Settings) -> dict[str, Any]:
    try:
        return client_options(settings)
    except OSError as error:  # also what is wrong inside a certificate file
        raise ClientFilesError(f"the files for TLS cannot be used: {error}") from error


def _print_table(topics: Topics, found: Mapping[str, FoundTopic]) -> None:
    table = Table("topic", "partitions", "replicas", "cleanup", "kept", "dated by")
    for name in topics.all():
        topic = found.get(name)
        if topic is None:
            table.add_row(name, "[red]missing[/red]")
            continue
        config = topic.config or {}
        table.add_row(
            name,
            str(topic.partitions),
            str(topic.replication),
            config.get("cleanup.policy", "?"),
            _kept(config),
            _DATED_BY.get(config.get("message.timestamp.type", ""), "?"),
        )
    Console().print(table)


def _kept(config: Mapping[str, str]) -> str:
    retention = config.get("retention.ms")
    if retention is None:
        return "?"
    if int(retention) < 0 or "delete" not in config.get("cleanup.policy", "delete"):
        return "for ever"
    return f"{int(retention) / _MS_PER_DAY:g} days"


def _print_findings(findings: Sequence[Finding], *, fit: bool) -> None:
    for finding in findings:
        word, colour = ("error", "red") if finding.fatal else ("warning", "yellow")
        typer.echo(f"{typer.style(word, fg=colour)} {finding.message}")
    if fit:
        typer.echo("a worker can start" if findings else "all topics are as they should be")


def _topic_json(name: str, topic: FoundTopic | None) -> dict[str, Any]:
    if topic is None:
        return {"topic": name, "exists": False}
    return {
        "topic": name,
        "exists": True,
        "partitions": topic.partitions,
        "replication": topic.replication,
        "config": topic.config,
    }


def _print_json(document: object) -> None:
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
