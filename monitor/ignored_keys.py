"""Keys of recorded events that no event of their type has: they are ignored, and may be a known one misspelt."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from monitor.policy_coverage import Tally
from schemas.events import TicketEvent
from schemas.wording import nearest

_MOST_COMPARED: Final = 10_000  # combinations whose nearest key is remembered; to compare takes some 30 µs

_REQUIRED: Final = frozenset({"event_id", "ticket_id", "occurred_at", "type"})
_ALIKE: Final = 0.75  # of difflib's ratio; less and `actor` would be `customer`


class IgnoredKey(NamedTuple):
    """A key, and the one that was probably meant: one that the events with it lack."""

    key: str
    meant: str | None


class IgnoredKeys:
    """Counts them over one history; lives while it is read."""

    def __init__(self) -> None:
        self.tally = Tally()

    def add(self, line: bytes, event: TicketEvent) -> None:
        """Looks at the keys of the line that the event was read from."""
        keys = frozenset(_body(from_json(line)))
        known = frozenset(type(event).model_fields)
        for key in keys - known:
            self.tally.add(IgnoredKey(key, _meant(key, known - keys)))

    def told(self) -> list[tuple[IgnoredKey, int]]:
        """Each with the number of events, those that look misspelt first, then the most frequent."""
        return sorted(self.tally.commonest(), key=lambda pair: pair[0].meant is None)


def _body(content: dict[str, Any]) -> dict[str, Any]:
    """The event itself: of a CloudEvents 1.0 envelope its `data`."""
    body: dict[str, Any] = content if content.keys() >= _REQUIRED else content["data"]
    return body


@lru_cache(_MOST_COMPARED)
def _meant(key: str, lacking: frozenset[str]) -> str | None:
    return nearest(key, sorted(lacking), cutoff=_ALIKE)
