"""A file onto the topic, against the mock cluster inside librdkafka."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition

from agents.cli.main import main
from agents.cli.produce import Plan, UndeliveredError, produce, record_key
from monitor.errors import TopicsMissing
from schemas.instants import HOUR, Micros, parse_iso

NOW = parse_iso("2026-11-23T12:00:00Z")
PARTITIONS = 4


class MockCluster:
    """One broker in this process; lives as long as the client that carries it."""

    def __init__(self) -> None:
        self.carrier = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
        metadata = self.carrier.list_topics(topic="tickets", timeout=10)
        broker = next(iter(metadata.brokers.values()))
        self.connection = {"bootstrap.servers": f"{broker.host}:{broker.port}"}

    def records(self, count: int) -> list[Message]:
        reader = Consumer({**self.connection, "group.id": "test", "log_level": 0})
        reader.assign([TopicPartition("tickets", p, OFFSET_BEGINNING) for p in range(PARTITIONS)])
        found: list[Message] = []
        while len(found) < count:
            found += reader.consume(num_messages=count - len(found), timeout=20)
        reader.close()
        return found


@pytest.fixture
def cluster() -> MockCluster:
    return MockCluster()


def now() -> Micros:
    return NOW


def event(number: int, occurred_at: str = "2026-11-23T09:00:00+01:00", **fields: Any) -> bytes:
    base = {"event_id": str(number), "ticket_id": f"INC-{number}", "type": "resolved"}
    return orjson.dumps(base | {"occurred_at": occurred_at} | fields)


def written(folder: Path, lines: list[bytes]) -> Path:
    file = folder / "events.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    return file


def test_every_line_is_delivered_as_it_is_with_its_ticket_as_key(
    cluster: MockCluster, tmp_path: Path
) -> None:
    lines = [event(number) for number in range(50)]
    report = produce(Plan([written(tmp_path, lines)], "tickets"), cluster.connection, now)
    assert (report.delivered, report.undelivered, report.without_key) == (50, 0, 0)
    found = cluster.records(50)
    assert sorted(str(m.value()) for m in found) == sorted(str(line) for line in lines)
    assert all(record_key(m.value() or b"") == m.key() for m in found)
    assert report.per_partition == {
        number: sum(m.partition() == number for m in found) for number in report.per_partition
    }


def test_broken_lines_are_delivered_too_without_a_key(cluster: MockCluster, tmp_path: Path) -> None:
    lines = [b"not json", b'{"ticket_id":7}', b"[]", event(1)]
    report = produce(Plan([written(tmp_path, lines)], "tickets"), cluster.connection, now)
    assert (report.delivered, report.without_key) == (4, 3)
    assert {m.value() for m in cluster.records(4)} == set(lines)


# Keys and their murmur2 as Apache Kafka's own UtilsTest has them; Java clears the sign, then takes the rest.
@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("abc", 479470107),
    ],
)
def test_keys_go_to_the_partition_java_would_choose(
    cluster: MockCluster, tmp_path: Path, key: str, murmur2: int
) -> None:
    file = written(tmp_path, [event(1, ticket_id=key)])
    report = produce(Plan([file], "tickets"), cluster.connection, now)
    assert report.per_partition == {(murmur2 & 0x7FFFFFFF) % PARTITIONS: 1}


def test_a_history_is_moved_so_that_its_last_event_is_now(cluster: MockCluster, tmp_path: Path) -> None:
    lines = [
        event(1, "2016-03-01T10:00:00+00:00", due={"resolution": "2016-03-01T14:00:00+00:00"}),
        event(2, "2016-03-01T12:00:00+00:00"),
    ]
    plan = Plan([written(tmp_path, lines)], "tickets", shift_to_now=True)
    produce(plan, cluster.connection, now)
    moved = {
        found["event_id"]: found for found in (orjson.loads(m.value() or b"") for m in cluster.records(2))
    }
    assert parse_iso(moved["2"]["occurred_at"]) == NOW
    assert parse_iso(moved["1"]["occurred_at"]) == NOW - 2 * HOUR
    assert parse_iso(moved["1"]["due"]["resolution"]) == NOW + 2 * HOUR


def test_a_rate_spreads_the_records_over_time(cluster: MockCluster, tmp_path: Path) -> None:
    lines = [event(number) for number in range(6)]
    produce(Plan([written(tmp_path, lines)], "tickets", rate=20), cluster.connection, now)
    stamps = sorted(m.timestamp()[1] for m in cluster.records(6))
    assert stamps[-1] - stamps[0] >= 200


def test_a_record_that_is_too_large_is_counted_as_undelivered(cluster: MockCluster, tmp_path: Path) -> None:
    lines = [event(1), event(2, subject="x" * 2_000_000)]
    with pytest.raises(UndeliveredError, match=r"1 of 2 records were not delivered: .*too large"):
        produce(Plan([written(tmp_path, lines)], "tickets"), cluster.connection, now)


def test_an_unreachable_broker_is_an_error_with_its_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, [event(1)])
    assert main(["produce", str(file), "--brokers", "127.0.0.1:1", "--wait", "100ms"]) == 1
    error = capsys.readouterr().err
    assert "127.0.0.1:1: nothing listens there" in error
    assert "Traceback" not in error


def test_a_missing_file_is_told_before_any_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["produce", "/nowhere/events.jsonl", "--brokers", "127.0.0.1:1", "--wait", "1h"]) == 1
    assert "/nowhere/events.jsonl: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_says_what_was_delivered(
    cluster: MockCluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    file = written(tmp_path, [event(1), b"broken"])
    options = ["--brokers", cluster.connection["bootstrap.servers"], *(["--json"] if as_json else [])]
    assert main(["produce", str(file), *options]) == 0
    shown = capsys.readouterr().out
    if as_json:
        report = orjson.loads(shown)
        assert (report["delivered"], report["undelivered"], report["without_key"]) == (2, 0, 1)
        assert sum(report["partitions"].values()) == 2
    else:
        assert "2 records delivered to tickets" in shown
        assert "1 of them name no ticket" in shown


def test_a_missing_topic_is_an_error_that_says_what_to_do(cluster: MockCluster, tmp_path: Path) -> None:
    plan = Plan([written(tmp_path, [event(1)])], "elsewhere")
    with pytest.raises(TopicsMissing, match="'elsewhere' does not exist: run `sla-monitor topics create`"):
        produce(plan, cluster.connection, now)
