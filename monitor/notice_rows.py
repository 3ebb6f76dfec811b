"""What is kept of notifications: a row for each alert on each channel, one for each channel, one for each mute.

The rows are for a compacted topic. Those of one step belong in one transaction: written whole or not at all.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from monitor.errors import StateUnreadable
from monitor.tickets import NEVER
from schemas.instants import Micros
from schemas.notices import Mute

FORMAT: Final = b"\x01"

_CHANNEL: Final = b"channel|"
_NOTICE: Final = b"notice|"
_MUTE: Final = b"mute|"


class Notice(msgspec.Struct, array_like=True, gc=False):
    """One thing to tell a channel about an alert, until it has been told or given up."""

    revision: int
    repeat: int  # 0 is the revision itself, then the repeats of it while nobody acknowledges
    episode: int
    opens: bool  # at risk or breached; else it tells of an end
    priority: str
    alert: bytes  # JSON, as read
    due: Micros  # since when nothing held it back; what the retry budget counts from
    held_until: Micros = 0
    held: bool = False  # was ever held back
    digest: int = 0  # the minute (since the epoch) in whose digest it stands; 0 is none
    in_flight: bool = False  # the intent: written before the send, cleared by its outcome
    in_doubt: bool = False  # was in flight when the process stopped
    sent_at: Micros = 0  # the last attempt
    failures: int = 0
    not_before: Micros = 0

    @property
    def fresh(self) -> bool:
        """Whether it was never tried."""
        return not self.sent_at


class Standing(msgspec.Struct, array_like=True):
    """What one channel has heard of one alert, and what it has still to be told, oldest first."""

    alert_id: str
    ticket_id: str
    customer: str
    objective: str
    revision: int = 0  # the highest one heard
    open: bool = False  # as of that revision
    told: int = 0  # the last episode whose opening was sent, or may have been
    told_at: Micros = 0
    told_revision: int = 0
    alert: bytes = b""  # what was told last, for repeats; empty when nothing is to be repeated
    repeats: int = 0
    acknowledged: int = 0  # up to this revision
    forget_at: Micros = NEVER  # while it is open
    waiting: list[Notice] = []


class ChannelRow(msgspec.Struct, array_like=True, gc=False):
    """How a channel fares: what went out in the present minute, and whether it fails."""

    minute: int = 0  # since the epoch
    sent: int = 0  # single notices in that minute
    digested: int = 0  # the minute of the last digest
    failures: int = 0  # in a row; a volley that fails together counts once
    failed_at: Micros = 0
    not_before: Micros = 0


class MuteRow(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """A mute: nothing that fits all keys that are given goes out before its end."""

    until: Micros
    by: str
    customer: str | None
    ticket_id: str | None
    objective: str | None

    @classmethod
    def of(cls, mute: Mute, until: Micros) -> MuteRow:
        """The row of a mute."""
        return cls(until, mute.by, mute.customer, mute.ticket_id, mute.objective)

    def covers(self, standing: Standing) -> bool:
        """Whether it silences an alert."""
        return (
            self.customer in {None, standing.customer}
            and self.ticket_id in {None, standing.ticket_id}
            and self.objective in {None, standing.objective}
        )


def channel_key(channel: str) -> bytes:
    """The key of a channel's own row."""
    return _CHANNEL + channel.encode()


def notice_key(channel: str, alert_id: str) -> bytes:
    """The key of an alert's row on a channel; a channel's name has no bar in it."""
    return b"%b%b|%b" % (_NOTICE, channel.encode(), alert_id.encode())


def mute_key(mute_id: str) -> bytes:
    """The key of a mute's row."""
    return _MUTE + mute_id.encode()


def channel_of(key: bytes) -> str | None:
    """The channel whose own row a key names; None for any other row."""
    return key.removeprefix(_CHANNEL).decode() if key.startswith(_CHANNEL) else None


def notice_of(key: bytes) -> tuple[str, str] | None:
    """The channel and the alert that a key names; None for any other row."""
    if not key.startswith(_NOTICE):
        return None
    channel, _, alert_id = key.removeprefix(_NOTICE).decode().partition("|")
    return channel, alert_id


def mute_of(key: bytes) -> str | None:
    """The mute that a key names; None for any other row."""
    return key.removeprefix(_MUTE).decode() if key.startswith(_MUTE) else None


_encode = msgspec.msgpack.Encoder().encode
_Row = TypeVar("_Row", Standing, ChannelRow, MuteRow)
_DECODERS: Final[dict[type, msgspec.msgpack.Decoder[Any]]] = {
    kind: msgspec.msgpack.Decoder(kind) for kind in (Standing, ChannelRow, MuteRow)
}


def pack(row: Standing | ChannelRow | MuteRow) -> bytes:
    """A row's value: its format, then MessagePack."""
    return FORMAT + _encode(row)


def unpack(kind: type[_Row], key: bytes, value: bytes) -> _Row:
    """The inverse of `pack`; raises `StateUnreadable`, which names the row."""
    if not value.startswith(FORMAT):
        raise StateUnreadable(
            f"the notification row {key.decode(errors='replace')!r} has a format that this version cannot read: "
            "run the release that wrote it"
        )
    try:
        row: _Row = _DECODERS[kind].decode(value[len(FORMAT) :])
    except msgspec.DecodeError as error:
        raise StateUnreadable(
            f"the notification row {key.decode(errors='replace')!r} cannot be read ({error}): something else wrote "
            "to its topic, or it is damaged; restore it"
        ) from error
    return row
