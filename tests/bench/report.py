"""How a bench speaks: lines of progress, a table at its end, and one line of JSON for a machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

_started = time.monotonic()


def say(text: str) -> None:
    """A line of progress, with the seconds since the benches began."""
    print(f"[{time.monotonic() - _started:7.1f} s] {text}", flush=True)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints a table: the first column to the left, figures to the right."""
    texts = [[_text(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    print(f"\n{title}")
    for number, row in enumerate(texts):
        first, *others = [
            text.rjust(width) if column else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join([first, *others]).rstrip())
        if not number:
            print("  " + "  ".join("-" * width for width in widths))
    print(flush=True)


def outcome(bench: str, figures: Mapping[str, Any]) -> None:
    """The last line: everything measured, as JSON."""
    print(orjson.dumps({"bench": bench, **figures}).decode(), flush=True)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, p90, p99, lowest and highest of what was measured, to four digits."""
    ordered = sorted(values)
    found = {
        "p50": statistics.median(ordered),
        "p90": quantile(ordered, 0.90),
        "p99": quantile(ordered, 0.99),
        "min": ordered[0],
        "max": ordered[-1],
    }
    return {name: digits(value) for name, value in found.items()}


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that `share` of the ordered values do not pass."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def digits(value: float) -> float:
    """The value to four significant digits: more would claim what was not measured."""
    return float(f"{value:.4g}")


def _text(cell: object) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.4g}"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
