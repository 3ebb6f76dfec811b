"""The worker's own HTTP port: `/metrics` for Prometheus, `/livez` and `/readyz` for whoever supervises it.

It is started before the Faust app and stopped after it, so that a long restore can be watched.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import asdict

import orjson
from aiohttp import web

from agents.background import in_background
from agents.exposition import Exposition
from agents.worker_snapshot import PartitionView, SnapshotSource
from monitor.errors import SlaMonitorError
from schemas.instants import iso

Stuck = Callable[[], str | None]
"""The watchdog's verdict: why the worker no longer makes progress, or None while it does."""


class CannotListen(SlaMonitorError):
    """The health port cannot be opened: whoever runs the worker must free it or set another."""


class HealthServer:
    """Answers on one port from `start` to `stop`; belongs to one process and its event loop."""

    def __init__(
        self, source: SnapshotSource, exposition: Exposition, stuck: Stuck, *, host: str, port: int
    ) -> None:
        self._source = source
        self._exposition = exposition
        self._stuck = stuck
        self._host = host
        self._wanted_port = port
        self._scraping = asyncio.Lock()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; raises `CannotListen` when the port is taken, forbidden or not of this machine."""
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/readyz", self._readyz)
        # Probes come every few seconds: they would drown the log.
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._wanted_port).start()
        except OSError as error:
            await runner.cleanup()
            raise CannotListen(self._why_not(error)) from error
        self._runner = runner

    async def stop(self) -> None:
        """Close the port; a second call does nothing."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @property
    def port(self) -> int:
        """The port it listens on: the wanted one, or the one the system chose for 0."""
        if self._runner is None:
            raise RuntimeError("the health server has not been started")
        port: int = self._runner.addresses[0][1]
        return port

    def _why_not(self, error: OSError) -> str:
        where = f"Port {self._wanted_port} on {self._host or 'all addresses'}"
        if error.errno == errno.EADDRINUSE:
            return (
                f"{where} is already in use by another process, perhaps a second worker on this machine: "
                "stop that one, or give this one a port of its own with SLA_HTTP_PORT."
            )
        if error.errno == errno.EACCES:
            return f"{where} may not be opened by this user: set SLA_HTTP_PORT to a port above 1023."
        return f"{where} cannot be opened ({error.strerror or error}): check SLA_HTTP_HOST."

    async def _metrics(self, request: web.Request) -> web.Response:
        # One at a time: scrapers that pile up must not take the processor from the tickets.
        async with self._scraping:
            snapshot = self._source.snapshot()
            accept = request.headers.get("Accept", "")
            content_type, page = await in_background(lambda: self._exposition.render(snapshot, accept))
        return web.Response(body=page, headers={"Content-Type": content_type})

    async def _livez(self, _: web.Request) -> web.Response:
        reason = self._stuck()
        return _json({"alive": reason is None, "stuck": reason}, healthy=reason is None)

    async def _readyz(self, _: web.Request) -> web.Response:
        readiness = self._source.readiness()
        body = {
            "ready": readiness.ready,
            "joined": readiness.joined,
            "partitions": [_shown(partition) for partition in readiness.partitions],
        }
        return _json(body, healthy=readiness.ready)


def _shown(partition: PartitionView) -> dict[str, object]:
    """What is known of a partition; the sizes of a state that is not whole yet would mislead."""
    if not partition.restored:
        return {
            "partition": partition.partition,
            "state": partition.state,
            "restored_rows": partition.restored_rows,
        }
    shown = {name: value for name, value in asdict(partition).items() if value is not None}
    if partition.watermark is not None:
        shown["watermark"] = iso(partition.watermark)
    return shown


def _json(body: dict[str, object], *, healthy: bool) -> web.Response:
    return web.Response(
        status=200 if healthy else 503,
        body=orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE),
        content_type="application/json",
    )
