"""Options and the broker of the benches; `make bench ARGS="..."` hands the options over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from tests.integration.kafka_broker import KafkaBroker, kafka_libs

# As Kafka's own scripts start it (bin/kafka-server-start.sh and kafka-run-class.sh): a heap that does not have to
# grow, and pauses of the collector that are to stay below 20 ms.
_AS_STARTED: Final = (
    *("-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"),
    *("-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent"),
)


@dataclass(frozen=True)
class Sizes:
    """How much is measured: the defaults are those of the figures in the README."""

    copies: int
    rounds: int
    tickets: tuple[int, ...]
    peers: tuple[str, ...]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The sizes; smaller ones give a first impression in a minute."""
    group = parser.getgroup("bench")
    group.addoption("--copies", type=int, default=6, help="copies of the recorded desk (183,364 events each)")
    group.addoption("--rounds", type=int, default=3, help="interleaved rounds; medians are reported")
    group.addoption("--tickets", default="100000,1000000", help="open tickets in the state, with commas")
    group.addoption("--kills", type=int, default=20, help="SIGKILLs of a worker while it judges the desk")
    group.addoption("--fault-steps", default="2000,250,1", help="step sizes to be killed in, with commas")
    group.addoption("--fault-events", type=int, default=0, help="only the first so many events; 0 for all")
    group.addoption("--deadlines", type=int, default=10_000, help="deadlines on a silent topic")
    group.addoption("--burst", type=int, default=1_000, help="how many of them within one second")
    group.addoption("--peers", default="floor-aiokafka,faust", help="names of the peers' run.py, with commas")


@pytest.fixture
def sizes(request: pytest.FixtureRequest) -> Sizes:
    """What the command line asked for."""
    option = request.config.getoption
    return Sizes(
        copies=option("--copies"),
        rounds=option("--rounds"),
        tickets=tuple(int(count) for count in option("--tickets").split(",")),
        peers=tuple(name for name in option("--peers").split(",") if name),
    )


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """One broker for all benches, with the heap and the compiler of a real one."""
    folder = tmp_path_factory.mktemp("kafka")
    kafka = KafkaBroker(kafka_libs(), folder, jvm=_AS_STARTED)
    kafka.start()
    yield kafka
    kafka.stop()
    shutil.rmtree(folder, ignore_errors=True)
