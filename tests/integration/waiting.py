"""How tests wait: for a condition, with a limit, and never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds; on an idle machine everything that is waited for takes a tenth of it."""

_ASK_AGAIN = 0.02


def until(condition: Callable[[], T | None], what: str, seconds: float = PATIENCE) -> T:
    """The first true answer of a condition; raises `AssertionError` saying what did not come."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > ends:
            raise AssertionError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(_ASK_AGAIN)
    return found
