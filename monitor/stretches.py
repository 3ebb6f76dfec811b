"""What a clock did from when to when, rebuilt from the ticket's holds and reopens.

The same account serves the recount after a change of policy (S20) and the evidence of a verdict, so that what is
explained is what was counted.
"""

from __future__ import annotations

from typing import NamedTuple

from monitor.past import all_holds, all_moments
from monitor.policies import ObjectiveRule
from monitor.tickets import RESOLUTION, Clock, Ticket
from schemas.instants import Micros

COUNTED = "counted"
RESOLVED_GAP = "resolved"


class Stretch(NamedTuple):
    """One stretch: `counted`, `resolved` (the gap before a reopen) or the reason of the hold."""

    kind: str
    since: Micros
    to: Micros


def stretches(ticket: Ticket, clock: Clock, rule: ObjectiveRule, until: Micros) -> list[Stretch]:
    """The stretches of a clock from its start to `until`, in order and without gaps or overlaps (S15)."""
    account: list[Stretch] = []
    at = clock.started
    for off in sorted(_interruptions(ticket, clock, rule, until), key=lambda stretch: stretch[1:]):
        since, to = max(off.since, at), min(off.to, until)
        if to <= since:
            continue
        if since > at:
            account.append(Stretch(COUNTED, at, since))
        account.append(Stretch(off.kind, since, to))
        at = to
    if at < until:
        account.append(Stretch(COUNTED, at, until))
    return account


def _interruptions(ticket: Ticket, clock: Clock, rule: ObjectiveRule, until: Micros) -> list[Stretch]:
    found: list[Stretch] = []
    if clock.objective == RESOLUTION:
        found += _gaps(ticket, clock.started)
    if not clock.due_from_source:  # a deadline promised by the source does not pause (S18)
        found += [
            Stretch(hold.reason, hold.since, until if hold.to is None else hold.to)
            for hold in all_holds(ticket)
            if (hold.to is None or hold.to > clock.started) and rule.pauses(hold.reason)
        ]
    return found


def _gaps(ticket: Ticket, started: Micros) -> list[Stretch]:
    """From each `resolved` to the `reopened` after it, within one cycle (S19)."""
    gaps = []
    resolved: Micros | None = None
    for moment in all_moments(ticket):
        if moment.at < started:
            continue
        if moment.kind == "resolved":
            resolved = moment.at
        elif moment.kind == "reopened" and resolved is not None:
            gaps.append(Stretch(RESOLVED_GAP, resolved, moment.at))
            resolved = None
    return gaps
