"""Exclusions: maintenance and force majeure, when the matching clocks count against no one (S26).

A ticket keeps the exclusions that concerned it as spans, like holds. A span says when the ticket learned of it, so that a
clock that was counted before that is left as it was and one that is counted again from its start takes it in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Self

import orjson

from monitor.policy_match import Matcher
from monitor.tickets import Excluded, Ticket
from schemas import policy as schema
from schemas.amounts import begins
from schemas.instants import Micros

# A ticket keeps so many spans; a desk that excludes more often has other hours.
_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One entry of a version's `exclusions`, compiled: [`starts`, `ends`), in microseconds."""

    identity: str  # 8 hex digits of what it says: the same entry of two versions is one
    starts: Micros
    ends: Micros
    matches: Matcher
    reason: str

    @classmethod
    def of(cls, entry: schema.Exclusion, file: schema.PolicyFile) -> Self:
        """The exclusion of a file's entry."""
        starts, ends = begins(entry.from_, file.zone), begins(entry.to, file.zone)
        said = [starts, ends, entry.reason, entry.match.model_dump(mode="json", exclude_none=True)]
        identity = blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=4).hexdigest()
        return cls(identity, starts, ends, Matcher(entry.match), entry.reason)

    def holds(self, ticket: Ticket, at: Micros) -> bool:
        """Whether it concerns a ticket at an instant."""
        return self.starts <= at < self.ends and self.matches(ticket)


def follow(ticket: Ticket, exclusions: Iterable[Exclusion], at: Micros) -> bool:
    """Begins and ends the spans of a ticket as of an instant; says whether anything changed."""
    if not exclusions and not ticket.excluded:
        return False
    wanted = (
        {} if ticket.ended else {entry.identity: entry for entry in exclusions if entry.holds(ticket, at)}
    )
    changed = False
    for span in ticket.excluded:
        if span.to is None and span.gone is None and wanted.pop(span.identity, None) is None:
            span.to, changed = at, True
    for entry in wanted.values():
        _keep(ticket, Excluded(entry.identity, entry.reason, at, None, at))
        changed = True
    return changed


def take_over(
    ticket: Ticket, former: Iterable[Exclusion], exclusions: Iterable[Exclusion], at: Micros
) -> bool:
    """Replaces a version's exclusions by those of the next one; says whether that changes time already past.

    What both versions say stays as it was. What only the new one says concerns the ticket, as it is now, since its
    creation; what only the former one said is withdrawn. Clocks that count again from their start see that.
    """
    stay = {entry.identity for entry in former} & {entry.identity for entry in exclusions}
    changed = False
    for span in ticket.excluded:
        if span.gone is None and span.identity not in stay:
            span.gone, changed = at, True
    created = ticket.created
    if created is None:
        return changed
    for entry in exclusions:
        since = max(entry.starts, created)
        if entry.identity in stay or since >= min(entry.ends, at) or not entry.matches(ticket):
            continue
        _keep(
            ticket, Excluded(entry.identity, entry.reason, since, None if entry.ends > at else entry.ends, at)
        )
        changed = True
    return changed


def _keep(ticket: Ticket, span: Excluded) -> None:
    ticket.excluded.append(span)
    if len(ticket.excluded) > _KEPT:
        del ticket.excluded[next(n for n, old in enumerate(ticket.excluded) if old.to is not None or n)]
