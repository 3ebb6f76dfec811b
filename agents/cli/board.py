"""What a reader of the alert, result and dead-letter topics knows: the figures behind the live view."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import orjson

from schemas.alerts import Alert
from schemas.instants import SECOND, Micros, to_micros

OPEN_STATES: Final = ("at_risk", "breached")
STATES: Final = ("at_risk", "breached", "resolved", "retracted", "cancelled")
_TICKER: Final = 40  # more lines than any terminal shows of the ticker
_THROUGHPUT_SECONDS: Final = 10


class Tally(NamedTuple):
    """Settled verdicts that count for attainment."""

    met: int
    missed: int

    @property
    def kept(self) -> float | None:
        """The share of promises kept; None where there is no verdict, which is neither 0 % nor 100 %."""
        return self.met / (self.met + self.missed) if self.met + self.missed else None


class _Verdict(NamedTuple):
    revision: int
    customer: str
    outcome: str


@dataclass(slots=True)
class Board:
    """Everything the live view shows; lives as long as the view and is fed by whoever reads the topics."""

    started_at: Micros
    events: int = 0
    dead_letters: int = 0
    states: Counter[str] = field(default_factory=Counter)
    ticker: deque[Alert] = field(default_factory=lambda: deque(maxlen=_TICKER))
    delays: list[Micros] = field(default_factory=list)
    per_second: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=60))
    _open: dict[str, Alert] = field(default_factory=dict)
    _revisions: dict[str, int] = field(default_factory=dict)
    _breaches: dict[str, Micros] = field(default_factory=dict)
    _verdicts: dict[tuple[str, str, int], _Verdict] = field(default_factory=dict)

    def produced(self, now: Micros, count: int = 1) -> None:
        """Events went out to the source topic."""
        self.events += count
        second = now // SECOND
        if self.per_second and self.per_second[-1][0] == second:
            self.per_second[-1] = (second, self.per_second[-1][1] + count)
        else:
            self.per_second.append((second, count))

    def alert(self, value: bytes, seen_at: Micros) -> None:
        """A record of `sla-alerts`; a repeat of a revision changes nothing."""
        alert = Alert.model_validate_json(value)
        if alert.revision <= self._revisions.get(alert.alert_id, 0):
            return
        self._revisions[alert.alert_id] = alert.revision
        self.states[alert.state] += 1
        self.ticker.appendleft(alert)
        if alert.state in OPEN_STATES:
            self._open[alert.alert_id] = alert
        else:
            self._open.pop(alert.alert_id, None)
        if alert.state == "breached":
            self._detected(alert, seen_at)

    def result(self, value: bytes) -> None:
        """A record of `sla-results`; of one clock the highest revision counts."""
        line = orjson.loads(value)
        clock = (line["ticket_id"], line["objective"], line["cycle"])
        known = self._verdicts.get(clock)
        if known is None or known.revision < line["revision"]:
            self._verdicts[clock] = _Verdict(line["revision"], line["customer"], line["outcome"])

    def dead_letter(self) -> None:
        """A record of `tickets-dlq`."""
        self.dead_letters += 1

    def at_risk(self) -> list[Alert]:
        """Alerts whose deadline is still ahead, the nearest first."""
        return sorted((a for a in self._open.values() if a.state == "at_risk"), key=_due)

    def broken(self) -> list[Alert]:
        """Breached and not over, the most urgent priority first, then the longest broken."""
        return sorted((a for a in self._open.values() if a.state == "breached"), key=_urgency)

    def total(self) -> Tally:
        """All verdicts together."""
        return _tally(verdict.outcome for verdict in self._verdicts.values())

    def tallies(self) -> dict[tuple[str, str], Tally]:
        """The verdicts per customer and objective."""
        outcomes: dict[tuple[str, str], list[str]] = {}
        for (_, objective, _), verdict in self._verdicts.items():
            outcomes.setdefault((verdict.customer, objective), []).append(verdict.outcome)
        return {pair: _tally(found) for pair, found in sorted(outcomes.items())}

    def rate(self, now: Micros) -> float:
        """Events per second over the last ten whole seconds, or since the start when that is less."""
        second = now // SECOND
        span = min(_THROUGHPUT_SECONDS, max(1, second - self.started_at // SECOND))
        return sum(count for at, count in self.per_second if second - span <= at < second) / span

    def _detected(self, alert: Alert, seen_at: Micros) -> None:
        """Note how long a breach took to be known; a reopened ticket announces its old one again."""
        if alert.historical or alert.breached_at is None:
            return
        breached_at = to_micros(alert.breached_at)
        if self._breaches.get(alert.alert_id) != breached_at:
            self._breaches[alert.alert_id] = breached_at
            self.delays.append(seen_at - breached_at)

    def delay(self, share: float) -> Micros | None:
        """The delay that `share` of the detections did not exceed (nearest rank), None without any."""
        if not self.delays:
            return None
        ranked = sorted(self.delays)
        return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def _tally(outcomes: Iterable[str]) -> Tally:
    counted = Counter(outcomes)
    return Tally(counted["met"], counted["missed"])


def _due(alert: Alert) -> Micros:
    return to_micros(alert.due_at) if alert.due_at is not None else 1 << 62


def _urgency(alert: Alert) -> tuple[str, Micros]:
    return (alert.priority, _due(alert))
