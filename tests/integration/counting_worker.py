"""A worker process with the counting engine, for tests that freeze it, kill it and start it again.

Its settings are those of every worker (`SLA_*`). `FREEZE_BEFORE` and `FREEZE_WITHIN` may name files: while such
a file exists, the next step is not written but the file is removed and the process stops itself (SIGSTOP),
either before the step's transaction or inside it, with everything sent and nothing committed.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import uvloop

from agents.app import assemble
from agents.logs import configure_logs
from agents.running import run_worker
from agents.settings import Settings
from agents.step_writer import StepWriter
from monitor.step import Step
from tests.agents.fakes import FakeEngine


def freeze(name: str) -> None:
    file = Path(os.environ.get(name, "/nowhere/to/be/found"))
    if file.exists():
        file.unlink()
        os.kill(os.getpid(), signal.SIGSTOP)


class FreezingWriter(StepWriter):
    """A real writer that may fall asleep with a step in its hands."""

    async def commit(self, step: Step) -> None:
        freeze("FREEZE_BEFORE")
        await super().commit(step)

    async def _send(self, step: Step) -> int | None:
        end = await super()._send(step)
        freeze("FREEZE_WITHIN")
        return end


async def main() -> None:
    settings = Settings()
    configure_logs("console", "INFO")
    app = assemble(settings, engine=FakeEngine, writer=lambda partition: FreezingWriter(settings, partition))
    run = asyncio.ensure_future(run_worker(app, watchdog_seconds=settings.watchdog_seconds))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, run.cancel)
    try:
        await run
    except asyncio.CancelledError:
        return


if __name__ == "__main__":
    uvloop.run(main())
