"""The state of one ticket and the row it is kept in.

A row is a fixed head (format, flags, next deadline), so that restoring a million of them decodes none, and a
MessagePack body, decoded when the ticket is touched.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import msgspec

from monitor.errors import StateUnreadable
from schemas.instants import Micros

OBJECTIVES: Final = ("first_response", "next_response", "resolution", "handoff")
FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION, HANDOFF = range(4)

# What a clock is doing; between `resolved` and `reopened` it is stopped.
STOPPED, COUNTING, HOLDING = range(3)

# What became of a clock; OPEN while nothing is decided.
OPEN, MET, MISSED, CANCELLED = range(4)

ALERT_STATES: Final = ("", "at_risk", "breached", "resolved", "retracted", "cancelled")
NO_ALERT, AT_RISK, BREACHED, RESOLVED, RETRACTED, ALERT_CANCELLED = range(6)

# How a clock came under its present terms.
CHANGES: Final = ("started", "retroactive", "from_now")
STARTED, RETROACTIVE, FROM_NOW = range(3)

DEADLINE_SHARE: Final = 1000  # per mille of the target: the deadline itself
NEVER: Final[Micros] = (1 << 63) - 1

ORDER = tuple[int, int, int, str]  # occurred_at, sequence, rank of the type, event_id (S31)
FIRST: Final[ORDER] = (-NEVER, 0, 0, "")


class Event(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A ticket event as the fold reads it; `rank` is the index of its type in `EVENT_TYPES`."""

    at: Micros
    sequence: int
    rank: int
    event_id: str
    data: dict[str, Any]

    @property
    def order(self) -> ORDER:
        """Its place among the events of the ticket (S31)."""
        return (self.at, self.sequence, self.rank, self.event_id)


class Clock(msgspec.Struct, array_like=True, gc=False):
    """One promise about one ticket; lives as long as the ticket. Spans are open time of its calendar."""

    objective: int
    cycle: int
    tier: int  # of a hand-off: the tier it measures
    policy: int  # index into the ticket's citations
    priority: str
    started: Micros
    target: Micros
    mark: Micros  # since when `mode` holds
    mode: int = COUNTING
    counted: Micros = 0  # before `mark`
    paused: Micros = 0  # before `mark`
    due: Micros | None = None
    due_from_source: bool = False
    next: Micros = NEVER  # the next threshold or deadline
    outcome: int = OPEN
    reason: str = "running"
    stopped: Micros | None = None
    breached: Micros | None = None
    breach_counted: Micros = 0  # as of the breach: what the verdict shows until the clock stops
    breach_paused: Micros = 0
    settled_priority: str = ""
    settled_tier: int = 0
    stop_priority: str = ""
    stop_tier: int = 0
    stop_reason: str = ""
    result_revision: int = 0
    alert_revision: int = 0
    alert_episode: int = 0
    alert_state: int = NO_ALERT
    alert_share: int = 0  # per mille; the highest threshold of the open episode
    scaled_to: Micros = 0  # the whole target by which a change from now on scaled `target` (S20)
    terms: list[Term] = []
    doubtful: bool = False  # breached while its source was silent (S39)
    excluded: Micros = 0  # of `paused`, as of the stop: what exclusions took out
    excluded_wall: Micros = 0
    merged_counted: Micros = 0  # of `counted`, up to the ticket's `merged_to`
    merged_paused: Micros = 0

    @property
    def live(self) -> bool:
        """Whether it has not stopped: it may be counting, on hold, or late and still running."""
        return self.mode in (COUNTING, HOLDING)

    @property
    def has_open_alert(self) -> bool:
        """Whether people were told of it and not yet that it is over."""
        return self.alert_state in (AT_RISK, BREACHED)

    @property
    def settled(self) -> bool:
        """Whether it was met or missed."""
        return self.outcome in (MET, MISSED)

    @property
    def name(self) -> str:
        """The objective in words."""
        return OBJECTIVES[self.objective]

    @property
    def identity(self) -> tuple[int, int]:
        """What tells it from the ticket's other clocks."""
        return (self.objective, self.cycle)


class Hold(msgspec.Struct, array_like=True, gc=False):
    """A hold for one reason; `to` is None while it lasts.

    `overrun` while a reply has ended it and nobody has said so, and `resumed` is when somebody did (S16).
    """

    reason: str
    since: Micros
    to: Micros | None = None
    overrun: bool = False
    resumed: Micros | None = None


class Excluded(msgspec.Struct, array_like=True, gc=False):
    """A stretch that an exclusion of the policy takes out (S26); `to` is None while it lasts.

    `known` is when the ticket learned of it, and `gone` when a later version withdrew it.
    """

    identity: str
    reason: str
    since: Micros
    to: Micros | None
    known: Micros
    gone: Micros | None = None


