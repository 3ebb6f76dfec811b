"""The made-up desk: a stream that is valid, lively and the same every time."""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise

import pytest

from monitor.synthetic import PROMISES, Delivery, deliveries
from schemas.events import Created, Responded, TicketEvent, decode_event
from schemas.instants import SECOND, Micros, parse_iso, to_micros

START = parse_iso("2026-11-23T09:00:00+01:00")


def stream(seed: int = 1, records: int = 4000) -> list[Delivery]:
    return list(islice(deliveries(seed, START), records))


def events(records: int = 4000) -> list[TicketEvent]:
    return [decode_event(delivery.value) for delivery in stream(records=records)]


def occurred(delivery: Delivery) -> Micros:
    return to_micros(decode_event(delivery.value).occurred_at)


def test_the_same_seed_gives_the_same_stream_to_the_byte() -> None:
    assert stream(seed=7) == stream(seed=7)


def test_another_seed_gives_another_stream() -> None:
    assert stream(seed=7, records=200) != stream(seed=8, records=200)


def test_every_record_is_a_valid_event_with_its_ticket_as_key() -> None:
    for delivery in stream():
        assert decode_event(delivery.value).ticket_id.encode() == delivery.key


def test_records_arrive_in_order_and_never_before_they_happened() -> None:
    records = stream()
    assert all(earlier.at <= later.at for earlier, later in pairwise(records))
    assert all(delivery.at >= occurred(delivery) for delivery in records)


def test_some_records_come_twice_and_some_late() -> None:
    records = stream()
    ids = Counter(decode_event(delivery.value).event_id for delivery in records)
    assert any(times > 1 for times in ids.values())
    assert any(delivery.at > occurred(delivery) + SECOND for delivery in records)


@pytest.mark.parametrize(
    "kind",
    [
        "created",
        "assigned",
        "responded",
        "customer_replied",
        "held",
        "resumed",
        "priority_changed",
        "escalated",
        "resolved",
        "reopened",
        "closed",
        "cancelled",
        "waived",
        "rated",
    ],
)
def test_everything_that_happens_on_a_desk_happens(kind: str) -> None:
    assert any(event.type == kind for event in events(records=12_000))


def test_both_customers_and_all_priorities_and_tiers_occur() -> None:
    happened = events()
    created = [event for event in happened if isinstance(event, Created)]
    assert {event.customer for event in created} == {"acme", "globex"}
    assert {event.priority for event in created} == set(PROMISES)
    assert {getattr(event, "tier", None) for event in happened} >= {1, 2, 3}


def test_the_first_ticket_is_urgent_and_answered_too_late_within_the_first_minute() -> None:
    mine = [event for event in events(records=2000) if event.ticket_id == "INC-1001"]
    created = next(event for event in mine if isinstance(event, Created))
    answered = next(event for event in mine if isinstance(event, Responded) and event.actor_kind == "agent")
    assert created.priority == "P1"
    waited = (answered.occurred_at - created.occurred_at).total_seconds()
    assert PROMISES["P1"].first_response < waited < 60


def test_a_burst_brings_more_tickets_than_the_time_after_it() -> None:
    opened = [occurred(d) - START for d in stream() if isinstance(decode_event(d.value), Created)]
    burst = sum(4 * SECOND <= at < 12 * SECOND for at in opened)
    after = sum(12 * SECOND <= at < 20 * SECOND for at in opened)
    assert burst > 2 * after
