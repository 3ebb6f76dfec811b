"""A KPI table of one partition for tests, and its rows as they are read."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from monitor.kpi_rows import KpiRow, Row, read_row, read_rows
from monitor.kpis import Fact, KpiTable
from monitor.periods import ReportingZone
from schemas.instants import Micros, parse_iso

ZONE = ReportingZone(ZoneInfo("Europe/Madrid"))
MARCH = parse_iso("2016-03-01T00:00:00+01:00")


def fact(kind: str, at: Micros = MARCH, priority: str = "P2", a: int = 0, b: int = 0) -> Fact:
    """A fact of acme in the first tier."""
    return Fact(kind, at, "acme", priority, 1, a, b)


def table(facts: Iterable[Fact] = ()) -> KpiTable:
    """Partition 3 with these facts."""
    made = KpiTable(ZONE, 3)
    made.add(facts)
    return made


def tallies(made: KpiTable) -> list[KpiRow]:
    """The rows that stand."""
    return list(read_rows(made.rows()))


def compacted(log: Iterable[Row]) -> dict[bytes, bytes]:
    """What compaction leaves of a log."""
    return {key: value for key, value in dict(log).items() if value is not None}


def meaning(rows: Iterable[Row]) -> dict[bytes, KpiRow]:
    """The rows that stand, without the order of the names inside them."""
    return {key: read_row(key, value) for key, value in compacted(rows).items()}
