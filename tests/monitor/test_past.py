"""Tests of the packed past: a long life stays cheap and nothing that was said of it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from monitor.engine import Engine
from monitor.facts import filed_of
from monitor.intake import StoredRecord
from monitor.past import all_clocks, all_holds, all_moments, pack, unpack
from tests.builders import book
from tests.monitor.long_life import life

POLICY = """
policies:
  - name: plain
    objectives:
      first_response: {target: 15m}
      next_response: {target: 20m}
      resolution: {target: 8h, warn_at: [50%]}
      handoff: [{tier: 1, target: 2h}, {tier: 2, target: 1h}]
"""
CYCLE: tuple[tuple[str, dict[str, object]], ...] = (
    ("responded", {}),
    ("customer_replied", {}),
    ("held", {"reason": "waiting_vendor"}),
    ("resumed", {}),
    ("responded", {}),
    ("escalated", {"tier": 2, "queue": "second"}),
    ("updated", {"subject": "x" * 300}),
    ("escalated", {"tier": 1, "queue": "first"}),
    ("resolved", {}),
    ("reopened", {}),
)


def _life(events: int) -> list[StoredRecord]:
    records = []
    for number in range(events):
        kind, fields = (
            ("created", {"customer": "acme", "priority": "P1"}) if not number else CYCLE[number % 10]
        )
        at = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(minutes=7 * number)
        event = {
            "event_id": f"e{number}",
            "type": kind,
            "ticket_id": "INC-1",
            "occurred_at": at.isoformat(),
            **fields,
        }
        records.append(StoredRecord("tickets", 0, number, None, b"INC-1", orjson.dumps(event)))
    return records


def _engine(records: list[StoredRecord], history_events: int) -> Engine:
    engine = Engine(0, book(f"history_events: {history_events}\n{POLICY}"), replay=True)
    engine.start()
    for first in range(0, len(records), 100):
        engine.apply(records[first : first + 100], 0)
    return engine


@pytest.mark.parametrize("history_events", [100, 1000])
def test_s38_a_life_of_thousands_of_events_keeps_a_small_row_and_the_same_figures(
    history_events: int,
) -> None:
    records = _life(3_000)
    long, short = _engine(records, 10_000), _engine(records, history_events)
    assert short.ledger.document() == long.ledger.document()
    assert short.rows.stored_bytes < 256 * 1024
    (ticket,) = short.rows.tickets()
    assert len(ticket.clocks) + len(ticket.holds) + len(ticket.spans) < 100


def test_s38_what_is_older_than_the_kept_history_is_too_late_and_a_repeat_is_known() -> None:
    records = _life(600)
    engine = _engine(records, 100)
    again = engine.apply([records[550]._replace(offset=600)], 0)
    assert again.counters["duplicates",] == 1
    event = orjson.loads(records[10].value or b"") | {"event_id": "new"}
    late = engine.apply([records[10]._replace(offset=601, value=orjson.dumps(event))], 0)
    assert late.counters["dead_letters", "too_late"] == 1


def test_s38_a_late_event_finds_the_packed_past() -> None:
    records = _life(200)
    late = records.pop(151)
    in_order, delayed = _engine(_life(200), 1000), _engine([*records, late], 1000)
    (expected,), (actual,) = in_order.rows.tickets(), delayed.rows.tickets()
    unpack(expected)
    unpack(actual)
    assert filed_of(actual) == filed_of(expected)
    assert delayed.ledger.document() == in_order.ledger.document()


def test_s59_a_corrected_customer_refiles_the_packed_past() -> None:
    records = _life(200)
    at = datetime(2026, 3, 9, 9, tzinfo=UTC)
    event = {
        "event_id": "c",
        "type": "updated",
        "ticket_id": "INC-1",
        "occurred_at": at.isoformat(),
        "customer": "globex",
    }
    engine = _engine([*records, StoredRecord("tickets", 0, 200, None, b"INC-1", orjson.dumps(event))], 1000)
    assert b'"acme"' not in orjson.dumps(engine.ledger.document())


def test_packing_keeps_everything_in_its_order() -> None:
    (ticket,) = _engine(_life(200), 1000).rows.tickets()
    assert any(ticket.past_counts)
    clocks, holds, moments = list(all_clocks(ticket)), list(all_holds(ticket)), list(all_moments(ticket))
    unpack(ticket)
    assert sorted(clock.identity for clock in ticket.clocks) == sorted(clock.identity for clock in clocks)
    assert (ticket.holds, ticket.moments) == (holds, moments)
    assert not unpack(ticket)
    assert pack(ticket)
    assert not pack(ticket)


def test_s38_ten_thousand_events_five_hundred_holds_and_a_hundred_reopens_keep_the_row_small() -> None:
    engine = Engine(0, book(), replay=True)
    engine.start()
    records = [StoredRecord("tickets", 0, n, None, None, line) for n, line in enumerate(life())]
    largest, counted = 0, 0
    for first in range(0, len(records), 250):
        step = engine.apply(records[first : first + 250], 0)
        largest = max(largest, *(len(row or b"") for _, row in step.state))
        counted += sum(count for name, count in step.counters.items() if name[0] == "events")
        assert not step.dead_letters
    assert counted == len(records) == 10_000
    assert largest < 256 * 1024
    counts = engine.ledger.document()["totals"]["overall"]["counts"]
    assert (counts["reopened"], counts["created"]) == (100, 1)
