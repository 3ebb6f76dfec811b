"""Work in a thread of its own that leaves the event loop its turns."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

SHORT_TURN: Final = 0.0001
"""Seconds after which a thread lets others run while there is background work.

By default it is 5 ms (`sys.setswitchinterval`), and an event on its way in and out waits for a turn some twenty times:
reading a policy file in a thread would stop the stream for a tenth of a second. With turns of 0.5 ms the longest
transaction meanwhile took 74 ms, with 0.1 ms 50 ms; much shorter than that no kernel wakes a thread.
"""

_T = TypeVar("_T")
_lock = threading.Lock()
_before: list[float] = []  # for each piece of work that goes on: what is to be set once all have ended


async def in_background(work: Callable[[], _T]) -> _T:
    """Does some work in a thread; returns what it returns and raises what it raises."""
    with _short_turns():
        return await asyncio.to_thread(work)


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
