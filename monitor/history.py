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

LONG: Final = 64
"""From so many events on it pays to have a ticket's event ids at hand."""

# The packed events of a ticket stay below this, whatever their number, so that a row stays below 256 KB.
HISTORY_BYTES: Final = 96 * 1024
_HOLDS: Final = 1  # where `monitor.past` packs them
_HOLDS_BYTES: Final = 56 * 1024
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


class KnownEvents:
    """The ids of a long ticket's events, at hand: searching its packed history anew for each event would be slow.

    Says what `knows` says. Belongs to a ticket in use, and is built again when its history is shortened.
    """

    __slots__ = ("_digests", "_ids")

    def __init__(self, ticket: Ticket) -> None:
        self._ids = {event.event_id for event in events(ticket)}
        packed = ticket.forgotten
        self._digests = {packed[at : at + _DIGEST] for at in range(0, len(packed), _DIGEST)}

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._ids or digest(event_id) in self._digests

    def add(self, event_id: str) -> None:
        """Takes note of an event that was applied."""
        self._ids.add(event_id)


def too_long(ticket: Ticket, limit: int) -> bool:
    """Whether the oldest events must be folded into the base."""
    return ticket.history_count > limit + limit // 2 or too_large(ticket)


def too_large(ticket: Ticket) -> bool:
    """Whether they must be because of their size, or that of the holds they made, though they are not many."""
    return len(ticket.history) > HISTORY_BYTES or len(ticket.past[_HOLDS]) > _HOLDS_BYTES


def forget(ticket: Ticket, gone: list[Event]) -> None:
    """Remembers of events that go into the base only that they were there."""
    ticket.forgotten = (ticket.forgotten + b"".join(digest(event.event_id) for event in gone))[
        -_FORGOTTEN_BYTES:
    ]


def digest(event_id: str) -> bytes:
    """Eight bytes that stand for an event id."""
    return blake2b(event_id.encode(), digest_size=_DIGEST).digest()
