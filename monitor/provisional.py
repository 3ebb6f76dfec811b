"""What comes before the `created` of its ticket: kept whole, in case that never comes (S32)."""

from __future__ import annotations

from collections.abc import Iterator

from monitor import history
from monitor.intake import Rejected, SourceRecord, StoredRecord
from monitor.tickets import Event, Ticket
from schemas.reasons import DeadLetterReason

# The records of a ticket without `created` are kept up to this, so that its row stays below 256 KB (S38).
_PENDING_BYTES = 96 * 1024


def keep(ticket: Ticket, event: Event, record: SourceRecord, history_events: int) -> None:
    """Keeps an event and its record; raises `Rejected` where more has come than is kept."""
    value = record.value or b""
    if (
        history.too_long(ticket, history_events)
        or sum(len(kept) for _, _, kept in ticket.pending) + len(value) > _PENDING_BYTES
    ):
        raise orphan(", and more came before it than is kept")
    history.append(ticket, event)
    ticket.latest = max(ticket.latest, event.order)
    ticket.last_at = max(ticket.last_at, event.at)
    ticket.pending.append((record.offset, record.timestamp, value))


def records_of(key: bytes, ticket: Ticket, topic: str, partition: int) -> Iterator[StoredRecord]:
    """The records of a ticket that has no `created`, as they came; none of one that has."""
    for offset, timestamp, value in ticket.pending if ticket.provisional else ():
        yield StoredRecord(topic, partition, offset, timestamp, key, value)


def orphan(why: str) -> Rejected:
    """What a record of such a ticket is set aside as."""
    return Rejected(
        DeadLetterReason.ORPHAN,
        f"no `created` came for this ticket{why}: the source or its connector lost it; send it again with the others",
    )
