"""A steady stream of events beside a reload, and when each of them was committed, seen from outside."""

from __future__ import annotations

import random
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple, Self
from uuid import uuid4

import orjson
from confluent_kafka import OFFSET_END, Consumer, Producer, TopicPartition

from agents.wall_clock import system_time
from monitor.checkpoint import CHECKPOINT_KEY
from schemas.instants import DAY, HOUR, MINUTE, Micros, iso
from tests.bench.prepared import PARTITIONS

_PRIORITIES: Final = ("P1", "P2", "P3", "P4")
_CUSTOMERS: Final = 50


def ticket(number: int) -> str:
    """The id of a ticket."""
    return f"TCK{number:07}"


def backlog(count: int, now: Micros) -> Iterator[tuple[bytes, bytes]]:
    """Events of `count` tickets that are open now, of the last three days: created, most answered, some on hold."""
    draw = random.Random(7)  # noqa: S311  the same desk each time
    events = []
    for number in range(count):
        at = now - MINUTE - draw.randrange(3 * DAY)
        events.append(
            _event(
                number,
                "created",
                at,
                customer=f"customer-{number % _CUSTOMERS}",
                priority=draw.choice(_PRIORITIES),
            )
        )
        answered = at + draw.randrange(HOUR)
        if draw.random() < 0.7 and answered < now:
            events.append(_event(number, "responded", answered))
        if draw.random() < 0.2 and answered + MINUTE < now:
            events.append(_event(number, "held", answered + MINUTE, reason="Wait - User"))
    events.sort(key=lambda event: event["occurred_at"])
    for event in events:
        yield event["ticket_id"].encode(), orjson.dumps(event)


def _event(number: int, kind: str, at: Micros, **more: str) -> dict[str, Any]:
    return {
        "event_id": f"{number}-{kind}-{at}",
        "type": kind,
        "ticket_id": ticket(number),
        "occurred_at": iso(at),
        **more,
    }


class Sent(NamedTuple):
    """An event of the stream: when the broker had it, and where it lies."""

    at: float
    partition: int
    offset: int


class Stop(NamedTuple):
    """A time without a commit: how many milliseconds, and since when in seconds since the epoch."""

    milliseconds: float
    since: float

    @property
    def until(self) -> float:
        """When the next commit was seen."""
        return self.since + self.milliseconds / 1_000


class Stream:
    """Sends events of open tickets at a rate, from a thread of its own; lives inside `with`."""

    def __init__(self, address: str, topic: str, tickets: int, rate: float) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": address,
                "partitioner": "murmur2_random",  # a ticket's events lie where `load` has put them
                "linger.ms": 0,
                "log_level": 0,
            }
        )
        self._topic = topic
        self._tickets = tickets
        self._every = 1 / rate
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent: list[Sent] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        assert self._producer.flush(10) == 0

    def _run(self) -> None:
        draw = random.Random(11)  # noqa: S311  the same stream each time
        due = time.time()
        while not self._ended.is_set():
            number = draw.randrange(self._tickets)
            kind, more = draw.choice(
                [
                    ("responded", {}),
                    ("customer_replied", {}),
                    ("held", {"reason": "Wait - User"}),
                    ("resumed", {}),
                ]
            )
            event = _event(number, kind, system_time(), **more)
            self._producer.produce(
                self._topic, orjson.dumps(event), event["ticket_id"], on_delivery=self._delivered
            )
            due += self._every
            while (left := due - time.time()) > 0:  # a poll ends with the first delivery it tells of
                self._producer.poll(left)

    def _delivered(self, error: object, message: Any) -> None:
        assert error is None, error
        self.sent.append(Sent(time.time(), message.partition(), message.offset()))


class Commits:
    """Reads the checkpoints as they are committed, from a thread of its own; lives inside `with`."""

    def __init__(self, address: str, topic: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": address,
                "group.id": f"outside-{uuid4().hex}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 5,
                "log_level": 0,
            }
        )
        self._consumer.assign([TopicPartition(topic, number, OFFSET_END) for number in range(PARTITIONS)])
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.seen: dict[int, list[tuple[int, float]]] = defaultdict(list)
        """By partition: the source offset of each checkpoint and when it was seen."""

    def __enter__(self) -> Self:
        self._consumer.consume(1, 2.0)  # the assignment takes effect with the first call
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._consumer.close()

    def reached(self, sent: Sent) -> bool:
        """Whether the step with an event is committed."""
        seen = self.seen[sent.partition]
        return bool(seen) and seen[-1][0] > sent.offset

    def delays(self, sent: list[Sent], within: Callable[[float], bool]) -> list[float]:
        """Milliseconds from the broker's having an event to its commit, of those sent at such times."""
        found = []
        for one in sent:
            if within(one.at):
                seen = self.seen[one.partition]
                place = bisect_left(seen, one.offset + 1, key=lambda pair: pair[0])
                found.append((seen[place][1] - one.at) * 1_000)
        return found

    def stops(self, sent: list[Sent], within: Callable[[float], bool]) -> list[Stop]:
        """The times in which a partition had an event to judge and committed none, that began at such times.

        Only what takes the source's offset further counts as a commit: a step that only plans tickets anew does
        not. A partition to which nothing was sent stands still without having stopped.
        """
        stops = []
        for partition, seen in self.seen.items():
            arrived = sorted((one.offset, one.at) for one in sent if one.partition == partition)
            steps = [seen[0], *(later for earlier, later in pairwise(seen) if later[0] > earlier[0])]
            for (offset, earlier), (_, later) in pairwise(steps):
                place = bisect_left(arrived, (offset, 0.0))
                if place < len(arrived) and within(waited := max(earlier, arrived[place][1])):
                    stops.append(Stop((later - waited) * 1_000, waited))
        return stops

    def _run(self) -> None:
        while not self._ended.is_set():
            message = self._consumer.poll(
                0.02
            )  # not `consume`: it waits out its time for more, and they would look late
            if message is not None and message.error() is None and message.key() == CHECKPOINT_KEY:
                at = time.time()
                checkpoint = orjson.loads(message.value() or b"{}")
                self.seen[int(message.partition() or 0)].append((checkpoint["next_offset"], at))
