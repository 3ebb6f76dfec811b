"""A real Apache Kafka for tests: one KRaft node in a process of its own, which tests may kill and restart.

The jars come by Maven into `.cache/kafka-4.3.0/libs` once (some 45 MB), or from the folder that
SLA_KAFKA_LIBS names. Topics are not created on first use, as in a production that creates its own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.requirements import require

VERSION: Final = "4.3.0"
POM: Final = Path(__file__).with_name("pom.xml")
CACHE: Final = Path(__file__).parents[2] / ".cache" / f"kafka-{VERSION}"
CLUSTER_ID: Final = "sla-monitor-tests-aaaa"

# A small heap and only the quick compiler: the node answers after some three seconds instead of five.
JVM: Final = ("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")

_START_LIMIT: Final = 60  # seconds; an idle machine takes 3 to 5
_STOP_LIMIT: Final = 30


def kafka_libs() -> Path:
    """The folder of Kafka's jars, fetched if need be; skips (or fails) the test where that cannot be done."""
    given = os.environ.get("SLA_KAFKA_LIBS")
    if given:
        return Path(given)
    CACHE.mkdir(parents=True, exist_ok=True)
    with _locked(CACHE / "lock"):
        libs = CACHE / "libs"
        if not libs.exists():
            _fetch(libs)
        return libs


def _fetch(libs: Path) -> None:
    maven = require(shutil.which("mvn"), "Maven, to fetch Kafka's jars (or SLA_KAFKA_LIBS, a folder of them)")
    unfinished = libs.with_name("unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    fetched = subprocess.run(
        [
            *(maven, "--batch-mode", "--quiet", "--file", str(POM)),
            *("dependency:copy-dependencies", f"-DoutputDirectory={unfinished}", "-DincludeScope=runtime"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    done = unfinished if fetched.returncode == 0 else None
    require(done, f"Kafka's jars, which Maven could not fetch: {fetched.stdout[-500:]}").rename(libs)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Held by one process at a time: several of pytest-xdist's workers may come here at once."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class KafkaBroker:
    """One broker with its data in `folder`; lives until `stop`, over any number of kills and restarts.

    `overrides` are entries of `server.properties`; those about listeners are added to our own. `jvm` are options
    of the Java machine.
    """

    def __init__(
        self,
        libs: Path,
        folder: Path,
        overrides: Mapping[str, str] | None = None,
        *,
        jvm: Sequence[str] = JVM,
    ) -> None:
        self._java = require(shutil.which("java"), "Java 17 or later")
        self._libs = libs
        self._folder = folder
        self._overrides = overrides or {}
        self._jvm = jvm
        self._port, self._controller_port = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def address(self) -> str:
        """What clients take as `bootstrap_servers`; the same after a restart."""
        return f"127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it answers; with its data of before, if there was a before."""
        if self.running:
            return
        properties = self._folder / "server.properties"
        if not properties.exists():
            properties.write_text(self._properties(), encoding="utf-8")
            subprocess.run(
                [
                    *self._command("kafka.tools.StorageTool"),
                    "format",
                    "-t",
                    CLUSTER_ID,
                    "-c",
                    str(properties),
                ],
                check=True,
                capture_output=True,
            )
        self._log = (self._folder / "broker.log").open("ab")
        self._process = subprocess.Popen(
            [*_dies_with_us(), *self._command("kafka.Kafka"), str(properties)],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait_for_answer()

    def kill9(self) -> None:
        """End it at once, as a power cut does."""
        self._end(signal_="kill")

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal_="terminate")

    def restart(self) -> None:
        """Stop it in good order and start it again, on the same port."""
        self.stop()
        self.start()

    def _end(self, signal_: str) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        getattr(process, signal_)()
        try:
            process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._log is not None:
            self._log.close()

    def _command(self, main: str) -> list[str]:
        return [self._java, *self._jvm, "-cp", f"{self._libs}/*", main]

    def _wait_for_answer(self) -> None:
        admin = AdminClient(
            {"bootstrap.servers": self.address, "log_level": 0, "reconnect.backoff.max.ms": 200}
        )
        for _ in range(_START_LIMIT * 2):
            if not self.running:
                break
            try:
                # Waits half a second at most, and less when there is an answer.
                if admin.list_topics(timeout=0.5).brokers:
                    return
            except KafkaException:
                continue
        log = (self._folder / "broker.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        self.kill9()
        raise RuntimeError(
            f"Kafka did not answer on {self.address} within {_START_LIMIT} s. Its log ends:\n{log}"
        )

    def _properties(self) -> str:
        """One node of one; few partitions for the internal topics, since each costs time at the start."""
        entries = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self._folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # Lets a test have short sessions: so long nobody takes the partitions of a worker that has gone.
            "group.min.session.timeout.ms": "1000",
            # A killed node is let in again once its session is over: by default after 9 s.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "log.index.size.max.bytes": "1048576",
        }
        for key, value in self._overrides.items():
            entries[key] = f"{entries[key]},{value}" if "listener" in key and key in entries else value
        return "".join(f"{key}={value}\n" for key, value in entries.items())


def _dies_with_us() -> tuple[str, ...]:
    """Lets the system end the broker when the test process is itself killed, where util-linux can say so."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL") if setpriv else ()


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on; taken together, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [of.getsockname()[1] for of in sockets]
    for of in sockets:
        of.close()
    return ports
