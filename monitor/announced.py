"""What was announced about a ticket's clocks, carried over when its past is told anew (S31, S33).

The fold makes a ticket from its events alone; how often its verdicts were published and which alerts people have been
told of comes from the ticket that it replaces. A clock that is none any more stays as a ghost, for its revisions.
"""

from __future__ import annotations

from monitor.tickets import BREACHED, CANCELLED, DEADLINE_SHARE, MISSED, NEVER, STOPPED, Clock, Ticket
from schemas.reasons import Reason


def carry_over(old: Ticket, fresh: Ticket) -> None:
    """Takes over what was announced, and what the fold does not make: base, forgotten ids, revisions."""
    fresh.base, fresh.base_order, fresh.forgotten = old.base, old.base_order, old.forgotten
    fresh.unmatched = old.unmatched
    made = {clock.identity: clock for clock in fresh.clocks}
    fresh.ghosts = []
    for former in (*old.clocks, *old.ghosts):
        clock = made.get(former.identity)
        if clock is not None:
            carry_clock(former, clock)
        elif former.result_revision or former.alert_revision:
            fresh.ghosts.append(_ghost(former, old, fresh))


def _ghost(former: Clock, old: Ticket, fresh: Ticket) -> Clock:
    """A clock that the late event un-made: no verdict any more, its alert closes."""
    citation = old.citations[former.policy]
    if citation not in fresh.citations:
        fresh.citations.append(citation)
    former.policy = fresh.citations.index(citation)
    former.terms = []  # they cite the policies of a life that was not so
    former.mode, former.outcome, former.reason = STOPPED, CANCELLED, Reason.SUPERSEDED.value
    former.next = NEVER
    former.mark = former.stopped = former.started
    former.counted = former.paused = 0
    former.stop_priority = ""
    former.due = former.breached = None
    former.doubtful = False
    _reopen_breach(former)
    return former


def begin_anew(ticket: Ticket, clock: Clock) -> None:
    """Lets a clock that starts after all go on with what was announced of the one that a late event un-made."""
    for ghost in ticket.ghosts:
        if ghost.identity == clock.identity:
            carry_clock(ghost, clock)
            ticket.ghosts = [other for other in ticket.ghosts if other is not ghost]


def carry_clock(former: Clock, clock: Clock) -> None:
    """Lets a clock go on with the revisions and the alert of the one that it takes the place of."""
    for name in ("result_revision", "alert_revision", "alert_episode", "alert_state", "alert_share"):
        setattr(clock, name, getattr(former, name))
    clock.doubtful = clock.doubtful or (former.doubtful and former.breached == clock.breached)
    _reopen_breach(clock)


def _reopen_breach(clock: Clock) -> None:
    """A breach that was announced and proves to be none is taken back, also when its alert has ended (S33)."""
    if clock.outcome != MISSED and clock.alert_share == DEADLINE_SHARE:
        clock.alert_state = BREACHED
