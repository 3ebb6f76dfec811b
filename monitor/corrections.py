"""What changed in a period after it had closed, and why: the corrections of one partition (S57).

A period closes in a partition when the partition's time has passed its end by the grace. From then on every
fact that is added to it or taken back is also summed here, signed and by reason, so that what the period said
when it closed is what it says now less its corrections, to the last bucket of a histogram. Each kind of period
has corrections of its own: what comes late for a Monday may come in time for its week.

A change and its opposite for the same reason leave nothing; for two reasons both stay to be seen. A correction
goes when the rows that its period is the sum of go. The backlog of a closed day is corrected among the counts
of its day, as `stock:<age band>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from monitor.backlog import StockChange
from monitor.errors import StateUnreadable
from monitor.kpi_cells import Bucket, Sums, Window, in_order
from monitor.kpi_rows import (
    CLOSED_PERIODS,
    CORRECTION,
    DAYS_KEPT,
    MONTHS_KEPT,
    STOCK_PREFIX,
    ClosedValue,
    Group,
    Row,
    Tally,
    correction_head,
    decode_closed,
    decode_correction,
    decode_key,
    encode_value,
    instant,
    key_head,
    key_start,
    key_tail,
)
from monitor.periods import PeriodKind, ReportingZone
from schemas.instants import DAY, Micros, iso, parse_iso
from schemas.reasons import CorrectionReason

# Before it no text of an instant exists; a partition whose only events are dated there closes nothing.
_EARLIEST: Final = parse_iso("0001-01-01T00:00:00Z") + 2 * DAY
CORRECTION_STARTS: Final = (key_start(CORRECTION), key_start(CLOSED_PERIODS))


class _Cell:
    """The corrections of one period and group in use; `row` is the value last written."""

    __slots__ = ("reasons", "row")

    def __init__(self, row: bytes | None) -> None:
        self.row = row
        stored = {} if row is None else decode_correction(row)
        self.reasons = {reason: Sums(tally) for reason, tally in stored.items()}

    def encode(self) -> bytes | None:
        """The row's value; None when nothing is left."""
        for reason in [reason for reason, sums in self.reasons.items() if not sums.settle()]:
            del self.reasons[reason]
        if not self.reasons:
            return None
        return encode_value({reason: sums.tally for reason, sums in self.reasons.items()})


Periods = Sequence[Bucket[_Cell]]
"""The closed periods an instant lies in, as places to file corrections."""


