"""The wiring of a worker: reading this module is the tour of the process.

Records come in through the batch transport, the agent hands them to the owner of their partition, the owner
lets the engine judge them and the writer commits each step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import faust
from mode.supervisors import CrashingSupervisor
from yarl import URL

from agents.clients import faust_credentials, server_list
from agents.counters import Counters
from agents.dead_letter_limit import DeadLetterLimits
from agents.health import HealthServer
from agents.metered_engine import MeteredEngine
from agents.observing import health_server
from agents.owner_ports import OwnerPorts, PartitionEngine, StepSizes, Writer
from agents.ownership import Group, GroupLimits, Ownership
from agents.pacing import Pace
from agents.policies import Policies
from agents.settings import Settings
from agents.source_watch import SourceWatch
from agents.state_reader import StateReader
from agents.step_writer import StepWriter
from agents.tracking import attach_tracking
from agents.transport import FAUST_LOG, BatchConsumer, BatchTransport, Tail
from agents.wall_clock import WallClock, system_time
from monitor.current_windows import CurrentWindows
from monitor.engine import Engine
from monitor.periods import ReportingZone
from monitor.sources import Sources


class WorkerApp(faust.App):
    """A Faust app with the parts of a worker at hand; one per process."""

    logger = FAUST_LOG
    ownership: Ownership
    counters: Counters
    clock: WallClock
    health: HealthServer | None = None
    sources: SourceWatch | None = None

    async def on_first_start(self) -> None:
        """Nothing: Faust would make folders for tables here, and there are none."""


def create_app(settings: Settings, *, policies: Policies) -> WorkerApp:
    """The worker with its real parts; nothing is connected before it is started.

    Raises `PolicyError` while there is no policy to judge by.
    """
    windows = CurrentWindows(ReportingZone(policies.book.zone), system_time())
    sources = Sources()
    app = assemble(
        settings,
        engine=lambda partition: MeteredEngine(
            Engine(partition, policies.book, topic=settings.topics.tickets, sources=sources), windows
        ),
        writer=lambda partition: StepWriter(settings, partition),
    )
    policies.subscribe(app.ownership.adopt)
    app.sources = SourceWatch(sources, policies, now=app.clock.now, whole=lambda: app.ownership.caught_up)
    app.health = health_server(
        settings,
        policies,
        ownership=app.ownership,
        counters=app.counters,
        windows=windows,
        clock=app.clock,
        sources=app.sources,
    )
    return app


def assemble(
    settings: Settings, *, engine: Callable[[int], PartitionEngine], writer: Callable[[int], Writer]
) -> WorkerApp:
    """A worker around the given rules and writers, which tests replace."""
    app = WorkerApp(settings.group, **faust_settings(settings))
    app.clock = WallClock()
    app.counters = Counters()
    app.ownership = Ownership(
        OwnerPorts(
            engine=engine,
            writer=writer,
            reader=lambda partition: StateReader(settings, partition),
            tail=lambda partition: _tail(app, settings.topics.tickets, partition),
            clock=app.clock,
            counters=app.counters,
            sizes=StepSizes(backlog=settings.step_records, live=settings.step_records_live),
            dead_letters=DeadLetterLimits(
                settings.dead_letter_share, settings.dead_letter_window, settings.dead_letter_run
            ),
            pace=Pace(),
        ),
        _group(app, settings.topics.tickets),
        limits=GroupLimits(settings.quiesce_seconds, settings.rebalance_seconds),
        crash=lambda error: _crash(app, error),
    )
    app.transport = BatchTransport(
        _urls(settings), app, keeper=app.ownership, fetch_wait_ms=settings.fetch_wait_ms
    )
    attach_tracking(app, settings.topics.tickets, app.ownership)
    app.on_rebalance_complete.connect(app.ownership.settle)
    app.on_before_shutdown.connect(app.ownership.close)
    return app


def faust_settings(settings: Settings) -> dict[str, Any]:
    """Faust's settings, each that matters written out; the rest keeps its default."""
    return {
        # Who we are.
        "broker": _urls(settings),
        "broker_credentials": faust_credentials(settings),
        "broker_client_id": f"{settings.group}-worker",
        "consumer_group_instance_id": settings.instance_id,
        # What is read: everything, from where the checkpoints say, in large answers.
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": settings.fetch_bytes,
        "broker_check_crcs": settings.kafka_check_crcs,
        "broker_max_poll_records": None,  # a number lets one partition starve the others
        "broker_commit_interval": settings.commit_seconds,
        # How long the group waits for us.
        "broker_session_timeout": settings.session_seconds,
        "broker_heartbeat_interval": settings.heartbeat_seconds,
        "broker_request_timeout": max(45.0, settings.session_seconds + 15.0),
        "broker_rebalance_timeout": settings.rebalance_seconds,
        "broker_max_poll_interval": settings.restore_seconds,
        # What fails ends the process, un-acknowledged.
        "agent_supervisor": CrashingSupervisor,
        "stream_wait_empty": True,
        # What of Faust is not used: tables, leader, web, creating topics, its own logging.
        "store": "memory://",
        "table_standby_replicas": 0,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
    }


def _urls(settings: Settings) -> list[URL]:
    return [URL(f"kafka://{address}") for address in server_list(settings)]


def _group(app: WorkerApp, topic: str) -> Group:
    return Group(
        assigned=lambda: {tp.partition for tp in app.consumer.assignment() if tp.topic == topic},
        generation=lambda: app.consumer_generation_id,
        stopping=lambda: app.should_stop,
    )


def _tail(app: WorkerApp, topic: str, partition: int) -> Tail:
    consumer = app.consumer
    if not isinstance(consumer, BatchConsumer):
        raise TypeError(f"the app runs with {type(consumer).__name__} in place of the batch consumer")
    return consumer.tail(topic, partition)


def _crash(app: WorkerApp, error: BaseException) -> None:
    if not app.crashed:
        app.add_future(app.crash(error))
