"""Where a KPI table keeps its tallies: windows of buckets of cells.

A cell at rest is the bytes of its row, a third of the size of the objects; one in use is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop
from typing import TypeVar

from monitor.histograms import bucket_of
from monitor.kpi_rows import Group, Tally, TimeTally, decode_tally, encode_value
from schemas.instants import Micros

_Name = TypeVar("_Name", str, int)


class Bucket:
    """The cells of one window and start: the bytes of the row at rest, decoded while in use."""

    __slots__ = ("cells", "head", "start")

    def __init__(self, start: Micros, head: bytes) -> None:
        self.start = start
        self.head = head
        self.cells: dict[Group, bytes | Cell] = {}


class Cell:
    """A decoded cell. `row` is the value last written; `zeros` says that a count may have become zero."""

    __slots__ = ("counts", "dirty", "key", "row", "tally", "times", "used", "zeros")

    def __init__(self, row: bytes | None) -> None:
        self.row = row
        self.key: bytes | None = None
        self.tally = Tally({}, {}) if row is None else decode_tally(row)
        self.counts = self.tally.counts
        self.times = self.tally.times
        self.dirty = False
        self.used = False
        self.zeros = False

    def encode(self) -> bytes | None:
        """The row's value; None when nothing is left."""
        if self.zeros:
            self.zeros = False
            _drop_zeros(self.counts)
            for name, tally in list(self.times.items()):
                _drop_zeros(tally.open)
                _drop_zeros(tally.wall)
                if not tally.open:
                    del self.times[name]
        if self.counts or self.times:
            return encode_value(self.tally)
        return None


# A decoded cell and where it is; the cell itself refers to nothing, so that no cycle needs collecting.
Held = tuple[Bucket, Group, Cell]


class Window:
    """All buckets of one window, and which have had their time."""

    def __init__(self, name: str, first_kept: Callable[[Micros], Micros]) -> None:
        self.name = name
        self.first_kept = first_kept
        self.floor: Micros | None = None
        self.buckets: dict[Micros, Bucket] = {}
        self.starts: list[Micros] = []  # a heap

    def expired(self, hour: Micros) -> list[Bucket]:
        """Takes out the buckets whose time is over when the partition's time is in that hour."""
        self.floor = floor = self.first_kept(hour)
        gone = []
        while self.starts and self.starts[0] < floor:
            gone.append(self.buckets.pop(heappop(self.starts)))
        return gone


def add_time(cells: Iterable[Cell], kind: str, sign: int, opened: Micros, wall: Micros) -> None:
    """Adds a duration to cells, or takes it away with `sign` -1."""
    open_bucket, wall_bucket = bucket_of(opened), bucket_of(wall)
    for cell in cells:
        tally = cell.times.get(kind)
        if tally is None:
            tally = cell.times[kind] = TimeTally({}, 0, {}, 0)
        tally.open_us += sign * opened
        tally.wall_us += sign * wall
        opens = tally.open[open_bucket] = tally.open.get(open_bucket, 0) + sign
        walls = tally.wall[wall_bucket] = tally.wall.get(wall_bucket, 0) + sign
        if not (opens and walls):
            cell.zeros = True


def _drop_zeros(part: dict[_Name, int]) -> None:
    for name in [name for name, count in part.items() if not count]:
        del part[name]
