"""Runs a worker's Faust app inside a running event loop, next to whatever else the process does."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaConnectionError

from agents.app import WorkerApp
from agents.collecting import calm_collector
from agents.watchdog import EXIT_CODE, Watchdog
from monitor.errors import BrokerUnreachable

STOP_SECONDS: Final = 30.0
"""Longest orderly stop: steps in flight, the last commit, leaving the group."""

LAST_SECONDS: Final = 10.0
"""What is left for everything else in the process once the worker did not stop in order."""

_log = structlog.get_logger(__name__)


async def run_worker(app: WorkerApp, *, watchdog_seconds: float) -> None:
    """Runs until it is cancelled, which stops it in order, or until it fails, which raises why.

    The failure is raised as it was, `BrokerUnreachable` in place of aiokafka's own word for it:
    `monitor.errors` says who must act.
    """
    calm_collector()
    if app.health is not None:  # first, so that a restore can be watched
        await app.health.start()
    watchdog = Watchdog(app.ownership.progress, watchdog_seconds)
    app.in_worker = True
    watchdog.start()
    try:
        beside = [] if app.sources is None else [app.sources.run()]
        await first_to_end(_until_stopped(app), *beside)
    except KafkaConnectionError as error:
        raise BrokerUnreachable(f"the broker was away when it was needed: {error}") from error
    finally:
        await _stop(app)
        watchdog.stop()
        if app.health is not None:
            await app.health.stop()


async def first_to_end(*parts: Coroutine[Any, Any, None]) -> None:
    """Runs parts of a process beside each other until one ends; the others are stopped, and its error is raised."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _stopped(tasks)
    for task in done:
        task.result()


async def _stopped(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Cancels and waits for the end of all; being asked again meanwhile changes nothing."""
    for task in tasks:
        task.cancel()
    while pending := [task for task in tasks if not task.done()]:
        try:
            await asyncio.wait(pending)
        except asyncio.CancelledError:
            _log.info("already stopping")


async def _until_stopped(app: WorkerApp) -> None:
    await app.start()
    await app.wait_until_stopped()
    if app.crash_reason is not None:
        raise app.crash_reason


async def _stop(app: WorkerApp) -> None:
    """Stops in order and within bounds; being asked again meanwhile changes nothing."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.ensure_future(app.stop())
    end = loop.time() + STOP_SECONDS
    while not stopping.done() and (left := end - loop.time()) > 0:
        try:
            await asyncio.wait([stopping], timeout=left)
        except asyncio.CancelledError:
            _log.info("already stopping")
    if not stopping.done():
        _log.error("the worker did not stop in order; the next owner starts from the last whole step")
        _end_anyway()
    elif (error := stopping.exception()) is not None:
        # Not raised: it would hide why the worker ends.
        _log.error("the worker did not stop in order", error=repr(error))


def _end_anyway() -> None:
    """Sees to it that the process ends: Faust's consumer thread would keep it alive for ever."""
    last = threading.Timer(LAST_SECONDS, os._exit, [EXIT_CODE])
    last.daemon = True
    last.start()
