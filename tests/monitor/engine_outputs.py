"""What the steps of an engine leave behind, and what it has decided: to compare one engine with another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import orjson

from monitor import past
from monitor.engine import Engine
from monitor.policies import PolicyBook
from monitor.step import Row, Step
from monitor.tickets import Clock
from schemas.dead_letters import DeadLetter


def engine_of(policies: PolicyBook, state: Iterable[Row] = (), kpis: Iterable[Row] = ()) -> Engine:
    """An engine with what was written before."""
    engine = Engine(3, policies)
    engine.restore(state)
    engine.restore_kpis(kpis)
    engine.start()
    return engine


class Topics:
    """What the steps of an engine leave on the topics: the compacted ones as mappings, the others as lists."""

    def __init__(self) -> None:
        self.state: dict[bytes, bytes] = {}
        self.kpis: dict[bytes, bytes] = {}
        self.alerts: list[Row] = []
        self.results: list[Row] = []
        self.dead_letters: list[DeadLetter] = []

    def write(self, step: Step) -> None:
        for compacted, rows in ((self.state, step.state), (self.kpis, step.kpis)):
            for key, value in rows:
                if value is None:
                    compacted.pop(key, None)
                else:
                    compacted[key] = value
        self.alerts += step.alerts
        self.results += step.results
        self.dead_letters += step.dead_letters

    def all(self) -> tuple[object, ...]:
        """Everything, with the KPI rows as what they say: the order of the names inside a row is free."""
        kpis = {key: orjson.loads(row) for key, row in self.kpis.items()}
        return self.state, kpis, self.alerts, self.results, self.dead_letters


def decided_clocks(engine: Engine) -> dict[tuple[Any, ...], Clock]:
    """All clocks by ticket and identity, without what was announced: packing decides their order in a ticket."""
    pairs = [(ticket, clock) for ticket in engine.rows.tickets() for clock in past.all_clocks(ticket)]
    return {(ticket.ticket_id, *clock.identity): _decided(clock) for ticket, clock in pairs}


def _decided(clock: Clock) -> Clock:
    return msgspec.structs.replace(
        clock, next=0, result_revision=0, alert_revision=0, alert_episode=0, alert_state=0, alert_share=0
    )
