"""The judge of one ticket at a time: applies an event or lets time pass, then files and announces what changed."""

from __future__ import annotations

from collections.abc import Callable

from monitor import history, past
from monitor.correction_reasons import correction_reason
from monitor.fold import DELETED, Fold
from monitor.ledger import Ledger, breaches_before
from monitor.policies import PolicyBook
from monitor.step import Step
from monitor.ticket_rows import Held
from monitor.tickets import NEVER, Event, Ticket
from schemas.events import EVENT_TYPES
from schemas.instants import Micros
from schemas.reasons import CorrectionReason

_LONG = 12  # of a list in a ticket: beyond this its past is packed


class Judge:
    """Judges the tickets of one engine into its present step."""

    def __init__(
        self,
        partition: int,
        book: PolicyBook,
        is_silent: Callable[[str | None, Micros], bool],
        *,
        replay: bool,
    ) -> None:
        self.book = book
        self.fold = Fold(book, is_silent)
        self.ledger = Ledger(partition, book, self.fold.promises, replay=replay)
        self.step = Step()
        self._now: Micros = 0

    def adopt(self, book: PolicyBook, is_silent: Callable[[str | None, Micros], bool]) -> None:
        """Goes on by another policy book."""
        self.book = book
        self.fold = Fold(book, is_silent)
        self.ledger.adopt(book, self.fold.promises)

    def begin(self, now: Micros) -> Step:
        """A new step; `now` is wall time and dates only the detection."""
        self._now = now
        self.step = Step()
        return self.step

    def knows(self, held: Held, event_id: str) -> bool:
        """Whether an event with this id was applied to the ticket before (S30)."""
        if held.ticket.history_count < history.LONG:
            return history.knows(held.ticket, event_id)
        if held.known is None:
            held.known = history.KnownEvents(held.ticket)
        return event_id in held.known

    def apply(self, held: Held, event: Event, until: Micros) -> None:
        """Puts an event into its ticket, then lets happen what is due before an instant."""
        ticket = held.ticket
        in_order = event.order > ticket.latest and event.at > ticket.settled_to and event.at >= ticket.turned
        if in_order and ticket.created is not None and self.ledger.is_quiet(ticket, event):
            self._add(ticket, event)
            self.pass_time(held, until)
        else:
            kind = "deleted" if event.rank == DELETED else EVENT_TYPES[event.rank]
            self.ledger.reason = correction_reason(kind, event.data, in_order=in_order)
            self._apply_loud(held, event, until, in_order=in_order)
            self._judge(held, until)
        if held.known is not None:
            held.known.add(event.event_id)
        self._keep_short(held, until)

    def _apply_loud(self, held: Held, event: Event, until: Micros, *, in_order: bool) -> None:
        ticket = held.ticket
        if in_order and (ticket.created is not None or not ticket.history_count):
            if self.ledger.reaches_back(event):
                self.ledger.before_any(held)
            else:
                self.ledger.before(held)
            self._add(ticket, event)
        else:
            self.step.counters["late_events",] += ticket.created is not None
            self._fold_again(held, event, until=until)

    def _fold_again(self, held: Held, *late: Event, until: Micros) -> None:
        """Folds a ticket anew; of what is the same verdict as before only other evidence is published here."""
        self.ledger.before_any(held)
        told = self.ledger.evidence_of(held.ticket)
        held.ticket = self.fold.again(held.ticket, *late, until=until)
        self.ledger.correct_evidence(self.step, held, told, until)

    def _add(self, ticket: Ticket, event: Event) -> None:
        self.fold.apply(ticket, event)
        history.append(ticket, event)

    def pass_time(self, held: Held, until: Micros) -> None:
        """Lets happen what is due before an instant, for a ticket that says what it said when it was filed."""
        if breaches_before(held.ticket, until) or self.fold.turns.awaits(held.ticket, until):
            self.ledger.before(held)
            self.ledger.reason = CorrectionReason.DEADLINE
            self._judge(held, until)
        else:
            self.ledger.announce(self.step, held.ticket, until, self._now)

    def follow_turns(self, held: Held, until: Micros, *, again: bool) -> bool:
        """Brings a ticket up to the turns it has not followed; says whether that changed it.

        `again` folds all its events anew, for a turn that became known after the ticket was judged.
        """
        if again:
            self._fold_again(held, until=until)
        elif self.fold.turns.awaits(held.ticket, until):
            self.ledger.before(held)
            followed = held.ticket.turned
            if not self.fold.turns.follow(held.ticket, until):
                held.ticket.turned = followed  # its row is not written for that, so nothing may depend on it
                return False
        else:
            return False
        self.ledger.reason = CorrectionReason.POLICY_CHANGED
        self._judge(held, until)
        return True

    def _judge(self, held: Held, until: Micros) -> None:
        """Lets happen what is due before an instant, and files and announces what changed."""
        ticket = held.ticket
        self.fold.let_pass(ticket, until)
        self.ledger.file(self.step, held, until)
        self.ledger.announce(self.step, ticket, until, self._now)
        if not ticket.clocks and not ticket.unmatched and ticket.judged and not any(ticket.cycles):
            ticket.unmatched = True
            self.step.counters["unmatched",] += 1

    def _keep_short(self, held: Held, until: Micros) -> None:
        """Keeps a ticket with a long life cheap to hold and to touch (S38)."""
        ticket = held.ticket
        kept = self.book.settings_at(ticket.last_at).history_events
        if history.too_long(ticket, kept):
            held.ticket = ticket = self.fold.shorten(ticket, kept, until)
            held.filed = held.known = None
        if (
            len(ticket.clocks) > _LONG or len(ticket.holds) > _LONG or len(ticket.spans) > _LONG
        ) and past.pack(ticket):
            held.filed = None

    def next_due(self, ticket: Ticket) -> Micros:
        """When time next changes the ticket: a threshold, a deadline, or the end of its retention."""
        due = NEVER
        for clock in ticket.clocks:
            if clock.next < due:  # noqa: PLR1730 - `min` is a call for each clock of each event
                due = clock.next
        return min(due, self.retained_until(ticket))

    def retained_until(self, ticket: Ticket) -> Micros:
        """When the ticket's retention is over (S34); `NEVER` while it is open."""
        # As `is_open`, but fast.
        if ticket.resolved is None and ticket.created is not None and not ticket.ended:
            return NEVER
        return ticket.last_at + self.book.settings_at(ticket.last_at).retention