class Corrections:
    """The corrections of one partition, and how far its periods are closed; owned by its KPI table."""

    def __init__(self, zone: ReportingZone, partition: int) -> None:
        self._zone = zone
        self._partition = partition
        self._windows: dict[PeriodKind, Window[_Cell]] = {
            kind: Window(kind, self._first_day if kind.is_days else self._first_month) for kind in PeriodKind
        }
        self._dirty: dict[int, tuple[Bucket[_Cell], Group, _Cell]] = {}
        self._gone: list[Row] = []
        self._through: Micros | None = None
        self._written: Micros | None = None
        self._grace: Micros = -1
        self._next_close: Micros | None = None

    def __len__(self) -> int:
        """How many rows are stored."""
        windows = self._windows.values()
        stored = sum(len(bucket.cells) for window in windows for bucket in window.buckets.values())
        return stored + (self._through is not None)

    @property
    def through(self) -> Micros | None:
        """The start of a day up to which all periods are closed; None before the first."""
        return self._through

    @property
    def next_close(self) -> Micros | None:
        """The partition's time at which the next period closes; None before the first `close`."""
        return self._next_close

    @property
    def changed(self) -> bool:
        """Whether the next `drain` may have rows."""
        return bool(self._dirty or self._gone) or self._through != self._written

    def close(self, watermark: Micros, grace: Micros) -> bool:
        """Closes the periods whose end the partition's time has passed by `grace`; whether there were any.

        What is closed stays closed, also when a later policy version has a longer grace.
        """
        if self._next_close is not None and watermark < self._next_close and grace == self._grace:
            return False
        reached = watermark - grace
        if reached < _EARLIEST:
            return False
        self._grace = grace
        self._next_close = self._zone.next_day(reached) + grace
        through = self._zone.day(reached)
        if self._through is not None and through <= self._through:
            return False
        self._through = through
        return True

    def periods(self, at: Micros, day: Micros) -> Periods:
        """The closed periods that hold an instant of that day; none for nearly every fact there is."""
        through = self._through
        if through is None or day >= through:
            return ()
        found = []
        for kind, window in self._windows.items():
            period = self._zone.period(kind, at)
            if period.end <= through and window.keeps(period.start):
                found.append(self._bucket(kind, period.start))
        return found

    def sums(self, periods: Periods, group: Group, reason: CorrectionReason) -> list[Sums]:
        """Where a fact of a group is added for that reason, in each of these periods."""
        found = []
        for bucket in periods:
            cell = bucket.cells.get(group)
            if not isinstance(cell, _Cell):
                cell = bucket.cells[group] = _Cell(cell)
                self._dirty[id(cell)] = (bucket, group, cell)
            sums = cell.reasons.get(reason.value)
            if sums is None:
                sums = cell.reasons[reason.value] = Sums(Tally({}, {}))
            found.append(sums)
        return found

    def correct_stocks(self, changes: Iterable[StockChange], reason: CorrectionReason) -> None:
        """Notes what changed in the stocks of closed days; those of other days are no corrections."""
        through, window = self._through, self._windows[PeriodKind.DAY]
        for day, customer, priority, tier, band, tickets in changes:
            if through is None or day >= through or not window.keeps(day):
                continue
            (sums,) = self.sums([self._bucket(PeriodKind.DAY, day)], (customer, priority, tier), reason)
            name = STOCK_PREFIX + band
            total = sums.counts[name] = sums.counts.get(name, 0) + tickets
            if not total:
                sums.zeros = True

    def drain(self) -> list[Row]:
        """The rows that changed since the last call; None removes."""
        rows, self._gone = self._gone, []
        dirty, self._dirty = self._dirty, {}
        for bucket, group, cell in dirty.values():
            if bucket.cells.get(group) is not cell:  # expired in the meantime
                continue
            value = cell.encode()
            if value != cell.row:
                rows.append((bucket.head + key_tail(group), value))
            if value is None:
                del bucket.cells[group]
            else:
                bucket.cells[group] = value
        if self._through != self._written:
            self._written = self._through
            rows += self._closed_row()
        return rows

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Takes a row of this partition's log that begins with one of `CORRECTION_STARTS`, oldest first.

        Raises `StateUnreadable`.
        """
        decoded = decode_key(key, self._partition)
        if decoded.window == CLOSED_PERIODS:
            self._through = None if value is None else instant(decode_closed(value).through)
            self._written = self._through
            return
        if decoded.of not in self._windows:
            raise StateUnreadable(f"KPI row {key!r} corrects an unknown kind of period")
        cells = self._bucket(PeriodKind(decoded.of), instant(decoded.start)).cells
        if value is None:
            cells.pop(decoded.group, None)
        else:
            cells[decoded.group] = value

    def expire(self, hour: Micros) -> bool:
        """Drops the corrections of what is kept no longer when the partition's time is in that hour."""
        gone = [bucket for window in self._windows.values() for bucket in window.expired(hour)]
        for bucket in gone:
            for group in sorted(bucket.cells, key=in_order):
                stored = bucket.cells[group]
                if isinstance(stored, bytes) or stored.row is not None:
                    self._gone.append((bucket.head + key_tail(group), None))
            bucket.cells.clear()
        return bool(gone)

    def rows(self) -> list[Row]:
        """Every row that stands, by kind, start and group, and each in the order of its names."""
        rows: list[Row] = []
        for window in self._windows.values():
            for _, bucket in sorted(window.buckets.items()):
                for group in sorted(bucket.cells, key=in_order):
                    stored = bucket.cells[group]
                    value = stored if isinstance(stored, bytes) else stored.encode()
                    if value is not None:
                        tallies = decode_correction(value)
                        ordered = {reason: tallies[reason].in_order() for reason in sorted(tallies)}
                        rows.append((bucket.head + key_tail(group), encode_value(ordered)))
        return rows + self._closed_row()

    def _closed_row(self) -> list[Row]:
        if self._through is None:
            return []
        value = encode_value(ClosedValue(iso(self._through), self._zone.zone.key))
        return [(key_head(CLOSED_PERIODS, self._partition), value)]

    def _bucket(self, kind: PeriodKind, start: Micros) -> Bucket[_Cell]:
        window = self._windows[kind]
        return window.buckets.get(start) or window.put(start, correction_head(kind, self._partition, start))

    def _first_day(self, hour: Micros) -> Micros:
        return self._zone.day_start(self._zone.day_index(hour) - DAYS_KEPT)

    def _first_month(self, hour: Micros) -> Micros:
        return self._zone.months_before(hour, MONTHS_KEPT)
