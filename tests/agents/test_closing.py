"""Closing a client waits a little, never for long, and hides no failure."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from agents.closing import close_client


async def test_a_client_that_closes_is_waited_for() -> None:
    closed = asyncio.Event()

    async def stop() -> None:
        await asyncio.sleep(0.001)
        closed.set()

    await close_client(stop(), seconds=5)

    assert closed.is_set()


async def test_a_slow_farewell_goes_on_behind_the_scenes() -> None:
    may_close, closed = asyncio.Event(), asyncio.Event()

    async def stop() -> None:
        await may_close.wait()
        closed.set()

    await close_client(stop(), seconds=0.001)
    may_close.set()

    async with asyncio.timeout(5):
        await closed.wait()


async def test_a_client_that_fails_to_close_is_told_of() -> None:
    async def stop() -> None:
        raise OSError("reset by peer")

    with capture_logs() as logs:
        await close_client(stop(), seconds=5)

    assert logs == [
        {
            "event": "a client did not close in order",
            "error": "OSError('reset by peer')",
            "log_level": "warning",
        }
    ]
