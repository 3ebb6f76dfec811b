"""The tickets of one partition: rows as bytes, tickets decoded while they are in use, and their deadlines.

A million tickets are held as rows. A ticket that is touched is decoded and stays so for a while; the next
deadline of the others is read from the head of their row.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from monitor.step import Row
from monitor.tickets import NEVER, Ticket, decode_row, encode_row, row_is_open, row_next_due
from schemas.instants import Micros

# Decoded tickets kept between steps: a service desk's recent events are mostly of the same few thousand tickets.
IN_USE = 8192


class TicketRows:
    """Tickets by key, their rows and the heap of their deadlines; owned by one engine."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}
        self._in_use: dict[bytes, Ticket] = {}
        self._due: dict[bytes, Micros] = {}  # next deadline of the tickets in use
        self._dirty: dict[bytes, None] = {}
        self._heap: list[tuple[Micros, bytes]] = []
        self.open_tickets = 0

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def deadlines(self) -> int:
        """Entries in the heap, stale ones included."""
        return len(self._heap)

    @property
    def stored_bytes(self) -> int:
        """The size of all rows; walks them all, so it is for a scrape or a bench and not for a step."""
        return sum(map(len, self._rows.values()))

    def restore(self, rows: Iterable[Row]) -> None:
        """Takes rows in log order; None removes. Decodes nothing."""
        held = self._rows
        for key, row in rows:
            if row is None:
                held.pop(key, None)
            else:
                held[key] = row

    def take(self, key: bytes) -> bytes | None:
        """Takes a row that is no ticket out of the restored ones."""
        return self._rows.pop(key, None)

    @property
    def changed(self) -> bool:
        """Whether the next drain has rows."""
        return bool(self._dirty)

    def start(self) -> None:
        """Builds the heap from the heads of all rows."""
        self.open_tickets = sum(map(row_is_open, self._rows.values()))
        self._rebuild_heap()

    def _rebuild_heap(self) -> None:
        heap = []
        for key, row in self._rows.items():
            due = self._due.get(key)
            if due is None:
                due = row_next_due(row)
            if due != NEVER:
                heap.append((due, key))
        # A ticket in use has its row only at the end of its first step.
        heap += [(due, key) for key, due in self._due.items() if due != NEVER and key not in self._rows]
        heapify(heap)
        self._heap = heap

    def get(self, key: bytes) -> Ticket | None:
        """The ticket, decoded; None when it is not there."""
        ticket = self._in_use.get(key)
        if ticket is None:
            row = self._rows.get(key)
            if row is None:
                return None
            ticket = self._in_use[key] = decode_row(row)
            self._due[key] = row_next_due(row)
        return ticket

    def put(self, key: bytes, ticket: Ticket, due: Micros) -> None:
        """Keeps a changed ticket, due next at an instant."""
        self._in_use[key] = ticket
        self._dirty[key] = None
        if self._due.get(key, NEVER) != due and due != NEVER:
            heappush(self._heap, (due, key))
        self._due[key] = due

    def remove(self, key: bytes) -> None:
        """Drops a ticket; its row becomes a tombstone at the end of the step."""
        self._in_use.pop(key, None)
        self._due.pop(key, None)
        self._dirty[key] = None

    @property
    def next_due(self) -> Micros | None:
        """The earliest deadline; it may be one that has moved since, never later than the true one."""
        return self._heap[0][0] if self._heap else None

    def pop_due(self, before: Micros) -> tuple[Micros, bytes] | None:
        """Takes the earliest deadline that lies before an instant; those that have moved are skipped."""
        heap = self._heap
        while heap and heap[0][0] < before:
            due, key = heappop(heap)
            if self._current_due(key) == due:
                return due, key
        return None

    def _current_due(self, key: bytes) -> Micros:
        due = self._due.get(key)
        if due is not None:
            return due
        row = self._rows.get(key)
        return NEVER if row is None or key in self._dirty else row_next_due(row)

    def drain(self) -> list[Row]:
        """The rows changed since the last drain, in the order they were first touched."""
        changed: list[Row] = []
        rows = self._rows
        for key in self._dirty:
            former = rows.get(key)
            if former is not None:
                self.open_tickets -= row_is_open(former)
            ticket = self._in_use.get(key)
            if ticket is None:
                if former is not None:
                    del rows[key]
                    changed.append((key, None))
                continue
            row = rows[key] = encode_row(ticket, self._due[key])
            self.open_tickets += row_is_open(row)
            changed.append((key, row))
        self._dirty.clear()
        self._release()
        return changed

    def _release(self) -> None:
        """Lets go of the tickets decoded longest ago, and of stale deadlines when they are most of the heap."""
        surplus = len(self._in_use) - IN_USE
        if surplus > 0:
            for key in [key for key, _ in zip(self._in_use, range(surplus), strict=False)]:
                del self._in_use[key], self._due[key]
        if len(self._heap) > 2 * len(self._rows) + 10_000:
            self._rebuild_heap()

    def tickets(self) -> Iterable[Ticket]:
        """Every ticket, decoded one by one."""
        for key, row in self._rows.items():
            yield self._in_use.get(key) or decode_row(row)
