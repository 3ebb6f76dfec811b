"""The engine of one source partition: records and time in, a step out; deterministic in (state, records, now).

Before each record all that is due before the partition's time happens, in order of its deadlines, so that the
cut of the records into steps changes nothing (S36).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor import provisional
from monitor.checkpoint import CHECKPOINT_KEY, Checkpoint, Reign, check_policies, decode_checkpoint
from monitor.engine_gauges import EngineGauges
from monitor.fold import CREATED, DELETED, Fold
from monitor.intake import UNDATED, Rejected, SourceRecord, Taken, dead_letter, read
from monitor.judge import Judge
from monitor.ledger import Ledger
from monitor.policies import ALWAYS, PolicyBook
from monitor.replanning import Replanning
from monitor.sources import Sources
from monitor.step import Row, Step
from monitor.ticket_rows import Held, TicketRows
from monitor.tickets import NEVER, Event, Ticket
from schemas.events import EVENT_TYPES
from schemas.instants import Micros
from schemas.reasons import DeadLetterReason

REPLAN_SLICE = 20
"""So many open tickets follow a turn of the policies in one tick: 2 ms of work, and 20 rows to write."""

_REPLAN_BESIDE = 1  # and so many before each record, whatever step it is in
_LISTED = 2000  # of so many rows it is asked at once whether time can change them: less than 1 ms
_LOOKS = 10  # at so many times as many it is looked: most tickets have nothing to do with an exclusion
_FIRED_BEFORE = 10  # deadlines that fire before the records of a step however many became due just now
_EVENT_COUNTERS = tuple(("events", name) for name in (*EVENT_TYPES, "deleted"))


class Engine:
    """Judges the tickets of one partition; lives as long as the partition is owned."""

    def __init__(
        self,
        partition: int,
        book: PolicyBook,
        *,
        topic: str = "tickets",
        replay: bool = False,
        sources: Sources | None = None,
    ) -> None:
        self.partition = partition
        self.topic = topic
        self.replay = replay
        self.rows = TicketRows()
        self.sources = Sources() if sources is None else sources
        self.watermark: Micros = -NEVER
        self.next_offset = -1
        self._replanning = Replanning()
        self._turned: Micros = ALWAYS
        self._followed: tuple[Reign, ...] = ()
        self._recent, self._beside = NEVER, 0  # from when on deadlines may be left, and after how many
        self._use(book)
        self._judge = Judge(partition, book, self._is_silent, replay=replay)

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
        saved = None if row is None else decode_checkpoint(row, self.partition)
        if saved is not None:
            known = [version.version for version in self.book.versions]
            check_policies(self.partition, (version for version, _ in saved.reigns), known)
            self.next_offset, self.watermark = saved.next_offset, saved.watermark
            self._turned, self._followed = saved.turned, saved.reigns
            self.sources.restore(saved.heard)
        self.rows.start()
        if saved is not None:
            self._catch_up_with_turns(saved)
        return self._checkpoint()

    def _catch_up_with_turns(self, saved: Checkpoint) -> None:
        """Goes on with what a former owner had not finished, and with versions that it did not know."""
        self._next_turn = self.book.turn_after(self.watermark)
        unknown = set(self._reigns()) - set(saved.reigns)
        since = min((starts for _, starts in unknown), default=NEVER)
        if self.book.turn_at(self.watermark) > saved.turned or since != NEVER:
            self._replan_from(since)

    # Policies.

    def adopt(self, book: PolicyBook) -> None:
        """Takes another policy book; what it changes for tickets already judged is worked off in slices (S22).

        To be called between two steps. A turn that has passed by the partition's time is followed by `apply` and
        `tick` a few tickets at a time; `replanning` says how many are left.
        """
        differs = self.book.differs_from(book)
        self._use(book)
        self._judge.adopt(book, self._is_silent)
        since = min((at for at in differs if at <= self.watermark), default=NEVER)
        if since != NEVER:
            self._replan_from(since)

    @property
    def replanning(self) -> int:
        """How many open tickets have yet to follow a turn of the policies."""
        return len(self._replanning)

    def _use(self, book: PolicyBook) -> None:
        self._listening = {name for of in book.versions for name in of.settings.silence_after}
        self._is_silent = self.sources.silence_before(lambda at: book.settings_at(at).silence_after)
        self._next_turn = book.turn_after(self.watermark)

    @property
    def book(self) -> PolicyBook:
        """The policies it judges by."""
        return self._judge.book

    @property
    def fold(self) -> Fold:
        """How events change tickets."""
        return self._judge.fold

    @property
    def ledger(self) -> Ledger:
        """What is filed."""
        return self._judge.ledger

    def _replan_from(self, since: Micros) -> None:
        """Has every open ticket follow the turns, and those judged since an instant folded again."""
        kept = min(version.settings.retention for version in self.book.versions)
        self._replanning.begin(self.rows.keys(), since, NEVER if since == NEVER else since + kept)

    def _replan(self, most: int) -> None:
        if most > 0:
            self._replanning.list_some(self.rows.may_change, most if self.replay else _LISTED)
        looks = most * _LOOKS
        while most > 0 and looks > 0 and (key := self._replanning.take()) is not None:
            looks -= 1
            held = self.rows.get(key)
            if held is None:
                self._replanning.discard(key)
            elif self._follow_turns(key, held, self.watermark):
                most -= 1
                self.rows.put(key, held, self._judge.next_due(held.ticket))

    def _follow_turns(self, key: bytes, held: Held, until: Micros) -> bool:
        """Brings a ticket up to the turns that it has not followed; says whether that changed it."""
        again = key in self._replanning and self._replanning.must_fold(held.ticket)
        if until >= self.book.turn_at(self.watermark):  # else it fires what lay before the turn, and is left
            self._replanning.discard(key)
        return self._judge.follow_turns(held, until, again=again)

    # Deciding.

    def apply(self, records: Sequence[SourceRecord], now: Micros, *, leeway: Micros = 0) -> Step:
        """Judges records in order; `now` is wall time and dates only the detection.

        Of very many deadlines that passed within `leeway` before `now` most are left for `tick`, so that the records
        need not wait for all of them; a ticket's own always come before its record.
        """
        step = self._judge.begin(now)
        self._recent, self._beside = now - leeway if leeway else NEVER, _FIRED_BEFORE
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

    def tick(self, now: Micros, limit: int = 1000, *, replan: int = REPLAN_SLICE) -> Step:
        """Fires what is due before `now` and has `replan` tickets follow a turn; only for a caught-up partition."""
        step = self._judge.begin(now)
        self._advance(max(self.watermark, now), at_once=self.replay)
        self._replan(replan)
        for _ in range(limit):
            entry = self.rows.pop_due(self.watermark)
            if entry is None:
                break
            due, key, held = entry
            self._fire(key, held, due + 1 if self.replay else self.watermark)
        else:
            step.more = True
        step.more = step.more or bool(self._replanning)
        if not step.more and self.watermark > -NEVER:
            self.ledger.close_periods(self.watermark)
        if not self._changed():
            step.next_offset, step.watermark = self.next_offset, self.watermark
            return step
        return self._finish()

    @property
    def next_due(self) -> Micros | None:
        """The earliest deadline, day's close or turn of the policies; may be early, never late."""
        turn = self._next_turn if self.watermark > -NEVER and self._next_turn < NEVER else None
        known = (self.rows.next_due, self.ledger.next_close, turn)
        return min((due for due in known if due is not None), default=None)

    def gauges(self) -> EngineGauges:
        """Sizes of the state now."""
        return EngineGauges(
            tickets=len(self.rows),
            open_tickets=self.rows.open_tickets,
            deadlines=self.rows.deadlines,
            watermark=self.watermark,
            kpi_rows=self.ledger.row_count,
            next_offset=self.next_offset,
        )

    # One record.

    def _read(self, records: Sequence[SourceRecord]) -> list[Taken | Rejected]:
        max_skew, keyed = self.book.settings_at(self.watermark).max_skew, not self.replay
        read_all: list[Taken | Rejected] = []
        for record in records:
            try:
                read_all.append(read(record, max_skew, keyed=keyed))
            except Rejected as rejected:
                read_all.append(rejected)
        return read_all

    def _take(self, record: SourceRecord, key: bytes, event: Event, source: str | None) -> None:
        if event.at == UNDATED:
            event = Event(self.watermark, 0, DELETED, event.event_id, {})
        if event.at > self.watermark:
            self._advance(event.at)
            self._happen()
        if self._replanning:
            self._replan(_REPLAN_BESIDE)
        if self._listening:
            source = source or self._source_of(key)
            if source in self._listening:
                if self._is_silent(source, self.watermark):
                    self._fire_due()  # what breached in the silence is in doubt
                self.sources.hear(source, event.at)
        self._judge.step.counters[_EVENT_COUNTERS[event.rank]] += 1
        held = self._held_at(key, event.at)
        if held is None:
            self._meet(key, event, record)
        elif self._judge.knows(held, event.event_id):
            self._judge.step.counters["duplicates",] += 1
        else:
            self._change(key, held, event, record)

    def _held_at(self, key: bytes, at: Micros) -> Held | None:
        """The ticket, once what was due for it before an instant has happened, should it be left for a tick."""
        held, fired = self.rows.get(key), -NEVER
        while held is not None and fired < held.due < at:
            fired = held.due
            self._fire(key, held, fired + 1)
            held = self.rows.get(key)
        return held

    def _source_of(self, key: bytes) -> str | None:
        """Of an event that does not name its source: the one that created the ticket."""
        held = self.rows.get(key)
        return None if held is None else held.ticket.source

    def _meet(self, key: bytes, event: Event, record: SourceRecord) -> None:
        """The first event of a ticket that is not there."""
        if event.at < self.watermark - self.book.settings_at(self.watermark).retention:
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
                f"older than the latest {self.book.settings_at(event.at).history_events} events of its ticket, "
                "which is what is kept",
            )
        if key in self._replanning:
            self._follow_turns(key, held, self.watermark)
        self._judge.apply(held, event, self.watermark)
        self.rows.put(key, held, self._judge.next_due(held.ticket))

    def _keep_provisional(self, key: bytes, held: Held, event: Event, record: SourceRecord) -> None:
        if event.rank == DELETED:
            self._let_go(key, held.ticket)
            return
        provisional.keep(held, event, record, self.book.settings_at(event.at).history_events)
        self.rows.put(key, held, self._judge.next_due(held.ticket))

    # Time.

    def _advance(self, at: Micros, *, at_once: bool = True) -> None:
        """Moves the partition's time, stopping at each turn of the policies: what is due before it fires before.

        A tick does not do that `at_once`: it fires a few at a time, and each ticket passes the turn at its place.
        """
        while self._next_turn <= at:
            turn, self._next_turn = self._next_turn, self.book.turn_after(self._next_turn)
            if self.watermark > -NEVER:
                self._move(turn)
                if at_once:
                    self._fire_due()
                self._replan_from(NEVER)
                self._replan(len(self._replanning) if self.replay else 0)
        self._move(at)

    def _move(self, at: Micros) -> None:
        self.watermark = at
        close = self.ledger.next_day
        if close is None or close <= at:
            self.ledger.close_days(at)

    def _happen(self) -> None:
        """What is due before the partition's time, or a part of it where very much is due since a moment ago."""
        if self.ledger.closes_by(self.watermark):
            self._fire_due()
            self.ledger.close_periods(self.watermark)
        while self._beside > 0 or not self._recent <= (self.rows.next_due or 0) < self.watermark:
            entry = self.rows.pop_due(self.watermark)
            if entry is None:
                return
            due, key, held = entry
            self._fire(key, held, due + 1)
            self._beside -= 1

    def _fire_due(self) -> None:
        while (entry := self.rows.pop_due(self.watermark)) is not None:
            due, key, held = entry
            self._fire(key, held, due + 1)

    def _fire(self, key: bytes, held: Held, before: Micros) -> None:
        """Lets happen what lies before an instant for one ticket."""
        ticket = held.ticket
        retained = self._judge.retained_until(ticket)
        if retained <= held.due:
            self._let_go(key, ticket)
            return
        if key in self._replanning:
            self._follow_turns(key, held, min(before, retained))
        self._judge.pass_time(held, min(before, retained))
        self.rows.put(key, held, self._judge.next_due(held.ticket))

    def _let_go(self, key: bytes, ticket: Ticket) -> None:
        """A ticket's retention is over (S34); a provisional one's events were orphans (S32)."""
        for orphan in provisional.orphans(ticket, key, topic=self.topic, partition=self.partition):
            self._set_aside(orphan, provisional.NEVER_CREATED)
        self.rows.remove(key)

    # The step.

    def _changed(self) -> bool:
        step = self._judge.step
        return self.rows.changed or self.ledger.changed or not step.empty

    def _finish(self) -> Step:
        step = self._judge.step
        self.ledger.expire(self.watermark)
        step.state = self.rows.drain()
        step.kpis = self.ledger.drain()
        step.next_offset, step.watermark = self.next_offset, self.watermark
        step.state.append((CHECKPOINT_KEY, self._checkpoint().encode()))
        return step

    def _checkpoint(self) -> Checkpoint:
        if not self._replanning:  # else the next owner begins that again
            self._turned, self._followed = self.book.turn_at(self.watermark), self._reigns()
        heard = self.sources.heard if self._listening else {}
        return Checkpoint(self.next_offset, self.watermark, self._followed, self._turned, heard)

    def _reigns(self) -> tuple[Reign, ...]:
        """The versions that have begun: no ticket cites another, and one that has not may still be replaced."""
        return tuple((of.version, of.starts) for of in self.book.versions if of.starts <= self.watermark)

    def _set_aside(self, record: SourceRecord, rejected: Rejected) -> None:
        headers = getattr(record, "headers", ())
        self._judge.step.dead_letters.append(dead_letter(record, rejected, headers))
        self._judge.step.counters["dead_letters", rejected.reason.value] += 1
