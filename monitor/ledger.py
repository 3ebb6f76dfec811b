"""The ledger of one partition: turns the change of a ticket into results, alerts and KPI rows.

A change is the difference between what a ticket said before and what it says after; nothing is ever announced
or counted in any other way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from monitor import clocks
from monitor.alerts import Transition, alert_record, transitions
from monitor.backlog import Backlog, Span
from monitor.facts import facts_of, spans_of
from monitor.fold import RANK
from monitor.kpis import Fact, KpiTable
from monitor.periods import ReportingZone
from monitor.policies import PolicyBook
from monitor.promises import Promises
from monitor.step import Row, Step
from monitor.tickets import (
    ALERT_STATES,
    AT_RISK,
    BREACHED,
    DEADLINE_SHARE,
    MISSED,
    OPEN,
    Clock,
    Event,
    Ticket,
)
from monitor.verdicts import VerdictKey, outcome_of, result_record, verdict_key
from schemas.instants import Micros

_QUIET = frozenset(RANK[name] for name in ("assigned", "held", "resumed", "customer_replied", "updated", "rated"))
_LOUD_ATTRIBUTES = frozenset({"customer", "priority", "tier", "due"})


class Before(NamedTuple):
    """What a ticket said before a change; `quiet` when the change cannot touch it."""

    keys: dict[tuple[int, int], VerdictKey]
    facts: list[Fact]
    spans: list[Span]
    quiet: bool = False


_QUIET_BEFORE = Before({}, [], [], quiet=True)


class Ledger:
    """Files changes of tickets; owned by one engine."""

    Before = Before

    def __init__(self, partition: int, book: PolicyBook, promises: Promises, *, replay: bool) -> None:
        zone = ReportingZone(book.zone)
        self.kpis = KpiTable(zone, partition)
        self.backlog = Backlog(zone, partition)
        self._promises = promises
        self._loud = _LOUD_ATTRIBUTES | _matched_on(book)
        self._horizon = book.settings.alert_horizon
        self._replay = replay

    def before(self, ticket: Ticket, event: Event | None) -> Before:
        """What a ticket says now; cheap when the event, in order, can change neither verdict nor figure."""
        if event is not None and self._is_quiet(ticket, event):
            return _QUIET_BEFORE
        keys = {clock.identity: verdict_key(ticket, clock) for clock in (*ticket.clocks, *ticket.ghosts)}
        return Before(keys, facts_of(ticket), spans_of(ticket))

    def _is_quiet(self, ticket: Ticket, event: Event) -> bool:
        return (
            event.rank in _QUIET
            and ticket.created is not None
            and event.order > ticket.latest
            and event.at > ticket.settled_to
            and self._loud.isdisjoint(event.data)
        )

    def file(self, step: Step, ticket: Ticket, before: Before, until: Micros, now: Micros) -> None:
        """Writes what changed into the step and the KPI tables; `until` is the time the ticket is judged at."""
        if not before.quiet:
            self._file_results(step, ticket, before, until)
            self._file_figures(step, ticket, before)
        for clock in (*ticket.clocks, *ticket.ghosts) if ticket.ghosts else ticket.clocks:
            if clock.live or clock.alert_state in (AT_RISK, BREACHED) or _unannounced(clock):
                self._announce(step, ticket, clock, until, now)

    def _file_results(self, step: Step, ticket: Ticket, before: Before, until: Micros) -> None:
        for clock in (*ticket.clocks, *ticket.ghosts):
            if clock.outcome == OPEN and not clock.result_revision:
                continue
            if verdict_key(ticket, clock) == before.keys.get(clock.identity):
                continue
            clock.result_revision += 1
            rule = self._promises.rule_of(ticket, clock)
            calendar = rule.calendar_for(clock.priority)
            step.results.append(result_record(ticket, clock, calendar, rule, until))
            step.counters["results", clock.name, outcome_of(ticket, clock)] += 1

    def _file_figures(self, step: Step, ticket: Ticket, before: Before) -> None:
        after = facts_of(ticket)
        if after != before.facts:
            same = 0
            for old, new in zip(before.facts, after, strict=False):
                if old != new:
                    break
                same += 1
            self.kpis.subtract(before.facts[same:])
            self.kpis.add(after[same:])
        spans = spans_of(ticket)
        if spans != before.spans:
            self.backlog.change(before.spans, spans)
        if ticket.policy < 0 and not ticket.unmatched and ticket.judged:
            ticket.unmatched = True
            step.counters["unmatched",] += 1

    def _announce(self, step: Step, ticket: Ticket, clock: Clock, until: Micros, now: Micros) -> None:
        rule = self._promises.rule_of(ticket, clock)
        calendar = rule.calendar_for(clock.priority)
        for transition in transitions(clock, calendar, rule, until):
            at = _dated(clock, transition, until)
            historical = self._replay or now - at > self._horizon
            step.alerts.append(
                alert_record(
                    ticket, clock, calendar, transition, at, now=until if self._replay else now,
                    historical=historical,
                )
            )
            step.counters["alerts", clock.name, ALERT_STATES[transition.state]] += 1
            if transition.state == BREACHED and not historical:
                step.breaches.append(at)
            if clock.outcome == OPEN:
                clocks.plan(clock, calendar, rule)

    # The tables.

    def restore(self, rows: Iterable[Row]) -> None:
        """Takes rows of `sla-kpis` in log order."""
        rows = list(rows)
        self.kpis.restore(rows)
        self.backlog.restore(rows)

    def drain(self) -> list[Row]:
        """The KPI and stock rows changed since the last drain."""
        return [*self.kpis.drain(), *self.backlog.drain()]

    def expire(self, watermark: Micros) -> None:
        """Drops the windows whose time is over."""
        self.kpis.expire(watermark)
        self.backlog.expire(watermark)

    def close_days(self, watermark: Micros) -> None:
        """Writes the stock of every day that has closed."""
        self.backlog.close_days(watermark)

    def document(self) -> dict[str, object]:
        """All rows and their sums, for `kpis.json`."""
        return {}

    @property
    def row_count(self) -> int:
        """How many KPI rows there are."""
        return 0

    @property
    def changed(self) -> bool:
        """Whether the next drain has rows."""
        return False

    @property
    def next_close(self) -> Micros | None:
        """When the reporting day closes next; None before the first event."""
        return self.backlog.next_close


def _matched_on(book: PolicyBook) -> set[str]:
    """The attributes that any policy matches on: a change of them may change what is promised."""
    matches = [policy.match for version in book.versions for policy in version.file.policies]
    return {name for match in matches for name in match.model_dump(exclude_none=True)}


def _unannounced(clock: Clock) -> bool:
    """A breach that was found only after its clock had stopped."""
    return clock.outcome == MISSED and clock.alert_share != DEADLINE_SHARE


def _dated(clock: Clock, transition: Transition, until: Micros) -> Micros:
    """The instant an alert is about: the breach, the stop, or the partition's time."""
    if transition.state == BREACHED and clock.breached is not None:
        return clock.breached
    if transition.state == AT_RISK and clock.next < until:
        return clock.next
    return until if clock.stopped is None else clock.stopped