class Term(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Under what a clock counts from an instant on (S20, S22); a clock that never changed has none."""

    at: Micros
    change: int  # index into CHANGES
    policy: int  # index into the ticket's citations
    priority: str
    target: Micros


class Moment(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Something that happened to the ticket and is counted as of then (S54, S59)."""

    kind: str
    at: Micros
    priority: str
    tier: int
    weight: int = 0  # of a kind that counts more than ones


class OpenSpan(msgspec.Struct, array_like=True, gc=False):
    """A stretch during which the ticket was open with one priority and tier; `to` is None while it lasts."""

    since: Micros
    to: Micros | None
    priority: str
    tier: int


class Ticket(msgspec.Struct, array_like=True):
    """All that is known of one ticket: a fold over its events, plus what was announced about it."""

    ticket_id: str
    created: Micros | None = None  # None: provisional, other events came first (S32)
    source: str | None = None
    customer: str = ""
    priority: str = ""
    tier: int = 1
    queue: str | None = None
    assignee: str | None = None
    channel: str | None = None
    category: str | None = None
    subject: str | None = None
    url: str | None = None
    tags: list[str] = []
    due: dict[str, Micros] = {}
    birth: tuple[str, int, str | None, str | None, str | None] = ("", 1, None, None, None)
    policy: int = -1  # index into citations; -1: none matches
    citations: list[tuple[str, str]] = []  # (version, name)
    responded: Micros | None = None
    unanswered: Micros | None = None  # a reply while resolved, waiting for the reopen (S11)
    resolved: Micros | None = None
    closed: Micros | None = None
    ended: str = ""  # cancelled, merged, deleted (S24)
    overrun: Micros = 0  # not used: keeps the place of those after it in a row
    holds: list[Hold] = []
    clocks: list[Clock] = []
    moments: list[Moment] = []
    spans: list[OpenSpan] = []
    cycles: list[int] = msgspec.field(default_factory=lambda: [0] * 4)  # clocks started, by objective
    risen: bool = False  # counted as escalated (S53)
    past: list[bytes] = msgspec.field(default_factory=lambda: [b""] * 4)  # packed: see `monitor.past`
    past_counts: list[int] = msgspec.field(default_factory=lambda: [0] * 4)
    waivers: dict[str, dict[str, str]] = {}
    latest: ORDER = FIRST
    last_at: Micros = 0  # the largest occurred_at, for retention
    settled_to: Micros = -NEVER  # the latest breach: an event at or before it changes the past
    history: bytes = b""  # packed events, oldest first, since `base`
    history_count: int = 0
    base: bytes | None = None  # the packed fold of what came before `history` (S38)
    base_order: ORDER = FIRST
    forgotten: bytes = b""  # 8-byte digests of the event ids inside `base`
    ghosts: list[Clock] = []  # clocks that a late event un-made, kept for their revisions
    pending: list[
        tuple[int, int | None, bytes]
    ] = []  # a provisional ticket's records: offset, time stamp, value
    unmatched: bool = False  # counted once as without policy
    deleted_at: Micros | None = None
    turned: Micros = -NEVER  # the latest turn of the policies that it has followed (S22)
    excluded: list[Excluded] = []
    contacts: int = 0  # answers of agents up to the first resolution (S52)
    requeued: bool = False  # moved to another queue before it (S52)
    first_resolved: Micros | None = None
    rated: Micros | None = None  # the rating that another one would replace (S55)
    rated_before: bool = False  # a rating stands that no other replaces, for a reopen came after it (S55)
    merged_to: Micros = (
        -NEVER
    )  # up to here holds and reopens are gone; clocks know what they had counted (S38)

    @property
    def provisional(self) -> bool:
        """Whether `created` has not come yet."""
        return self.created is None

    @property
    def judged(self) -> bool:
        """Whether its clocks may run: it was created and has not ended."""
        return self.created is not None and not self.ended

    @property
    def is_open(self) -> bool:
        """Whether it counts in the backlog."""
        return self.judged and self.resolved is None and self.closed is None


FORMAT: Final = 1
_HEAD = struct.Struct("<BBq")
_OPEN_FLAG: Final = 1
_LIVE_FLAG: Final = 2
_encode = msgspec.msgpack.Encoder().encode
_decode_ticket = msgspec.msgpack.Decoder(Ticket).decode


def encode_row(ticket: Ticket, next_due: Micros) -> bytes:
    """The state row of a ticket whose next deadline is `next_due`."""
    flags = _OPEN_FLAG if ticket.is_open else 0
    if flags or has_live_clocks(ticket):
        flags |= _LIVE_FLAG
    return _HEAD.pack(FORMAT, flags, next_due) + _encode(ticket)


def has_live_clocks(ticket: Ticket) -> bool:
    """Whether time alone can still change the ticket: it is open, or one of its clocks runs."""
    return ticket.is_open or any(clock.live for clock in ticket.clocks)


def row_next_due(row: bytes) -> Micros:
    """The next deadline in a row's head; raises `StateUnreadable` for another format."""
    if len(row) < _HEAD.size:
        raise StateUnreadable(
            "a state row is cut off: the state topic was written by something else or is damaged"
        )
    version, _, due = _HEAD.unpack_from(row)
    if version != FORMAT:
        raise StateUnreadable(
            f"a state row has format {version}, this version reads {FORMAT}: run the release that wrote it, "
            "or empty the state topic and read the tickets again from the beginning"
        )
    return int(due)


def row_is_open(row: bytes) -> bool:
    """Whether the row's ticket is open, from its head alone."""
    return bool(row[1] & _OPEN_FLAG)


def row_is_live(row: bytes) -> bool:
    """Whether time alone can still change the row's ticket; rows of the first release say only that it is open."""
    return bool(row[1] & (_OPEN_FLAG | _LIVE_FLAG))


def decode_row(row: bytes) -> Ticket:
    """The ticket of a state row; raises `StateUnreadable` when it is none."""
    row_next_due(row)
    try:
        return _decode_ticket(memoryview(row)[_HEAD.size :])
    except msgspec.DecodeError as error:
        raise StateUnreadable(
            f"a state row cannot be read ({error}): the state topic was written by "
            "something else or is damaged; restore it, or empty it and read again"
        ) from error


def pack_fold(ticket: Ticket) -> bytes:
    """A ticket as plain bytes, for `base`."""
    return _encode(ticket)


def unpack_fold(packed: bytes) -> Ticket:
    """The inverse of `pack_fold`."""
    return _decode_ticket(packed)
