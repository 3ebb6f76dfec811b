"""A Kafka broker inside this process, for the demo and for tests: the mock cluster of librdkafka.

What it is not: it keeps at most 5 MB or 100,000 records per partition and nothing on disk, creates a topic with
four partitions on its first use and knows no CreateTopics. Transactions are accepted, but it neither fences a
former writer nor hides what is not committed, so it proves nothing about exactly-once. It lives as long as the
producer that carries it.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import Producer

PARTITIONS: Final = 4
"""Of every topic on the embedded broker: librdkafka's own default."""

_ANSWER_SECONDS: Final = 10.0


class EmbeddedBroker:
    """A one-node mock cluster; lives inside `with`, where `address` is what clients take as brokers."""

    def __init__(self) -> None:
        self._carrier: Any = None
        self.address = ""

    def __enter__(self) -> Self:
        self._carrier = Producer({"test.mock.num.brokers": 1, "log_level": 0})
        brokers = self._carrier.list_topics(timeout=_ANSWER_SECONDS).brokers.values()
        self.address = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._carrier = None
        self.address = ""
