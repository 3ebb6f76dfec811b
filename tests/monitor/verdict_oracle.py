"""Verdicts worked out the slow way, from the rules' words and not from the engine's: for tests to compare with.

It knows one policy, without changes of priority, customer or promised times. A clock is here the list of its running
stretches, from which everything is counted at the end; nothing is kept up to date on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from monitor.calendars import Calendar
from monitor.policies import ObjectiveRule, Policy
from schemas.events import EVENT_TYPES
from schemas.instants import Micros, parse_iso


class Verdict(NamedTuple):
    """What the oracle says of one clock; times in microseconds."""

    outcome: str
    stopped: Micros | None
    breached: Micros | None
    elapsed: Micros


@dataclass
class _Run:
    """A clock: since when and until when it ran, each time."""

    objective: str
    rule: ObjectiveRule
    runs: list[tuple[Micros, Micros]] = field(default_factory=list)
    since: Micros | None = None  # it runs since then, if it does
    stopped: Micros | None = None
    cut_off: bool = False

    def follow(self, at: Micros, holds: set[str]) -> None:
        running = self.stopped is None and not any(map(self.rule.pauses, holds))
        if running and self.since is None:
            self.since = at
        elif not running and self.since is not None:
            self.runs.append((self.since, at))
            self.since = None


class Oracle:
    """Reads the events of one ticket and says what became of its clocks; for one use."""

    def __init__(self, policy: Policy, priority: str) -> None:
        self._policy = policy
        self._priority = priority
        self._clocks: dict[tuple[str, int], _Run] = {}
        self._holds: set[str] = set()
        self._tier = 1
        self._answered = self._ended = self._unanswered = False
        self._resolved: Micros | None = None

    def verdicts(self, events: list[dict[str, Any]], now: Micros) -> dict[tuple[str, int], Verdict]:
        """The verdicts by objective and cycle when the partition's time is `now`."""
        ordered = sorted(events, key=_order)
        first = next(event for event in ordered if event["type"] == "created")
        born = parse_iso(first["occurred_at"])
        for event in [first, *(event for event in ordered if event is not first)]:
            at = max(parse_iso(event["occurred_at"]), born)
            if not self._ended:
                self._happen(event, at)
            for clock in self._clocks.values():
                clock.follow(at, self._holds)
        return {key: self._judge(clock, now) for key, clock in self._clocks.items()}

    def _happen(self, event: dict[str, Any], at: Micros) -> None:
        match event["type"]:
            case "created":
                self._tier = event.get("tier", 1)
                for objective in ("first_response", "resolution", "handoff"):
                    self._start(objective, at)
            case "responded" if event.get("actor_kind") != "automation":
                self._answered, self._unanswered = True, False
                self._stop(at, "first_response", "next_response")
            case "customer_replied":
                self._reply(at)
            case "held" if self._resolved is None:
                self._holds.add(event["reason"])
            case "resumed":
                self._holds -= {event["reason"]} if "reason" in event else set(self._holds)
            case "assigned" | "escalated" if event.get("tier", self._tier) != self._tier:
                self._move(event["tier"], at)
            case "resolved" | "closed" if self._resolved is None:
                self._resolve(at)
            case "reopened" if self._resolved is not None:
                self._reopen(self._resolved, at)
            case "cancelled" | "merged":
                for clock in self._running():
                    clock.stopped, clock.cut_off = at, True
                self._ended = True

    def _running(self, *objectives: str) -> list[_Run]:
        return [
            clock
            for clock in self._clocks.values()
            if clock.stopped is None and (not objectives or clock.objective in objectives)
        ]

    def _start(self, objective: str, at: Micros) -> None:
        promised = self._policy.handoffs.get(self._tier) if objective == "handoff" else None
        rule = promised or self._policy.objectives.get(objective)
        if rule is not None:
            cycle = 1 + sum(name == objective for name, _ in self._clocks)
            clock = self._clocks[objective, cycle] = _Run(objective, rule)
            clock.follow(at, self._holds)

    def _stop(self, at: Micros, *objectives: str) -> None:
        for clock in self._running(*objectives):
            clock.stopped = at

    def _reply(self, at: Micros) -> None:
        self._holds.discard("waiting_customer")
        if self._resolved is not None:
            self._unanswered = True
        elif self._answered and not self._running("next_response"):
            self._start("next_response", at)

    def _move(self, tier: int, at: Micros) -> None:
        self._stop(at, "handoff")
        self._tier = tier
        if self._resolved is None:
            self._start("handoff", at)

    def _resolve(self, at: Micros) -> None:
        self._resolved = at
        self._stop(at, "next_response", "resolution", "handoff")
        if not self._policy.objectives["first_response"].requires_response:
            self._stop(at, "first_response")
            self._answered = True  # the resolution is the response (S10)
        self._holds.clear()

    def _reopen(self, resolved: Micros, at: Micros) -> None:
        self._resolved = None
        last = [clock for clock in self._clocks.values() if clock.objective == "resolution"][-1]
        calendar = last.rule.calendar_for(self._priority)
        limit = calendar.add_open(resolved, last.rule.reopen_within.amount(calendar, resolved))
        if at > limit or last.rule.reopen == "new_cycle":
            self._start("resolution", at)
        elif last.rule.reopen == "continue":
            last.stopped = None
        self._start("handoff", at)
        if self._unanswered and self._answered:
            self._start("next_response", at)
        self._unanswered = False

    def _judge(self, clock: _Run, now: Micros) -> Verdict:
        target = clock.rule.target_for(self._priority)
        assert target is not None
        calendar = clock.rule.calendar_for(self._priority)
        start = clock.runs[0][0] if clock.runs else clock.since
        runs = [*clock.runs, *([] if clock.since is None else [(clock.since, now)])]
        breached = None if start is None else _used_up(runs, target.amount(calendar, start), calendar)
        until = clock.stopped if clock.stopped is not None else now if breached is None else breached
        elapsed = sum(calendar.open_between(since, min(to, until)) for since, to in runs)
        return Verdict(_outcome(clock, breached), clock.stopped, breached, elapsed)


def _used_up(runs: list[tuple[Micros, Micros]], target: Micros, calendar: Calendar) -> Micros | None:
    """The instant at which a target was used up by a clock that ran on after it."""
    for since, to in runs:
        span = calendar.open_between(since, to)
        if span >= target and (due := calendar.add_open(since, target)) < to:
            return due
        target -= span
    return None


def _outcome(clock: _Run, breached: Micros | None) -> str:
    if breached is not None:
        return "missed"
    if clock.cut_off:
        return "cancelled"
    if clock.stopped is not None:
        return "met"
    return "paused" if clock.since is None else "running"


def _order(event: dict[str, Any]) -> tuple[Micros, int, int, str]:
    rank = EVENT_TYPES.index(event["type"])
    return (parse_iso(event["occurred_at"]), event["sequence"], rank, event["event_id"])
