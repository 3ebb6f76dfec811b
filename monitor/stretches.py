"""What a clock did from when to when, rebuilt from the ticket's holds, exclusions and reopens.

The same account serves the recount after a change of policy (S20) and the evidence of a verdict, so that what is
explained is what was counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from monitor.calendars import Calendar
from monitor.past import all_holds, all_moments
from monitor.policies import ObjectiveRule
from monitor.terms import counted_from
from monitor.tickets import RESOLUTION, Clock, Excluded, Term, Ticket
from schemas.instants import Micros

COUNTED = "counted"
RESOLVED_GAP = "resolved"
EXCLUDED = "excluded"

RuleOf = Callable[[Ticket, Clock, int], ObjectiveRule]
"""The rule of a clock by the policy with this number among the ticket's citations."""


class Stretch(NamedTuple):
    """One stretch: `counted`, `excluded` (for a reason), `resolved` (the gap before a reopen) or a hold's reason."""

    kind: str
    since: Micros
    to: Micros
    calendar: Calendar
    reason: str = ""

    @property
    def open_time(self) -> Micros:
        """The open time inside."""
        return self.calendar.open_between(self.since, self.to)

    @property
    def paused(self) -> bool:
        """Whether it counts as paused: a hold or an exclusion."""
        return self.kind not in {COUNTED, RESOLVED_GAP}


class _Off(NamedTuple):
    """A stretch in which a clock does not count."""

    since: Micros
    to: Micros
    kind: str
    reason: str = ""


class _Lap(NamedTuple):
    """A part of a clock's life under one rule; `known` is when it was counted from its beginning."""

    since: Micros
    to: Micros
    policy: int
    priority: str
    known: Micros


def stretches(ticket: Ticket, clock: Clock, rules: RuleOf, until: Micros) -> list[Stretch]:
    """The stretches of a clock from its start to `until`, in order and without gaps or overlaps (S15).

    What is merged (S38) has none: they begin where that ends.
    """
    account: list[Stretch] = []
    for lap in _laps(clock, max(clock.started, ticket.merged_to), until):
        rule = rules(ticket, clock, lap.policy)
        calendar = rule.calendar_for(lap.priority)
        at = lap.since
        for off in sorted(_interruptions(ticket, clock, rule, lap)):
            since, to = max(off.since, at), min(off.to, lap.to)
            if to <= since:
                continue
            if since > at:
                account.append(Stretch(COUNTED, at, since, calendar))
            account.append(Stretch(off.kind, since, to, calendar, off.reason))
            at = to
        if at < lap.to:
            account.append(Stretch(COUNTED, at, lap.to, calendar))
    return account


def resolved_time(ticket: Ticket, clock: Clock, calendar: Calendar, until: Micros) -> Micros:
    """The open time up to an instant that a clock did not count because its ticket was resolved (S19)."""
    gaps = _gaps(ticket, clock.started) if clock.objective == RESOLUTION else ()
    return sum(calendar.open_between(gap.since, min(gap.to, until)) for gap in gaps if gap.since < until)


def _laps(clock: Clock, begin: Micros, until: Micros) -> Iterator[_Lap]:
    if not clock.terms:
        if begin < until:
            yield _Lap(begin, until, clock.policy, clock.priority, clock.started)
        return
    first, *later = clock.terms[counted_from(clock) :]
    starts: list[tuple[Micros, Term | None]] = [
        (clock.started, first),
        *((term.at, term) for term in later),
        (until, None),
    ]
    for (since, term), (to, _) in pairwise(starts):
        if term is not None and since < until and to > begin:
            yield _Lap(max(since, begin), min(to, until), term.policy, term.priority, term.at)


def _interruptions(ticket: Ticket, clock: Clock, rule: ObjectiveRule, lap: _Lap) -> Iterator[_Off]:
    gaps = list(_gaps(ticket, clock.started)) if clock.objective == RESOLUTION else []
    yield from gaps
    if clock.due_from_source:  # a deadline promised by the source does not pause (S18)
        return
    for hold in all_holds(ticket, lap.since):
        if (hold.to is None or hold.to > lap.since) and rule.pauses(hold.reason):
            yield _Off(hold.since, lap.to if hold.to is None else hold.to, hold.reason)
    for span in ticket.excluded:
        off = _excluded(span, lap)
        if off is not None:
            yield from _outside(off, gaps)


def _outside(off: _Off, gaps: list[_Off]) -> Iterator[_Off]:
    """What lies outside the gaps: a clock that is stopped has nothing to take out."""
    for gap in gaps:
        if gap.since < off.to and gap.to > off.since:
            yield off._replace(to=gap.since)
            off = off._replace(since=gap.to)
    yield off


def _excluded(span: Excluded, lap: _Lap) -> _Off | None:
    """What an exclusion took out of a lap: all of it when it was known as the lap was counted, else from then on."""
    if span.gone is not None and span.gone <= lap.known:
        return None
    since = span.since if span.known <= lap.known else max(span.since, span.known)
    ends = [end for end in (span.to, span.gone, lap.to) if end is not None]
    return _Off(since, min(ends), EXCLUDED, span.reason)


def _gaps(ticket: Ticket, started: Micros) -> Iterator[_Off]:
    """From each `resolved` to the `reopened` after it, within one cycle (S19)."""
    resolved: Micros | None = None
    for moment in all_moments(ticket):
        if moment.at < started:
            continue
        if moment.kind == "resolved":
            resolved = moment.at
        elif moment.kind == "reopened" and resolved is not None:
            yield _Off(resolved, moment.at, RESOLVED_GAP)
            resolved = None
