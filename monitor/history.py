"""The events a ticket keeps so that a late one can be put in its place and the fold done again (S31, S38).

Appending packs one event behind the others and decodes nothing; only a late event unpacks them.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

from monitor.tickets import Event, Ticket

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Event]).decode

# The packed events of a ticket stay below this, whatever their number, so that a row stays below 256 KB.
HISTORY_BYTES: Final = 96 * 1024
_FORGOTTEN_BYTES: Final = 8 * 6144
_DIGEST: Final = 8


def append(ticket: Ticket, event: Event) -> None:
    """Puts an event behind the others; the caller knows that it is the latest."""
    ticket.history += _encode(event)
    ticket.history_count += 1


def events(ticket: Ticket) -> list[Event]:
    """The kept events in the order they were appended."""
    # MessagePack's array32 head makes one list of the events packed one behind the other.
    return _decode(b"\xdd" + ticket.history_count.to_bytes(4, "big") + ticket.history)


def replace(ticket: Ticket, kept: list[Event]) -> None:
    """Makes `kept` the whole history."""
    ticket.history = b"".join(map(_encode, kept))
    ticket.history_count = len(kept)


def knows(ticket: Ticket, event_id: str) -> bool:
    """Whether an event with this id was applied before (S30)."""
    name = event_id.encode()
    if name in ticket.history and any(event.event_id == event_id for event in events(ticket)):
        return True
    return bool(ticket.forgotten) and digest(event_id) in ticket.forgotten


def too_long(ticket: Ticket, limit: int) -> bool:
    """Whether the oldest events must be folded into the base."""
    return ticket.history_count > limit + limit // 2 or len(ticket.history) > HISTORY_BYTES


def forget(ticket: Ticket, gone: list[Event]) -> None:
    """Remembers of events that go into the base only that they were there."""
    ticket.forgotten = (ticket.forgotten + b"".join(digest(event.event_id) for event in gone))[
        -_FORGOTTEN_BYTES:
    ]


def digest(event_id: str) -> bytes:
    """Eight bytes that stand for an event id."""
    return blake2b(event_id.encode(), digest_size=_DIGEST).digest()
