"""Intake: a record from the topic becomes an event of a ticket, or is rejected with a reason and whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol

from monitor.fold import DELETED, RANK
from monitor.tickets import NEVER, Event
from schemas.dead_letters import (
    HEADER_ERROR,
    HEADER_OFFSET,
    HEADER_PARTITION,
    HEADER_REASON,
    HEADER_TIME,
    HEADER_TOPIC,
    DeadLetter,
)
from schemas.events import InvalidEvent, TicketEvent, decode_event
from schemas.instants import Micros, iso, to_micros
from schemas.reasons import DeadLetterReason

MILLISECOND: Final[Micros] = 1000
# Times outside of these years are mistakes of a source, and no calendar reaches them.
_EARLIEST: Final[Micros] = to_micros(datetime(1980, 1, 1, tzinfo=UTC))
LATEST: Final[Micros] = to_micros(datetime(2150, 1, 1, tzinfo=UTC))
UNDATED: Final[Micros] = -NEVER  # of a deletion whose record has no time: it is as of the partition's time
# Longer texts are kept out of the state, whose rows have a size limit (S38); they decide nothing.
TEXT_LIMIT: Final = 300

_ATTRIBUTES = (
    "customer",
    "priority",
    "queue",
    "tier",
    "channel",
    "category",
    "subject",
    "url",
    "assignee",
    "tags",
    "due",
)
_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "created": ("source", *_ATTRIBUTES),
    "updated": _ATTRIBUTES,
    "assigned": ("queue", "assignee", "tier"),
    "responded": ("actor_kind",),
    "held": ("reason",),
    "resumed": ("reason",),
    "priority_changed": ("priority",),
    "escalated": ("tier", "queue"),
    "merged": ("into",),
    "waived": ("objective", "cycle", "reason", "approved_by", "revoked"),
    "rated": ("score", "scale_max"),
}
_NO_DATA: Final[dict[str, Any]] = {}

Taken = tuple[bytes, Event, str | None]
"""A ticket's key, its event, and the source that sent it."""


class SourceRecord(Protocol):
    """A record of the source topic; aiokafka's `ConsumerRecord` is one."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int | None: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


class StoredRecord(NamedTuple):
    """A record read back from a file or from the state."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None


class Rejected(Exception):
    """A record that is not judged; `reason` is of the closed list, `detail` says what to mend."""

    def __init__(self, reason: DeadLetterReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def read(record: SourceRecord, max_skew: Micros, *, keyed: bool) -> Taken:
    """The ticket's key, the event of a record, and the source that sent it; raises `Rejected`.

    `keyed` is whether the record comes from the topic, where the key must be the ticket's id and the time stamp
    is the broker's; a line of a file has neither.
    """
    value = record.value
    if value is None:
        return _tombstone(record)
    event, at = decode_dated(value)
    key = event.ticket_id.encode()
    if keyed and record.key != key:
        raise Rejected(
            DeadLetterReason.KEY_MISMATCH,
            f"the record's key is {record.key!r}, its ticket_id {event.ticket_id!r}: the producer must use the "
            "ticket_id as key, or a ticket's events spread over partitions",
        )
    # A negative time stamp is Kafka's way to say that there is none.
    if (
        record.timestamp is not None
        and at > record.timestamp * MILLISECOND + max_skew
        and record.timestamp >= 0
    ):
        raise Rejected(
            DeadLetterReason.FROM_THE_FUTURE,
            f"occurred_at {iso(at)} is ahead of the broker's {iso(record.timestamp * MILLISECOND)} by more than "
            "max_skew: set the clock of the source system",
        )
    name = event.type
    data = _data(event.__dict__, name)
    return key, Event(at, event.sequence, RANK[name], event.event_id, data), event.source


def decode_dated(value: bytes) -> tuple[TicketEvent, Micros]:
    """The event in a value and its instant; raises `Rejected`, also for a time that no ticket has."""
    try:
        event = decode_event(value)
    except InvalidEvent as error:
        raise Rejected(error.reason, error.detail) from None
    at = to_micros(event.occurred_at)
    if not _EARLIEST <= at < LATEST:
        raise _not_of_that_year("occurred_at", event.occurred_at)
    return event, at


def _data(fields: dict[str, Any], name: str) -> dict[str, Any]:
    wanted = _FIELDS.get(name)
    if wanted is None:
        return _NO_DATA
    data = {field: fields[field] for field in wanted if fields[field] is not None}
    if "due" in data:
        data["due"] = {objective: _promised(objective, at) for objective, at in data["due"].items()}
    for text in ("subject", "url", "reason"):
        if len(data.get(text, "")) > TEXT_LIMIT:
            data[text] = data[text][:TEXT_LIMIT]
    return data


def _promised(objective: str, moment: datetime) -> Micros:
    at = to_micros(moment)
    if not _EARLIEST <= at < LATEST:
        raise _not_of_that_year(f"due.{objective}", moment)
    return at


def _not_of_that_year(name: str, moment: datetime) -> Rejected:
    return Rejected(DeadLetterReason.INVALID, f"{name} {moment.isoformat()}: no ticket is of that year")


def _tombstone(record: SourceRecord) -> Taken:
    """A record without a value deletes its ticket, at the record's time stamp (S24), if that is a time."""
    if record.key is None:
        raise Rejected(DeadLetterReason.INVALID, "a record with neither key nor value says nothing")
    at = UNDATED if record.timestamp is None else record.timestamp * MILLISECOND
    if not _EARLIEST <= at < LATEST:
        at = UNDATED
    return record.key, Event(at, 0, DELETED, f"tombstone@{record.partition}:{record.offset}", _NO_DATA), None


def dead_letter(
    record: SourceRecord, rejected: Rejected, headers: Sequence[tuple[str, bytes]] = ()
) -> DeadLetter:
    """The record whole, with headers that say why it is here and where it came from; its own headers stay."""
    stamp = UNDATED if record.timestamp is None else record.timestamp * MILLISECOND
    time = iso(stamp) if _EARLIEST <= stamp < LATEST else ""
    return DeadLetter(
        record.key,
        record.value,
        [
            *headers,
            (HEADER_REASON, rejected.reason.value.encode()),
            (HEADER_ERROR, rejected.detail.encode()),
            (HEADER_TOPIC, record.topic.encode()),
            (HEADER_PARTITION, str(record.partition).encode()),
            (HEADER_OFFSET, str(record.offset).encode()),
            (HEADER_TIME, time.encode()),
        ],
    )
