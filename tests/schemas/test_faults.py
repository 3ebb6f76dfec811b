"""Faults of events, policies and settings are told in plain words."""

from __future__ import annotations

import orjson
import pytest

from schemas.events import InvalidEvent, decode_event

_CREATED = {
    "event_id": "1",
    "type": "created",
    "ticket_id": "INC-1",
    "occurred_at": "2026-03-02T09:00:00Z",
    "customer": "acme",
    "priority": "P1",
}
_TYPES = (
    "created, assigned, responded, customer_replied, held, resumed, priority_changed, escalated, updated, resolved, "
    "reopened, closed, cancelled, merged, waived, rated"
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": "creatd"}, f"type: 'creatd' is none of {_TYPES}; did you mean created?"),
        ({"type": None}, "type: is missing"),
        ({"type": "x" * 61}, f"type: is none of {_TYPES}"),
        ({"type": {"a": 1}}, f"type: is none of {_TYPES}"),
        ({"priority": 7}, "priority: must be text"),
        ({"priority": "x" * 257}, "priority: is out of range: at most 256 characters"),
        ({"ticket_id": ""}, "ticket_id: must not be empty"),
        ({"ticket_id": "a\nb"}, "ticket_id: must be one line without control characters"),
        ({"ticket_id": "a\x7fb"}, "ticket_id: must be one line without control characters"),
        ({"ticket_id": "a\x85b"}, "ticket_id: must be one line without control characters"),
        ({"ticket_id": "a\u2028b"}, "ticket_id: must be one line without control characters"),
        ({"tags": "vip"}, "tags: must be a list"),
        ({"tier": 0}, "tier: 0 is out of range: at least 1"),
        ({"tier": 2.5}, "tier: must be a whole number"),
        ({"occurred_at": "yesterday"}, "occurred_at: write a time like 2026-11-23T09:00:00+01:00"),
        (
            {"occurred_at": "2026-13-01T09:00:00Z"},
            "occurred_at: is no time: write one like 2026-11-23T09:00:00+01:00",
        ),
        (
            {"occurred_at": "2026-11-23T25:00:00+01:00"},
            "occurred_at: is no time: write one like 2026-11-23T09:00:00+01:00",
        ),
        (
            {"due": {"solved": "2026-03-02T09:00:00Z"}},
            "due.solved: 'solved' is none of first_response, next_response, resolution, handoff",
        ),
        (
            {"type": "rated", "score": 11},
            "event: the score 11 is above its scale of 5",
        ),
        ({"type": "rated", "score": "good"}, "score: must be a number"),
        ({"type": None, "ticket_id": None}, "type: is missing"),
    ],
)
def test_an_event_says_what_is_wrong_with_it(changes: dict[str, object], said: str) -> None:
    event = {name: value for name, value in {**_CREATED, **changes}.items() if value is not None}
    with pytest.raises(InvalidEvent) as refused:
        decode_event(orjson.dumps(event))
    assert refused.value.detail == said


@pytest.mark.parametrize("infinite", [b"1e999", b"Infinity", b"NaN"])
def test_a_score_is_a_number_that_can_be_counted(infinite: bytes) -> None:
    rated = orjson.dumps(_CREATED | {"type": "rated", "score": 4}).replace(
        b'"score":4', b'"score":' + infinite
    )
    with pytest.raises(InvalidEvent, match="not JSON: "):  # it is to pydantic, and no number to JSON
        decode_event(rated[:-1] + b',"scale_max":1e999}')


@pytest.mark.parametrize("levels", [200, 300, 5_000])
def test_an_envelope_however_deep_is_an_event_or_says_why_not(levels: int) -> None:
    inner = orjson.dumps(_CREATED)[:-1] + b',"extra":' + b"[" * levels + b"]" * levels + b"}"
    envelope = b'{"specversion":"1.0","data":' + inner + b"}"
    if levels < 254:
        assert decode_event(envelope).ticket_id == "INC-1"
    else:
        with pytest.raises(InvalidEvent, match=r"`data` cannot be read: Recursion limit|not JSON: "):
            decode_event(envelope)


def test_what_is_no_event_at_all_says_so() -> None:
    with pytest.raises(InvalidEvent) as refused:
        decode_event(b"[]")
    assert refused.value.detail == "event: must be a mapping"
