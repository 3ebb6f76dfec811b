"""A slow second opinion on business time: it steps through a window by the minute and reads the wall clock.

It shares only the words of the rules with `monitor.calendars`: no UTC offset, no fold and no search is used
here; an opening is the first and a closing the last minute at which a clock on the wall shows that time.
Instants and durations are whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    """A calendar of a few weeks as the set of its open minutes; `special` replaces the hours of its dates."""

    def __init__(
        self, zone: str, week: Sequence[Hours], special: Mapping[date, Hours], first: date, last: date
    ) -> None:
        self.zone, self.week, self.special, self.last = ZoneInfo(zone), week, special, last
        self.walls = walls(zone, first - 2 * _DAY, last + 4 * _DAY)
        self.open: set[int] = set()
        for day in (first + step * _DAY for step in range((last - first).days + 1)):
            for opens, closes in self.hours(day):
                self.open.update(range(self.shown(day, opens)[0], self.shown(day, closes)[-1]))

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

    def ticks(self, start: int, holds: Sequence[Hold], *marks: int) -> Iterator[tuple[int, int]]:
        """The open seconds from `start` off hold; whole minutes at once where nothing changes inside."""
        fine = {mark // 60 for mark in (start, *marks, *(edge for hold in holds for edge in hold))}
        for minute in sorted(self.open):
            step = 1 if minute in fine else 60
            for second in range(minute * 60, minute * 60 + 60, step):
                if second >= start and not any(begin <= second < end for begin, end in holds):
                    yield second, step

    def elapsed(self, start: int, end: int, holds: Sequence[Hold] = ()) -> int:
        """S1, S4, S5, S6."""
        return sum(step for second, step in self.ticks(start, holds, end) if second < end)

    def deadline(self, start: int, target: int, holds: Sequence[Hold] = ()) -> int:
        """S3: the end of the second in which the target is used up."""
        for second, step in self.ticks(start, holds):
            if target <= step:
                return second + target
            target -= step
        raise LookupError("the window is too short")

    def working_days(self, start: int, days: int) -> int | None:
        """S2: the open seconds of so many working days; `None` if that leaves the window."""
        begin, _ = next(self.ticks(start, ()))
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
