"""Tickets whose `created` has not come: what does come is kept whole, in case it never will (S32)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from monitor import history
from monitor.intake import Rejected, SourceRecord, StoredRecord
from monitor.ticket_rows import Held
from monitor.tickets import Event, Ticket
from schemas.reasons import DeadLetterReason

_BYTES: Final = 96 * 1024
"""The records of a ticket without `created` are kept up to this, so that its row stays below 256 KB (S38)."""

NEVER_CREATED: Final = Rejected(
    DeadLetterReason.ORPHAN,
    "no `created` came for this ticket within the retention: the source or its connector lost it; "
    "send it again with the others",
)
"""Why the records of `orphans` are set aside."""


def keep(held: Held, event: Event, record: SourceRecord, most_events: int) -> None:
    """Keeps an event of a ticket without `created`; raises `Rejected` when the ticket has as much as is kept."""
    ticket = held.ticket
    value = record.value or b""
    size = sum(len(kept) for _, _, kept in ticket.pending) + len(value)
    if history.too_long(ticket, most_events) or size > _BYTES:
        raise Rejected(
            DeadLetterReason.ORPHAN,
            "no `created` came for this ticket, and more came before it than is kept: the source or its "
            "connector lost it; send it again with the others",
        )
    history.append(ticket, event)
    if held.known is not None:
        held.known.add(event.event_id)
    ticket.latest = max(ticket.latest, event.order)
    ticket.last_at = max(ticket.last_at, event.at)
    ticket.pending.append((record.offset, record.timestamp, value))


def orphans(ticket: Ticket, key: bytes, *, topic: str, partition: int) -> Iterator[StoredRecord]:
    """The records of a ticket whose `created` never came, as they came; none for any other."""
    for offset, timestamp, value in ticket.pending if ticket.provisional else ():
        yield StoredRecord(topic, partition, offset, timestamp, key, value)
