"""The engine of one source partition: records and time in, a step out; deterministic in (state, records, now).

Before each record all that is due before the partition's time happens, in order of its deadlines, so that the
cut of the records into steps changes nothing (S36).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from monitor import history, past
from monitor.errors import PolicyError, StateUnreadable
from monitor.fold import CREATED, DELETED, Fold
from monitor.intake import UNDATED, Rejected, SourceRecord, StoredRecord, dead_letter, read
from monitor.ledger import Ledger, breaches_before
from monitor.policies import PolicyBook
from monitor.step import Row, Step
from monitor.ticket_rows import Held, TicketRows
from monitor.tickets import NEVER, Event, Ticket
from schemas.events import EVENT_TYPES
from schemas.instants import Micros
from schemas.reasons import DeadLetterReason

CHECKPOINT_KEY = b"\x00checkpoint"
CHECKPOINT_FORMAT = 1
_LONG = 24  # of a list in a ticket: beyond this its past is packed
# The records of a ticket without `created` are kept up to this, so that its row stays below 256 KB (S38).
_PENDING_BYTES = 96 * 1024
_EVENT_COUNTERS = tuple(("events", name) for name in (*EVENT_TYPES, "deleted"))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a partition's state stands; `next_offset` -1 when there is no state yet."""

    next_offset: int
    watermark: Micros
    policy_versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EngineGauges:
    """Sizes of a partition's state now."""

    tickets: int
    open_tickets: int
    deadlines: int
    watermark: Micros
    kpi_rows: int
    next_offset: int


