"""An installation whose state topic already holds any number of open tickets, as a worker would have left it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import orjson

from agents.wall_clock import system_time
from monitor.checkpoint import CHECKPOINT_KEY
from schemas.topics import Topics
from tests.bench.desk import POLICY
from tests.bench.report import say
from tests.bench.state_rows import Desk
from tests.bench.watching import load_rows
from tests.integration.installation import Installation
from tests.integration.kafka_broker import KafkaBroker

PARTITIONS: Final = 4

AS_INSTALLED: Final = {"session_seconds": "30", "heartbeat_seconds": "3", "commit_seconds": "1"}
"""What `Installation` shortens for tests, back to the defaults."""

_PARTITION: Final = b'"partition":%d'


@contextmanager
def prepared(broker: KafkaBroker, folder: Path, tickets: int) -> Iterator[Installation]:
    """Topics of their own with that many open tickets in the state, the KPI rows of a desk, and no records."""
    run = uuid4().hex[:8]
    topics = Topics(*(f"{name}-{run}" for name in Topics().all()))
    home = folder / run
    home.mkdir(parents=True)
    with Installation(broker, home, topics, POLICY.read_text(encoding="utf-8")) as installation:
        installation.open([], partitions=PARTITIONS)
        say(f"writing the state of {tickets:,} open tickets")
        desk = Desk(system_time())
        checkpoint = orjson.dumps({**orjson.loads(desk.checkpoint), "next_offset": 0})
        load_rows(broker.address, topics.state, desk.tickets(tickets), partitions=PARTITIONS)
        for number in range(PARTITIONS):
            load_rows(
                broker.address, topics.state, [(CHECKPOINT_KEY, checkpoint)], partitions=1, first=number
            )
            rows = (
                (key.replace(_PARTITION % 0, _PARTITION % number, 1), row) for key, row in desk.kpis.items()
            )
            load_rows(broker.address, topics.kpis, rows, partitions=1, first=number)
        yield installation
