"""What an event of a ticket with a life beyond reason costs, beside one of an ordinary ticket (S38)."""

from __future__ import annotations

import statistics
import time
from typing import Final

import pytest

from monitor.engine import Engine
from monitor.intake import StoredRecord
from tests.bench.conftest import Sizes
from tests.bench.report import digits, outcome, table
from tests.builders import book
from tests.monitor.long_life import life, normal_lives

pytestmark = pytest.mark.bench

STEPS: Final = (1, 250)


def test_an_event_of_a_very_long_ticket(sizes: Sizes) -> None:
    """10,000 events on one ticket, 500 holds, 100 reopens, against 1,000 tickets of ten events."""
    rows, figures = [], {}
    for step in STEPS:
        pairs = [(_cost(normal_lives(1000), step), _cost(life(), step)) for _ in range(sizes.rounds)]
        normal, long = (statistics.median(pair[n] for pair in pairs) for n in (0, 1))
        ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
        rows.append((step, digits(normal), digits(long), digits(ratio)))
        figures[str(step)] = {"normal_us": normal, "long_us": long, "ratio": ratio}
    table("µs of processor time per event", ("records a step", "ordinary", "very long", "ratio"), rows)
    outcome("long_life", figures)


def _cost(lines: list[bytes], step: int) -> float:
    records = [StoredRecord("tickets", 0, n, None, None, line) for n, line in enumerate(lines)]
    engine = Engine(0, book(), replay=True)
    engine.start()
    began = time.process_time()
    for first in range(0, len(records), step):
        engine.apply(records[first : first + step], 0)
    return (time.process_time() - began) / len(records) * 1e6
