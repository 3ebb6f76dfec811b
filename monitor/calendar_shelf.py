"""Equal calendars as one object, across all versions of the policies."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from monitor.calendars import Calendar
from schemas.instants import DAY, Micros

_WARM_BEFORE: Micros = 400 * DAY  # tickets that are open now were mostly created in it
_WARM_AFTER: Micros = 200 * DAY  # and what is promised to them mostly ends in it


class CalendarShelf:
    """Calendars by what they say; lives as long as the books made from it.

    A version whose calendars were there before is then cheap to take over, for the years compiled stay, and
    whether a change of version moved a calendar is a comparison by `is`.
    """

    def __init__(self) -> None:
        self._held: dict[bytes, Calendar] = {}
        self._cold: list[Calendar] = []

    def place(self, calendars: Mapping[str, Calendar]) -> dict[str, Calendar]:
        """The same calendars by the same names, each the first one that said the same."""
        placed = {}
        for name, calendar in calendars.items():
            key = orjson.dumps(calendar.content_key(), option=orjson.OPT_SORT_KEYS)
            held = placed[name] = self._held.setdefault(key, calendar)
            if held is calendar:
                self._cold.append(calendar)
        return placed

    def warm(self, now: Micros) -> None:
        """Compiles the years around `now` of what was placed since the last time.

        May run in a thread: what it touches nobody else has yet.
        """
        for calendar in self._cold:
            calendar.open_between(now - _WARM_BEFORE, now + _WARM_AFTER)
        self._cold.clear()
