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
    begin = int(datetime.combine(first, time(), UTC).timestamp()) // 60
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
        self.base = min(minutes[0] for minutes in self.walls.values()) * 60
        self.end = max(minutes[-1] for minutes in self.walls.values()) * 60
        self.open = 0  # bit n is the second `base + n`
        self.edges: list[int] = []
        for day in (first + step * _DAY for step in range((last - first).days + 1)):
            for opens, closes in self.hours(day):
                shift = self.shown(day, opens)[0] * 60, self.shown(day, closes)[-1] * 60
                self.open |= self.seconds(*shift)
                self.edges += shift

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

    def seconds(self, begin: int, end: int) -> int:
        """The bits of the seconds from `begin` to `end`, as far as they are in the window."""
        first, last = max(begin, self.base) - self.base, min(end, self.end) - self.base
        return ((1 << (last - first)) - 1) << first if first < last else 0

    def counted(self, start: int, end: int, holds: Sequence[Hold] = ()) -> int:
        """The bits of the open seconds in an interval that are not on hold."""
        bits = self.open & self.seconds(start, end)
        for hold in holds:
            bits &= ~self.seconds(*hold)
        return bits

    def elapsed(self, start: int, end: int, holds: Sequence[Hold] = ()) -> int:
        """S1, S4, S5, S6, S15."""
        return self.counted(start, end, holds).bit_count()

    def deadline(self, start: int, target: int, holds: Sequence[Hold] = ()) -> int:
        """S3: the end of the second in which the target is used up; `target` is above 0 and inside the window."""
        bits, at, width = self.counted(start, self.end, holds), self.base, self.end - self.base
        while width > 1:  # the half in which the last of so many open seconds lies
            half = width // 2
            lower = bits & ((1 << half) - 1)
            if target <= lower.bit_count():
                bits, width = lower, half
            else:
                target -= lower.bit_count()
                bits, at, width = bits >> half, at + half, width - half
        return at + 1

    def working_days(self, start: int, days: int) -> int | None:
        """S2: the open seconds of so many working days; `None` if that leaves the window."""
        begin = self.deadline(start, 1) - 1
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
