"""Two real desks under business hours, holidays, pauses, tiers and exclusions: holds, reopens, tiers, any arrival."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import pytest

from monitor import past
from monitor.engine import Engine
from monitor.intake import StoredRecord
from monitor.replay import replay
from monitor.tickets import HANDOFF, Ticket
from schemas.instants import SECOND
from tests.builders import book
from tests.real_histories import BPIC, REALISTIC, UCI, lines, shuffled, truth

_STEP = 2000


class Told(NamedTuple):
    """What a ticket, or the raw log, says: seconds on hold, reopens, and whether it rose to a higher tier."""

    hold_seconds: int
    reopens: int
    escalated: bool


def _tickets(events: list[bytes]) -> dict[str, Ticket]:
    engine = Engine(0, book(REALISTIC.replace("400 days", "3650 days")), replay=True)
    engine.start()
    records = [StoredRecord("tickets", 0, n, None, None, line) for n, line in enumerate(events)]
    for first in range(0, len(records), _STEP):
        engine.apply(records[first : first + _STEP], 0)
    tickets = {ticket.ticket_id: ticket for ticket in engine.rows.tickets()}
    for ticket in tickets.values():
        past.unpack(ticket)
    return tickets


def _told(ticket: Ticket) -> Told:
    # A hold that nobody ended counts up to the last row of the log, there as here.
    held = sum((ticket.last_at if hold.to is None else hold.to) - hold.since for hold in ticket.holds)
    reopens = sum(moment.kind == "reopened" for moment in ticket.moments)
    return Told(held // SECOND, reopens, ticket.risen)


@pytest.mark.parametrize("name", [UCI, BPIC])
def test_holds_reopens_and_tiers_agree_with_the_raw_logs(name: str) -> None:
    tickets = _tickets(lines(name))
    differing = {}
    for row in truth(name):
        ticket = tickets[row["ticket_id"]]
        tier = int(row.get("max_tier") or ticket.birth[1])
        logged = Told(int(row["hold_seconds"]), int(row["reopen_observed"]), tier > ticket.birth[1])
        if _told(ticket) != logged:
            differing[ticket.ticket_id] = (_told(ticket), logged)
    assert differing == {}
    # Each stay in a tier is a clock of its own, also after a reopen (S13).
    if name == BPIC:
        assert any(ticket.cycles[HANDOFF] > 1 for ticket in tickets.values())


@pytest.mark.parametrize(("name", "every"), [(UCI, 20), (BPIC, 12)])
def test_s31_a_week_of_delays_and_repeats_gives_the_same_bytes(name: str, every: int) -> None:
    events = lines(name, every)
    told = replay(events, book(REALISTIC))
    for seed in (1, 2):
        late = replay(shuffled(events, seed), book(REALISTIC))
        assert late.dead_letters == told.dead_letters == []
        assert late.counters["duplicates",] == len(shuffled(events, seed)) - len(events)
        assert _sha(late.results) == _sha(told.results)
        assert _sha([late.kpis]) == _sha([told.kpis])


def _sha(found: list[bytes]) -> str:
    return hashlib.sha256(b"\n".join(found)).hexdigest()
