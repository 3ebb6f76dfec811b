"""Which partitions this process owns: follows the consumer group, takes what is assigned, drops what is not.

Faust's order at a rebalance, and what happens here at each point of it:

    partitions revoked      `quiesce`: steps in flight are finished, the rest is let go
    new assignment          -
    on_rebalance_complete   `settle`: owners of lost partitions are dropped, all others take theirs
    seek                    `start_offsets`: each partition is read from where its state stands
    flow resumed            batches come to `offer`

A new rebalance may begin at any of these points; it ends a `settle` that still lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from agents.owner_ports import OwnerPorts
from agents.partition_owner import PartitionOwner
from agents.record_queue import BatchEvent
from agents.watchdog import Progress
from monitor.errors import Fenced, SlaMonitorError
from monitor.policies import PolicyBook

FENCED_SECONDS: Final = 10.0
"""How long the group may take to say that a fenced partition is someone else's: several heartbeats."""

TAKING_AT_ONCE: Final = 4
_PATIENCE: Final = 2  # rebalances that may follow each other before the group counts as stuck
_ROOM_SECONDS: Final = 0.005
_WATCH_SECONDS: Final = 0.05

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Group:
    """What the consumer group says, asked anew each time; `generation` changes with every assignment."""

    assigned: Callable[[], set[int]]
    generation: Callable[[], int]
    stopping: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """How long steps in flight may hold up a rebalance, and how long the group may take for one."""

    quiesce_seconds: float
    rebalance_seconds: float


