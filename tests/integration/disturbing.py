"""A supervisor as every installation has one: starts a worker again that has ended by itself."""

from __future__ import annotations

import signal
from typing import Final, Self

from tests.integration.installation import Installation, Worker

_RESTARTS: Final = 20
"""A worker that ends more often than this is broken, not disturbed."""


class Supervised:
    """Workers by name; lives inside `with`, which stops them in order at its end."""

    def __init__(self, installation: Installation, **variables: str) -> None:
        self._installation = installation
        self._variables = variables
        self._workers: dict[str, Worker] = {}
        self._started = 0
        self.exits: list[int] = []
        """The exit codes of workers that ended by themselves."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        for name in list(self._workers):
            if error is None:
                self.stop(name)

    def start(self, name: str) -> None:
        """Starts a worker."""
        self._started += 1
        self._workers[name] = self._installation.start_worker(
            f"{name}-{self._started}", instance_id=name, **self._variables
        )

    def has_taken(self, name: str) -> bool:
        """Whether a worker has been given partitions since it was started."""
        return self._workers[name].logged("partition taken")

    def kill9(self, name: str) -> None:
        """Kills a worker and starts it again."""
        self._workers[name].kill9()
        self.start(name)

    def stop(self, name: str) -> None:
        """Stops a worker in order; one that has only just been started simply ends."""
        worker = self._workers.pop(name)
        if worker.running:
            assert worker.stop() in {0, -signal.SIGTERM}, worker.tail()

    def watch(self) -> None:
        """Starts again whoever has ended."""
        for name, worker in list(self._workers.items()):
            if not worker.running:
                self.exits.append(worker.process.returncode)
                assert len(self.exits) <= _RESTARTS, worker.tail()
                self.start(name)
