"""The policies of a process, from their topic and its own files, for as long as it runs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from agents.policies import Policies
from agents.policy_follower import PolicyFollower
from agents.policy_publisher import PolicyPublisher
from agents.policy_watch import PolicyWatch
from agents.running import first_to_end
from agents.settings import Settings

Following = Callable[[], Coroutine[Any, Any, None]]


@asynccontextmanager
async def followed_policies(settings: Settings) -> AsyncIterator[tuple[Policies, Following]]:
    """The policies as they are now, and what must run beside the rest of the process to keep them so.

    What is new in the files of the settings is published first. Raises `PolicyError` when there is nothing to judge
    by: no version on the topic, and no file that can be used.
    """
    async with PolicyFollower(settings) as follower:
        watch = PolicyWatch(
            settings.policies,
            follower,
            PolicyPublisher(settings, follower),
            every=settings.policy_poll_seconds,
        )
        await watch.begin()
        _ = follower.policies.book  # raises when there is none
        with _looks_when_hung_up(watch):
            yield follower.policies, lambda: first_to_end(follower.follow(), watch.run())


@contextmanager
def _looks_when_hung_up(watch: PolicyWatch) -> Iterator[None]:
    """SIGHUP has the policy files looked at, as operators know it of other services."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, watch.look_now)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
