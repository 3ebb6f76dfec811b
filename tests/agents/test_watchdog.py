"""The watchdog ends what stands still, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from agents.watchdog import EXIT_CODE, Progress, StallDetector, Watchdog
from tests.agents.fakes import until


def looks(detector: StallDetector, *seen: tuple[float, Progress]) -> list[str | None]:
    return [detector.look(now, [progress]) for now, progress in seen]


def test_work_without_progress_for_the_limit_is_a_stall() -> None:
    stuck = Progress("partition 3", mark=7, busy=True)

    verdicts = looks(StallDetector(10), *((float(now), stuck) for now in range(12)))

    assert verdicts[:11] == [None] * 11
    assert verdicts[11] == "partition 3: work waits and nothing was done for 11 s"


def test_any_progress_starts_the_time_anew() -> None:
    seen = [(float(now), Progress("p", mark=now // 9, busy=True)) for now in range(60)]

    assert looks(StallDetector(10), *seen) == [None] * 60


def test_an_idle_partition_may_stand_still() -> None:
    seen = [(float(now), Progress("p", mark=1, busy=False)) for now in range(60)]

    assert looks(StallDetector(10), *seen) == [None] * 60


def test_a_broker_not_heard_of_is_a_stall_even_when_idle() -> None:
    silent = Progress("p", mark=1, busy=False, deaf_seconds=10.5)

    assert looks(StallDetector(10), (0.0, silent)) == ["p: the broker has not answered for 10 s"]


def test_a_frozen_process_is_no_stall() -> None:
    stuck = Progress("p", mark=1, busy=True)

    assert looks(StallDetector(10), (0.0, stuck), (60.0, stuck), (61.0, stuck)) == [None] * 3


def test_what_may_take_longer_is_given_longer() -> None:
    slow = Progress("group", mark=1, busy=True, patience_seconds=30)

    verdicts = looks(StallDetector(10), *((float(now), slow) for now in range(42)))

    assert verdicts[40] is None
    assert verdicts[41] is not None


def test_a_partition_that_left_is_forgotten() -> None:
    detector = StallDetector(2)
    stuck = Progress("p", mark=1, busy=True)
    detector.look(0.0, [stuck])
    detector.look(1.0, [])

    assert detector.look(3.0, [stuck]) is None


async def test_the_thread_ends_the_process() -> None:
    codes: list[int] = []
    gone = threading.Event()

    def silent() -> Sequence[Progress]:
        return [Progress("p", mark=1, busy=True, deaf_seconds=99.0)]

    def leave(code: int) -> None:
        codes.append(code)
        gone.set()

    watchdog = Watchdog(silent, limit_seconds=1.0, exit_process=leave)
    watchdog.start()
    try:
        await until(gone.is_set)
    finally:
        watchdog.stop()

    assert codes == [EXIT_CODE]


async def test_a_look_that_fails_does_not_end_the_watch() -> None:
    looked: list[int] = []

    def broken() -> Sequence[Progress]:
        looked.append(1)
        raise RuntimeError("changed during iteration")

    watchdog = Watchdog(broken, limit_seconds=1.0, exit_process=looked.append)
    watchdog.start()
    try:
        await until(lambda: len(looked) >= 2)
    finally:
        watchdog.stop()


async def test_a_living_event_loop_is_no_stall() -> None:
    codes: list[int] = []
    watchdog = Watchdog(list, limit_seconds=1.0, exit_process=codes.append)
    watchdog.start()
    try:
        await until(lambda: watchdog._beats >= 2)
    finally:
        watchdog.stop()

    assert codes == []
