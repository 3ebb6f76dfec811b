"""`sla-monitor explain` on a real Kafka: from the state, from the verdicts of tickets that left it, and neither."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import pytest
from confluent_kafka import Producer

from agents.ticket_reader import usual_partition
from schemas.explanations import Explanation
from schemas.instants import DAY, HOUR, MINUTE, Micros, iso
from tests.builders import lines
from tests.integration.installation import Installation
from tests.integration.waiting import PATIENCE, until

pytestmark = pytest.mark.kafka

Install = Callable[[str], Installation]

PARTITIONS: Final = 4
POLICY: Final = """
retention: 1 day
timezone: Europe/Madrid
policies:
  - name: around-the-clock
    objectives: {first_response: {target: 15m}, resolution: {target: 4h, warn_at: [50%]}}
"""
GONE: Final = "GONE-1"
ASTRAY: Final = "ASTRAY-1"


def history() -> list[bytes]:
    """A ticket that ended three days ago, one that is on hold, and one whose event is refused."""
    old, new = _now() - 3 * DAY, _now() - 2 * HOUR
    return lines(
        [
            f"{iso(old)} created {GONE} priority=P1",
            f"{iso(old + 5 * MINUTE)} responded {GONE}",
            f"{iso(old + 30 * MINUTE)} held {GONE} reason=waiting_vendor",
            f"{iso(old + 90 * MINUTE)} resumed {GONE}",
            f"{iso(old + 6 * HOUR)} resolved {GONE}",
            f"{iso(new)} created HERE-1 priority=P1",
            f"{iso(new + HOUR)} held HERE-1 reason=waiting_customer",
            f"{iso(new)} created REFUSED-1 priority=P1 tier=77",
        ]
    )


def astray() -> int:
    """The partition after the one that Kafka's default partitioner would choose."""
    return (usual_partition(ASTRAY.encode(), PARTITIONS) + 1) % PARTITIONS


@pytest.fixture
def installation(install: Install) -> Installation:
    """One with this history judged, the old ticket let go, and one ticket where nobody would look first."""
    made = install(POLICY)
    made.open(history(), partitions=PARTITIONS)
    producer = Producer({"bootstrap.servers": made.broker.address, "log_level": 0})
    (line,) = lines([f"{iso(_now() - HOUR)} created {ASTRAY} priority=P1"])
    producer.produce(made.topics.tickets, line, ASTRAY, astray())
    assert producer.flush(PATIENCE) == 0
    worker = made.start_worker()

    def judged() -> bool:
        worker.must_run()
        written = made.written()
        kept = {key for _, key in written.tables["state"]}
        return written.judged >= len(history()) + 1 and GONE.encode() not in kept and b"HERE-1" in kept

    until(judged, "the history to be judged, and the old ticket to be let go")
    return made


def explained(installation: Installation, ticket: str, *more: str) -> Explanation:
    told = installation.succeed("explain", ticket, "--policy", str(installation.policy), "--json", *more)
    return Explanation.model_validate_json(told)


def test_a_ticket_is_explained_from_where_it_is(installation: Installation) -> None:
    """One installation for all of it, since a worker takes seconds to start."""
    here = explained(installation, "HERE-1")
    assert (here.origin.kind, here.standing, here.consistent) == ("state", "judged", True)
    assert here.origin.partition == usual_partition(b"HERE-1", PARTITIONS)
    assert here.origin.usual_partition is None
    assert {clock.objective: clock.outcome for clock in here.clocks}["resolution"] == "paused"
    assert [happening.type for happening in here.happenings] == ["created", "held"]

    gone = explained(installation, GONE)
    assert (gone.origin.kind, gone.standing, gone.consistent) == ("results", "left_state", True)
    (resolution,) = [clock for clock in gone.clocks if clock.objective == "resolution"]
    assert (resolution.outcome, resolution.elapsed_seconds, resolution.sums.paused_seconds) == (
        "missed",
        5 * 3600,
        3600,
    )

    elsewhere = explained(installation, ASTRAY)
    assert (elsewhere.origin.kind, elsewhere.origin.partition) == ("state", astray())
    assert elsewhere.origin.usual_partition == usual_partition(ASTRAY.encode(), PARTITIONS)

    published = installation.succeed("explain", "HERE-1", "--json")
    assert (
        Explanation.model_validate_json(published).clocks[0].policy_version
        == installation.book.current_version
    )

    without = installation.call("explain", "HERE-1", "--lang", "en", topic_policies="never-made")
    assert "no policies are at hand: give the policy files with --policy" in without.stderr
    assert "without the policies that judge it" in without.stdout
    assert "first response · cycle 1 · MISSED" in without.stdout

    _explain_what_is_not_there(installation)


def _explain_what_is_not_there(installation: Installation) -> None:
    refused = installation.call("explain", "REFUSED-1", "--policy", str(installation.policy), "--lang", "en")
    assert refused.returncode == 1
    assert "its events were set aside" in refused.stderr
    assert "tier" in refused.stderr

    unknown = installation.call("explain", "HERE-2", "--policy", str(installation.policy), "--lang", "es")
    assert unknown.returncode == 1
    assert "¿quiso decir HERE-1?" in unknown.stderr
    assert "Traceback" not in unknown.stderr


def test_topics_that_are_missing_are_named(install: Install) -> None:
    ended = install(POLICY).call("explain", "INC-1", "--wait", "10s")
    assert ended.returncode == 1
    assert "sla-monitor topics create" in ended.stderr


def _now() -> Micros:
    return time.time_ns() // 1_000
