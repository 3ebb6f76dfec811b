"""The tickets of one partition: rows as bytes, tickets decoded while they are in use, and their deadlines.

A million tickets are held as rows. A ticket that is touched is decoded and stays so for a while; the next
deadline of the others is read from the head of their row.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from itertools import islice

from monitor.facts import Filed
from monitor.history import KnownEvents
from monitor.step import Row
from monitor.tickets import (
    NEVER,
    Ticket,
    decode_row,
    encode_row,
    has_live_clocks,
    row_is_live,
    row_is_open,
    row_next_due,
)
from schemas.instants import Micros

# Decoded tickets kept between steps: a service desk's recent events are mostly of the same few thousand tickets.
IN_USE = 8192


class Held:
    """A ticket in use: decoded, with its next deadline, and once needed what was filed of it and its event ids."""

    __slots__ = ("due", "filed", "known", "ticket")

    def __init__(self, ticket: Ticket, due: Micros = NEVER, filed: Filed | None = None) -> None:
        self.ticket = ticket
        self.due = due
        self.filed = filed
        self.known: KnownEvents | None = None


class TicketRows:
    """Tickets by key, their rows and the heap of their deadlines; owned by one engine."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}
        self._in_use: dict[bytes, Held] = {}
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
        self._rebuild_heap()  # first, since it refuses what is no row
        self.open_tickets = sum(map(row_is_open, self._rows.values()))

    def _rebuild_heap(self) -> None:
        heap = []
        for key, row in self._rows.items():
            held = self._in_use.get(key)
            due = row_next_due(row) if held is None else held.due
            if due != NEVER:
                heap.append((due, key))
        heapify(heap)
        self._heap = heap

    def keys(self) -> list[bytes]:
        """The keys of all tickets, and of some that have gone in this step."""
        return [*self._rows, *(key for key in self._dirty if key not in self._rows)]

    def may_change(self, key: bytes, due: Micros = NEVER) -> bool:
        """Whether a ticket is open or has a running clock, or is there and due, or kept, until `due` or later."""
        held = self._in_use.get(key)
        if held is not None:
            return has_live_clocks(held.ticket) or due <= held.due < NEVER
        row = self._rows.get(key)
        if row is None or key in self._dirty:
            return False
        return row_is_live(row) or (due != NEVER and due <= row_next_due(row) < NEVER)

    def get(self, key: bytes) -> Held | None:
        """The ticket, decoded; None when it is not there."""
        held = self._in_use.get(key)
        if held is None:
            row = self._rows.get(key)
            # A dirty key that is not in use was removed in this step; its row goes at the end of it.
            if row is None or key in self._dirty:
                return None
            held = self._in_use[key] = Held(decode_row(row), row_next_due(row))
        return held

    def put(self, key: bytes, held: Held, due: Micros) -> None:
        """Keeps a changed ticket, due next at an instant."""
        self._in_use[key] = held
        self._dirty[key] = None
        if held.due != due:
            held.due = due
            if due != NEVER:
                heappush(self._heap, (due, key))

    def remove(self, key: bytes) -> None:
        """Drops a ticket; its row becomes a tombstone at the end of the step."""
        self._in_use.pop(key, None)
        self._dirty[key] = None

    @property
    def next_due(self) -> Micros | None:
        """The earliest deadline; it may be one that has moved since, never later than the true one."""
        return self._heap[0][0] if self._heap else None

    def pop_due(self, before: Micros) -> tuple[Micros, bytes, Held] | None:
        """Takes the earliest deadline that lies before an instant; those that have moved are skipped."""
        heap = self._heap
        while heap and heap[0][0] < before:
            due, key = heappop(heap)
            held = self._due_then(key, due)
            if held is not None:
                return due, key, held
        return None

    def _due_then(self, key: bytes, due: Micros) -> Held | None:
        """The ticket, if it is still there and its next deadline is this one."""
        held = self._in_use.get(key)
        if held is None:
            row = self._rows.get(key)
            if row is None or key in self._dirty or row_next_due(row) != due:
                return None
            return self.get(key)
        return held if held.due == due else None

    def drain(self) -> list[Row]:
        """The rows changed since the last drain, in the order they were first touched."""
        changed: list[Row] = []
        rows = self._rows
        for key in self._dirty:
            former = rows.get(key)
            if former is not None:
                self.open_tickets -= row_is_open(former)
            held = self._in_use.get(key)
            if held is None:
                if former is not None:
                    del rows[key]
                    changed.append((key, None))
                continue
            row = rows[key] = encode_row(held.ticket, held.due)
            self.open_tickets += row_is_open(row)
            changed.append((key, row))
        self._dirty.clear()
        self._release()
        return changed

    def _release(self) -> None:
        """Lets go of the tickets decoded longest ago, and of stale deadlines when they are most of the heap."""
        surplus = len(self._in_use) - IN_USE
        if surplus > 0:
            for key in list(islice(self._in_use, surplus)):
                del self._in_use[key]
        if len(self._heap) > 2 * len(self._rows) + 10_000:
            self._rebuild_heap()

    def tickets(self) -> Iterable[Ticket]:
        """Every ticket, decoded one by one."""
        for key, row in self._rows.items():
            held = self._in_use.get(key)
            yield decode_row(row) if held is None else held.ticket
