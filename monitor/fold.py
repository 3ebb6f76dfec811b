"""The fold: what each event does to a ticket. Same events in the order of S31, same ticket.

`Fold.apply` takes the next event in order. `Fold.again` puts a late one in its place and folds from the base;
both end in the same ticket, apart from what was announced about it, which `again` carries over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from monitor import announced, first_contact, history, past, satisfaction
from monitor.policies import PolicyBook
from monitor.promises import Promises, never_silent
from monitor.tickets import (
    FIRST,
    FIRST_RESPONSE,
    HANDOFF,
    NEVER,
    NEXT_RESPONSE,
    RESOLUTION,
    Event,
    Hold,
    Moment,
    OpenSpan,
    Ticket,
    pack_fold,
    unpack_fold,
)
from monitor.turns import Turns
from schemas.events import EVENT_TYPES
from schemas.instants import Micros
from schemas.reasons import Reason

RANK = {name: rank for rank, name in enumerate(EVENT_TYPES)}
CREATED = RANK["created"]
DELETED = len(EVENT_TYPES)  # a tombstone: after everything else of its instant

_PLAIN = ("queue", "assignee", "channel", "category", "subject", "url", "tags")
_MATCHED = frozenset({"customer", "priority", "queue", "tier", "channel", "category", "tags"})

# A ticket keeps its latest waivers only, so that its row stays below 256 KB (S38).
_WAIVERS = 32

Handler = Callable[[Ticket, dict[str, Any], Micros], None]


class Fold:
    """Applies events to tickets by a policy book; holds no state of its own."""

    def __init__(
        self, book: PolicyBook, is_silent: Callable[[str | None, Micros], bool] = never_silent
    ) -> None:
        self._book = book
        self.promises = Promises(book, is_silent)
        self.turns = Turns(book, self.promises)
        self._handlers: dict[int, Handler] = {
            rank: getattr(self, f"_on_{name}") for name, rank in RANK.items()
        } | {DELETED: self._on_deleted}

    def apply(self, ticket: Ticket, event: Event) -> None:
        """Applies the next event in order; what lies before it happens first: turns of the policies, breaches."""
        # Events dated before `created` count as at creation (S17).
        at = event.at if ticket.created is None else max(event.at, ticket.created)
        self.let_pass(ticket, at)
        self._handlers[event.rank](ticket, event.data, at)
        ticket.latest = max(ticket.latest, event.order)
        ticket.last_at = max(ticket.last_at, event.at)

    def let_pass(self, ticket: Ticket, until: Micros) -> None:
        """Lets happen what time alone brings: turns up to an instant, and breaches that lie before it."""
        if self.turns.awaits(ticket, until):
            self.turns.follow(ticket, until)
        self.promises.breach_due(ticket, until)

    def again(self, ticket: Ticket, *late: Event, until: Micros = -NEVER) -> Ticket:
        """The ticket with late events in their place, or, without any, as the book has it now.

        What is due before `until` has happened to it. A provisional ticket stays so until `created` is there.
        """
        past.unpack(ticket)
        events = sorted([*history.events(ticket), *late], key=lambda event: event.order)
        fresh = self._folded(ticket, events)
        history.replace(fresh, events)
        self.let_pass(fresh, until)
        announced.carry_over(ticket, fresh)
        self.promises.plan_all(fresh)
        return fresh

    def shorten(self, ticket: Ticket, keep: int, until: Micros = -NEVER) -> Ticket:
        """The ticket with all but its latest `keep` events folded into the base, without its old past (S38).

        What is due before `until`, after its last event, has happened to it, as before.
        """
        large = history.too_large(ticket)
        past.unpack(ticket)
        events = history.events(ticket)
        keep = min(keep, len(events) // 2) if large else keep
        cut = max(0, len(events) - keep)
        gone, kept = events[:cut], events[cut:]
        if not gone:
            return ticket
        ticket.base_order = gone[-1].order
        if ticket.base is None and not any(event.rank == CREATED for event in gone):
            # All that is gone was dated before `created`, which a base cannot do without.
            created = next(event for event in kept if event.rank == CREATED)
            gone.append(created)
            kept.remove(created)
        base = self._folded(ticket, gone)
        past.let_go(base)
        self.promises.merge(base)
        ticket.base = pack_fold(base)
        history.forget(ticket, gone)
        fresh = self._folded(ticket, kept)
        history.replace(fresh, kept)
        self.let_pass(fresh, until)
        announced.carry_over(ticket, fresh)
        fresh.ghosts = ticket.ghosts  # what was let go is no ghost: it stays as it was
        self.promises.plan_all(fresh)
        return fresh

    def _folded(self, ticket: Ticket, events: list[Event]) -> Ticket:
        """A ticket made from its base and these events."""
        if ticket.base is not None:
            fresh = unpack_fold(ticket.base)
        else:
            fresh = Ticket(ticket_id=ticket.ticket_id)
            first = next((event for event in events if event.rank == CREATED), None)
            if first is None:
                fresh.latest, fresh.last_at = events[-1].order, max(event.at for event in events)
                return fresh
            events = [first, *(event for event in events if event is not first)]
        for event in events:
            self.apply(fresh, event)
        past.unpack(fresh)
        return fresh

    # One method for each type of event.

    def _on_created(self, ticket: Ticket, data: dict[str, Any], at: Micros) -> None:
        if (
            ticket.created is not None
        ):  # the source says it twice: the first one stands, attributes may differ
            self._on_updated(ticket, data, at)
            return
        ticket.created = at
        ticket.turned = self._book.turn_at(at)
        ticket.source = data.get("source")
        self._set_attributes(ticket, data)
        ticket.birth = (ticket.priority, ticket.tier, ticket.queue, ticket.channel, ticket.category)
        ticket.spans.append(OpenSpan(at, None, ticket.priority, ticket.tier))
        self.promises.match(ticket, at)
        self.promises.exclude(ticket, at)
        for objective in (FIRST_RESPONSE, RESOLUTION, HANDOFF):
            self.promises.start(ticket, objective, at)

    def _on_assigned(self, ticket: Ticket, data: dict[str, Any], at: Micros) -> None:
        self._change_attributes(ticket, data, at)

    _on_priority_changed = _on_assigned
    _on_escalated = _on_assigned

    def _on_updated(self, ticket: Ticket, data: dict[str, Any], at: Micros) -> None:
        self._change_attributes(ticket, data, at)
        if "due" in data and not ticket.ended:
            self.promises.promise_due(ticket, at)

    def _on_responded(self, ticket: Ticket, data: dict[str, Any], at: Micros) -> None:
        if ticket.ended or data.get("actor_kind") == "automation":
            return
        if ticket.responded is None:
            ticket.responded = at
        first_contact.answered(ticket)
        ticket.unanswered = None
        self.promises.stop(ticket, FIRST_RESPONSE, at, Reason.RESPONDED)
        self.promises.stop(ticket, NEXT_RESPONSE, at, Reason.RESPONDED)

    def _on_customer_replied(self, ticket: Ticket, _data: dict[str, Any], at: Micros) -> None:
        if ticket.ended:
            return
        if self._end_holds(ticket, at, "waiting_customer", overrun=True):
            self.promises.pause_or_count(ticket, at)
        if ticket.resolved is not None:
            ticket.unanswered = at
        elif ticket.responded is not None and self.promises.live(ticket, NEXT_RESPONSE) is None:
            self.promises.start(ticket, NEXT_RESPONSE, at)

    def _on_held(self, ticket: Ticket, data: dict[str, Any], at: Micros) -> None:
        reason = self._book.settings_at(at).hold_reason(data["reason"])
        if ticket.ended or ticket.resolved is not None:
            return
        if any(hold.to is None and hold.reason == reason for hold in ticket.holds):
            return
        ticket.holds.append(Hold(reason, at))
        self.promises.pause_or_count(ticket, at)

    def _on_resumed(self, ticket: Ticket, data: dict[str, Any], at: Micros) -> None:
        reason = data.get("reason")
        reason = reason and self._book.settings_at(at).hold_reason(reason)
        self._end_overrun(ticket, at, reason)
        if self._end_holds(ticket, at, reason):
            self.promises.pause_or_count(ticket, at)

    def _on_resolved(self, ticket: Ticket, _data: dict[str, Any], at: Micros) -> None:
        self._resolve(ticket, at, Reason.RESOLVED)

    def _on_closed(self, ticket: Ticket, _data: dict[str, Any], at: Micros) -> None:
        self._resolve(ticket, at, Reason.CLOSED)
        if not ticket.ended and ticket.closed is None:
            ticket.closed = at

    def _on_reopened(self, ticket: Ticket, _data: dict[str, Any], at: Micros) -> None:
        resolved = ticket.resolved
        if ticket.ended or resolved is None:
            return
        ticket.resolved = ticket.closed = None
        ticket.moments.append(Moment("reopened", at, ticket.priority, ticket.tier))
        satisfaction.reopened(ticket)
        if ticket.first_resolved is not None:
            window = self._book.settings_at(ticket.first_resolved).fcr_window
            first_contact.reopened(ticket, at, window)
        ticket.spans.append(OpenSpan(at, None, ticket.priority, ticket.tier))
        self.promises.reopen(ticket, resolved, at)
        self.promises.start(ticket, HANDOFF, at)
        if (
            ticket.unanswered is not None
        ):  # the customer waits since the reply, the desk knows since now (S11)
            ticket.unanswered = None
            if ticket.responded is not None:
                self.promises.start(ticket, NEXT_RESPONSE, at)

    def _on_cancelled(self, ticket: Ticket, _data: dict[str, Any], at: Micros) -> None:
        self._end(ticket, at, Reason.CANCELLED)

    def _on_merged(self, ticket: Ticket, _data: dict[str, Any], at: Micros) -> None:
        self._end(ticket, at, Reason.MERGED)

    def _on_deleted(self, ticket: Ticket, _data: dict[str, Any], at: Micros) -> None:
        self._end(ticket, at, Reason.DELETED)

    def _on_waived(self, ticket: Ticket, data: dict[str, Any], _at: Micros) -> None:
        key = f"{data['objective']}:{data['cycle']}"
        if data["revoked"]:
            ticket.waivers.pop(key, None)
        else:
            ticket.waivers[key] = {"reason": data["reason"], "approved_by": data["approved_by"]}
            if len(ticket.waivers) > _WAIVERS:
                del ticket.waivers[next(iter(ticket.waivers))]

    def _on_rated(self, ticket: Ticket, data: dict[str, Any], at: Micros) -> None:
        satisfaction.rate(ticket, data["score"], data["scale_max"], at)

    # What several of them do.

    def _set_attributes(self, ticket: Ticket, data: dict[str, Any]) -> None:
        for name in ("customer", "priority", "tier", *_PLAIN):
            if name in data:
                setattr(ticket, name, data[name])
        if "due" in data:
            ticket.due = {**ticket.due, **data["due"]}

    def _change_attributes(self, ticket: Ticket, data: dict[str, Any], at: Micros) -> None:
        if ticket.ended:
            if "customer" in data:  # a corrected customer refiles even what has ended (S59)
                ticket.customer = data["customer"]
            return
        priority, tier, queue = ticket.priority, ticket.tier, ticket.queue
        changed = any(name in data and data[name] != getattr(ticket, name) for name in _MATCHED)
        if "tier" in data and data["tier"] != tier:
            self.promises.stop(ticket, HANDOFF, at, Reason.LEFT_TIER)
        self._set_attributes(ticket, data)
        first_contact.moved(ticket, queue)
        if (priority, tier) != (ticket.priority, ticket.tier) and ticket.is_open:
            self._split_span(ticket, at)
        if changed:
            self.promises.change(ticket, priority, at)
        if tier != ticket.tier:
            self._enter_tier(ticket, tier, at)

    def _enter_tier(self, ticket: Ticket, former: int, at: Micros) -> None:
        if ticket.resolved is None and self.promises.live(ticket, HANDOFF) is None:
            self.promises.start(ticket, HANDOFF, at)
        risen = ticket.tier > max(former, ticket.birth[1])
        if risen and not ticket.risen:
            ticket.risen = True
            ticket.moments.append(Moment("escalated", at, ticket.priority, ticket.tier))

    def _split_span(self, ticket: Ticket, at: Micros) -> None:
        ticket.spans[-1].to = at
        if ticket.spans[-1].since == at:
            ticket.spans.pop()
        ticket.spans.append(OpenSpan(at, None, ticket.priority, ticket.tier))

    def _end_holds(
        self, ticket: Ticket, at: Micros, reason: str | None = None, *, overrun: bool = False
    ) -> bool:
        """Ends the open holds of a reason (None: all of them); says whether there was one."""
        ended = False
        for hold in ticket.holds:
            if hold.to is None and reason in {None, hold.reason}:
                hold.to, hold.overrun, ended = at, overrun, True
        return ended

    def _end_overrun(self, ticket: Ticket, at: Micros, reason: str | None = None) -> None:
        """Ends the time in which a hold was over and nobody had said so (S16)."""
        for hold in ticket.holds:
            if hold.overrun and reason in {None, hold.reason} and hold.to is not None:
                hold.overrun, hold.resumed = False, at

    def _resolve(self, ticket: Ticket, at: Micros, reason: Reason) -> None:
        if ticket.ended or ticket.resolved is not None:
            return
        ticket.resolved = at
        ticket.moments.append(Moment("resolved", at, ticket.priority, ticket.tier))
        first_contact.resolved(ticket, at)
        ticket.spans[-1].to = at
        self._end_overrun(ticket, at)
        first = self.promises.live(ticket, FIRST_RESPONSE)
        if first is None or not self.promises.rule_of(ticket, first).requires_response:
            self.promises.stop(ticket, FIRST_RESPONSE, at, reason)
            if ticket.responded is None:  # the resolution is the response (S10)
                ticket.responded = at
        for objective in (NEXT_RESPONSE, RESOLUTION, HANDOFF):
            self.promises.stop(ticket, objective, at, reason)
        if self._end_holds(ticket, at):  # S16; a first response that is still required counts on
            self.promises.pause_or_count(ticket, at)

    def _end(self, ticket: Ticket, at: Micros, reason: Reason) -> None:
        if ticket.ended:
            return
        self.promises.cancel_all(ticket, at, reason)
        self._end_holds(ticket, at)
        ticket.ended = reason.value
        self.promises.exclude(ticket, at)
        if ticket.spans and ticket.spans[-1].to is None:
            ticket.spans[-1].to = at


__all__ = ["CREATED", "DELETED", "FIRST", "RANK", "Fold"]
