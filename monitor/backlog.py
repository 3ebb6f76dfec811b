"""The backlog of one partition: how many tickets were open at each day's close, and how old they were (S54).

A day's close is its last instant, so that yesterday's stock plus what opened less what ended today is today's
stock: a ticket created at midnight belongs to the new day, as it does in the volume. A ticket counts in the
stock of a day if it was open at that close, under the customer, priority and tier it had then, in the band of
its age in days of the reporting zone, counted from the day it was created.

Nothing scans tickets. A **ledger** holds how many tickets are open by customer, priority, tier and day of
creation; when a day closes its sums are the stock. A late event changes the ledger and the closed days it is
about, so that the stock is a function of the spans and the open day alone. The ledger is written to the log
as well (window `open`): restoring a million tickets then needs a row per group and creation day instead of a
look into every ticket, and a reader of the log sees the present backlog.

A stock is kept as one integer, 32 bits for each age band: adding, moving and taking back is arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from monitor.errors import StateUnreadable
from monitor.kpi_rows import (
    DAYS_KEPT,
    ClosedValue,
    OpenValue,
    Row,
    StockValue,
    decode_closed,
    decode_key,
    decode_open,
    decode_stock,
    encode_value,
    instant,
    key_head,
    key_start,
    key_tail,
)
from monitor.periods import ReportingZone
from schemas.instants import Micros, iso

AGE_BANDS: Final = ("0-1", "1-3", "3-7", "7-30", ">30")
_BAND_STARTS: Final = (1, 3, 7, 30)  # the age in days at which a band ends and the next begins
_BITS: Final = 32
_ONE: Final = tuple(1 << _BITS * band for band in range(len(AGE_BANDS)))
_MASK: Final = (1 << _BITS) - 1
_STARTS: Final = tuple(key_start(window) for window in ("stock", "open", "closed"))
_CACHED: Final = 10_000  # beginnings of keys; emptied beyond this, only speed is lost
_LONG_AGO: Final = -(1 << 62)

_Key = TypeVar("_Key")
Who = tuple[str, str, int]  # customer, priority, tier


class Span(NamedTuple):
    """A ticket was open in [`from_`, `to`) as this customer's, with this priority and tier; None is still."""

    from_: Micros
    to: Micros | None
    customer: str
    priority: str
    tier: int
    created: Micros


class StockChange(NamedTuple):
    """The stock of the closed day that begins at `day` changed by so many `tickets` of an age band."""

    day: Micros
    customer: str
    priority: str
    tier: int
    band: str
    tickets: int


