"""What a partition was handed and has not begun: batches in, records for steps of any size out."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from agents.transport import RecordBatch
from monitor.errors import SlaMonitorError, StateUnreadable
from monitor.intake import SourceRecord

_OFFSET = attrgetter("offset")


class RecordsLost(SlaMonitorError):
    """Records between two batches never arrived: the process must end and read them again."""


class BatchEvent(Protocol):
    """A Faust event whose value is a batch."""

    @property
    def value(self) -> RecordBatch:
        """The batch."""
        ...

    def ack(self) -> bool:
        """Tells Faust that the batch is committed."""
        ...


@dataclass(slots=True)
class _Waiting:
    event: BatchEvent
    records: Sequence[SourceRecord]
    taken: int = 0


class RecordQueue:
    """The batches of one partition in order, without a gap and without what was seen before.

    `position` is how far was handed over, `begun` how far was taken out: both are positions of the consumer.
    """

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._waiting: deque[_Waiting] = deque()
        self.position = 0
        self.begun = 0
        self.records = 0
        """How many records wait."""

    def start_at(self, position: int) -> None:
        """Forgets what waits and expects the batch that covers `position` next."""
        self._waiting.clear()
        self.records = 0
        self.position = self.begun = position

    def put(self, event: BatchEvent) -> None:
        """Takes a batch in; what lies before `position` is skipped.

        Raises `RecordsLost` when records are missing before it and `StateUnreadable` when the source went back.
        """
        batch = event.value
        if batch.start > self.position:
            raise RecordsLost(
                f"partition {self._partition}: expected offset {self.position}, was handed {batch.start}: "
                "records in between were fetched and lost on the way"
            )
        if batch.end < batch.start:
            raise StateUnreadable(
                f"partition {self._partition}: the source went back from offset {batch.start} to {batch.end}: "
                "the topic was created anew or cut"
            )
        records = batch.records
        if records and records[0].offset < self.position:
            records = records[bisect_left(records, self.position, key=_OFFSET) :]
        self.position = max(self.position, batch.end)
        self.records += len(records)
        self._waiting.append(_Waiting(event, records))

    def take(self, limit: int) -> tuple[Sequence[SourceRecord], list[BatchEvent]]:
        """At most `limit` records in order, and the events whose last records are among them."""
        records: Sequence[SourceRecord] = ()
        finished: list[BatchEvent] = []
        while self._waiting and (len(records) < limit or not self._left()):
            part = self._cut(limit - len(records))
            records = [*records, *part] if records else part
            if not self._left():
                event = self._waiting.popleft().event
                self.begun = max(self.begun, event.value.end)
                finished.append(event)
        self.records -= len(records)
        return records, finished

    def _cut(self, room: int) -> Sequence[SourceRecord]:
        first = self._waiting[0]
        if first.taken == 0 and len(first.records) <= room:
            part = first.records
        else:
            part = first.records[first.taken : first.taken + room]
        first.taken += len(part)
        if part:
            self.begun = part[-1].offset + 1
        return part

    def _left(self) -> int:
        first = self._waiting[0]
        return len(first.records) - first.taken
