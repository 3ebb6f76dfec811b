"""A ticket that an event meets before what was due for it has happened."""

from __future__ import annotations

import orjson
import pytest

from tests.builders import book
from tests.monitor.engine_desk import Desk

PLAIN = """
policies:
  - name: plain
    objectives:
      first_response: {target: 1h}
      resolution: {target: 8h}
"""


@pytest.mark.parametrize("kind", ["customer_replied", "responded", "resolved"])
def test_what_a_cut_tick_left_due_is_filed_with_the_tickets_next_event(kind: str) -> None:
    kpis = []
    for limit in (1, 1000):
        desk = Desk(book(PLAIN))
        desk.tell(*[f"2026-03-02T10:00:00Z created INC-{number}" for number in (1, 2)])
        assert desk.tick("2026-03-02T19:00:00Z", limit).more is (limit == 1)
        desk.tell(f"2026-03-02T19:00:00Z {kind} INC-2")
        desk.tick("2026-03-02T19:00:01Z")
        kpis.append({key: orjson.loads(row) for key, row in desk.kpis.items()})
    assert kpis[0] == kpis[1]
