"""The agent: hands each fetched list of ticket events to the owner of its partition.

It decides nothing and acknowledges nothing; the owner does when the step is committed. So it stays free for the
next list, whichever partition it is of.
"""

from __future__ import annotations

from typing import Any

import faust
from mode.supervisors import CrashingSupervisor

from agents.ownership import Ownership
from agents.transport import BatchSchema


def attach_tracking(app: faust.App, topic: str, ownership: Ownership) -> Any:
    """Registers the agent for the source topic and returns it."""
    tickets = app.topic(topic, schema=BatchSchema(), internal=False, maxsize=64)

    async def track(stream: Any) -> None:
        async for event in stream.noack().events():
            ownership.offer(event)

    return app.agent(tickets, name="tracking", supervisor_strategy=CrashingSupervisor)(track)