class Engine:
    """Judges the tickets of one partition; lives as long as the partition is owned."""

    def __init__(
        self, partition: int, book: PolicyBook, *, topic: str = "tickets", replay: bool = False
    ) -> None:
        self.partition = partition
        self.topic = topic
        self.book = book
        self.replay = replay
        self.fold = Fold(book)
        self.rows = TicketRows()
        self.ledger = Ledger(partition, book, self.fold.promises, replay=replay)
        self.watermark: Micros = -NEVER
        self.next_offset = -1
        self._settings = book.settings
        self._versions = tuple(version.version for version in book.versions)
        self._step = Step()
        self._now: Micros = 0

    # Restoring.

    def restore(self, rows: Iterable[Row]) -> None:
        """Takes rows of this partition of `sla-state` in log order; may be called with many chunks."""
        self.rows.restore(rows)

    def restore_kpis(self, rows: Iterable[Row]) -> None:
        """Takes rows of this partition of `sla-kpis` in log order; may be called with many chunks."""
        self.ledger.restore(rows)

    def start(self) -> Checkpoint:
        """Ends the restoring; raises `StateUnreadable` when a row is of another format."""
        row = self.rows.take(CHECKPOINT_KEY)
        if row is not None:
            saved = orjson.loads(row)
            if saved.get("format") != CHECKPOINT_FORMAT:
                raise StateUnreadable(
                    f"the checkpoint of partition {self.partition} has format {saved.get('format')}, this version "
                    f"reads {CHECKPOINT_FORMAT}: run the release that wrote it"
                )
            self._check_policies(saved["policy_versions"])
            self.next_offset = saved["next_offset"]
            self.watermark = saved["watermark"]
        self.rows.start()
        return Checkpoint(self.next_offset, self.watermark, self._versions)

    def _check_policies(self, cited: list[str]) -> None:
        missing = sorted(set(cited) - set(self._versions))
        if missing:
            raise PolicyError(
                f"the state of partition {self.partition} was judged by policy version {', '.join(missing)}, which "
                "was not given: pass its file as well (--policy OLD --policy NEW) and let the newer one begin later "
                "by its `effective`"
            )

    # Deciding.

    def apply(self, records: Sequence[SourceRecord], now: Micros) -> Step:
        """Judges records in order; `now` is wall time and dates only the detection."""
        step = self._begin(now)
        # All are decoded first and judged then: each loop stays in the processor's caches.
        for record, event in zip(records, self._read(records), strict=True):
            try:
                if isinstance(event, Rejected):
                    raise event
                self._take(record, *event)
            except Rejected as rejected:
                self._set_aside(record, rejected)
        step.records = len(records)
        if records:
            self.next_offset = records[-1].offset + 1
        return self._finish()

    def tick(self, now: Micros, limit: int = 1000) -> Step:
        """Fires what is due before `now`; only for a partition that is caught up (S36)."""
        step = self._begin(now)
        self._advance(max(self.watermark, now))
        for _ in range(limit):
            entry = self.rows.pop_due(self.watermark)
            if entry is None:
                break
            due, key, held = entry
            self._fire(key, held, due + 1 if self.replay else self.watermark)
        else:
            step.more = True
        if not self._changed():
            step.next_offset, step.watermark = self.next_offset, self.watermark
            return step
        return self._finish()

    @property
    def next_due(self) -> Micros | None:
        """The earliest deadline or day's close; may be early, never late."""
        candidates = [due for due in (self.rows.next_due, self.ledger.next_close) if due is not None]
        return min(candidates, default=None)

    def gauges(self) -> EngineGauges:
        """Sizes of the state now."""
        rows = self.rows
        return EngineGauges(
            tickets=len(rows),
            open_tickets=rows.open_tickets,
            deadlines=rows.deadlines,
            watermark=self.watermark,
            kpi_rows=self.ledger.row_count,
            next_offset=self.next_offset,
        )

    # One record.

    def _read(self, records: Sequence[SourceRecord]) -> list[tuple[bytes, Event] | Rejected]:
        max_skew, keyed = self._settings.max_skew, not self.replay
        read_all: list[tuple[bytes, Event] | Rejected] = []
        for record in records:
            try:
                read_all.append(read(record, max_skew, keyed=keyed))
            except Rejected as rejected:
                read_all.append(rejected)
        return read_all

    def _take(self, record: SourceRecord, key: bytes, event: Event) -> None:
        if event.at == UNDATED:
            event = Event(self.watermark, 0, DELETED, event.event_id, {})
        if event.at > self.watermark:
            self._advance(event.at)
            self._fire_due()
        self._step.counters[_EVENT_COUNTERS[event.rank]] += 1
        held = self.rows.get(key)
        if held is None:
            self._meet(key, event, record)
        elif history.knows(held.ticket, event.event_id):
            self._step.counters["duplicates",] += 1
        else:
            self._change(key, held, event, record)

    def _meet(self, key: bytes, event: Event, record: SourceRecord) -> None:
        """The first event of a ticket that is not there."""
        if event.at < self.watermark - self._settings.retention:
            raise Rejected(
                DeadLetterReason.TOO_LATE,
                "the ticket is not in the state and the event is older than the retention: it was judged long ago",
            )
        if event.rank == DELETED:
            return  # a tombstone for what is not there deletes nothing
        self._change(key, Held(Ticket(ticket_id=key.decode())), event, record)

    def _change(self, key: bytes, held: Held, event: Event, record: SourceRecord) -> None:
        ticket = held.ticket
        if ticket.created is None and event.rank != CREATED:
            self._keep_provisional(key, held, event, record)
            return
        if event.rank == CREATED and ticket.created is not None and event.data.get("source") != ticket.source:
            raise Rejected(
                DeadLetterReason.IDENTITY_CLASH,
                f"a ticket with this id exists from source {ticket.source!r}: where two systems meet, the connector "
                "must prefix the ticket_id",
            )
        if ticket.base is not None and event.order <= ticket.base_order:
            raise Rejected(
                DeadLetterReason.TOO_LATE,
                f"older than the latest {self._settings.history_events} events of its ticket, which is what is kept",
            )
        self._apply(held, event)
        self._keep_short(held)
        self.rows.put(key, held, self._next_due(held.ticket))

    def _apply(self, held: Held, event: Event) -> None:
        ticket = held.ticket
        in_order = event.order > ticket.latest and event.at > ticket.settled_to
        if in_order and ticket.created is not None and self.ledger.is_quiet(ticket, event):
            self.fold.apply(ticket, event)
            history.append(ticket, event)
            self._judge_unchanged(held, self.watermark)
            return
        if in_order and (ticket.created is not None or not ticket.history_count):
            if self.ledger.reaches_back(event):
                self.ledger.before_any(held)
            else:
                self.ledger.before(held)
            self.fold.apply(ticket, event)
            history.append(ticket, event)
        else:
            self.ledger.before_any(held)
            self._step.counters["late_events",] += ticket.created is not None
            held.ticket = self.fold.again(ticket, event)
        self._judge(held, self.watermark)

    def _keep_short(self, held: Held) -> None:
        """Keeps a ticket with a long life cheap to hold and to touch (S38)."""
        ticket = held.ticket
        if history.too_long(ticket, self._settings.history_events):
            held.ticket = ticket = self.fold.shorten(ticket, self._settings.history_events)
            self.fold.promises.breach_due(ticket, self.watermark)  # those after its last event, as before
            held.filed = None
        if (
            len(ticket.clocks) > _LONG or len(ticket.holds) > _LONG or len(ticket.spans) > _LONG
        ) and past.pack(ticket):
            held.filed = None

    def _keep_provisional(self, key: bytes, held: Held, event: Event, record: SourceRecord) -> None:
        """Keeps what comes before `created`, whole, in case it never comes (S32)."""
        ticket = held.ticket
        if event.rank == DELETED:
            self._let_go(key, ticket)
            return
        value = record.value or b""
        if (
            history.too_long(ticket, self._settings.history_events)
            or sum(len(kept) for _, _, kept in ticket.pending) + len(value) > _PENDING_BYTES
        ):
            raise Rejected(
                DeadLetterReason.ORPHAN,
                "no `created` came for this ticket, and more came before it than is kept: the source or its "
                "connector lost it; send it again with the others",
            )
        history.append(ticket, event)
        ticket.latest = max(ticket.latest, event.order)
        ticket.last_at = max(ticket.last_at, event.at)
        ticket.pending.append((record.offset, record.timestamp, value))
        self.rows.put(key, held, self._next_due(ticket))

    def _judge(self, held: Held, until: Micros) -> None:
        """Lets happen what is due before an instant, and files and announces what changed."""
        ticket = held.ticket
        self.fold.promises.breach_due(ticket, until)
        self.ledger.file(self._step, held, until)
        self.ledger.announce(self._step, ticket, until, self._now)
        if not ticket.clocks and not ticket.unmatched and ticket.judged and not any(ticket.cycles):
            ticket.unmatched = True
            self._step.counters["unmatched",] += 1

    def _judge_unchanged(self, held: Held, until: Micros) -> None:
        """The same for a ticket that says what it said when it was filed, unless something is due."""
        if breaches_before(held.ticket, until):
            self.ledger.before(held)
            self._judge(held, until)
        else:
            self.ledger.announce(self._step, held.ticket, until, self._now)

    # Time.

    def _advance(self, at: Micros) -> None:
        self.watermark = at
        close = self.ledger.next_close
        if close is None or close <= at:
            self.ledger.close_days(at)

    def _fire_due(self) -> None:
        while (entry := self.rows.pop_due(self.watermark)) is not None:
            due, key, held = entry
            self._fire(key, held, due + 1)

    def _fire(self, key: bytes, held: Held, before: Micros) -> None:
        """Lets happen what lies before an instant for one ticket."""
        ticket = held.ticket
        retained = self._retained_until(ticket)
        if retained <= held.due:
            self._let_go(key, ticket)
            return
        self._judge_unchanged(held, min(before, retained))
        self.rows.put(key, held, self._next_due(ticket))

    def _next_due(self, ticket: Ticket) -> Micros:
        due = NEVER
        for clock in ticket.clocks:
            if clock.next < due:  # noqa: PLR1730 - `min` is a call for each clock of each event
                due = clock.next
        return min(due, self._retained_until(ticket))

    def _retained_until(self, ticket: Ticket) -> Micros:
        # As `is_open`, but fast.
        if ticket.resolved is None and ticket.created is not None and not ticket.ended:
            return NEVER
        return ticket.last_at + self._settings.retention

    def _let_go(self, key: bytes, ticket: Ticket) -> None:
        """A ticket's retention is over (S34); a provisional one's events were orphans (S32)."""
        for offset, timestamp, value in ticket.pending if ticket.provisional else ():
            orphan = StoredRecord(self.topic, self.partition, offset, timestamp, key, value)
            self._set_aside(
                orphan,
                Rejected(
                    DeadLetterReason.ORPHAN,
                    "no `created` came for this ticket within the retention: the source or its connector lost it; "
                    "send it again with the others",
                ),
            )
        self.rows.remove(key)

    # The step.

    def _begin(self, now: Micros) -> Step:
        self._now = now
        self._step = Step()
        return self._step

    def _changed(self) -> bool:
        step = self._step
        return self.rows.changed or self.ledger.changed or not step.empty

    def _finish(self) -> Step:
        step = self._step
        self.ledger.expire(self.watermark)
        step.state = self.rows.drain()
        step.kpis = self.ledger.drain()
        step.next_offset, step.watermark = self.next_offset, self.watermark
        checkpoint = {
            "format": CHECKPOINT_FORMAT,
            "next_offset": self.next_offset,
            "watermark": self.watermark,
            "policy_versions": self._versions,
        }
        step.state.append((CHECKPOINT_KEY, orjson.dumps(checkpoint)))
        return step

    def _set_aside(self, record: SourceRecord, rejected: Rejected) -> None:
        headers = getattr(record, "headers", ())
        self._step.dead_letters.append(dead_letter(record, rejected, headers))
        self._step.counters["dead_letters", rejected.reason.value] += 1
