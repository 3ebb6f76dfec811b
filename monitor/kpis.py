"""The KPI windows of one partition: tallies per hour, day and month, customer, priority and tier.

A **fact** says that something countable happened to a ticket at an instant, with the attributes the ticket
had then (S59). Tallies only add, so a correction is a subtraction and the windows are the same for the same
facts in any order. Hours are kept 35 days, days 400 days and months ten years behind the partition's time; a
fact that comes later than that is left out of the windows that are gone and counts in the others.

The volume by queue, category and channel has rows of its own, one per customer, dimension and name, for days
and months. All names are kept: a cap on what is stored would depend on what came first, or could not be
corrected. Their number is bounded by the tickets created (at most one row per ticket, dimension and window);
readers show the largest and the rest as `other` (`monitor/figures.py`).

What a period is told after it has closed is kept as its corrections as well (`monitor/corrections.py`), the
volumes by name among them: a report of last month must not change without a word, whichever figure it shows.
Hours do not close.

What is stored is the bytes of the row, a third of the size of the objects; a cell that is touched is decoded,
and those in use stay so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from monitor.backlog import StockChange
from monitor.corrections import CORRECTION_STARTS, Corrections, Periods
from monitor.kpi_cells import Bucket, Cell, Held, Sums, Window, add_time, in_order
from monitor.kpi_rows import (
    DAYS_KEPT,
    HOURS_KEPT,
    MONTHS_KEPT,
    TALLY_WINDOWS,
    Group,
    Row,
    decode_key,
    decode_tally,
    encode_value,
    instant,
    key_head,
    key_start,
    key_tail,
)
from monitor.periods import ReportingZone
from schemas.instants import HOUR, MINUTE, Micros
from schemas.reasons import CorrectionReason

# Facts with a duration; every other kind is a count.
TIMES: Final = frozenset({"first_response_time", "next_response_time", "resolution_time", "excluded_time"})
# Counts that a fact raises by its `a` instead of by one; `rated_points` are ten-thousandths of the scale (S55).
WEIGHTED: Final = frozenset({"rated_points"})
# The volume dimensions: a fact `created:queue:vpn` counts `created` for the queue `vpn` of its customer.
DIMENSIONS: Final = frozenset({"queue", "category", "channel"})

# From this many decoded cells on, those not used since the last time are put to rest as bytes.
_DECODED: Final = 2_048
# Caches of what comes again and again are emptied beyond this; only speed is lost.
_CACHED: Final = 10_000

_SLOT: Final = 15 * MINUTE
_NEVER: Final[Micros] = -(1 << 63)
_NOBODY: Final[Group] = ("", "", 0)
_STARTS: Final = tuple(key_start(window) for window in TALLY_WINDOWS)


class Fact(NamedTuple):
    """Something countable that happened to a ticket `at` an instant.

    `kind` is one of `TIMES` with `a` the open and `b` the wall duration in microseconds, or one of `WEIGHTED`
    with `a` how much it counts, or a count (`created`, `met:resolution`, …; `a` and `b` are 0), or a count by
    dimension (`created:queue:vpn`).
    """

    kind: str
    at: Micros
    customer: str
    priority: str
    tier: int
    a: int = 0
    b: int = 0


class _Route(NamedTuple):
    """What a kind of fact does: counts `name`, by its weight or by one, adds durations, or counts for a dimension."""

    name: str
    timed: bool = False
    weighted: bool = False
    dimension: str = ""
    value: str = ""


# The buckets of an instant: all of them, those without the hour, and the closed periods it lies in.
_Placed = tuple[list[Bucket[Cell]], list[Bucket[Cell]], Periods]


class KpiTable:
    """The windows of one partition; changes are collected and taken by `drain`.

    Deterministic: what `drain` returns depends on the calls alone, and what is stored on the facts alone.
    """

    def __init__(self, zone: ReportingZone, partition: int) -> None:
        self._zone = zone
        self._partition = partition
        hours, days, months = TALLY_WINDOWS
        self._windows: tuple[Window[Cell], ...] = (
            Window(hours, lambda hour: zone.hour(hour - HOURS_KEPT)),
            Window(days, lambda hour: zone.day_start(zone.day_index(hour) - DAYS_KEPT)),
            Window(months, lambda hour: zone.months_before(hour, MONTHS_KEPT)),
        )
        self._corrections = Corrections(zone, partition)
        self._slots: dict[int, _Placed] = {}
        self._routes: dict[str, _Route] = {}
        self._groups: dict[Group, Group] = {}
        self._decoded: list[Held] = []
        self._rest_at = _DECODED
        self._dirty: list[Held] = []
        self._gone: list[Row] = []
        self._next_expiry: Micros | None = None

    def __len__(self) -> int:
        """How many rows are stored."""
        cells = sum(len(bucket.cells) for window in self._windows for bucket in window.buckets.values())
        return cells + len(self._corrections)

    def add(self, facts: Iterable[Fact], reason: CorrectionReason = CorrectionReason.LATE_EVENT) -> None:
        """Files facts under their instants; in a closed period also as a correction for that reason."""
        self._file(facts, 1, reason)

    def subtract(self, facts: Iterable[Fact], reason: CorrectionReason = CorrectionReason.LATE_EVENT) -> None:
        """Takes back facts filed before; a cell that becomes empty is gone. See `add` for the reason."""
        self._file(facts, -1, reason)

    def correct_stocks(self, changes: Iterable[StockChange], reason: CorrectionReason) -> None:
        """Notes what `Backlog.change` says it changed in days that have ended; only closed ones are corrected."""
        self._corrections.correct_stocks(changes, reason)

    def close_periods(self, watermark: Micros, grace: Micros) -> None:
        """Closes what ended at least `grace` before the partition's time; does something once a day only.

        What is filed before the call is not a correction: all that has happened by then must be filed first.
        """
        if self._corrections.close(watermark, grace):
            self._slots.clear()

    @property
    def next_close(self) -> Micros | None:
        """The partition's time at which the next period closes; None before the first `close_periods`."""
        return self._corrections.next_close

    @property
    def changed(self) -> bool:
        """Whether the next `drain` may have rows."""
        return bool(self._dirty or self._gone) or self._corrections.changed

    def drain(self) -> list[Row]:
        """The rows that changed since the last call, in the order they were first touched; None removes."""
        rows, self._gone = self._gone, []
        dirty, self._dirty = self._dirty, []
        for bucket, group, cell in dirty:
            cell.dirty = False
            if bucket.cells.get(group) is not cell:  # expired in the meantime
                continue
            value = cell.encode()
            if value != cell.row:
                cell.row = value
                cell.key = key = cell.key or bucket.head + key_tail(group)
                rows.append((key, value))
            if value is None:
                del bucket.cells[group]
        if len(self._decoded) > self._rest_at:
            self._rest()
        if self._corrections.changed:
            rows += self._corrections.drain()
        return rows

    def restore(self, rows: Iterable[Row]) -> None:
        """Takes rows of this partition's log, oldest first, in as many calls as it pleases.

        Rows of the backlog are passed over, so that the whole log can be given. Raises `StateUnreadable`.
        """
        windows = {window.name: window for window in self._windows}
        for key, value in rows:
            if key.startswith(CORRECTION_STARTS):
                self._corrections.restore(key, value)
            if not key.startswith(_STARTS):
                continue
            decoded = decode_key(key, self._partition)
            bucket = self._bucket(windows[decoded.window], instant(decoded.start))
            if value is None:
                bucket.cells.pop(decoded.group, None)
            else:
                bucket.cells[self._shared(decoded.group)] = value

    def expire(self, watermark: Micros) -> None:
        """Drops what the partition's time has left behind; does something once an hour only."""
        if self._next_expiry is not None and watermark < self._next_expiry:
            return
        hour = self._zone.hour(watermark)
        self._next_expiry = self._zone.hour(hour + HOUR)
        if self._corrections.expire(hour):
            self._slots.clear()
        for window in self._windows:
            for bucket in window.expired(hour):
                self._slots.clear()
                self._drop(bucket)

    def rows(self) -> list[Row]:
        """Every tally that stands, by window, start and group, and each in the order of its names.

        The log has the same rows, with the names in the order in which they came. The corrections are apart:
        what is one depends on the order of arrival.
        """
        rows: list[Row] = []
        for window in self._windows:
            for start in sorted(window.buckets):
                bucket = window.buckets[start]
                for group in sorted(bucket.cells, key=in_order):
                    stored = bucket.cells[group]
                    value = stored if isinstance(stored, bytes) else stored.encode()
                    if value is not None:
                        rows.append(
                            (bucket.head + key_tail(group), encode_value(decode_tally(value).in_order()))
                        )
        return rows

    def correction_rows(self) -> list[Row]:
        """Every correction that stands, and the row that says how far periods are closed."""
        return self._corrections.rows()

    def _file(self, facts: Iterable[Fact], sign: int, reason: CorrectionReason) -> None:
        routes, slots = self._routes, self._slots
        last_at, last_group = _NEVER, _NOBODY
        cells: Sequence[Sums] = ()
        for kind, at, customer, priority, tier, a, b in facts:
            name, timed, weighted, dimension, value = routes.get(kind) or self._route(kind)
            group: Group = (customer, dimension, value) if dimension else (customer, priority, tier)
            # Most facts of a ticket come in runs of the same instant.
            if at != last_at or group != last_group:
                placed = slots.get(at // _SLOT) or self._place(at)
                cells = self._cells(placed[1] if dimension else placed[0], group)
                if placed[2]:
                    cells = [*cells, *self._corrections.sums(placed[2], group, reason)]
                last_at, last_group = at, group
            if timed:
                add_time(cells, kind, sign, a, b)
                continue
            amount = sign * a if weighted else sign
            for cell in cells:
                count = cell.counts[name] = cell.counts.get(name, 0) + amount
                if not count:
                    cell.zeros = True

    def _route(self, kind: str) -> _Route:
        _make_room(self._routes)
        name, _, rest = kind.partition(":")
        dimension, _, value = rest.partition(":")
        if dimension in DIMENSIONS:
            route = _Route(name, dimension=dimension, value=value)
        else:
            route = _Route(kind, timed=kind in TIMES, weighted=kind in WEIGHTED)
        self._routes[kind] = route
        return route

    def _cells(self, buckets: Iterable[Bucket[Cell]], group: Group) -> list[Cell]:
        """The cells of a group in these buckets, decoded and marked as changed."""
        found = []
        for bucket in buckets:
            cell = bucket.cells.get(group)
            if not isinstance(cell, Cell):
                cell = self._decode(bucket, group, cell)
            if not cell.dirty:
                cell.dirty = cell.used = True
                self._dirty.append((bucket, group, cell))
            found.append(cell)
        return found

    def _place(self, at: Micros) -> _Placed:
        """The buckets an instant is filed in, and which of them count volumes; remembered for its slot."""
        place = self._zone.place(at)
        hours = self._windows[0]
        kept = [
            self._bucket(window, start)
            for window, start in zip(self._windows, place, strict=False)
            if window.keeps(start)
        ]
        without_hour = kept[1:] if hours.keeps(place.hour) else kept
        placed = (kept, without_hour, self._corrections.periods(at, place.day))
        slot = at // _SLOT
        if self._zone.place(slot * _SLOT) == self._zone.place(slot * _SLOT + _SLOT - 1):
            _make_room(self._slots)
            self._slots[slot] = placed
        return placed

    def _bucket(self, window: Window[Cell], start: Micros) -> Bucket[Cell]:
        return window.buckets.get(start) or window.put(start, key_head(window.name, self._partition, start))

    def _decode(self, bucket: Bucket[Cell], group: Group, stored: bytes | None) -> Cell:
        group = self._shared(group)
        cell = bucket.cells[group] = Cell(stored)
        self._decoded.append((bucket, group, cell))
        return cell

    def _rest(self) -> None:
        """Puts the decoded cells that were not used since the last time back as bytes."""
        decoded, self._decoded = self._decoded, []
        for held in decoded:
            bucket, group, cell = held
            if cell.row is None or bucket.cells.get(group) is not cell:
                continue
            if cell.used:
                cell.used = False
                self._decoded.append(held)
            else:
                bucket.cells[group] = cell.row
        self._rest_at = max(_DECODED, 2 * len(self._decoded))

    def _drop(self, bucket: Bucket[Cell]) -> None:
        for group in sorted(bucket.cells, key=in_order):
            stored = bucket.cells[group]
            if isinstance(stored, bytes) or stored.row is not None:
                self._gone.append((bucket.head + key_tail(group), None))
        bucket.cells.clear()

    def _shared(self, group: Group) -> Group:
        """One object for all equal groups: a cell then costs a reference instead of a tuple."""
        _make_room(self._groups)
        return self._groups.setdefault(group, group)


def _make_room(cache: dict[Any, Any]) -> None:
    if len(cache) >= _CACHED:
        cache.clear()
