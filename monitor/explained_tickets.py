"""What there is to explain about a ticket: from its state, or from its published results alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from monitor import history, past
from monitor.clocks import counted_at
from monitor.explanations import account_of
from monitor.idle_waivers import idle_waivers
from monitor.policies import PolicyBook
from monitor.promises import Promises
from monitor.ticket_history import Key
from monitor.ticket_letters import TicketLetters
from monitor.tickets import MISSED, OBJECTIVES, Ticket
from monitor.unmatched import misses
from monitor.verdict_lookup import Verdict
from monitor.verdicts import result_record
from schemas.events import EVENT_TYPES
from schemas.explanations import Explanation, Facts, Happening, Origin, Standing
from schemas.instants import Micros, from_micros
from schemas.reasons import Reason
from schemas.results import ResultLine

_PLAIN: Final = ("customer", "priority", "tier", "queue", "assignee", "source", "subject", "url")


def verdicts_of(ticket: Ticket, book: PolicyBook, now: Micros) -> list[Verdict]:
    """Every clock of an unpacked ticket as it stands at an instant.

    Raises `KeyError` when the book lacks a version that the ticket cites.
    """
    promises = Promises(book)
    verdicts = []
    for clock in (*ticket.clocks, *ticket.ghosts):
        rule = promises.rule_of(ticket, clock)
        calendar = rule.calendar_for(clock.priority)
        _, value = result_record(ticket, clock, calendar, promises.rule_by, now)
        runs_late = clock.live and clock.outcome == MISSED
        verdicts.append(
            Verdict.of(
                orjson.loads(value),
                clock_priority=clock.priority,
                late=counted_at(clock, calendar, now) - clock.target if runs_late else None,
            )
        )
    return verdicts


@dataclass(frozen=True, slots=True)
class Explainer:
    """Makes explanations; `book` None when no policies are at hand, `language` is that of holidays' names."""

    book: PolicyBook | None
    language: str
    letters: TicketLetters | None = None

    def of_ticket(
        self,
        ticket: Ticket,
        origin: Origin,
        now: Micros,
        results: Mapping[Key, dict[str, Any]] | None = None,
    ) -> Explanation:
        """The explanation of a ticket that is in the state, its running clocks counted up to `now`.

        `results` adds what was published about clocks that the state has let go (S38). Raises `KeyError` when
        the book lacks a version that the ticket cites, `ValueError` without a book.
        """
        if self.book is None:
            raise ValueError("the clocks of a ticket cannot be counted without its policies")
        past.unpack(ticket)
        verdicts = {verdict.identity: verdict for verdict in verdicts_of(ticket, self.book, now)}
        for key, record in (results or {}).items():
            if key not in verdicts and record["reason"] != Reason.SUPERSEDED.value:
                verdicts[key] = Verdict.of(record)
        standing = _standing(ticket, verdicts)
        orphaned = (
            ticket.last_at + self.book.settings_at(ticket.last_at).retention if ticket.provisional else None
        )
        return Explanation(
            ticket_id=ticket.ticket_id,
            origin=origin,
            standing=standing,
            ticket=_facts(ticket),
            misses=misses(ticket, self.book) if standing in {"no_policy", "nothing_promised"} else [],
            kept_until=_instant(orphaned),
            missing_cycles=[
                f"{name}:{cycle}" for name, cycle in missing_cycles(ticket) if (name, cycle) not in verdicts
            ],
            idle_waivers=idle_waivers(ticket, self.book),
            happenings=_happenings(ticket),
            **self._accounts(verdicts),
        )

    def of_results(
        self,
        ticket_id: str,
        results: Mapping[Key, dict[str, Any]],
        origin: Origin,
        standing: Standing = "left_state",
    ) -> Explanation:
        """The explanation of a ticket of which only its published verdicts are at hand."""
        verdicts = {key: Verdict.of(record) for key, record in results.items()}
        latest = max((verdict.line for verdict in verdicts.values()), key=_dated, default=None)
        names = ("customer", "priority", "tier")
        return Explanation(
            ticket_id=ticket_id,
            origin=origin,
            standing=standing,
            ticket=Facts() if latest is None else Facts(**{name: getattr(latest, name) for name in names}),
            misses=[],
            missing_cycles=[],
            happenings=[],
            **self._accounts(verdicts),
        )

    @property
    def _zone(self) -> str:
        return "UTC" if self.book is None else self.book.zone.key

    def _accounts(self, verdicts: Mapping[Key, Verdict]) -> dict[str, Any]:
        keys = sorted(verdicts, key=lambda key: (OBJECTIVES.index(key[0]), key[1]))
        clocks = [account_of(verdicts[key], self.book, self.language) for key in keys]
        return {
            "clocks": clocks,
            "timezone": clocks[0].calendar_timezone if clocks else self._zone,
            "policies": [] if self.book is None else [version.version for version in self.book.versions],
            "set_aside": [] if self.letters is None else self.letters.own,
            "nameless": None if self.letters is None else self.letters.doubt(),
            "consistent": not any(clock.discrepancies for clock in clocks),
        }


def _dated(line: ResultLine) -> datetime:
    return line.stopped_at or line.breached_at or line.started_at


def _standing(ticket: Ticket, verdicts: Mapping[Key, Verdict]) -> Standing:
    if ticket.provisional:
        return "provisional"
    if verdicts:
        return "judged"
    return "no_policy" if ticket.policy < 0 else "nothing_promised"


def _facts(ticket: Ticket) -> Facts:
    if ticket.provisional:
        return Facts()
    plain = {name: getattr(ticket, name) for name in _PLAIN}
    return Facts(
        **plain,
        created_at=_instant(ticket.created),
        resolved_at=_instant(ticket.resolved),
        closed_at=_instant(ticket.closed),
        ended=ticket.ended or None,
        merged_into=_merged_into(ticket),
    )


def _merged_into(ticket: Ticket) -> str | None:
    """The ticket that goes on, as the event that ended this one named it."""
    ended_by = [event for event in history.events(ticket) if "into" in event.data]
    return ended_by[-1].data["into"] if ticket.ended == Reason.MERGED.value and ended_by else None


def missing_cycles(ticket: Ticket) -> list[Key]:
    """The clocks that were started and that the state has let go (S38)."""
    kept = {(clock.name, clock.cycle) for clock in past.all_clocks(ticket)}
    return [
        (name, cycle)
        for name, cycles in zip(OBJECTIVES, ticket.cycles, strict=True)
        for cycle in range(1, cycles + 1)
        if (name, cycle) not in kept
    ]


def _happenings(ticket: Ticket) -> list[Happening]:
    names = (*EVENT_TYPES, "deleted")
    return [
        Happening(at=from_micros(event.at), type=names[event.rank], data=_readable(event.data))
        for event in sorted(history.events(ticket), key=lambda event: event.order)
    ]


def _readable(data: Mapping[str, Any]) -> dict[str, Any]:
    """An event's words; times promised by the source are instants inside the state."""
    due = {name: from_micros(at) for name, at in data.get("due", {}).items()}
    return {**data, "due": due} if due else dict(data)


def _instant(instant: Micros | None) -> datetime | None:
    return None if instant is None else from_micros(instant)
