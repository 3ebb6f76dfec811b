"""The ledger of one partition: turns the change of a ticket into results, alerts and KPI rows.

A change is the difference between what a ticket said before and what it says after; nothing is ever announced
or counted in any other way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from monitor import clocks, past
from monitor.alerts import Transition, alert_record, transitions
from monitor.backlog import Backlog
from monitor.calendars import Calendar
from monitor.facts import Filed, Life, filed_of, life_facts, spans_of, verdict_facts, verdict_of
from monitor.figures import kpis_document
from monitor.fold import RANK
from monitor.kpi_rows import read_rows
from monitor.kpis import Fact, KpiTable
from monitor.periods import ReportingZone
from monitor.policies import PolicyBook
from monitor.promises import Promises
from monitor.step import Row, Step
from monitor.ticket_rows import Held
from monitor.tickets import (
    ALERT_STATES,
    AT_RISK,
    BREACHED,
    DEADLINE_SHARE,
    MISSED,
    NEVER,
    OPEN,
    Clock,
    Event,
    Ticket,
)
from monitor.verdicts import evidence, outcome_of, result_record
from schemas.instants import Micros
from schemas.reasons import CorrectionReason, Reason

_QUIET = frozenset(RANK[name] for name in ("assigned", "held", "resumed", "customer_replied", "updated"))
_CLOSED = RANK["closed"]
_WAIVED = RANK["waived"]
_LOUD_ATTRIBUTES = frozenset({"customer", "priority", "tier", "due"})
_SUPERSEDED = Reason.SUPERSEDED.value  # of a clock that a late event un-made: said only if it was published
_OPEN_ALERTS = (AT_RISK, BREACHED)


class Ledger:
    """Files changes of tickets; owned by one engine."""

    def __init__(self, partition: int, book: PolicyBook, promises: Promises, *, replay: bool) -> None:
        zone = self._zone = ReportingZone(book.zone)
        self.kpis = KpiTable(zone, partition)
        self.backlog = Backlog(zone, partition)
        self.reason = CorrectionReason.LATE_EVENT
        """Why the next change is filed, should it correct a closed period (S57)."""
        self.created = 0
        """Tickets that this process saw created, each once: the KPI windows forget the oldest."""
        self._come: dict[CorrectionReason, list[Fact]] = {}
        self._gone: dict[CorrectionReason, list[Fact]] = {}
        self._replay = replay
        self.adopt(book, promises)

    def adopt(self, book: PolicyBook, promises: Promises) -> None:
        """Goes on by another policy book; its reporting zone is the same."""
        self._book = book
        self._promises = promises
        self._loud = _LOUD_ATTRIBUTES | _matched_on(book)

    def is_quiet(self, ticket: Ticket, event: Event) -> bool:
        """Whether an event, next in order, can change neither verdict nor figure."""
        if ticket.ghosts:  # one of them may start after all: its verdict was announced as none
            return False
        if event.rank == _CLOSED:
            return ticket.resolved is not None
        return event.rank in _QUIET and self._loud.isdisjoint(event.data)

    def before_any(self, held: Held) -> None:
        """Notes all that a ticket says, its packed past included, before a change that may alter any of it."""
        if past.unpack(held.ticket):
            held.filed = None
        self.before(held)

    def reaches_back(self, event: Event) -> bool:
        """Whether an event, though next in order, may change verdicts long settled."""
        return event.rank == _WAIVED or "customer" in event.data

    def before(self, held: Held) -> None:
        """Notes what a ticket says, before a change that may alter it; free for one that was filed lately."""
        if held.filed is None:
            held.filed = filed_of(held.ticket)

    def file(self, step: Step, held: Held, until: Micros) -> None:
        """Writes into the step and the KPI tables what differs from what was filed before."""
        former = held.filed
        assert former is not None  # noqa: S101 - `before` noted it
        filed = held.filed = filed_of(held.ticket)
        if filed.verdicts != former.verdicts:
            self._file_verdicts(step, held.ticket, former, filed, until)
        if filed.life != former.life:
            self.created += former.life.created is None and filed.life.created is not None
            self._file_life(former.life, filed.life)
            changes = self.backlog.change(spans_of(former.life), spans_of(filed.life))
            self.kpis.correct_stocks(changes, self.reason)

    def _file_life(self, former: Life, life: Life) -> None:
        gone, come = life_facts(former), life_facts(life)
        same = len(gone) if come[: len(gone)] == gone else 0  # a life mostly goes on
        self._gone.setdefault(self.reason, []).extend(gone[same:])
        self._come.setdefault(self.reason, []).extend(come[same:])

    def _file_verdicts(self, step: Step, ticket: Ticket, former: Filed, filed: Filed, until: Micros) -> None:
        gone, come = (facts.setdefault(self.reason, []) for facts in (self._gone, self._come))
        for clock in (*ticket.clocks, *ticket.ghosts):
            identity = clock.identity
            now, then = filed.verdicts[identity], former.verdicts.get(identity)
            if now == then:
                continue
            objective = clock.objective
            if then is not None:
                gone += verdict_facts(objective, then)
            come += verdict_facts(objective, now)
            if clock.result_revision or (clock.outcome != OPEN and clock.reason != _SUPERSEDED):
                self._publish(step, ticket, clock, until)

    def _publish(self, step: Step, ticket: Ticket, clock: Clock, until: Micros) -> None:
        clock.result_revision += 1
        calendar = self._promises.calendar_of(ticket, clock)
        step.results.append(result_record(ticket, clock, calendar, self._promises.rule_by, until))
        step.counters["results", clock.name, outcome_of(ticket, clock)] += 1

    def evidence_of(self, ticket: Ticket) -> dict[tuple[int, int], dict[str, Any]]:
        """The evidence of every published verdict of an unpacked ticket, by objective and cycle."""
        calendar_of, rules = self._promises.calendar_of, self._promises.rule_by
        return {
            clock.identity: evidence(ticket, clock, calendar_of(ticket, clock), rules, NEVER)
            for clock in ticket.clocks
            if clock.result_revision and clock.outcome != OPEN
        }

    def correct_evidence(
        self, step: Step, held: Held, told: dict[tuple[int, int], dict[str, Any]], until: Micros
    ) -> None:
        """Publishes the verdicts that stand but no longer rest on what was told: a late hold in closed hours, say."""
        former = held.filed
        assert former is not None  # noqa: S101 - `before_any` noted it
        now = self.evidence_of(held.ticket)
        for clock in held.ticket.clocks:
            identity = clock.identity
            if identity not in now or identity not in told or now[identity] == told[identity]:
                continue
            if former.verdicts[identity] == verdict_of(held.ticket, clock):  # else it is published as changed
                self._publish(step, held.ticket, clock, until)

    def announce(self, step: Step, ticket: Ticket, until: Micros, now: Micros) -> None:
        """Writes the alerts that a ticket's clocks call for at an instant of the partition's time."""
        for clock in (*ticket.clocks, *ticket.ghosts) if ticket.ghosts else ticket.clocks:
            if clock.outcome == OPEN:
                due = clock.next < until or clock.alert_state in _OPEN_ALERTS
            else:
                due = clock.alert_state in _OPEN_ALERTS or _unannounced(clock) or _reopened(clock)
            if due:
                self._announce(step, ticket, clock, until, now)

    def _announce(self, step: Step, ticket: Ticket, clock: Clock, until: Micros, now: Micros) -> None:
        rule = self._promises.rule_of(ticket, clock)
        calendar = rule.calendar_for(clock.priority)
        for transition in transitions(clock, calendar, rule, until):
            at = _dated(clock, calendar, transition, until)
            # A replay finds everything at the instant it happened, and the end of an alert when that came.
            found = at if transition.state in _OPEN_ALERTS else until
            detected = found if self._replay else now
            historical = self._replay or now - at > self._book.settings_at(at).alert_horizon
            step.alerts.append(
                alert_record(ticket, clock, calendar, transition, at, now=detected, historical=historical)
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
        """The KPI and stock rows changed since the last drain; sums need no order, so a step files at once."""
        self._file_facts()
        return [*self.kpis.drain(), *self.backlog.drain()]

    def _file_facts(self) -> None:
        for reason, facts in self._gone.items():
            self.kpis.subtract(facts, reason)
        for reason, facts in self._come.items():
            self.kpis.add(facts, reason)
        self._gone, self._come = {}, {}

    def expire(self, watermark: Micros) -> None:
        """Drops the windows whose time is over."""
        self.kpis.expire(watermark)
        self.backlog.expire(watermark)

    def close_days(self, watermark: Micros) -> None:
        """Writes the stock of every day that has closed."""
        self.backlog.close_days(watermark)

    def close_periods(self, watermark: Micros) -> None:
        """Closes the periods whose grace is over (S57); to be called when all that is due has happened."""
        if self.closes_by(watermark):
            self._file_facts()
            self.kpis.close_periods(watermark, self._book.settings_at(watermark).period_grace)

    def closes_by(self, watermark: Micros) -> bool:
        """Whether a period's grace is over, so that `close_periods` has something to do."""
        close = self.kpis.next_close
        return close is None or close <= watermark

    @property
    def next_day(self) -> Micros | None:
        """When the reporting day closes next; None before the first event."""
        return self.backlog.next_close

    @property
    def next_close(self) -> Micros | None:
        """When a day or a period closes next; None before the first event."""
        day, period = self.backlog.next_close, self.kpis.next_close
        return day if period is None or day is None else min(day, period)

    def document(self) -> dict[str, Any]:
        """All rows and their sums, for `kpis.json`."""
        return kpis_document(read_rows([*self.kpis.rows(), *self.backlog.rows()]), self._zone)

    @property
    def changed(self) -> bool:
        """Whether the next drain may have rows."""
        return (
            any(map(bool, (*self._come.values(), *self._gone.values())))
            or self.kpis.changed
            or self.backlog.changed
        )

    @property
    def row_count(self) -> int:
        """How many KPI rows there are."""
        return len(self.kpis) + len(self.backlog)


