"""Sums of rows, and the document `kpis.json` of all a table holds, with the formula of each figure (S50).

What the sums say is in `monitor/summaries.py`. Corrections are no part of the document: they depend on the
order in which events arrived, the document on the events alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from monitor.backlog import AGE_BANDS
from monitor.figure_catalogue import figure_texts
from monitor.histograms import MAX_RELATIVE_ERROR
from monitor.kpi_rows import ClosedRow, KpiRow, OpenRow, StockRow, Tally, TallyRow, VolumeRow
from monitor.periods import Period, ReportingZone
from monitor.row_index import RowIndex, add_row
from monitor.summaries import Stock, Summary, add_tally, capped, names_shown
from schemas.instants import Micros, iso

DOCUMENT_FORMAT: Final = 1


def summarise(rows: Iterable[KpiRow]) -> Summary:
    """Sums hours, days or months of any customers and partitions; other rows are passed over.

    Raises `ValueError` for rows of two windows, which would count everything twice.
    """
    summary = Summary()
    windows = set()
    for row in rows:
        if isinstance(row, TallyRow | VolumeRow):
            windows.add(row.window)
            add_row(summary, row)
    if len(windows) > 1:
        raise ValueError(f"rows of {' and '.join(sorted(windows))} overlap: sum one window")
    return summary


def rows_of(rows: Iterable[KpiRow], period: Period) -> list[KpiRow]:
    """The rows whose sum is the period."""
    return [
        row
        for row in rows
        if isinstance(row, TallyRow | VolumeRow)
        and row.window == period.window
        and period.start <= row.start < period.end
    ]


def stock_at(rows: Iterable[KpiRow], end: Micros, zone: ReportingZone) -> Stock | None:
    """The backlog at the end of a period, or at the last close before it while the period runs (S54).

    A day is closed when it is in every partition. None when none is, or when that day's stock is kept no more.
    """
    return RowIndex(rows, zone).stock(end)


def kpis_document(rows: Iterable[KpiRow], zone: ReportingZone) -> dict[str, Any]:
    """Everything a table holds, for `kpis.json`: sums over the months, and the rows with partitions merged.

    Equal tables give equal documents whatever the order and partition of their rows. The totals reach back
    as far as months are kept.
    """
    rows = list(rows)
    months = [row for row in rows if isinstance(row, TallyRow | VolumeRow) and row.window == "month"]
    pairs: dict[tuple[str, str], list[TallyRow]] = {}
    for row in months:
        if isinstance(row, TallyRow):
            pairs.setdefault((row.customer, row.priority), []).append(row)
    through = min((row.through for row in rows if isinstance(row, ClosedRow)), default=None)
    return {
        "format": DOCUMENT_FORMAT,
        "reporting_zone": zone.zone.key,
        "closed_through": None if through is None else iso(through),
        "quantiles": {
            "method": "nearest rank in log-spaced buckets",
            "max_relative_error": MAX_RELATIVE_ERROR,
        },
        "figures": figure_texts("en"),
        "totals": {
            "overall": summarise(months).document(),
            "by_customer_and_priority": [
                {
                    "customer": customer,
                    "priority": priority,
                    **summarise(of).document(),
                }
                for (customer, priority), of in sorted(pairs.items())
            ],
        },
        "rows": _tally_lines(rows),
        "volumes": _volume_lines(rows),
        "stock": _stock_lines(rows),
        "open": _open_lines(rows),
    }


def _tally_lines(rows: Iterable[KpiRow]) -> list[dict[str, Any]]:
    cells: dict[tuple[str, Micros, str, str, int], Tally] = {}
    for row in rows:
        if isinstance(row, TallyRow):
            add_tally(cells.setdefault(row[:5], Tally()), row.tally)
    lines = []
    for (window, start, customer, priority, tier), tally in sorted(cells.items(), key=lambda cell: cell[0]):
        whose = {"customer": customer, "priority": priority, "tier": tier}
        lines.append({"window": window, "start": iso(start), **whose, **_tally_json(tally.in_order())})
    return lines


def _tally_json(tally: Tally) -> dict[str, Any]:
    times = {
        name: {
            "open": {str(bucket): count for bucket, count in time.open.items()},
            "open_us": time.open_us,
            "wall": {str(bucket): count for bucket, count in time.wall.items()},
            "wall_us": time.wall_us,
        }
        for name, time in tally.times.items()
    }
    return {"counts": tally.counts, "times": times}


def _volume_lines(rows: Iterable[KpiRow]) -> list[dict[str, Any]]:
    """One line per window, start, customer, dimension and count; a customer's names are the same in all."""
    cells: dict[tuple[str, Micros, str, str], dict[str, int]] = {}
    totals: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if not isinstance(row, VolumeRow):
            continue
        for count, number in row.counts.items():
            of = f"{count}:{row.dimension}"
            names = cells.setdefault((row.window, row.start, row.customer, of), {})
            names[row.name] = names.get(row.name, 0) + number
            if row.window == "month":
                total = totals.setdefault((row.customer, of), {})
                total[row.name] = total.get(row.name, 0) + number
    shown = {whose: names_shown(names) for whose, names in totals.items()}
    return [
        {
            "window": window,
            "start": iso(start),
            "customer": customer,
            "of": of,
            "names": capped(cells[window, start, customer, of], shown.get((customer, of))),
        }
        for window, start, customer, of in sorted(cells)
    ]


def _stock_lines(rows: Iterable[KpiRow]) -> list[dict[str, Any]]:
    cells: dict[tuple[Micros, str, str, int], dict[str, int]] = {}
    for row in rows:
        if isinstance(row, StockRow):
            ages = cells.setdefault(row[:4], {})
            for band, count in row.stock.ages.items():
                ages[band] = ages.get(band, 0) + count
    return [
        {
            "start": iso(start),
            "customer": customer,
            "priority": priority,
            "tier": tier,
            "open": sum(ages.values()),
            "ages": {band: ages[band] for band in AGE_BANDS if band in ages},
        }
        for (start, customer, priority, tier), ages in sorted(cells.items(), key=lambda cell: cell[0])
    ]


def _open_lines(rows: Iterable[KpiRow]) -> list[dict[str, Any]]:
    cells: dict[tuple[Micros, str, str, int], int] = {}
    for row in rows:
        if isinstance(row, OpenRow):
            cells[row[:4]] = cells.get(row[:4], 0) + row.open
    return [
        {"created_on": iso(start), "customer": customer, "priority": priority, "tier": tier, "open": count}
        for (start, customer, priority, tier), count in sorted(cells.items())
    ]
