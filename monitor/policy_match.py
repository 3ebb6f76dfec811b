"""Which tickets a `match` of the policy file means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from schemas.policy_names import Match


class TicketFacts(Protocol):
    """What a policy may match on; a ticket of the state has it, and so has anything with these attributes."""

    @property
    def customer(self) -> str: ...
    @property
    def priority(self) -> str: ...
    @property
    def tier(self) -> int: ...
    @property
    def queue(self) -> str | None: ...
    @property
    def channel(self) -> str | None: ...
    @property
    def category(self) -> str | None: ...
    @property
    def source(self) -> str | None: ...
    @property
    def tags(self) -> Sequence[str]: ...


class Matcher:
    """A compiled `match`: whether a ticket has every value that is asked for."""

    __slots__ = ("_tags", "_wanted", "everything")

    def __init__(self, match: Match) -> None:
        wanted = match.model_dump(exclude_none=True)
        self._tags = frozenset(wanted.pop("tags", ()))
        self._wanted = tuple((name, frozenset(values)) for name, values in wanted.items())
        self.everything = not (self._tags or self._wanted)

    def __call__(self, ticket: TicketFacts) -> bool:
        for name, values in self._wanted:
            if getattr(ticket, name) not in values:
                return False
        return self._tags.issubset(ticket.tags)