class Backlog:
    """The ledger and the stock rows of one partition; changes are collected and taken by `drain`."""

    def __init__(self, zone: ReportingZone, partition: int) -> None:
        self._zone = zone
        self._partition = partition
        self._today: int | None = None  # the day that is not yet closed
        self._next_close: Micros | None = None
        self._floor = _LONG_AGO
        self._ledger: dict[int, dict[Who, int]] = {}  # by day of creation: open at today's close so far
        self._stock: dict[Who, int] = {}  # the same as stocks of today
        self._ahead: dict[int, dict[tuple[int, Who], int]] = {}  # changes of the ledger on days after today
        self._closed: dict[int, dict[Who, int]] = {}  # the stocks of the closed days
        # What the next drain looks at, with the value that the log has.
        self._dirty_closed: dict[tuple[int, Who], int] = {}
        self._dirty_open: dict[tuple[int, Who], int] = {}
        self._dirty_today = False
        self._gone: list[Row] = []
        self._heads: dict[tuple[str, int], bytes] = {}
        self._restored = False

    def __len__(self) -> int:
        """How many rows are stored."""
        opened = sum(map(len, self._ledger.values()))
        return sum(map(len, self._closed.values())) + opened + (self._today is not None)

    @property
    def changed(self) -> bool:
        """Whether the next `drain` may have rows."""
        return bool(self._dirty_closed or self._dirty_open or self._dirty_today or self._gone)

    @property
    def next_close(self) -> Micros | None:
        """The instant the open day ends; None before the first `close_days`."""
        self._resume()
        return self._next_close

    def change(self, before: Sequence[Span], after: Sequence[Span]) -> list[StockChange]:
        """Puts a ticket's spans in place of those it had; only where they differ is anything touched.

        What changed in the stocks of days that have ended is returned, for corrections of closed periods.
        """
        self._resume()
        index = self._zone.day_index
        points: dict[tuple[int, Who], dict[int, int]] = {}
        for sign, spans in ((-1, before), (1, after)):
            for from_, to, customer, priority, tier, created in spans:
                days = points.setdefault((index(created), (customer, priority, tier)), {})
                _add(days, index(from_), sign)
                if to is not None:
                    _add(days, index(to), -sign)
        changes: list[StockChange] = []
        for (created_on, who), days in points.items():
            if len(days) == 1 and self._today in days:  # what happens in order: opened or ended today
                self._count(created_on, who, days[self._today])
            elif days:
                self._shift(created_on, who, days, changes)
        return changes

    def close_days(self, watermark: Micros) -> None:
        """Writes the stock of every day that has ended when the partition's time is `watermark`.

        The first call only says which day is open, unless spans came before it. Days that are kept no longer
        are passed over or dropped.
        """
        self._resume()
        if self._next_close is not None and watermark < self._next_close:
            return
        target = self._zone.day_index(watermark)
        floor = target - DAYS_KEPT
        if self._today is None:
            self._open(min([target, *self._ahead]))
        while self._today is not None and self._today < target:
            if self._today >= floor:
                self._record(self._today)
            following = self._today + 1 if self._stock else min([target, *self._ahead])
            self._open(min(max(following, floor), target))
        self._next_close = self._zone.next_day(watermark)
        self._dirty_today = True
        self.expire(watermark)

    def drain(self) -> list[Row]:
        """The rows that changed since the last call; None removes.

        `close_days` must have been told a time not before any span's ends; raises `RuntimeError` otherwise,
        since what lies ahead of the open day is not in the rows.
        """
        if self._ahead:
            raise RuntimeError(
                "close_days must be called with the partition's time before its changes are drained"
            )
        rows, self._gone = self._gone, []
        for (day, who), written in self._dirty_closed.items():
            stock = self._closed.get(day, {}).get(who, 0)
            if stock != written:
                rows.append((self._key("stock", day, who), _stock_value(stock) if stock else None))
        for (created_on, who), written in self._dirty_open.items():
            count = self._ledger.get(created_on, {}).get(who, 0)
            if count != written:
                value = encode_value(OpenValue(count)) if count else None
                rows.append((self._key("open", created_on, who), value))
        if self._dirty_today:
            rows += self._today_row()
        self._dirty_closed.clear()
        self._dirty_open.clear()
        self._dirty_today = False
        return rows

    def restore(self, rows: Iterable[Row]) -> None:
        """Takes rows of this partition's log, oldest first, in as many calls as it pleases.

        Rows of the other windows are passed over. Raises `StateUnreadable`, also for a ledger that was kept
        in another reporting time zone, whose days are not ours.
        """
        shared: dict[Who, Who] = {}  # one object for all equal groups: a row then costs a reference
        for key, value in rows:
            if not key.startswith(_STARTS):
                continue
            self._restored = True
            row = decode_key(key, self._partition)
            if row.window == "closed":
                self._restore_today(value)
                continue
            days = self._closed if row.window == "stock" else self._ledger
            read = _read_stock if row.window == "stock" else _read_open
            group = days.setdefault(self._zone.day_index(instant(row.start)), {})
            who = (row.customer, row.priority, row.tier)
            if value is None:
                group.pop(who, None)
            else:
                group[shared.setdefault(who, who)] = read(value)

    def expire(self, watermark: Micros) -> None:
        """Drops the stock of the days that the partition's time has left behind; `close_days` does it too."""
        self._resume()
        floor = self._zone.day_index(watermark) - DAYS_KEPT
        if floor <= self._floor:
            return
        self._floor = floor
        for day in sorted(day for day in self._closed if day < floor):
            for who, stock in sorted(self._closed.pop(day).items()):
                if self._dirty_closed.pop((day, who), stock):
                    self._gone.append((self._key("stock", day, who), None))

    def rows(self) -> list[Row]:
        """Every row as it stands in the log once all is drained: stocks, ledger, the open day."""
        self._resume()
        stocks = [
            (self._key("stock", day, who), _stock_value(stock)) for day, who, stock in _in_order(self._closed)
        ]
        opened = [
            (self._key("open", day, who), encode_value(OpenValue(count)))
            for day, who, count in _in_order(self._ledger)
        ]
        return [*stocks, *opened, *self._today_row()]

    def _shift(self, created_on: int, who: Who, days: dict[int, int], changes: list[StockChange]) -> None:
        """Changes the count of a group and creation day by so much from each of these days on."""
        today = self._today
        running = 0
        steps = sorted(days)
        for day, following in zip(steps, [*steps[1:], None], strict=True):
            if today is None or day > today:
                ahead = self._ahead.setdefault(day, {})
                _add(ahead, (created_on, who), days[day])
                if not ahead:
                    del self._ahead[day]
                continue
            running += days[day]
            until = today if following is None else min(following, today)
            if running:
                for closed in range(max(day, self._floor), until):
                    self._correct(closed, created_on, who, running, changes)
        if running:
            self._count(created_on, who, running)

    def _correct(self, day: int, created_on: int, who: Who, count: int, changes: list[StockChange]) -> None:
        stocks = self._closed.get(day)
        if stocks is None:
            if not self._exists(day):
                return
            stocks = self._closed[day] = {}
        self._dirty_closed.setdefault((day, who), stocks.get(who, 0))
        band = _band(day - created_on)
        _add(stocks, who, count * _ONE[band])
        changes.append(StockChange(self._zone.day_start(day), *who, AGE_BANDS[band], count))

    def _count(self, created_on: int, who: Who, count: int) -> None:
        """Changes the ledger of today; `_today` is set."""
        assert self._today is not None  # noqa: S101 (for the type checker)
        opened = self._ledger.setdefault(created_on, {})
        self._dirty_open.setdefault((created_on, who), opened.get(who, 0))
        _add(opened, who, count)
        if not opened:
            del self._ledger[created_on]
        _add(self._stock, who, count * _ONE[_band(self._today - created_on)])

    def _record(self, day: int) -> None:
        """Closes a day: its stock is what the ledger says now."""
        if self._stock and self._exists(day):
            self._closed[day] = dict(self._stock)
            for who in self._stock:
                self._dirty_closed[day, who] = 0

    def _open(self, day: int) -> None:
        """Makes a day the open one: the bands move up and what was ahead for it comes in."""
        if self._today is not None and day == self._today + 1:
            for band, age in enumerate(_BAND_STARTS):
                for who, count in self._ledger.get(day - age, {}).items():
                    _add(self._stock, who, count * (_ONE[band + 1] - _ONE[band]))
            self._today = day
        else:
            self._today = day
            self._restock()
        for due in sorted(ahead for ahead in self._ahead if ahead <= day):
            for (created_on, who), count in self._ahead.pop(due).items():
                self._count(created_on, who, count)

    def _restock(self) -> None:
        """Works today's stocks out from the ledger."""
        assert self._today is not None  # noqa: S101 (for the type checker)
        self._stock = {}
        for created_on, opened in self._ledger.items():
            one = _ONE[_band(self._today - created_on)]
            for who, count in opened.items():
                _add(self._stock, who, count * one)

    def _restore_today(self, value: bytes | None) -> None:
        if value is None:
            self._today = None
            return
        row = decode_closed(value)
        if row.zone != self._zone.zone.key:
            raise StateUnreadable(
                f"the KPI topic was kept in the reporting time zone {row.zone}, the policy says "
                f"{self._zone.zone.key}: days cannot be moved, so keep the zone, or start with empty topics"
            )
        through = instant(row.through)
        self._today = self._zone.day_index(through)
        self._next_close = self._zone.next_day(through)
        self._floor = self._today - DAYS_KEPT

    def _resume(self) -> None:
        """Makes what was restored usable, once all of it is there."""
        if not self._restored:
            return
        self._restored = False
        if self._today is None:
            raise StateUnreadable(f"the KPI rows of partition {self._partition} lack the one of the open day")
        self._ledger = {day: opened for day, opened in self._ledger.items() if opened}
        self._restock()

    def _exists(self, day: int) -> bool:
        """Whether the zone had that date; Apia had no 2011-12-30."""
        return self._zone.day_start(day) < self._zone.day_start(day + 1)

    def _today_row(self) -> list[Row]:
        if self._today is None:
            return []
        through = iso(self._zone.day_start(self._today))
        return [
            (key_head("closed", self._partition), encode_value(ClosedValue(through, self._zone.zone.key)))
        ]

    def _key(self, window: str, day: int, who: Who) -> bytes:
        head = self._heads.get((window, day))
        if head is None:
            if len(self._heads) >= _CACHED:
                self._heads.clear()
            head = key_head(window, self._partition, self._zone.day_start(day))
            self._heads[window, day] = head
        return head + key_tail(who)


def _band(age: int) -> int:
    return bisect_right(_BAND_STARTS, age)


def _add(counts: dict[_Key, int], key: _Key, count: int) -> None:
    """Adds to a count; what becomes zero leaves."""
    total = counts.get(key, 0) + count
    if total:
        counts[key] = total
    else:
        counts.pop(key, None)


def _stock_value(stock: int) -> bytes:
    ages = {name: count for band, name in enumerate(AGE_BANDS) if (count := stock >> _BITS * band & _MASK)}
    return encode_value(StockValue(sum(ages.values()), ages))


def _read_stock(value: bytes) -> int:
    return sum(_ONE[AGE_BANDS.index(name)] * count for name, count in decode_stock(value).ages.items())


def _read_open(value: bytes) -> int:
    return decode_open(value).open


def _in_order(days: dict[int, dict[Who, int]]) -> Iterator[tuple[int, Who, int]]:
    for day in sorted(days):
        for who, count in sorted(days[day].items()):
            yield day, who, count
