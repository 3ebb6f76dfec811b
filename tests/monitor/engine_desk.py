"""An engine that is told what happens in short lines, and keeps what its steps wrote: for the tests of its parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from monitor import past
from monitor.engine import Engine
from monitor.facts import filed_of, life_facts, verdict_facts
from monitor.intake import StoredRecord
from monitor.policies import PolicyBook
from monitor.step import Row, Step
from monitor.tickets import Clock, Ticket, decode_row, encode_row
from schemas.dead_letters import HEADER_REASON
from schemas.instants import Micros, iso, parse_iso
from tests.builders import book, event


class Desk:
    """One engine of partition 0; `now` of its steps is the partition's time unless it is given."""

    def __init__(self, policies: PolicyBook | None = None, *, replay: bool = False) -> None:
        self.policies = policies or book()
        self.engine = Engine(0, self.policies, replay=replay)
        self.engine.start()
        self.state: dict[bytes, bytes] = {}
        self.kpis: dict[bytes, bytes] = {}
        self.alerts: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []
        self._offset = 0

    def tell(
        self, *timeline: str, now: str | None = None, stamp: str | None = None, leeway: Micros = 0
    ) -> Step:
        """One step with the records of these lines; `TIME deleted TICKET` is a tombstone stamped with that time."""
        return self.take(*[self.record(line, stamp) for line in timeline], now=now, leeway=leeway)

    def record(self, line: str, stamp: str | None = None) -> StoredRecord:
        """The next record of the topic."""
        at, kind, ticket = line.split()[:3]
        offset, self._offset = self._offset, self._offset + 1
        if kind == "deleted":
            return StoredRecord("tickets", 0, offset, parse_iso(at) // 1000, ticket.encode(), None)
        timestamp = None if stamp is None else parse_iso(stamp) // 1000
        return StoredRecord("tickets", 0, offset, timestamp, ticket.encode(), event(line, offset))

    def take(self, *records: StoredRecord, now: str | None = None, leeway: Micros = 0) -> Step:
        """One step with these records."""
        wall = max(self.engine.watermark, 0) if now is None else parse_iso(now)
        return self._keep(self.engine.apply(records, wall, leeway=leeway))

    def tick(self, now: str, limit: int = 1000) -> Step:
        """Lets the clock run on to an instant."""
        return self._keep(self.engine.tick(parse_iso(now), limit))

    def restarted(self) -> Desk:
        """The same desk after a restart, from what was written."""
        other = Desk(self.policies)
        other.engine = Engine(0, self.policies)
        other.engine.restore(self.state.items())
        other.engine.restore_kpis(self.kpis.items())
        other.engine.start()
        other.state, other.kpis, other._offset = dict(self.state), dict(self.kpis), self._offset
        return other

    def ticket(self, ticket_id: str = "INC-1") -> Ticket:
        """A copy of a ticket as it stands, its past unpacked."""
        held = self.engine.rows.get(ticket_id.encode())
        assert held is not None, f"{ticket_id} is not there"
        ticket = decode_row(encode_row(held.ticket, held.due))
        past.unpack(ticket)
        return ticket

    def clock(self, name: str, cycle: int = 1, ticket_id: str = "INC-1") -> Clock:
        """A clock of a ticket as it stands."""
        return next(
            clock for clock in self.ticket(ticket_id).clocks if (clock.name, clock.cycle) == (name, cycle)
        )

    def facts(self, ticket_id: str = "INC-1") -> list[str]:
        """What a ticket has filed, as `KIND TIME CUSTOMER PRIORITY TIER`, in the order of their instants."""
        filed = filed_of(self.ticket(ticket_id))
        facts = life_facts(filed.life)
        for (objective, _), verdict in filed.verdicts.items():
            facts += verdict_facts(objective, verdict)
        facts.sort(key=lambda fact: (fact.at, fact.kind))
        return [f"{fact.kind} {iso(fact.at)} {fact.customer} {fact.priority} {fact.tier}" for fact in facts]

    def announced(self) -> list[str]:
        """The alerts so far, as `OBJECTIVE STATE`."""
        return [f"{alert['objective']} {alert['state']}" for alert in self.alerts]

    def _keep(self, step: Step) -> Step:
        compact(self.state, step.state)
        compact(self.kpis, step.kpis)
        self.alerts += [orjson.loads(value) for _, value in step.alerts]
        self.results += [orjson.loads(value) for _, value in step.results]
        return step


def compact(kept: dict[bytes, bytes], rows: Iterable[Row]) -> None:
    """Keeps the last row of each key, as a compacted topic does; None removes it."""
    for key, value in rows:
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value


def reasons(step: Step) -> list[str]:
    """Why the records of a step were set aside."""
    return [dict(letter.headers)[HEADER_REASON].decode() for letter in step.dead_letters]


def at(text: str) -> Micros:
    """An instant."""
    return parse_iso(text)
