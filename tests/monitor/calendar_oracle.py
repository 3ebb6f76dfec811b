"""A slow second opinion on business time: it steps through a window by the minute and reads the wall clock.

It shares only the words of the rules with `monitor.calendars`: no UTC offset, no fold and no list of edges is used
here. An opening is the first and a closing the last minute at which a clock on the wall shows that time, and what
is open are the bits of one long number, a second each, which are counted. Instants and durations are whole seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Hours = Sequence[tuple[int, int]]  # opening and closing minute of the day; the smaller closing is tomorrow's
Hold = tuple[int, int]
Walls = Mapping[datetime, list[int]]

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def walls(zone: str, first: date, last: date) -> Walls:
    """Each time that the wall clock of a zone shows in a window, with the minutes (epoch) when it does."""
    seen: dict[datetime, list[int]] = {}
    begin = _midnight(first) // 60
    for minute in range(begin, begin + (last - first).days * 1440):
        wall = datetime.fromtimestamp(minute * 60, ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        seen.setdefault(wall, []).append(minute)
    return seen


class Oracle:
    """A calendar of a few weeks as its open seconds; `special` replaces the hours of its dates.

    `edges` are the openings and closings, for questions that ask about exactly these instants.
    """

    def __init__(
        self, zone: str, week: Sequence[Hours], special: Mapping[date, Hours], first: date, last: date
    ) -> None:
        self.zone, self.week, self.special, self.last = ZoneInfo(zone), week, special, last
        self.walls = walls(zone, first - 2 * _DAY, last + 4 * _DAY)
        self.base, self.end = (_midnight(day) for day in (first - 2 * _DAY, last + 4 * _DAY))
        self.open = 0  # bit n is the second `base + n`
        self.edges: list[int] = []
        for day in (first + step * _DAY for step in range((last - first).days + 1)):
            for opens, closes in self.hours(day):
                begin, end = self.shown(day, opens)[0] * 60, self.shown(day, closes)[-1] * 60
                self.open |= _ones(end - begin) << (begin - self.base)
                self.edges += begin, end

    def hours(self, day: date) -> Hours:
        """What is open between the midnights of a date."""
        if day in self.special:
            return self.special[day]
        today = [(opens, closes if opens < closes else 1440) for opens, closes in self.week[day.weekday()]]
        return [*today, *((0, self.night(day)),)] if self.night(day) else today

    def night(self, day: date) -> int:
        """The minute at which the night shift of the day before ends on a date; 0 for none."""
        before = self.week[(day - _DAY).weekday()]
        return max(
            (closes for opens, closes in before if closes < opens and day not in self.special), default=0
        )

    def shown(self, day: date, minute: int) -> list[int]:
        """When the clock shows a time; for one that it skips, as long after the skip as it lies in it."""
        wall, skipped = datetime.combine(day, time()) + minute * _MINUTE, 0
        while wall not in self.walls:
            wall, skipped = wall - _MINUTE, skipped + 1
        return [shown + skipped for shown in self.walls[wall]][-1 if skipped else 0 :]

    def counted(self, start: int, end: int, holds: Sequence[Hold] = ()) -> int:
        """The open seconds of an interval that are not on hold: bit n is the second `start + n`."""
        bits = self.open >> (start - self.base) & _ones(end - start)
        for begin, to in holds:
            first = max(begin, start)
            bits &= ~(_ones(min(to, end) - first) << (first - start))
        return bits

    def elapsed(self, start: int, end: int, holds: Sequence[Hold] = ()) -> int:
        """S1, S4, S5, S6, S15."""
        return self.counted(start, end, holds).bit_count()

    def is_deadline(self, due: int, start: int, target: int, holds: Sequence[Hold] = ()) -> bool:
        """S3: whether the target is used up at `due` and was not a second before."""
        return [self.elapsed(start, at, holds) for at in (due - 1, due)] == [target - 1, target]

    def working_days(self, start: int, days: int) -> int | None:
        """S2: the open seconds of so many working days; `None` if that leaves the window."""
        ahead = self.counted(start, self.end)
        begin = start + (ahead & -ahead).bit_length() - 1  # the lowest bit is the next open second
        local = datetime.fromtimestamp(begin, self.zone)
        night = int(local.hour * 60 + local.minute < self.night(local.date()))
        day = local.date() - night * _DAY
        while days:
            day += _DAY
            days -= bool(self.special.get(day, self.week[day.weekday()]))
        if day >= self.last:
            return None
        end = self.shown(day + night * _DAY, local.hour * 60 + local.minute)[0] * 60 + local.second
        return self.elapsed(begin, end)


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _ones(width: int) -> int:
    return (1 << max(0, width)) - 1
