"""A history moved in time keeps its shape."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from agents.cli.shift import latest, shifted, ticket_event
from schemas.instants import HOUR, parse_iso

EVENT: dict[str, Any] = {
    "event_id": "1",
    "type": "created",
    "ticket_id": "INC-1",
    "occurred_at": "2026-11-23T09:00:00+01:00",
    "due": {"resolution": "2026-11-23T17:00:00+01:00"},
    "subject": "2026-11-23T09:00:00Z is when it began",
}


def test_the_last_event_is_the_latest_instant_and_not_the_last_line() -> None:
    lines = [
        orjson.dumps(EVENT | {"occurred_at": "2026-11-23T10:30:00+01:00"}),
        orjson.dumps(EVENT | {"occurred_at": "2026-11-23T09:00:00Z"}),
        b"not json",
        orjson.dumps(EVENT | {"occurred_at": "2027-01-01T00:00:00"}),
        orjson.dumps([1]),
    ]
    assert latest(lines) == parse_iso("2026-11-23T09:30:00Z")


def test_a_history_without_any_time_has_no_last_event() -> None:
    assert latest([b"{}", b"?"]) is None


def test_all_times_move_by_the_same_and_keep_their_offset() -> None:
    moved = orjson.loads(shifted(orjson.dumps(EVENT), 2 * HOUR))
    assert moved["occurred_at"] == "2026-11-23T11:00:00+01:00"
    assert moved["due"] == {"resolution": "2026-11-23T19:00:00+01:00"}
    assert moved["subject"] == EVENT["subject"]


def test_an_event_in_an_envelope_moves_with_it() -> None:
    envelope = {"specversion": "1.0", "type": "ticket", "time": "2026-11-23T09:00:00Z", "data": EVENT}
    moved = orjson.loads(shifted(orjson.dumps(envelope), HOUR))
    assert moved["time"] == "2026-11-23T10:00:00+00:00"
    assert moved["data"]["occurred_at"] == "2026-11-23T10:00:00+01:00"
    assert latest([orjson.dumps(envelope)]) == parse_iso("2026-11-23T08:00:00Z")


@pytest.mark.parametrize(
    "line",
    [b"not json", b"[]", b"3", b'{"specversion":"1.0","type":"t","data":7}'],
)
def test_what_is_no_event_stays_as_it_is(line: bytes) -> None:
    assert shifted(line, HOUR) == line
    assert ticket_event(line) is None


def test_a_time_that_is_none_stays_as_it_is() -> None:
    event = {"occurred_at": "yesterday", "due": {"resolution": None}}
    assert orjson.loads(shifted(orjson.dumps(event), HOUR)) == event
