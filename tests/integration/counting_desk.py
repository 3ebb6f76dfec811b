"""Topics, counting workers on them and the ledger: what each record must have led to, exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from schemas.topics import Topics, topic_specs
from tests.agents.fakes import CHECKPOINT

PARTITIONS = 4
PATIENCE_SECONDS = 90.0
SCRIPT = Path(__file__).with_name("counting_worker.py")
ROOT = Path(__file__).parents[2]


class WorkerProcess:
    """One worker in a process of its own; its log is kept for the message of a test that fails."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", str(SCRIPT)],
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    @property
    def frozen(self) -> bool:
        return bool(psutil.Process(self._process.pid).status() == psutil.STATUS_STOPPED)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ends it in order and returns its exit code."""
        self.signal(signal.SIGTERM)
        return self._process.wait(60)


class CountingDesk:
    """The topics of one test, filled and checked with a client that is not ours."""

    def __init__(self, address: str, topics: Topics, folder: Path) -> None:
        self.address = address
        self.topics = topics
        self._folder = folder
        self._workers: list[WorkerProcess] = []
        self.sent: defaultdict[int, int] = defaultdict(int)
        self._follower: Consumer | None = None
        self._judged = 0

    def create_topics(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.address})
        news = [NewTopic(spec.name, PARTITIONS, 1, config=spec.config()) for spec in topic_specs(self.topics)]
        for made in admin.create_topics(news).values():
            made.result(30)

    def worker(self, name: str, **environment: str) -> WorkerProcess:
        """Starts a worker; sessions are short, so that the group soon notices a frozen one."""
        names = {f"SLA_TOPIC_{field.upper()}": getattr(self.topics, field) for field in Topics.__slots__}
        worker = WorkerProcess(
            name,
            self._folder,
            {
                "SLA_BROKERS": self.address,
                "SLA_GROUP": f"group-{self.topics.state}",
                "SLA_SESSION_SECONDS": "4",
                "SLA_HEARTBEAT_SECONDS": "0.5",
                **names,
                **environment,
            },
        )
        self._workers.append(worker)
        return worker

    @property
    def over(self) -> bool:
        """Whether every worker has ended."""
        return all(worker.code is not None for worker in self._workers)

    def end(self) -> None:
        """Ends whatever still runs."""
        for worker in self._workers:
            if worker.code is None:
                worker.kill()
        if self._follower is not None:
            self._follower.close()

    def send(self, count: int, *, keys: int = 200, transactional: bool = False) -> None:
        """Appends `count` events, in transactions of 50 if asked."""
        options: dict[str, Any] = {"bootstrap.servers": self.address, "linger.ms": 5}
        if transactional:
            options["transactional.id"] = f"source-{self.topics.tickets}"
        producer = Producer(options)
        if transactional:
            producer.init_transactions(30)
        for number in range(count):
            if transactional and number % 50 == 0:
                producer.begin_transaction()
            partition = number % PARTITIONS
            producer.produce(
                self.topics.tickets, b"event", b"ticket-%d" % (number % keys), partition=partition
            )
            producer.poll(0)
            self.sent[partition] += 1
            if transactional and (number % 50 == 49 or number == count - 1):
                producer.commit_transaction(30)
        producer.flush(30)

    def results(self) -> dict[int, list[tuple[bytes, int, int]]]:
        """What committed readers see on the results topic: per partition (key, count, source offset)."""
        return {
            partition: [
                (key, int(count), int(offset))
                for key, value in self._read(self.topics.results, partition)
                for count, offset in [(value or b"").split()]
            ]
            for partition in range(PARTITIONS)
        }

    def judged(self) -> int:
        """How many results are there by now, as a reader sees it who stays."""
        if self._follower is None:
            self._follower = self._consumer()
            self._follower.assign(
                [TopicPartition(self.topics.results, partition, 0) for partition in range(PARTITIONS)]
            )
        for message in self._follower.consume(10_000, timeout=0.1):
            self._judged += message.error() is None
        return self._judged

    def nothing_pends(self) -> bool:
        """Whether no transaction is open on the state topic: its end is the same for every reader."""
        committed, everything = self._consumer(), self._consumer(isolation="read_uncommitted")
        try:
            places = [TopicPartition(self.topics.state, partition) for partition in range(PARTITIONS)]
            return all(
                committed.get_watermark_offsets(place)[1] == everything.get_watermark_offsets(place)[1]
                for place in places
            )
        finally:
            committed.close()
            everything.close()

    def state(self) -> dict[bytes, int]:
        """The counts as the next owner would restore them, all partitions together."""
        counts: dict[bytes, int] = {}
        for partition in range(PARTITIONS):
            rows = dict(self._read(self.topics.state, partition))
            rows.pop(CHECKPOINT, None)
            counts.update({key: int(value or b"0") for key, value in rows.items()})
        return counts

    def check(self) -> None:
        """Every record counted once, in results and in state, with no count left out or given twice."""
        per_key: defaultdict[bytes, list[int]] = defaultdict(list)
        for partition, rows in self.results().items():
            offsets = [offset for _, _, offset in rows]
            assert len(offsets) == len(set(offsets)), f"partition {partition}: a record was judged twice"
            assert len(offsets) == self.sent[partition], f"partition {partition}: records are missing"
            assert offsets == sorted(offsets)
            for key, count, _ in rows:
                per_key[key].append(count)
        for key, counts in per_key.items():
            assert counts == list(range(1, len(counts) + 1)), f"{key!r}: {counts[:20]}"
        assert self.state() == {key: len(counts) for key, counts in per_key.items()}

    def _consumer(self, isolation: str = "read_committed") -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self.address,
                "group.id": "ledger",
                "enable.auto.commit": False,
                "isolation.level": isolation,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "log_level": 0,
            }
        )

    def _read(self, topic: str, partition: int) -> list[tuple[bytes, bytes | None]]:
        consumer = self._consumer()
        consumer.assign([TopicPartition(topic, partition, 0)])
        rows = []
        while (message := consumer.poll(30)) is not None and message.error() is None:
            rows.append((message.key() or b"", message.value()))
        consumer.close()
        return rows

    def await_judged(self, count: int) -> None:
        """Waits until that many records are judged."""
        self.await_(lambda: self.judged() >= count, f"{count} records judged")

    def await_(self, condition: Callable[[], bool], what: str) -> None:
        """Waits until the condition holds; shows the workers' logs when it never does."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > end:
                logs = "\n".join(f"--- {of.name} ({of.code})\n{of.log[-4000:]}" for of in self._workers)
                raise AssertionError(f"not within {PATIENCE_SECONDS:.0f} s: {what}\n{logs}")
            time.sleep(0.1)  # other processes work; there is nothing to wait on but their effect


@contextmanager
def counting_desk(address: str, topics: Topics, folder: Path) -> Iterator[CountingDesk]:
    """A desk whose workers are gone when the test is over."""
    made = CountingDesk(address, topics, folder)
    made.create_topics()
    try:
        yield made
    finally:
        made.end()