def breaches_before(ticket: Ticket, before: Micros) -> bool:
    """Whether a deadline of the ticket lies before an instant."""
    for clock in ticket.clocks:
        if clock.next < before and clock.outcome == OPEN and clock.due is not None and clock.due < before:
            return True
    return False


def _matched_on(book: PolicyBook) -> set[str]:
    """The attributes that any policy matches on: a change of them may change what is promised."""
    matches = [policy.match for version in book.versions for policy in version.file.policies]
    matches += [entry.match for version in book.versions for entry in version.file.exclusions]
    return {name for match in matches for name in match.model_dump(exclude_none=True)}


def _unannounced(clock: Clock) -> bool:
    """A breach that was found only after its clock had stopped."""
    return clock.outcome == MISSED and clock.alert_share != DEADLINE_SHARE


def _reopened(clock: Clock) -> bool:
    """A missed clock that runs again."""
    return clock.outcome == MISSED and clock.live


def _dated(clock: Clock, calendar: Calendar, transition: Transition, until: Micros) -> Micros:
    """The instant an alert is about: the breach, the threshold, the stop, or the partition's time."""
    if transition.state == BREACHED and clock.breached is not None:
        return clock.breached
    if transition.state == AT_RISK:
        return clocks.threshold_at(clock, calendar, transition.share)
    return until if clock.stopped is None else clock.stopped