class Ownership:
    """The partition owners of this process; lives as long as its Faust app. It is the transport's `Keeper`."""

    def __init__(
        self,
        ports: OwnerPorts,
        group: Group,
        *,
        limits: GroupLimits,
        crash: Callable[[BaseException], None],
    ) -> None:
        self.owners: dict[int, PartitionOwner] = {}
        self.joined = False
        """Whether the group has given this process its partitions, perhaps none, and all are restored."""
        self._ports = ports
        self._group = group
        self._limits = limits
        self._crash = crash
        self._settling: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()

    @property
    def caught_up(self) -> bool:
        """Whether every partition that is assigned is restored and judged to its end."""
        return self.joined and all(owner.caught_up for owner in self.owners.values())

    def assigned(self) -> set[int]:
        """The partitions the group has given this process, owned already or not."""
        return self._group.assigned()

    def progress(self) -> list[Progress]:
        """The group and every owned partition for the watchdog; may be asked from its thread."""
        taking = self._settling is not None
        group = Progress(
            "consumer group",
            self._group.generation(),
            busy=not self.joined and not taking,
            patience_seconds=_PATIENCE * self._limits.rebalance_seconds,
        )
        owners = [
            Progress(f"partition {number}", owner.progress, owner.busy, owner.tail_age)
            for number, owner in list(self.owners.items())
            if taking or owner.running
        ]
        return [group, *owners]

    # For the transport.

    def start_offsets(self) -> Mapping[int, int]:
        """Where to read each kept partition from."""
        return {number: owner.position for number, owner in self.owners.items() if owner.running}

    def has_room(self, partition: int) -> bool:
        """Whether the partition may be handed more records; one without an owner may not."""
        owner = self.owners.get(partition)
        return owner is not None and owner.has_room

    async def wait_for_room(self, seconds: float) -> None:
        """Returns when some partition has room, or after `seconds`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            if any(owner.has_room for owner in self.owners.values()):
                return
            await asyncio.sleep(_ROOM_SECONDS)

    async def quiesce(self) -> None:
        """Finishes the steps in flight, within bounds; owners that cannot are dropped."""
        self.joined = False
        await self._stop_settling()
        await asyncio.gather(*(self._pause(owner) for owner in list(self.owners.values())))

    # For the agent and the app.

    def offer(self, event: BatchEvent) -> None:
        """Gives a batch to its partition's owner; a fault in it ends the process."""
        owner = self.owners.get(event.value.partition)
        if owner is None:
            return  # dropped a moment ago: whoever owns it next reads it again
        try:
            owner.offer(event)
        except SlaMonitorError as error:
            self._crash(error)

    def adopt(self, book: PolicyBook) -> None:
        """Has every partition judge by another book from its next step on; those taken later begin with it."""
        for owner in self.owners.values():
            owner.adopt(book)

    async def settle(self, *_: Any, **__: Any) -> None:
        """Makes what is owned what the group has assigned; returns when that is so or no longer asked for.

        Connected to Faust's `on_rebalance_complete`, which is awaited before reading begins.
        """
        generation = self._group.generation()
        settling = self._settling = asyncio.create_task(self._settle(self._group.assigned()))
        await asyncio.wait([settling])
        self._settling = None
        if not settling.cancelled():
            error = settling.exception()
            if error is None:
                self.joined = True
                return
            self._crash(error)
        # Returning now would make Faust resume an assignment that is void.
        while self._group.generation() == generation:
            if self._group.stopping():
                return
            await asyncio.sleep(_WATCH_SECONDS)

    async def close(self, *_: Any, **__: Any) -> None:
        """Drops everything; connected to Faust's `on_before_shutdown`."""
        await self._stop_settling()
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*(self._drop(number) for number in list(self.owners)))

    # Taking and dropping.

    async def _settle(self, assigned: set[int]) -> None:
        for owner in list(self.owners.values()):
            if owner.partition not in assigned:
                await self._drop(owner.partition)
            elif owner.running:  # Faust asks nobody to quiesce when it thinks nothing was assigned
                await self._pause(owner)
        for number in assigned - self.owners.keys():
            self.owners[number] = PartitionOwner(number, self._ports, self._owner_ended)
        _log.info("taking partitions", partitions=sorted(assigned))
        at_once = asyncio.Semaphore(TAKING_AT_ONCE)
        takes = [asyncio.create_task(self._take(owner, at_once)) for owner in self.owners.values()]
        try:
            await asyncio.gather(*takes)
        finally:
            for take in takes:
                take.cancel()
            await asyncio.gather(*takes, return_exceptions=True)

    async def _take(self, owner: PartitionOwner, at_once: asyncio.Semaphore) -> None:
        async with at_once:
            await owner.take()
        _log.info(
            "partition taken",
            partition=owner.partition,
            seconds=owner.restore_seconds,
            rows=owner.restored_rows,
            kept=owner.kept,
            start=owner.position,
        )

    async def _pause(self, owner: PartitionOwner) -> None:
        try:
            async with asyncio.timeout(self._limits.quiesce_seconds):
                await owner.pause()
        except TimeoutError:
            _log.warning("a step in flight did not end in time", partition=owner.partition)
            await self._drop(owner.partition)

    async def _drop(self, partition: int) -> None:
        owner = self.owners.pop(partition, None)
        if owner is not None:
            await owner.drop()

    async def _stop_settling(self) -> None:
        settling = self._settling
        if settling is not None:
            settling.cancel()
            await asyncio.wait([settling])

    def _owner_ended(self, owner: PartitionOwner, error: BaseException) -> None:
        if self.owners.get(owner.partition) is not owner:
            return  # dropped already: how it ended no longer matters
        if not isinstance(error, Fenced):
            self._crash(error)
            return
        _log.warning("fenced: dropping the partition", partition=owner.partition)
        del self.owners[owner.partition]
        task = asyncio.create_task(self._give_up(owner, error, self._group.generation()))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _give_up(self, owner: PartitionOwner, error: Fenced, generation: int) -> None:
        """Clears a fenced owner away; ends the process if the group goes on saying the partition is ours.

        Taking it again at once is no way out: a worker that was frozen does not know yet that its time in the
        group is over, and would fence the rightful owner.
        """
        await owner.drop()
        await asyncio.sleep(FENCED_SECONDS)
        if self._group.generation() == generation and owner.partition in self._group.assigned():
            self._crash(error)
