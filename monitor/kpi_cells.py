"""Where a KPI table keeps its tallies: windows of buckets of cells.

A cell at rest is the bytes of its row, a third of the size of the objects; one in use is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Generic, TypeVar

from monitor.histograms import bucket_of
from monitor.kpi_rows import Group, Tally, TimeTally, decode_tally, encode_value
from schemas.instants import Micros

_Name = TypeVar("_Name", str, int)
_Decoded = TypeVar("_Decoded")


class Bucket(Generic[_Decoded]):
    """The cells of one window and start: the bytes of the row at rest, decoded while in use."""

    __slots__ = ("cells", "head")

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.cells: dict[Group, bytes | _Decoded] = {}


class Sums:
    """A tally that facts are added to; `zeros` says that a count in it may have become zero."""

    __slots__ = ("counts", "tally", "times", "zeros")

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.counts = tally.counts
        self.times = tally.times
        self.zeros = False

    def settle(self) -> bool:
        """Takes out what has become zero; whether anything is left.

        A time without an occurrence stays while its sum is not zero: in a correction 59 s may have taken the
        place of 60 s of the same bucket.
        """
        if self.zeros:
            self.zeros = False
            _drop_zeros(self.counts)
            for name, tally in list(self.times.items()):
                _drop_zeros(tally.open)
                _drop_zeros(tally.wall)
                if not (tally.open or tally.wall or tally.open_us or tally.wall_us):
                    del self.times[name]
        return bool(self.counts or self.times)


class Cell(Sums):
    """A decoded cell; `row` is the value last written."""

    __slots__ = ("dirty", "key", "row", "used")

    def __init__(self, row: bytes | None) -> None:
        super().__init__(Tally() if row is None else decode_tally(row))
        self.row = row
        self.key: bytes | None = None
        self.dirty = self.used = False

    def encode(self) -> bytes | None:
        """The row's value; None when nothing is left."""
        return encode_value(self.tally) if self.settle() else None


# A decoded cell and where it is; the cell itself refers to nothing, so that no cycle needs collecting.
Held = tuple[Bucket[Cell], Group, Cell]


class Window(Generic[_Decoded]):
    """All buckets of one window, and which have had their time."""

    def __init__(self, name: str, first_kept: Callable[[Micros], Micros]) -> None:
        self.name = name
        self.first_kept = first_kept
        self.floor: Micros | None = None
        self.buckets: dict[Micros, Bucket[_Decoded]] = {}
        self.starts: list[Micros] = []  # a heap

    def keeps(self, start: Micros) -> bool:
        """Whether the bucket of a start has not had its time yet."""
        return self.floor is None or start >= self.floor

    def put(self, start: Micros, head: bytes) -> Bucket[_Decoded]:
        """A new bucket, whose keys begin with `head`."""
        bucket = self.buckets[start] = Bucket(head)
        heappush(self.starts, start)
        return bucket

    def expired(self, hour: Micros) -> list[Bucket[_Decoded]]:
        """Takes out the buckets whose time is over when the partition's time is in that hour."""
        self.floor = floor = self.first_kept(hour)
        gone = []
        while self.starts and self.starts[0] < floor:
            start = heappop(self.starts)
            gone.append(self.buckets.pop(start))
        return gone


def add_time(cells: Iterable[Sums], kind: str, sign: int, opened: Micros, wall: Micros) -> None:
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


def in_order(group: Group) -> tuple[bool, str, str, int | str]:
    """Sorts the tallies before the volumes, each by its words and numbers."""
    customer, second, third = group
    return (isinstance(third, str), customer, second, third)
