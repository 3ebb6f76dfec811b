"""Background work lets the event loop run in between, and leaves the interpreter as it was."""

from __future__ import annotations

import asyncio
import sys
import threading
import time

import pytest

from agents import background
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


@pytest.mark.parametrize(
    ("turn", "resting", "rests"), [(0.0, True, True), (1e9, True, False), (0.0, False, False)]
)
async def test_resting_work_rests_once_its_turn_is_over(
    monkeypatch: pytest.MonkeyPatch, turn: float, resting: bool, rests: bool
) -> None:
    slept: list[tuple[float, threading.Thread]] = []
    monkeypatch.setattr(background, "TURN", turn)
    monkeypatch.setattr(time, "sleep", lambda seconds: slept.append((seconds, threading.current_thread())))
    thread = await in_background(threading.current_thread, resting=resting)
    assert set(slept) == ({(background.REST, thread)} if rests else set())


async def test_resting_work_that_fails_says_so_and_is_watched_no_more() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_background(lambda: 1 // 0, resting=True)
    assert await in_background(sys.getprofile) is None
