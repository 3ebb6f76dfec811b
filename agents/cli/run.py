"""`sla-monitor run`: the roles of this process, from the settings to an orderly end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
import typer
import uvloop
from aiokafka.errors import KafkaError

from agents.app import create_app
from agents.broker_wait import wait_for_broker
from agents.cli.configured import settings_with, unknown_variables
from agents.clients import client_options
from agents.logs import configure_logs
from agents.policy_service import followed_policies
from agents.running import first_to_end, run_worker
from agents.settings import Settings
from agents.topic_admin import verify_topics
from monitor.errors import BrokerUnreachable

ROLES = ("worker",)

_log = structlog.get_logger(__name__)


def run_roles(policies: Sequence[Path], brokers: str | None, wait_seconds: float, roles: str) -> None:
    """Run until the process is asked to stop (SIGTERM, Ctrl-C) or a role fails, which raises why."""
    unknown = [role for role in roles.split(",") if role not in ROLES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(ROLES)}", param_hint="--roles")
    settings = settings_with(brokers=brokers, policies=tuple(policies) or None)
    configure_logs(settings.log_format, settings.log_level.upper())
    for sentence in unknown_variables(os.environ):
        _log.warning(sentence)
    stopped_by = uvloop.run(_until_asked(settings, wait_seconds))
    if stopped_by is signal.SIGINT:
        raise KeyboardInterrupt


async def _until_asked(settings: Settings, wait_seconds: float) -> signal.Signals | None:
    """Run the worker; returns the signal that ended it."""
    working = asyncio.ensure_future(_work(settings, wait_seconds))
    with _signals_cancel(working) as received:
        try:
            await working
        except asyncio.CancelledError:
            if not received:
                raise
            _log.info("worker stopped", signal=received[0].name)
    return received[0] if received else None


async def _work(settings: Settings, wait_seconds: float) -> None:
    options = client_options(settings)
    await wait_for_broker(options, wait_seconds)
    for warning in await verify_topics(options, settings.topics):
        _log.warning(warning)
    try:
        async with followed_policies(settings) as (policies, follow):
            app = create_app(settings, policies=policies)
            versions = [version.version for version in policies.book.versions]
            _log.info("worker starts", brokers=settings.brokers, group=settings.group, policies=versions)
            await first_to_end(run_worker(app, watchdog_seconds=settings.watchdog_seconds), follow())
    except KafkaError as error:
        raise BrokerUnreachable(
            f"Kafka failed the worker: {error}; a restart goes on where it stood"
        ) from error


@contextmanager
def _signals_cancel(task: asyncio.Future[None]) -> Iterator[list[signal.Signals]]:
    """Let the first signal cancel the task; yields the signals that came."""
    loop = asyncio.get_running_loop()
    received: list[signal.Signals] = []

    def cancel(number: signal.Signals) -> None:
        received.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, cancel, number)
    try:
        yield received
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
