"""Background work lets the event loop run in between, and leaves the interpreter as it was."""

from __future__ import annotations

import asyncio
import sys
import threading
import time

import pytest

from agents.background import REST, SHORT_TURN, TURN, in_background


async def test_while_work_goes_on_threads_take_short_turns() -> None:
    usual = sys.getswitchinterval()
    assert await in_background(sys.getswitchinterval) == pytest.approx(SHORT_TURN)
    assert sys.getswitchinterval() == pytest.approx(usual)


async def test_the_usual_turns_come_back_when_the_last_of_several_has_ended() -> None:
    usual, long = sys.getswitchinterval(), threading.Event()
    slow = asyncio.create_task(in_background(long.wait))
    await asyncio.sleep(0)
    await in_background(lambda: None)
    assert sys.getswitchinterval() == pytest.approx(SHORT_TURN)
    long.set()
    assert await slow
    assert sys.getswitchinterval() == pytest.approx(usual)


async def test_work_that_fails_says_so_and_leaves_no_short_turns() -> None:
    usual = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError):
        await in_background(lambda: 1 // 0)
    assert sys.getswitchinterval() == pytest.approx(usual)


async def test_resting_work_uses_the_processor_only_now_and_then() -> None:
    calls = 3_000

    def work() -> tuple[float, float]:
        began, used = time.perf_counter(), time.thread_time()
        for _ in range(calls):
            sum(range(100))
        return time.perf_counter() - began, time.thread_time() - used

    took, used = await in_background(work, resting=True)
    assert took - used > (used / TURN / 2) * REST  # it slept at least after every second turn


async def test_resting_work_that_fails_says_so_and_is_watched_no_more() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_background(lambda: 1 // 0, resting=True)
    assert await in_background(sys.getprofile) is None
