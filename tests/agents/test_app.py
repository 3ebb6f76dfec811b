"""The wiring: what the worker's Faust app is made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from mode.supervisors import CrashingSupervisor

from agents.app import WorkerApp, assemble
from agents.settings import Settings
from agents.step_writer import StepWriter
from agents.transport import BatchConsumer, BatchTransport, Tail
from tests.agents.fakes import FakeEngine, event

SETTINGS = Settings(brokers="a:1,b:2", group="desk", topic_tickets="events", instance_id="pod-0")


@pytest.fixture
async def app() -> AsyncIterator[WorkerApp]:
    made = assemble(SETTINGS, engine=FakeEngine, writer=lambda partition: StepWriter(SETTINGS, partition))
    made.finalize()
    yield made
    if made._consumer is not None:
        cast(BatchConsumer, made._consumer)._thread.thread_loop.close()


async def test_its_group_is_the_settings_group(app: WorkerApp) -> None:
    assert app.conf.id == "desk"
    assert app.conf.consumer_group_instance_id == "pod-0"
    assert [str(url) for url in app.transport.url] == ["kafka://a:1", "kafka://b:2"]


async def test_nothing_of_faust_runs_that_is_not_used(app: WorkerApp) -> None:
    assert app.conf.web_enabled is False
    assert app.conf.topic_disable_leader is True
    assert app.conf.topic_allow_declare is False
    assert app.conf.table_standby_replicas == 0
    assert app.conf.worker_redirect_stdouts is False
    assert list(app.tables) == []


async def test_failures_end_the_process(app: WorkerApp) -> None:
    supervisor: object = app.conf.agent_supervisor

    assert supervisor is CrashingSupervisor


async def test_batches_come_through_our_transport_to_our_keeper(app: WorkerApp) -> None:
    assert isinstance(app.transport, BatchTransport)
    assert isinstance(app.consumer, BatchConsumer)
    assert app.consumer.keeper is app.ownership


async def test_one_agent_with_a_written_out_name_reads_the_source(app: WorkerApp) -> None:
    (agent,) = app.agents.values()

    assert agent.name == "tracking"
    assert list(agent.channel.topics) == ["events"]
    assert agent.concurrency == 1


async def test_the_agent_hands_every_event_to_the_ownership(
    app: WorkerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[Any] = []
    monkeypatch.setattr(app.ownership, "offer", offered.append)
    batches = [event(0, 3), event(3, 5)]

    class Stream:
        def noack(self) -> Stream:
            return self

        async def events(self) -> AsyncIterator[Any]:
            for batch in batches:
                yield batch

    (agent,) = app.agents.values()
    await agent.fun(Stream())

    assert offered == batches
    assert not any(batch.acked for batch in batches)


async def test_the_group_is_asked_anew_each_time(app: WorkerApp, monkeypatch: pytest.MonkeyPatch) -> None:
    group = app.ownership._group
    app.consumer_generation_id = 7
    monkeypatch.setattr(app.consumer, "assignment", set)

    assert group.generation() == 7
    assert group.assigned() == set()
    assert not group.stopping()
    assert app.ownership._ports.tail(0) == Tail(None, None)


async def test_another_consumer_is_refused(app: WorkerApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_consumer", object())

    with pytest.raises(TypeError, match="in place of the batch consumer"):
        app.ownership._ports.tail(0)
    monkeypatch.setattr(app, "_consumer", None)


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_the_first_start_makes_no_folders(
    app: WorkerApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    await app.on_first_start()

    assert files(tmp_path) == []


async def test_a_crash_is_noted_once(app: WorkerApp) -> None:
    error = RuntimeError("disk full")

    app.ownership._crash(error)
    app.ownership._crash(RuntimeError("and another"))
    await app._gather_futures(timeout=1)

    assert app.crashed
