"""Each record exactly once, whatever happens to the worker or the broker; on a real Kafka."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.topics import Topics
from tests.integration.counting_desk import CountingDesk, counting_desk
from tests.integration.kafka_broker import KafkaBroker

pytestmark = pytest.mark.kafka


@pytest.fixture(name="desk")
def _desk(kafka: KafkaBroker, make_topics: Callable[[], Topics], tmp_path: Path) -> Iterator[CountingDesk]:
    with counting_desk(kafka.address, make_topics(), tmp_path) as made:
        yield made


def test_a_backlog_is_judged_and_a_clean_restart_judges_nothing_again(desk: CountingDesk) -> None:
    desk.send(10_000)
    first = desk.worker("first")
    desk.await_judged(10_000)
    assert first.stop() == 0
    desk.send(100)
    desk.worker("second")
    desk.await_judged(10_100)

    desk.check()


def test_a_source_written_in_transactions_is_judged_to_its_end(desk: CountingDesk) -> None:
    desk.send(2_000, transactional=True)
    desk.worker("only")
    desk.await_judged(2_000)

    desk.check()


@pytest.mark.parametrize("moment", ["FREEZE_BEFORE", "FREEZE_WITHIN"])
def test_a_worker_that_slept_over_a_takeover_writes_nothing(
    desk: CountingDesk, tmp_path: Path, moment: str
) -> None:
    desk.send(2_000)
    switch = tmp_path / "freeze"
    sleeper = desk.worker("sleeper", **{moment: str(switch)})
    desk.await_judged(2_000)
    switch.touch()
    desk.send(400)
    desk.await_(lambda: sleeper.frozen, "the first worker frozen")
    successor = desk.worker("successor")
    desk.await_judged(2_400)
    desk.send(400)
    desk.await_judged(2_800)

    sleeper.signal(signal.SIGCONT)
    desk.await_(
        lambda: "fenced" in sleeper.log or sleeper.code is not None, "the sleeper notices that it is late"
    )
    desk.send(400)
    desk.await_judged(3_200)

    desk.check()
    assert successor.code is None


def test_a_worker_whose_transaction_expired_in_its_sleep_ends_for_its_supervisor(
    desk: CountingDesk, tmp_path: Path
) -> None:
    desk.send(400)
    switch = tmp_path / "freeze"
    sleeper = desk.worker(
        "sleeper",
        FREEZE_WITHIN=str(switch),
        SLA_INSTANCE_ID="the-worker",
        SLA_SESSION_SECONDS="40",  # the group does not miss it, so nobody takes over
        SLA_TRANSACTION_SECONDS="2",
    )
    desk.await_judged(400)
    switch.touch()
    desk.send(400)
    desk.await_(lambda: sleeper.frozen, "the worker frozen")
    desk.await_(desk.nothing_pends, "the broker giving the open transaction up")

    sleeper.signal(signal.SIGCONT)
    desk.await_(lambda: sleeper.code is not None, "the worker gone")
    assert sleeper.code != 0
    assert "fenced" in sleeper.log
    desk.worker("restarted", SLA_INSTANCE_ID="the-worker")
    desk.await_judged(800)

    desk.check()


def test_killed_again_and_again_under_load(desk: CountingDesk) -> None:
    total = 0
    chance = random.Random(4)  # noqa: S311  which moments are hit must not depend on the run
    for round_ in range(12):
        desk.send(1_500)
        total += 1_500
        worker = desk.worker(f"round-{round_}", SLA_INSTANCE_ID="the-worker")
        goal = total - chance.randrange(0, 1_400)
        desk.await_judged(goal)
        worker.kill()
    desk.worker("last", SLA_INSTANCE_ID="the-worker")
    desk.await_judged(total)

    desk.check()


def test_a_second_worker_joins_and_leaves(desk: CountingDesk) -> None:
    desk.send(1_000)
    first = desk.worker("first")
    desk.await_judged(1_000)
    second = desk.worker("second")
    desk.await_(lambda: "partition taken" in second.log, "the second worker has partitions")
    desk.send(1_000)
    desk.await_judged(2_000)
    assert second.stop() == 0
    desk.send(1_000)
    desk.await_judged(3_000)

    desk.check()
    assert first.stop() == 0


def test_the_broker_dies_and_comes_back(desk: CountingDesk, kafka: KafkaBroker) -> None:
    desk.send(3_000)
    desk.worker("first", SLA_WATCHDOG_SECONDS="20")
    desk.await_judged(500)
    kafka.kill9()
    kafka.start()
    desk.send(1_000)
    desk.await_(lambda: desk.judged() >= 4_000 or desk.over, "all judged, or the worker gone")
    if desk.over:  # then its supervisor starts another
        desk.worker("second")
        desk.await_judged(4_000)

    desk.check()
