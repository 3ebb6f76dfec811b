"""Why a ticket is judged by no policy: for each one, the first thing about the ticket that does not match (S23)."""

from __future__ import annotations

from typing import Any

from monitor.policies import Policy, PolicyBook
from monitor.tickets import Ticket
from schemas.explanations import PolicyMiss
from schemas.instants import Micros
from schemas.policy_names import Match


def misses(ticket: Ticket, book: PolicyBook) -> list[PolicyMiss]:
    """One entry per policy of the version that was last tried on the ticket, in file order.

    An entry without an attribute matches the ticket, and promises nothing to its priority and tier.
    """
    at = max(ticket.created or 0, ticket.turned)
    version = book.version_at(at)
    pairs = zip(version.policies, version.file.policies, strict=True)
    return [_miss(policy, entry.match, ticket, at) for policy, entry in pairs]


def _miss(policy: Policy, match: Match, ticket: Ticket, at: Micros) -> PolicyMiss:
    in_force = policy.effective <= at
    for attribute, wanted in match.model_dump(exclude_none=True).items():
        found = _found(ticket, attribute)
        fits = set(wanted) <= set(found) if attribute == "tags" else bool(set(wanted) & set(found))
        if not fits:
            return PolicyMiss(
                policy=policy.name,
                policy_version=policy.version,
                in_force=in_force,
                attribute=attribute,
                wanted=list(map(str, wanted)),
                found=list(map(str, found)),
            )
    return PolicyMiss(policy=policy.name, policy_version=policy.version, in_force=in_force)


def _found(ticket: Ticket, attribute: str) -> list[Any]:
    value = getattr(ticket, attribute)
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
