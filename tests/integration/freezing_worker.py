"""A real worker that falls asleep with a step in its hands: a program of its own, for the tests of fencing.

Settings are those of every worker (`SLA_*`, with SLA_POLICIES). `FREEZE` is `before:N` or `within:N`: the process
stops itself (SIGSTOP) at the Nth step that is to be written, before its transaction or inside it, with everything
sent and nothing committed. `stopping:N` is as `before:N`, but it has been asked to end (SIGTERM) a moment before, and
what it does after it woke up takes a while, so that it hears from its group while it is still ending.
"""

from __future__ import annotations

import asyncio
import os
import signal
from itertools import count

import uvloop

from agents.app import assemble
from agents.logs import configure_logs
from agents.running import run_worker
from agents.settings import Settings
from agents.step_writer import StepWriter
from monitor.adapters.policy_file import load_book
from monitor.engine import Engine
from monitor.step import Step

_MOMENT, _, _NUMBER = os.environ["FREEZE"].partition(":")
_steps = {moment: count(1) for moment in ("stopping", "before", "within")}
_DROWSY = 2.0  # seconds, several heartbeats


def _is_now(moment: str) -> bool:
    return moment == _MOMENT and next(_steps[moment]) == int(_NUMBER)


def _freeze(moment: str) -> None:
    if _is_now(moment):
        os.kill(os.getpid(), signal.SIGSTOP)


async def _freeze_while_stopping() -> None:
    if _is_now("stopping"):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.1)  # for the stop to begin
        os.kill(os.getpid(), signal.SIGSTOP)
        await asyncio.sleep(_DROWSY)


class FreezingWriter(StepWriter):
    """A real writer whose process may stop at one of its steps."""

    async def commit(self, step: Step) -> None:
        """Freezes, then commits as ever."""
        await _freeze_while_stopping()
        _freeze("before")
        await super().commit(step)

    async def _send(self, step: Step) -> int | None:
        end = await super()._send(step)
        _freeze("within")
        return end


async def main() -> None:
    """The worker until it is asked to stop."""
    settings = Settings()
    configure_logs("json", "INFO")
    book = load_book(settings.policies)
    app = assemble(
        settings,
        engine=lambda partition: Engine(partition, book, topic=settings.topics.tickets),
        writer=lambda partition: FreezingWriter(settings, partition),
    )
    working = asyncio.ensure_future(run_worker(app, watchdog_seconds=settings.watchdog_seconds))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    try:
        await working
    except asyncio.CancelledError:
        return


if __name__ == "__main__":
    uvloop.run(main())
