"""Background work lets the event loop run in between, and leaves the interpreter as it was."""

from __future__ import annotations

import asyncio
import sys
import threading

import pytest

from agents.background import SHORT_TURN, in_background


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
