"""Fixtures of the tests that need a real Kafka."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.topics import Topics
from tests.integration.installation import Installation
from tests.integration.kafka_broker import KafkaBroker, kafka_libs


@pytest.fixture(scope="session")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    folder = tmp_path_factory.mktemp("kafka")
    broker = KafkaBroker(kafka_libs(), folder)
    broker.start()
    yield broker
    broker.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def kafka(_broker: KafkaBroker) -> KafkaBroker:
    """A running broker, one per test process; a test may kill it, the next one finds it running again."""
    _broker.start()
    return _broker


@pytest.fixture
def make_topics() -> Callable[[], Topics]:
    """Topic names that no other test uses; they do not exist yet."""

    def topics() -> Topics:
        run = uuid4().hex[:8]
        return Topics(*(f"{name}-{run}" for name in Topics().all()))

    return topics


@pytest.fixture
def install(
    kafka: KafkaBroker, make_topics: Callable[[], Topics], tmp_path: Path
) -> Iterator[Callable[[str], Installation]]:
    """Sets up an installation by the text of its policy; its processes end with the test."""
    with ExitStack() as stack:
        yield lambda policy: stack.enter_context(Installation(kafka, tmp_path, make_topics(), policy))
