"""The rows of topic `sla-kpis` as this program writes and reads them; `schemas/kpis.py` documents them.

A key is a JSON object that starts with its window, so that a reader can tell by the first bytes whether a row
is for it. It is put together from two parts that are kept, since a step writes hundreds of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

import msgspec
import orjson

from monitor.errors import StateUnreadable
from schemas.instants import DAY, Micros, iso, parse_iso

# What a cell of a window is about: (customer, priority, tier), or a volume's (customer, dimension, name).
Group = tuple[str, str, int] | tuple[str, str, str]
Row = tuple[bytes, bytes | None]  # key and value; None removes the row

TALLY_WINDOWS: Final = ("hour", "day", "month")
CORRECTION: Final = "correction"
CLOSED_PERIODS: Final = "closed_periods"
# The counts of a day's corrections that are about its backlog, by age band.
STOCK_PREFIX: Final = "stock:"
# How long rows are kept behind the partition's time; stocks as long as days.
HOURS_KEPT: Final[Micros] = 35 * DAY
DAYS_KEPT: Final = 400
MONTHS_KEPT: Final = 120


class TimeTally(msgspec.Struct, gc=False):
    """Durations of one kind: histograms and exact sums (µs) of open and of wall time."""

    open: dict[int, int]
    open_us: Micros
    wall: dict[int, int]
    wall_us: Micros

    def in_order(self) -> TimeTally:
        """The same with its buckets in ascending order."""
        return TimeTally(
            dict(sorted(self.open.items())), self.open_us, dict(sorted(self.wall.items())), self.wall_us
        )


class Tally(msgspec.Struct, gc=False, omit_defaults=True):
    """The value of an hour, day or month row. Nothing in it is zero."""

    counts: dict[str, int] = {}
    times: dict[str, TimeTally] = {}

    def in_order(self) -> Tally:
        """The same with its names in order, so that equal tallies are equal bytes."""
        times = {name: self.times[name].in_order() for name in sorted(self.times)}
        return Tally(dict(sorted(self.counts.items())), times)


class StockValue(msgspec.Struct, gc=False):
    """The value of a stock row: the tickets open at a day's close, in all and by age band."""

    open: int
    ages: dict[str, int]


class OpenValue(msgspec.Struct, gc=False):
    """The value of a ledger row: the tickets open now."""

    open: int


class ClosedValue(msgspec.Struct, gc=False):
    """The value of the row that says up to which instant the days or the periods of a zone are closed."""

    through: str
    zone: str


class RowKey(msgspec.Struct, gc=False):
    """A row's key; what its window does not use is absent."""

    window: str
    partition: int
    of: str = ""
    start: str = ""
    customer: str = ""
    priority: str = ""
    tier: int = 0
    dimension: str = ""
    name: str = ""

    @property
    def group(self) -> Group:
        """What the row is about inside its window and start."""
        if self.dimension:
            return (self.customer, self.dimension, self.name)
        return (self.customer, self.priority, self.tier)


class TallyRow(NamedTuple):
    """An hour, day or month of one customer, priority and tier."""

    window: str
    start: Micros
    customer: str
    priority: str
    tier: int
    tally: Tally


class VolumeRow(NamedTuple):
    """A day or month of one customer's queue, category or channel (`dimension`) of that `name`."""

    window: str
    start: Micros
    customer: str
    dimension: str
    name: str
    counts: dict[str, int]


class StockRow(NamedTuple):
    """The backlog at the close of the day that begins at `start`."""

    start: Micros
    customer: str
    priority: str
    tier: int
    stock: StockValue


class OpenRow(NamedTuple):
    """The tickets open now that were created on the day that begins at `start`."""

    start: Micros
    customer: str
    priority: str
    tier: int
    open: int


class CorrectionRow(NamedTuple):
    """What changed in a period (`of` its kind) after it had closed, by reason; the tallies are signed."""

    of: str
    start: Micros
    customer: str
    priority: str
    tier: int
    reasons: dict[str, Tally]


class VolumeCorrectionRow(NamedTuple):
    """The same of one customer's queue, category or channel; the tallies have counts only."""

    of: str
    start: Micros
    customer: str
    dimension: str
    name: str
    reasons: dict[str, Tally]


class ClosedPeriodsRow(NamedTuple):
    """The instant up to which the periods of a partition are closed: those that ended by then (S57)."""

    partition: int
    through: Micros


class ClosedRow(NamedTuple):
    """The instant up to which the partition's days are closed and their stock rows written."""

    partition: int
    through: Micros


