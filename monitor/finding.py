"""What is said about a place of a policy file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from zoneinfo import ZoneInfo

from schemas.instants import Micros, from_micros

Place = tuple[str | int, ...]
"""Keys and list positions from the top of the file."""

Finding = tuple[Place, str]
"""A place and what to say of it."""


def listed(words: Iterable[str]) -> str:
    """`P1, P2 and P3`; raises `ValueError` for none."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def when(at: Micros, zone: ZoneInfo) -> str:
    """An instant as people write an `effective`: the date alone for a midnight of the zone."""
    local = from_micros(at).astimezone(zone)
    return local.date().isoformat() if local.time() == time() else local.isoformat()
