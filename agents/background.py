"""Work in a thread of its own that leaves the event loop its turns."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

TURN: Final = 0.0002
"""Seconds of background work at a time."""

REST: Final = 0.0003
"""Seconds in which it then leaves the interpreter to the others, who otherwise would have to ask for each turn."""

SHORT_TURN: Final = 0.0001
"""Seconds after which a thread that is asked lets others run, while there is background work.

By default it is 5 ms (`sys.setswitchinterval`), and an event on its way in and out waits for a turn some twenty times:
reading a policy file in a thread would stop the stream for a tenth of a second. Much less than 0.1 ms is no gain: a
kernel takes about that long to wake a thread.
"""

_T = TypeVar("_T")
_lock = threading.Lock()
_before: list[float] = []  # for each piece of work that goes on: what is to be set once all have ended


async def in_background(work: Callable[[], _T], *, resting: bool = False) -> _T:
    """Does some work in a thread; returns what it returns and raises what it raises.

    `resting` work leaves the event loop most of the time and takes three times as long: for what nobody waits for.
    """
    with _short_turns():
        return await asyncio.to_thread(*(_in_turns, work) if resting else (work,))


def _in_turns(work: Callable[[], _T]) -> _T:
    """Does the work with rests; the interpreter tells of every call (`sys.setprofile`), which is often enough."""
    until = time.perf_counter() + TURN

    def rest(*_: object) -> None:
        nonlocal until
        if time.perf_counter() >= until:
            # It waits for no condition: to let go of the interpreter for so long is all that is wanted, and this is
            # a thread of its own, without a loop to await on. The event loop never comes here.
            time.sleep(REST)
            until = time.perf_counter() + TURN

    before = sys.getprofile()
    sys.setprofile(rest)
    try:
        return work()
    finally:
        sys.setprofile(before)


@contextmanager
def _short_turns() -> Iterator[None]:
    with _lock:
        _before.append(_before[-1] if _before else sys.getswitchinterval())
        sys.setswitchinterval(SHORT_TURN)
    try:
        yield
    finally:
        with _lock:
            usual = _before.pop()
            if not _before:
                sys.setswitchinterval(usual)