KpiRow = (
    TallyRow
    | VolumeRow
    | StockRow
    | OpenRow
    | ClosedRow
    | CorrectionRow
    | VolumeCorrectionRow
    | ClosedPeriodsRow
)

encode_value = msgspec.json.Encoder().encode
_Shape = TypeVar("_Shape")


def _reader(shape: type[_Shape]) -> Callable[[bytes], _Shape]:
    decode = msgspec.json.Decoder(shape).decode

    def read(text: bytes) -> _Shape:
        try:
            return decode(text)
        except msgspec.DecodeError as error:
            raise StateUnreadable(f"{text!r} of the KPI topic is no {shape.__name__}: {error}") from error

    return read


# Each raises `StateUnreadable` for bytes that are not such a value.
decode_tally = _reader(Tally)
decode_stock = _reader(StockValue)
decode_open = _reader(OpenValue)
decode_closed = _reader(ClosedValue)
decode_correction = _reader(dict[str, Tally])
_decode_key = _reader(RowKey)


@lru_cache(maxsize=4096)  # thousands of rows share a start
def instant(text: str) -> Micros:
    """The instant of a row's start; raises `StateUnreadable` for a text that is none."""
    try:
        return parse_iso(text)
    except ValueError as error:
        raise StateUnreadable(f"{text!r} in the KPI topic is no instant") from error


def key_start(window: str) -> bytes:
    """The bytes every key of a window begins with."""
    return b'{"window":"%s",' % window.encode()


def key_head(window: str, partition: int, start: Micros | None = None) -> bytes:
    """The part of a key that the rows of one window and start share; without a start it is a whole key."""
    head = key_start(window) + b'"partition":%d' % partition
    return head + b"}" if start is None else head + b',"start":"%s",' % iso(start).encode()


def correction_head(of: str, partition: int, start: Micros) -> bytes:
    """The part of a key that the corrections of one period share; `of` is the kind of the period."""
    return key_start(CORRECTION) + b'"partition":%d,"of":"%s","start":"%s",' % (
        partition,
        of.encode(),
        iso(start).encode(),
    )


@lru_cache(maxsize=50_000)  # the same groups come in every step
def key_tail(group: Group) -> bytes:
    """The rest of a key: what the row is about."""
    customer, second, third = group
    if isinstance(third, int):
        return orjson.dumps({"customer": customer, "priority": second, "tier": third})[1:]
    return orjson.dumps({"customer": customer, "dimension": second, "name": third})[1:]


def decode_key(key: bytes, partition: int) -> RowKey:
    """The key of a row of that partition; raises `StateUnreadable` for any other."""
    decoded = _decode_key(key)
    if decoded.partition != partition:
        raise StateUnreadable(f"KPI row {key!r} stands in the log of partition {partition}")
    return decoded


def read_row(key: bytes, value: bytes) -> KpiRow:
    """One row of any partition, for those who report; raises `StateUnreadable` if it is none of ours."""
    decoded = _decode_key(key)
    window = decoded.window
    if window in ("closed", CLOSED_PERIODS):
        of = ClosedRow if window == "closed" else ClosedPeriodsRow
        return of(decoded.partition, instant(decode_closed(value).through))
    start = instant(decoded.start)
    if window in TALLY_WINDOWS:
        return _tally(decoded, start, decode_tally(value))
    if window == CORRECTION:
        return _correction(decoded, start, decode_correction(value))
    who = (decoded.customer, decoded.priority, decoded.tier)
    if window == "stock":
        return StockRow(start, *who, decode_stock(value))
    if window == "open":
        return OpenRow(start, *who, decode_open(value).open)
    raise StateUnreadable(f"KPI row {key!r} is of an unknown window")


def _tally(key: RowKey, start: Micros, tally: Tally) -> KpiRow:
    if key.dimension:
        return VolumeRow(key.window, start, key.customer, key.dimension, key.name, tally.counts)
    return TallyRow(key.window, start, key.customer, key.priority, key.tier, tally)


def _correction(key: RowKey, start: Micros, reasons: dict[str, Tally]) -> KpiRow:
    if key.dimension:
        return VolumeCorrectionRow(key.of, start, key.customer, key.dimension, key.name, reasons)
    return CorrectionRow(key.of, start, key.customer, key.priority, key.tier, reasons)


def read_rows(rows: Iterable[Row]) -> Iterator[KpiRow]:
    """The rows of a log that still stand: of each key the last value, unless that removed it."""
    latest = dict(rows)
    return (read_row(key, value) for key, value in latest.items() if value is not None)
