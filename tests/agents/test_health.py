"""The health port: what a supervisor and Prometheus get to see, and when."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import orjson
import pytest

from agents.exposition import Exposition
from agents.health import CannotListen, HealthServer
from agents.worker_snapshot import PartitionView, Readiness, WorkerSnapshot
from schemas.instants import SECOND

BUILD = {"version": "0.1.0", "python": "3.11.7", "faust": "0.15.3", "aiokafka": "0.14.0"}


class Worker:
    """A worker whose state the test sets."""

    def __init__(self, *partitions: PartitionView, joined: bool = True) -> None:
        self.state = Readiness(joined, partitions)
        self.stuck: str | None = None

    def readiness(self) -> Readiness:
        return self.state

    def snapshot(self) -> WorkerSnapshot:
        return WorkerSnapshot(self.state)


@asynccontextmanager
async def serving(worker: Worker, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[HealthServer]:
    server = HealthServer(worker, Exposition(BUILD), lambda: worker.stuck, host=host, port=port)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def get(server: HealthServer, path: str, **headers: str) -> tuple[int, str, str]:
    url = f"http://127.0.0.1:{server.port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, response.headers["Content-Type"], await response.text()


async def test_a_worker_without_an_assignment_is_alive_but_not_ready() -> None:
    async with serving(Worker(joined=False)) as server:
        assert (await get(server, "/livez"))[0] == 200
        assert (await get(server, "/readyz"))[0] == 503


async def test_a_worker_is_ready_once_every_partition_is_restored() -> None:
    worker = Worker(PartitionView(0, "live"), PartitionView(1, "restoring"))
    async with serving(worker) as server:
        assert (await get(server, "/readyz"))[0] == 503
        worker.state = Readiness(joined=True, partitions=[PartitionView(1, "catching_up")])
        assert (await get(server, "/readyz"))[0] == 200


async def test_a_worker_that_was_given_no_partition_stands_by_and_is_ready() -> None:
    async with serving(Worker()) as server:
        assert (await get(server, "/readyz"))[0] == 200


async def test_readiness_says_how_far_each_partition_is() -> None:
    live = PartitionView(3, "live", lag=2, watermark=1_456_708_560 * SECOND, next_offset=9)
    restoring = PartitionView(4, "restoring", restored_rows=12_000)
    async with serving(Worker(live, restoring)) as server:
        _, content_type, body = await get(server, "/readyz")
    assert content_type.startswith("application/json")
    shown = orjson.loads(body)
    assert shown["ready"] is False
    assert shown["partitions"][0]["watermark"] == "2016-02-29T01:16:00Z"
    assert shown["partitions"][0]["lag"] == 2
    assert shown["partitions"][1] == {"partition": 4, "state": "restoring", "restored_rows": 12_000}


async def test_a_stuck_worker_is_not_alive_and_says_why() -> None:
    worker = Worker()
    worker.stuck = "partition 3 has 500 records waiting and took none for 60 s"
    async with serving(worker) as server:
        status, _, body = await get(server, "/livez")
    assert status == 503
    assert worker.stuck in body


async def test_metrics_come_in_the_format_that_was_asked_for() -> None:
    async with serving(Worker()) as server:
        _, plain, text = await get(server, "/metrics", Accept="text/plain;version=0.0.4")
        _, open_, openmetrics = await get(
            server, "/metrics", Accept="application/openmetrics-text;version=1.0.0"
        )
    assert plain.startswith("text/plain; version=0.0.4")
    assert "sla_joined 1.0\n" in text
    assert open_.startswith("application/openmetrics-text; version=1.0.0")
    assert openmetrics.endswith("# EOF\n")


async def test_metrics_tell_of_a_restore_that_is_under_way() -> None:
    async with serving(Worker(PartitionView(0, "restoring"))) as server:
        _, _, text = await get(server, "/metrics")
    assert 'sla_partitions{state="restoring"} 1.0\n' in text


async def test_a_port_in_use_names_the_port_and_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            CannotListen, match=rf"Port {port} on 127\.0\.0\.1 is already in use.*SLA_HTTP_PORT"
        ):
            async with serving(Worker(), port=port):
                pass


async def test_an_address_of_another_machine_names_the_setting() -> None:
    with pytest.raises(CannotListen, match="SLA_HTTP_HOST"):
        async with serving(Worker(), host="192.0.2.1"):
            pass


async def test_stopping_twice_is_no_error_and_frees_the_port() -> None:
    async with serving(Worker()) as server:
        port = server.port
        await server.stop()
    async with serving(Worker(), port=port) as again:
        assert again.port == port
