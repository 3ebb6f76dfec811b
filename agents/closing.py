"""Closing a Kafka client without waiting for the far end's farewell.

Over TLS a connection is closed when the broker has said goodbye too, which it does after the fetch that waits;
under uvloop it can take its full 30 s. Nothing of ours depends on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

_leaving: Final[set[asyncio.Task[None]]] = set()  # the loop itself holds tasks only weakly

_log = structlog.get_logger(__name__)


async def close_client(stop: Coroutine[Any, Any, None], *, seconds: float) -> None:
    """Runs a client's `stop`; what takes longer than `seconds` goes on behind the scenes."""
    task = asyncio.ensure_future(stop)
    _leaving.add(task)
    task.add_done_callback(_left)
    await asyncio.wait([task], timeout=seconds)


def _left(task: asyncio.Task[None]) -> None:
    _leaving.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("a client did not close in order", error=repr(error))
