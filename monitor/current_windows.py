"""The windows that `/metrics` shows, kept up to date from the rows of `sla-kpis` of the partitions owned here.

`24h` is the clock hour it is and the 23 before it; `7d` and `30d` are today in the reporting zone and the 6 or 29
days before it; `month` is the calendar month so far. Today is the wall clock's: what is caught up from long ago
is in none of them.

Summing 30 days of rows at each scrape would take seconds. So each window of each partition is a sum to which the
difference of every changed row is added, when next somebody looks; a row that no window shows costs a comparison.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import add
from typing import Final, NamedTuple

from monitor.histograms import representative
from monitor.kpi_rows import Group, Row, decode_key, decode_open, decode_tally, instant, key_start
from monitor.metrics import OBJECTIVES, TIME_BOUNDS, TIMES, VERDICTS
from monitor.periods import ReportingZone
from schemas.instants import HOUR, SECOND, Micros, iso

_DAYS: Final = {"7d": 7, "30d": 30}
_LONGEST_DAYS: Final = 31  # of a month; what is older is in no window
_LAZY_ROWS: Final = 10_000  # so many changed rows wait for somebody to look, 0.2 s of work at most

_OPEN: Final = key_start("open")
_HOUR: Final = key_start("hour")
_DAY: Final = key_start("day")
_START: Final = b'"start":"'

_BOUNDS: Final = tuple(int(bound * SECOND) for bound in TIME_BOUNDS)
_BINS: Final = len(_BOUNDS) + 1

# A sum is one flat list of integers: the verdicts, then per time its bins and the total in microseconds.
_VERDICT_AT: Final = {
    f"{outcome}:{objective}": (objective, outcome, index * len(VERDICTS) + offset)
    for index, objective in enumerate(OBJECTIVES)
    for offset, outcome in enumerate(VERDICTS)
}
_TIME_AT: Final = {
    f"{objective}_time": (objective, len(_VERDICT_AT) + index * (_BINS + 1))
    for index, objective in enumerate(TIMES)
}
_SIZE: Final = len(_VERDICT_AT) + len(_TIME_AT) * (_BINS + 1)

_Sum = list[int]
_Cell = tuple[str, Micros, Group]  # hour or day, its start, and whose


class TimeCounts(NamedTuple):
    """The times of one objective; `seconds` is their sum.

    `counts` has one entry per bucket of `monitor.metrics.TIME_BOUNDS`, not cumulative, and a last one for
    what is above every bound.
    """

    counts: Sequence[int]
    seconds: float


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """What a window holds for one customer and priority, tiers added up.

    `verdicts` counts (objective, `met` or `missed`); `times` is by objective, of `monitor.metrics.TIMES`.
    """

    window: str
    customer: str
    priority: str
    verdicts: Mapping[tuple[str, str], int]
    times: Mapping[str, TimeCounts] = field(default_factory=dict)


class _Reach(NamedTuple):
    """How far back the windows go: from which hour or day each of them is shown, and before which day none ever is."""

    firsts: Mapping[str, tuple[str, Micros]]
    floor: bytes


class _Partition:
    """The rows of one partition that some window shows, their sums, and the rows not looked at yet."""

    def __init__(self) -> None:
        self.changed: dict[bytes, bytes | None] = {}
        self.cells: dict[tuple[str, Micros], dict[Group, bytes]] = {}
        self.shown_in: dict[tuple[str, Micros], frozenset[str]] = {}
        self.sums: dict[str, dict[tuple[str, str], _Sum]] = {}
        self.open: dict[bytes, tuple[tuple[str, str], int]] = {}
        self.open_sums: dict[tuple[str, str], int] = {}


class CurrentWindows:
    """The windows of all partitions of this process, added up; lives as long as the process."""

    def __init__(self, zone: ReportingZone, at: Micros) -> None:
        self._zone = zone
        self._partitions: dict[int, _Partition] = {}
        self._reach = _reach(zone, at)

    def restore(self, partition: int, rows: Iterable[Row]) -> None:
        """Takes rows of a partition's log, oldest first, and works them in at once."""
        of = self._partitions.setdefault(partition, _Partition())
        of.changed.update(rows)
        self._work_in(partition, of)

    def take(self, partition: int, rows: Iterable[Row]) -> None:
        """Takes the rows that a step changed; worked in when somebody looks, or when many wait."""
        of = self._partitions.setdefault(partition, _Partition())
        of.changed.update(rows)
        if len(of.changed) > _LAZY_ROWS:
            self._work_in(partition, of)

    def drop(self, partition: int) -> None:
        """Forgets a partition that is no longer owned or is restored anew."""
        self._partitions.pop(partition, None)

    def retain(self, partitions: Collection[int]) -> None:
        """Forgets all other partitions."""
        for gone in self._partitions.keys() - set(partitions):
            self.drop(gone)

    def figures(self, at: Micros, partitions: Collection[int]) -> list[WindowFigures]:
        """Every window as of `at`, one entry per customer and priority that has something in it.

        Only what is in these partitions counts; the others may be half restored. `at` is a clock's that never goes
        back: what no window shows any more is forgotten.
        """
        self._reach = _reach(self._zone, at)
        totals: dict[tuple[str, tuple[str, str]], _Sum] = {}
        for number in self._partitions.keys() & set(partitions):
            of = self._worked_in(number)
            self._slide(of)
            for window, sums in of.sums.items():
                for who, values in sums.items():
                    total = totals.get((window, who))
                    totals[window, who] = values if total is None else list(map(add, total, values))
        shown = sorted((window, who, values) for (window, who), values in totals.items() if any(values))
        return [_figures(window, who, values) for window, who, values in shown]

    def open_tickets(self, partitions: Collection[int]) -> dict[tuple[str, str], int]:
        """The tickets open now by customer and priority; 0 for who had some before."""
        totals: dict[tuple[str, str], int] = {}
        for number in self._partitions.keys() & set(partitions):
            for who, count in self._worked_in(number).open_sums.items():
                totals[who] = totals.get(who, 0) + count
        return totals

    def _worked_in(self, number: int) -> _Partition:
        of = self._partitions[number]
        self._work_in(number, of)
        return of

    def _work_in(self, number: int, of: _Partition) -> None:
        floor = self._reach.floor
        changed, of.changed = of.changed, {}
        for key, value in changed.items():
            if key.startswith(_OPEN):
                _put_open(number, of, key, value)
            elif key.startswith((_HOUR, _DAY)):
                begin = key.index(_START) + len(_START)
                # Instants of one form compare as text.
                if key[begin : begin + len(floor)] >= floor:
                    self._put(number, of, key, value)

    def _put(self, number: int, of: _Partition, key: bytes, value: bytes | None) -> None:
        decoded = decode_key(key, number)
        if decoded.dimension:
            return
        group = decoded.group
        where = (decoded.window, instant(decoded.start))
        if where not in of.cells:
            of.cells[where] = {}
            of.shown_in[where] = self._windows_of(where)
        cells, windows = of.cells[where], of.shown_in[where]
        before = cells.pop(group, None)
        if value is not None:
            cells[group] = value
        for row, sign in ((before, -1), (value, 1)):
            if row is not None:
                _add(of, windows, group, row, sign)

    def _slide(self, of: _Partition) -> None:
        """Takes out of each window what it has left behind, and forgets what none of them shows.

        A window also takes in what it lacks: rows that came while only the machine's clock was known, when that
        was ahead of the broker's, by which the windows are shown.
        """
        for where in list(of.cells):
            before, now = of.shown_in[where], self._windows_of(where)
            if before != now:
                for group, row in of.cells[where].items():
                    _add(of, before - now, group, row, -1)
                    _add(of, now - before, group, row, 1)
                of.shown_in[where] = now
            if not now:
                del of.cells[where], of.shown_in[where]

    def _windows_of(self, where: tuple[str, Micros]) -> frozenset[str]:
        kind, start = where
        return frozenset(
            window for window, (rows, first) in self._reach.firsts.items() if rows == kind and start >= first
        )


