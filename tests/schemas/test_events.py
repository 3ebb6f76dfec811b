"""The wire: what is an event, what is set aside and with which word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import orjson
import pytest

from schemas.events import EVENT_TYPES, Created, InvalidEvent, Merged, TicketEvent, Updated, decode_event

CREATED: dict[str, Any] = {
    "event_id": "e1",
    "type": "created",
    "ticket_id": "INC-1",
    "occurred_at": "2026-11-23T09:00:00+01:00",
    "customer": "acme",
    "priority": "P2",
}


def _with(**fields: Any) -> bytes:
    return orjson.dumps(CREATED | fields)


def _reason(value: bytes) -> str:
    with pytest.raises(InvalidEvent) as caught:
        decode_event(value)
    return caught.value.reason.value


def _detail(value: bytes) -> str:
    with pytest.raises(InvalidEvent) as caught:
        decode_event(value)
    return caught.value.detail


def test_an_event_is_read_with_its_defaults() -> None:
    event = decode_event(_with())
    assert isinstance(event, Created)
    assert event.occurred_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert (event.sequence, event.tier, event.tags, event.source) == (0, None, None, None)


def test_every_type_of_the_table_has_a_model_and_no_other() -> None:
    models = [get_args(model.model_fields["type"].annotation)[0] for model in get_args(TicketEvent)]
    assert sorted(models) == sorted(EVENT_TYPES)


@pytest.mark.parametrize("kind", [kind for kind in EVENT_TYPES if kind not in ("created", "waived", "rated")])
def test_most_types_need_little_more_than_a_time(kind: str) -> None:
    needed: dict[str, dict[str, Any]] = {
        "priority_changed": {"priority": "P1"},
        "escalated": {"tier": 2},
        "merged": {"into": "INC-2"},
    }
    fields = {name: CREATED[name] for name in ("event_id", "ticket_id", "occurred_at")}
    assert decode_event(orjson.dumps(fields | {"type": kind} | needed.get(kind, {}))).type == kind


def test_unknown_fields_are_allowed_and_kept_out() -> None:
    event = decode_event(_with(actor="ann", custom={"a": 1}))
    assert not hasattr(event, "actor")


def test_null_is_the_same_as_not_given() -> None:
    event = decode_event(_with(queue=None, tier=None, due=None, tags=None, source=None))
    assert event == decode_event(_with())


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b'{"type": NaN}', b"[" * 5000, _with()[:-1]])
def test_what_is_not_json_says_so(value: bytes) -> None:
    assert _reason(value) == "not_json"


@pytest.mark.parametrize("value", [b"null", b"[]", b'"created"', b"{}", b"1"])
def test_json_that_is_no_event_is_invalid(value: bytes) -> None:
    assert _reason(value) == "invalid"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "renamed"),
        ("event_id", ""),
        ("ticket_id", "INC\n1"),
        ("ticket_id", "\x00checkpoint"),
        ("ticket_id", "x" * 257),
        ("occurred_at", 1_700_000_000),
        ("occurred_at", "2026-11-23"),
        ("occurred_at", "2026-02-30T09:00:00Z"),
        ("occurred_at", "2026-11-23T24:00:00Z"),
        ("sequence", -1),
        ("sequence", 1.0),
        ("sequence", True),
        ("sequence", 1 << 53),
        ("tier", 0),
        ("tier", "1"),
        ("customer", ""),
        ("tags", ["x"] * 51),
        ("due", {"solution": "2026-11-23T09:00:00Z"}),
        ("due", {"resolution": None}),
    ],
)
def test_a_wrong_field_is_named(name: str, value: Any) -> None:
    line = _with(**{name: value})
    assert _reason(line) == "invalid"
    assert ("type" if name == "type" else name) in _detail(line)


@pytest.mark.parametrize("name", ["event_id", "ticket_id", "occurred_at", "customer", "priority"])
def test_a_missing_field_is_named(name: str) -> None:
    line = orjson.dumps({key: value for key, value in CREATED.items() if key != name})
    assert _detail(line) == f"{name}: is missing"


def test_s1_a_time_without_an_offset_is_its_own_reason() -> None:
    assert _reason(_with(occurred_at="2026-11-23T09:00:00")) == "no_offset_in_time"
    assert _reason(_with(due={"resolution": "2026-11-23T09:00:00"})) == "no_offset_in_time"
    # Another fault beside it must be mended first.
    assert _reason(_with(occurred_at="2026-11-23T09:00:00", tier=0)) == "invalid"


def test_s1_any_offset_is_understood() -> None:
    for text in ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00-00:00", "2026-11-23T13:45:00+05:45"):
        assert decode_event(_with(occurred_at=text)).occurred_at == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_parts_of_a_microsecond_are_dropped() -> None:
    event = decode_event(_with(occurred_at="2026-11-23T09:00:00.1234569+01:00"))
    assert event.occurred_at.microsecond == 123456
    assert event.occurred_at.utcoffset() == timedelta(hours=1)


def test_a_structured_cloud_event_is_unwrapped() -> None:
    envelope = {"specversion": "1.0", "id": "x", "source": "s", "type": "ticket", "data": CREATED}
    assert decode_event(orjson.dumps(envelope)) == decode_event(_with())


def test_a_cloud_event_around_no_event_is_invalid_for_what_is_inside() -> None:
    envelope = {"specversion": "1.0", "id": "x", "source": "s", "type": "t", "data": CREATED | {"tier": 0}}
    assert _detail(orjson.dumps(envelope)).startswith("tier:")
    assert _reason(orjson.dumps(envelope | {"data": "created"})) == "invalid"
    assert _reason(orjson.dumps({"specversion": "1.0", "data_base64": "e30="})) == "invalid"


def test_a_waiver_says_who_and_why() -> None:
    waived = {name: CREATED[name] for name in ("event_id", "ticket_id", "occurred_at")} | {
        "type": "waived",
        "objective": "resolution",
    }
    assert _detail(orjson.dumps(waived)) == "reason: is missing; approved_by: is missing"
    assert "objective" in _detail(orjson.dumps(waived | {"objective": "solution"}))


def test_a_merge_names_the_ticket_it_goes_into() -> None:
    merged = {name: CREATED[name] for name in ("event_id", "ticket_id", "occurred_at")} | {"type": "merged"}
    assert _reason(orjson.dumps(merged)) == "invalid"
    event = decode_event(orjson.dumps(merged | {"into": "INC-2"}))
    assert isinstance(event, Merged)
    assert event.into == "INC-2"


def test_an_update_may_carry_any_attribute_or_none() -> None:
    updated = {name: CREATED[name] for name in ("event_id", "ticket_id", "occurred_at")} | {"type": "updated"}
    event = decode_event(orjson.dumps(updated | {"status": "waiting", "priority": "P1"}))
    assert isinstance(event, Updated)
    assert (event.priority, event.customer) == ("P1", None)
