"""A morning of a small desk in which another policy changes every verdict that one can, and both policies."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.periods import PeriodKind
from monitor.policies import PolicyBook
from monitor.replay import replay
from monitor.simulation import History, Judgement, compare
from schemas.instants import Micros, parse_iso
from schemas.simulations import Simulation
from tests.builders import book, lines

TODAY = """
timezone: Europe/Madrid
priorities: [P1, P2, P3]
policies:
  - name: standard
    match: {customer: [acme, globex]}
    objectives:
      first_response: {target: {P1: 1h, P2: 1h}, goal: 60%}
      resolution: {target: {P1: 8h}}
"""
DRAFT = """
timezone: Europe/Madrid
priorities: [P1, P2, P3]
policies:
  - name: standard
    match: {customer: [acme, initech]}
    objectives:
      first_response: {target: {P1: 30m, P2: 4h, P3: 1h}, goal: 90%}
      resolution: {target: {P1: 8h}}
"""
MORNING = [
    "2026-03-02T09:00:00+01:00 created A-1 priority=P1",
    "2026-03-02T09:00:00+01:00 created A-2 priority=P2",
    "2026-03-02T09:00:00+01:00 created A-3 priority=P1",
    "2026-03-02T09:00:00+01:00 created A-4 priority=P3",
    "2026-03-02T09:00:00+01:00 created A-5 priority=P2",
    "2026-03-02T09:00:00+01:00 created A-8 priority=P2",
    "2026-03-02T09:00:00+01:00 created G-1 customer=globex",
    "2026-03-02T09:00:00+01:00 created I-1 customer=initech",
    "2026-03-02T09:05:00+01:00 cancelled A-8",
    "2026-03-02T09:10:00+01:00 responded A-3",
    "2026-03-02T09:30:00+01:00 responded A-4",
    "2026-03-02T09:30:00+01:00 responded G-1",
    "2026-03-02T09:30:00+01:00 responded I-1",
    "2026-03-02T09:45:00+01:00 responded A-1",
    "2026-03-02T11:00:00+01:00 responded A-2",
    "2026-03-02T11:20:00+01:00 created A-6 priority=P1",
    "2026-03-02T11:50:00+01:00 created A-7 priority=P2",
    "2026-03-02T12:00:00+01:00 resolved A-1",
]
"""First responses: A-1 is lost, A-2 saved, A-3 met on other terms, A-4 and I-1 only judged by the draft, G-1 only
today; A-5 is missed today and open by the draft, A-6 the other way round, A-7 open in both, A-8 cancelled."""


def judged(told: Iterable[bytes], policies: PolicyBook, until: Micros | None = None) -> Judgement:
    """The history under one book."""
    outcome = replay(told, policies, until=until)
    unmatched = outcome.counters["unmatched",]
    return Judgement(policies, outcome.results, unmatched, len(outcome.dead_letters))


def simulated(
    before: str | None,
    after: str,
    timeline: Iterable[str] = MORNING,
    *,
    by: PeriodKind | None = None,
    until: str | None = None,
) -> Simulation:
    """A timeline under the policy of `after`, compared with that of `before`."""
    told = lines(timeline)
    end = None if until is None else parse_iso(until)
    old = None if before is None else judged(told, book(before), end)
    history = History(len(told), sum(b'"created"' in line for line in told), end)
    return compare(history, old, judged(told, book(after), end), by=by)
