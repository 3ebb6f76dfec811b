"""Intake: from a record to an event, or to the dead letters with a reason."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.fold import DELETED, RANK
from monitor.intake import (
    TEXT_LIMIT,
    UNDATED,
    Rejected,
    SourceRecord,
    StoredRecord,
    Taken,
    dead_letter,
    read,
)
from monitor.tickets import Event
from schemas.instants import MINUTE, parse_iso

NOON = "2026-03-02T12:00:00Z"
STAMP = parse_iso(NOON) // 1000


def _value(**fields: Any) -> bytes:
    event = {"event_id": "e1", "type": "created", "ticket_id": "INC-1", "occurred_at": NOON}
    return orjson.dumps(event | {"customer": "acme", "priority": "P2"} | fields)


def _record(
    value: bytes | None, *, key: bytes | None = b"INC-1", timestamp: int | None = STAMP
) -> StoredRecord:
    return StoredRecord("tickets", 3, 7, timestamp, key, value)


def _read(record: SourceRecord, *, keyed: bool = True) -> Taken:
    return read(record, 5 * MINUTE, keyed=keyed)


def _rejected(record: SourceRecord) -> Rejected:
    with pytest.raises(Rejected) as caught:
        _read(record)
    return caught.value


def test_a_record_becomes_an_event_with_what_its_type_carries() -> None:
    key, event, _ = _read(_record(_value(tier=2, requester="bob", queue=None, due={"resolution": NOON})))
    assert key == b"INC-1"
    assert (event.at, event.sequence, event.rank, event.event_id) == (
        parse_iso(NOON),
        0,
        RANK["created"],
        "e1",
    )
    assert event.data == {
        "customer": "acme",
        "priority": "P2",
        "tier": 2,
        "due": {"resolution": parse_iso(NOON)},
    }


@pytest.mark.parametrize(
    ("kind", "given_", "kept"),
    [
        ("responded", {}, {"actor_kind": "agent"}),
        ("held", {}, {"reason": "unspecified"}),
        ("resumed", {}, {}),
        ("resolved", {"assignee": "ann"}, {}),
        ("assigned", {"queue": "vpn", "tier": 2}, {"queue": "vpn", "tier": 2}),
        ("rated", {"score": 4}, {"score": 4, "scale_max": 5}),
        ("updated", {"status": "open", "tags": []}, {"tags": []}),
    ],
)
def test_what_decides_nothing_is_left_behind(kind: str, given_: dict[str, Any], kept: dict[str, Any]) -> None:
    event = {"event_id": "e1", "type": kind, "ticket_id": "INC-1", "occurred_at": NOON} | given_
    assert _read(_record(orjson.dumps(event)))[1].data == kept


def test_s38_long_texts_are_cut() -> None:
    data = _read(_record(_value(subject="x" * 4096, url="y" * TEXT_LIMIT)))[1].data
    assert (len(data["subject"]), len(data["url"])) == (TEXT_LIMIT, TEXT_LIMIT)
    waived = {"type": "waived", "objective": "resolution", "approved_by": "ann", "reason": "z" * 4096}
    assert len(_read(_record(_value(**waived)))[1].data["reason"]) == TEXT_LIMIT


def test_a_key_that_is_not_the_ticket_is_rejected_on_the_topic_only() -> None:
    assert _rejected(_record(_value(), key=b"INC-2")).reason == "key_mismatch"
    assert _rejected(_record(_value(), key=None)).reason == "key_mismatch"
    assert _read(_record(_value(), key=None), keyed=False)[0] == b"INC-1"


@pytest.mark.parametrize(
    ("ahead", "reason"),
    [(5 * MINUTE, None), (5 * MINUTE + 1000, "from_the_future"), (0, None), (-MINUTE, None)],
)
def test_s35_more_than_max_skew_ahead_of_the_broker_is_from_the_future(
    ahead: int, reason: str | None
) -> None:
    record = _record(_value(), timestamp=(parse_iso(NOON) - ahead) // 1000)
    if reason is None:
        assert _read(record)[1].at == parse_iso(NOON)
    else:
        assert _rejected(record).reason == reason
        assert (
            "2026-03-02T12:00:00Z is ahead of the broker's 2026-03-02T11:54:59.999000Z"
            in _rejected(record).detail
        )


@pytest.mark.parametrize("timestamp", [None, -1])
def test_s35_without_a_time_stamp_nothing_is_from_the_future(timestamp: int | None) -> None:
    assert _read(_record(_value(), timestamp=timestamp))[1].at == parse_iso(NOON)


@pytest.mark.parametrize(
    "instant",
    [
        "1979-12-31T23:59:59Z",
        "2150-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
    ],
)
def test_a_time_that_no_calendar_reaches_is_invalid(instant: str) -> None:
    record = _record(_value(occurred_at=instant), timestamp=None)
    assert (_rejected(record).reason, _rejected(record).detail[:16]) == (
        "invalid",
        f"occurred_at {instant[:4]}",
    )
    promised = _rejected(_record(_value(due={"resolution": instant})))
    assert (promised.reason, promised.detail[:14]) == ("invalid", "due.resolution")


def test_the_first_and_the_last_instant_are_read() -> None:
    for instant in ("1980-01-01T00:00:00Z", "2149-12-31T23:59:59.999999Z"):
        assert _read(_record(_value(occurred_at=instant), timestamp=None))[1].at == parse_iso(instant)


def test_s24_a_record_without_a_value_is_a_deletion_at_its_time_stamp() -> None:
    key, event, _ = _read(_record(None))
    assert (key, event) == (b"INC-1", Event(parse_iso(NOON), 0, DELETED, "tombstone@3:7", {}))


@pytest.mark.parametrize("timestamp", [None, -1, 1_772_452_800_000_000_000])
def test_s24_a_deletion_whose_stamp_is_no_time_has_none(timestamp: int | None) -> None:
    assert _read(_record(None, timestamp=timestamp))[1].at == UNDATED


def test_a_record_with_neither_key_nor_value_is_invalid() -> None:
    assert _rejected(_record(None, key=None)).reason == "invalid"


def test_what_the_wire_rejects_is_rejected_with_its_word() -> None:
    assert _rejected(_record(b"{")).reason == "not_json"
    assert _rejected(_record(_value(occurred_at="2026-03-02T12:00:00"))).reason == "no_offset_in_time"
    assert _rejected(_record(_value(tier=0))).detail.startswith("tier: ")


def test_a_dead_letter_is_the_record_whole_with_where_it_came_from_and_why() -> None:
    record = _record(b"{")
    letter = dead_letter(record, _rejected(record), [("trace", b"abc")])
    assert (letter.key, letter.value) == (b"INC-1", b"{")
    assert letter.headers[:2] == [("trace", b"abc"), ("sla-reason", b"not_json")]
    headers = dict(letter.headers)
    assert headers["sla-error"].startswith(b"not JSON: ")
    assert {name: headers[name] for name in headers if name.startswith(("sla-source", "sla-time"))} == {
        "sla-source-topic": b"tickets",
        "sla-source-partition": b"3",
        "sla-source-offset": b"7",
        "sla-time": NOON.encode(),
    }


@pytest.mark.parametrize("timestamp", [None, -1, 1_772_452_800_000_000_000])
def test_a_dead_letter_without_a_time_says_none(timestamp: int | None) -> None:
    record = _record(b"{", timestamp=timestamp)
    assert dict(dead_letter(record, _rejected(record)).headers)["sla-time"] == b""


_TEXTS = st.text("aZ0:+-\u00e9\u2028\ud800\x00", max_size=6) | st.sampled_from(
    [NOON, NOON[:-1], "created", "9" * 20]
)
_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=5,
)
_NAMES = ("type", "occurred_at", "ticket_id", "due", "tags", "tier", "sequence", "subject", "source")
_ANY_FIELDS = st.dictionaries(st.sampled_from(_NAMES), _ANY_JSON)


@given(
    fields=_ANY_FIELDS,
    timestamp=st.none() | st.integers(-(1 << 63), (1 << 63) - 1),
    value=st.none() | st.binary(),
)
@example(fields={"due": {"resolution": "9999-12-31T23:59:59-23:59"}}, timestamp=-(1 << 63), value=None)
@example(fields={}, timestamp=(1 << 63) - 1, value=b'{"ticket_id": "\\ud800"}')
def test_whatever_comes_is_an_event_or_a_dead_letter(
    fields: dict[str, Any], timestamp: int | None, value: bytes | None
) -> None:
    event = {"event_id": "e1", "type": "updated", "ticket_id": "INC-1", "occurred_at": NOON} | fields
    told = b"".join(_json_lines(event))
    for record in (_record(told, timestamp=timestamp), _record(value, timestamp=timestamp)):
        read_or_rejected = _read_or_rejected(record)
        if isinstance(read_or_rejected, Rejected):
            assert dead_letter(record, read_or_rejected).value == record.value
        else:
            key, read_event, _ = read_or_rejected
            assert key == record.key
            assert read_event.at == UNDATED or 0 < read_event.at < 1 << 53


def _read_or_rejected(record: SourceRecord) -> Taken | Rejected:
    try:
        return _read(record)
    except Rejected as rejected:
        return rejected


def _json_lines(event: dict[str, Any]) -> list[bytes]:
    try:
        return [orjson.dumps(event)]
    except TypeError:  # an integer or a text that JSON's Rust has no place for
        return [repr(event).encode(errors="replace")]