def _reach(zone: ReportingZone, at: Micros) -> _Reach:
    today = zone.day_index(at)
    days = {window: ("day", zone.day_start(today - count + 1)) for window, count in _DAYS.items()}
    firsts = {"24h": ("hour", zone.hour(at) - 23 * HOUR), **days, "month": ("day", zone.month(at))}
    return _Reach(firsts, iso(zone.day_start(today - _LONGEST_DAYS)).encode())


def _put_open(number: int, of: _Partition, key: bytes, value: bytes | None) -> None:
    before = of.open.pop(key, None)
    if before is not None:
        of.open_sums[before[0]] -= before[1]
    if value is not None:
        decoded = decode_key(key, number)
        who, count = (decoded.customer, decoded.priority), decode_open(value).open
        of.open[key] = (who, count)
        of.open_sums[who] = of.open_sums.get(who, 0) + count


def _add(of: _Partition, windows: Iterable[str], group: Group, row: bytes, sign: int) -> None:
    """Adds a row to the sums of some windows, or takes it away."""
    parts: list[tuple[int, int]] | None = None
    who = (group[0], str(group[1]))
    for window in windows:
        parts = _parts(row) if parts is None else parts
        sums = of.sums.setdefault(window, {})
        values = sums.get(who)
        if values is None:
            values = sums[who] = [0] * _SIZE
        for index, count in parts:
            values[index] += sign * count


@lru_cache(maxsize=8_192)  # a row that changes again is first taken away as it was
def _parts(row: bytes) -> list[tuple[int, int]]:
    """What a row adds to which places of a sum."""
    tally = decode_tally(row)
    parts = [(_VERDICT_AT[name][2], count) for name, count in tally.counts.items() if name in _VERDICT_AT]
    for kind, times in tally.times.items():
        if kind in _TIME_AT:
            first = _TIME_AT[kind][1]
            parts += [(first + _bin(bucket), count) for bucket, count in times.open.items()]
            parts.append((first + _BINS, times.open_us))
    return parts


@cache
def _bin(bucket: int) -> int:
    """The bin of a fine bucket, by the value that stands for it: at most 2.5 % across a bound."""
    return bisect_left(_BOUNDS, representative(bucket))


def _figures(window: str, who: tuple[str, str], values: _Sum) -> WindowFigures:
    verdicts = {
        (objective, outcome): values[index]
        for objective, outcome, index in _VERDICT_AT.values()
        if values[index]
    }
    times = {}
    for objective, first in _TIME_AT.values():
        counts = values[first : first + _BINS]
        if any(counts):
            times[objective] = TimeCounts(counts, values[first + _BINS] / SECOND)
    return WindowFigures(window, *who, verdicts, times)
