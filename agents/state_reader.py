"""Reads what earlier owners of a partition have written, to its very end, before anything is decided.

"The end" is the last stable offset, asked for after the former owner was fenced: everything before it is
decided, committed or aborted, and nothing can be added. The reader's position is compared with it, never the
last record's offset: commit markers and compacted rows take offsets too.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

from aiokafka import TopicPartition

from agents.clients import outside_reader
from agents.closing import close_client
from agents.settings import Settings
from monitor.errors import StateUnreadable
from monitor.step import Row

_FETCH_BYTES: Final = 4 << 20
_POLL_MS: Final = 250
_CLOSE_SECONDS: Final = 0.05

TakeRows = Callable[[Sequence[Row]], None]


@dataclass(frozen=True, slots=True)
class SourceRange:
    """The offsets the source partition holds now: from `first` to before `end`."""

    first: int
    end: int


class StateReader:
    """An un-grouped `read_committed` consumer over one partition of state, KPIs and source.

    Lives for one taking of the partition; use it as an async context manager.
    """

    def __init__(self, settings: Settings, partition: int) -> None:
        topics = settings.topics
        self._partition = partition
        self._state = TopicPartition(topics.state, partition)
        self._kpis = TopicPartition(topics.kpis, partition)
        self._source = TopicPartition(topics.tickets, partition)
        self._settings = settings
        self._consumer: Any = None
        self.rows = 0
        """How many rows were read so far: the sign of progress while a restore lasts."""

    async def __aenter__(self) -> Self:
        self._consumer = outside_reader(
            self._settings,
            f"reader-{self._partition}",
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=100,
        )
        # Assigned before the start, so that the topics are known from the first request on.
        self._consumer.assign([self._state, self._kpis, self._source])
        self._consumer.pause(self._state, self._kpis, self._source)
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await close_client(self._consumer.stop(), seconds=_CLOSE_SECONDS)

    async def state_end(self) -> int:
        """The last stable offset of the state partition; to be asked before `read`, as `source_range`.

        A fetch that waits for more would hold the answer up.
        """
        ends = await self._consumer.end_offsets([self._state])
        return int(ends[self._state])

    async def source_range(self) -> SourceRange:
        """What the source partition holds now, for readers of committed records."""
        first = await self._consumer.beginning_offsets([self._source])
        ends = await self._consumer.end_offsets([self._source])
        return SourceRange(int(first[self._source]), int(ends[self._source]))

    async def read(self, state: TakeRows, kpis: TakeRows) -> None:
        """Hands over every row of the two topics in log order, in chunks; a None value deletes its key.

        Waits for ever for a broker that is gone: `rows` then stands still, which the watchdog sees.
        """
        takers = {self._state: state, self._kpis: kpis}
        ends = await self._consumer.end_offsets(list(takers))
        await self._consumer.seek_to_beginning(*takers)
        self._consumer.resume(*takers)
        while not await self._at(ends):
            chunks = await self._consumer.getmany(timeout_ms=_POLL_MS)
            for place, records in chunks.items():
                takers[place]([(record.key, record.value) for record in records])
                self.rows += len(records)

    async def _at(self, ends: dict[TopicPartition, int]) -> bool:
        for place, end in ends.items():
            if await self._consumer.position(place) < end:
                return False
        return True


def start_offset(partition: int, checkpoint: int, source: SourceRange) -> int:
    """Where to begin in the source: at the checkpoint, or at the first record when there is none (-1).

    Raises `StateUnreadable` when the source ends before the checkpoint: it is another topic than the state's.
    """
    if checkpoint > source.end:
        raise StateUnreadable(
            f"partition {partition}: the state's checkpoint is offset {checkpoint}, but the source ends at "
            f"{source.end}: the topic was created anew or cut. Restore it, or start with new state topics"
        )
    return max(checkpoint, source.first, 0)


_collecting: Final[list[bool]] = []


@contextmanager
def collector_paused() -> Iterator[None]:
    """No cyclic garbage collection inside: it would walk the growing state again and again.

    Afterwards what is there is frozen, which takes it out of every later collection. Several restores may be
    in here at once; the last one out switches the collector on again.
    """
    _collecting.append(gc.isenabled())
    gc.disable()
    try:
        yield
    finally:
        enabled = _collecting.pop(0)
        if _collecting:
            _collecting[0] = _collecting[0] or enabled
        elif enabled:
            gc.freeze()
            gc.enable()
