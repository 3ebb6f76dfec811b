"""Keys of recorded events that no event of their type has: they are ignored, and may be a known one misspelt."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from monitor.policy_coverage import Tally
from schemas.events import TicketEvent, body_of
from schemas.wording import nearest

_MOST_COMPARED: Final = 10_000  # combinations whose nearest key is remembered; to compare takes some 30 µs
_ALIKE: Final = 0.75  # of difflib's ratio; less and `actor` would be `customer`


class IgnoredKey(NamedTuple):
    """A key, and the one that was probably meant: one that an event with it lacked."""

    key: str
    meant: str | None


class IgnoredKeys:
    """Counts them over one history; lives while it is read."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._meant: dict[str, str] = {}

    def add(self, line: bytes, event: TicketEvent) -> None:
        """Looks at the keys of the line that the event was read from."""
        keys = frozenset(body_of(line, event))
        known = frozenset(type(event).model_fields)
        for key in keys - known:
            self.tally.add(key)
            if key in self.tally.counts and (meant := _meant(key, known - keys)) is not None:
                self._meant.setdefault(key, meant)

    def told(self) -> list[tuple[IgnoredKey, int]]:
        """Each with the number of events, those that look misspelt first, then the most frequent."""
        found = [(IgnoredKey(key, self._meant.get(key)), count) for key, count in self.tally.commonest()]
        return sorted(found, key=lambda pair: pair[0].meant is None)


@lru_cache(_MOST_COMPARED)
def _meant(key: str, lacking: frozenset[str]) -> str | None:
    return nearest(key, sorted(lacking), cutoff=_ALIKE)
