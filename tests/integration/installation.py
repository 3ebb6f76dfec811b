"""An installation as its users run it: `sla-monitor` in processes of its own, on topics nobody else uses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self

import orjson
from confluent_kafka import Producer

from agents.cli.produce import record_key
from agents.wall_clock import system_time
from monitor.adapters.policy_file import load_book
from monitor.policies import PolicyBook
from schemas.topics import Topics
from tests.integration.histories import written_file
from tests.integration.kafka_broker import KafkaBroker, free_ports
from tests.integration.reading import Follower, read_all, read_topic, written_ends
from tests.integration.undisturbed import Written, undisturbed
from tests.integration.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]
SLA_MONITOR = (sys.executable, "-m", "agents.cli.main")

# A worker that is killed or frozen leaves its group only when its session is over.
_QUICK = {"SLA_SESSION_SECONDS": "4", "SLA_HEARTBEAT_SECONDS": "0.5", "SLA_COMMIT_SECONDS": "0.5"}


class Installation:
    """A policy and topics on a broker; lives inside `with`, which ends every process it has started."""

    def __init__(self, broker: KafkaBroker, folder: Path, topics: Topics, policy: str) -> None:
        self.broker = broker
        self.folder = folder
        self.topics = topics
        self.policy = folder / "policy.yaml"
        self.policy.write_text(policy, encoding="utf-8")
        self._workers: list[Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()

    @property
    def book(self) -> PolicyBook:
        """The policy, to judge with in the test itself."""
        return load_book([self.policy])

    def written_ends(self) -> dict[tuple[str, int], int]:
        """Where each partition of the outputs ends, what is not committed included."""
        return written_ends(self.broker.address, Written().takers(self.topics))

    @contextmanager
    def followed(self) -> Iterator[Following]:
        """What the outputs hold, kept up to date."""
        written = Written()
        with Follower(self.broker.address, written.takers(self.topics)) as follower:
            yield Following(written, follower)

    def written(self) -> Written:
        """All that is written and committed now."""
        written = Written()
        read_all(self.broker.address, written.takers(self.topics))
        return written

    def expected(self) -> Written:
        """What must be written when everything produced so far is judged and the clock has run on to now."""
        source = read_topic(self.broker.address, self.topics.tickets)
        return undisturbed(source, self.book, system_time())

    def environment(self, **variables: str) -> dict[str, str]:
        """What every process is started with; `step_records="1"` sets SLA_STEP_RECORDS."""
        topics = {f"SLA_TOPIC_{name.upper()}": getattr(self.topics, name) for name in Topics.__slots__}
        return {
            **os.environ,
            **topics,
            **_QUICK,
            "PYTHONPATH": str(ROOT),
            "SLA_BROKERS": self.broker.address,
            "SLA_GROUP": f"group-{self.topics.tickets}",
            **{f"SLA_{name.upper()}": value for name, value in variables.items()},
        }

    def call(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, whatever that is."""
        return subprocess.run(
            [*SLA_MONITOR, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=self.environment(**variables),
            timeout=2 * PATIENCE,
        )

    def succeed(self, *arguments: str, **variables: str) -> str:
        """What a command prints that must succeed."""
        done = self.call(*arguments, **variables)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def open(self, lines: Sequence[bytes], *, partitions: int = 4) -> None:
        """Creates the topics and produces the history."""
        self.succeed("topics", "create", "--partitions", str(partitions))
        if lines:
            self.produce(lines)

    def produce(self, lines: Sequence[bytes]) -> Mapping[str, Any]:
        """Puts lines onto the source topic; what `produce` reports."""
        report: Mapping[str, Any] = orjson.loads(
            self.succeed("produce", str(written_file(self.folder, lines)), "--json")
        )
        assert report["delivered"] == len(lines)
        return report

    def send(self, lines: Sequence[bytes]) -> None:
        """Puts lines onto the source topic as a connector does, at once."""
        producer = Producer({"bootstrap.servers": self.broker.address, "log_level": 0})
        for line in lines:
            producer.produce(self.topics.tickets, line, record_key(line))
        assert producer.flush(PATIENCE) == 0

    @contextmanager
    def producing(self, lines: Sequence[bytes], rate: str) -> Iterator[None]:
        """Puts lines onto the source topic at a rate, beside what happens inside; all of them at the end."""
        file = written_file(self.folder, lines, "stream.jsonl")
        command = [*SLA_MONITOR, "produce", str(file), "--rate", rate, "--json"]
        process = subprocess.Popen(
            command, cwd=self.folder, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            yield
            printed, said = process.communicate(timeout=2 * PATIENCE)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == 0, said.decode()
        assert orjson.loads(printed)["delivered"] == len(lines)

    @property
    def run_command(self) -> Sequence[str]:
        """The command of a worker that knows its policies from their topic."""
        return (*SLA_MONITOR, "run")

    def start_worker(self, name: str = "worker", **variables: str) -> Worker:
        """Starts `sla-monitor run`; returns at once."""
        return self.start(name, [*self.run_command, "--policy", str(self.policy)], **variables)

    def start(self, name: str, command: Sequence[str], **variables: str) -> Worker:
        """Starts a worker by any command."""
        worker = Worker(name, command, self.folder, self.environment, variables)
        self._workers.append(worker)
        return worker


@dataclass(frozen=True)
class Following:
    """What an installation has written, as an outside reader learns of it."""

    written: Written
    follower: Follower

    def wait_complete(self, expected: Written, alive: Callable[[], object]) -> None:
        """Returns once there is as much of everything as must be; `alive` raises when that cannot come."""
        size = expected.size

        def complete() -> bool:
            alive()
            self.follower.look()
            return self.written.size == size

        until(complete, f"all outputs: {dict(size)}")

    def wait_judged(self, records: float, alive: Callable[[], object]) -> None:
        """Returns once so many source records are judged and committed."""

        def judged() -> bool:
            alive()
            self.follower.look()
            return self.written.judged >= records

        until(judged, f"{records:.0f} records judged")


class Worker:
    """A process that judges tickets, as whoever supervises it sees it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Callable[..., Mapping[str, str]],
        variables: Mapping[str, str],
    ) -> None:
        port = free_ports(1)[0]
        self.name = name
        self.address = f"127.0.0.1:{port}"
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment(**variables, http_port=str(port)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self.process.poll() is None

    def get(self, path: str) -> tuple[int, bytes] | None:
        """Status and body of an answer; None while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except (OSError, HTTPException):
            return None

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body of the first answer that comes."""

        def answer() -> tuple[int, bytes] | None:
            self.must_run()
            return self.get(path)

        return until(answer, f"{self.name} to answer {path}")

    def readiness(self) -> Mapping[str, Any]:
        """What `/readyz` says; empty while nobody answers."""
        answer = self.get("/readyz")
        return {} if answer is None else orjson.loads(answer[1])

    def wait_live(self, seconds: float = PATIENCE) -> None:
        """Returns once every assigned partition is caught up."""

        def live() -> bool:
            self.must_run()
            partitions = self.readiness().get("partitions", ())
            return bool(partitions) and all(partition["state"] == "live" for partition in partitions)

        until(live, f"{self.name} to catch up", seconds)

    def must_run(self) -> None:
        """Raises `AssertionError` with the end of its log when it has ended by itself."""
        assert self.running, f"{self.name} ended with {self.process.returncode}:\n{self.tail()}"

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-4000:]

    def wait_logged(self, text: str) -> None:
        """Returns once its log has this text."""
        until(lambda: self.logged(text), f"{self.name} to log {text!r}")

    def logged(self, text: str) -> bool:
        """Whether its log has this text."""
        return text in self.log.read_text(encoding="utf-8", errors="replace")

    def kill9(self) -> None:
        """Ends it at once, as a power cut does."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Asks it to end, as every supervisor does; its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def freeze(self) -> None:
        """Stops it where it stands, as an overloaded hypervisor does."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on, not knowing that time has passed."""
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """Ends it if it is still there, frozen or not."""
        if self.running:
            self.kill9()
