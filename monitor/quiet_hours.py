"""Quiet hours of a channel: whether it rests at an instant, and until when (S45)."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from monitor.calendars import Calendar
from monitor.errors import CalendarError
from monitor.holiday_dates import HolidayDates
from monitor.open_years import united
from monitor.opening_hours import parse_week
from schemas.channels import QuietHours
from schemas.instants import DAY, Micros

# Hours repeat by the week, and a clock change moves an end by an hour: what lasts longer than this never ends.
_LONGEST_REST: Final[Micros] = 8 * DAY
_WHOLE_DAY: Final = (0, 24 * 60)  # in minutes of the local clock


def quiet_calendar(hours: object, timezone: str = "UTC") -> Calendar:
    """The hours as a calendar that is open while the channel rests; intervals that overlap count as one.

    Raises `CalendarError`, which names the key, for hours that cannot be read or never end.
    """
    week = parse_week(hours, overlaps=True)
    if all(united((span.opens, span.closes) for span in spans) == [_WHOLE_DAY] for spans in week):
        raise CalendarError(
            "hours: quiet around the clock would never end: "
            "match the priorities of the channel's route instead"
        )
    return Calendar(ZoneInfo(timezone), week, HolidayDates())


class Rest:
    """Compiled quiet hours; lives as long as the version of the policy file."""

    __slots__ = ("_hours", "_through")

    def __init__(self, settings: QuietHours, default_timezone: str) -> None:
        """Raises `CalendarError` as `quiet_calendar` does."""
        self._hours = quiet_calendar(settings.hours, settings.timezone or default_timezone)
        self._through = frozenset(settings.except_)

    def until(self, at: Micros, priority: str) -> Micros | None:
        """The end of the rest that an alert of this priority would disturb at an instant; None outside one."""
        if priority in self._through:
            return None
        ahead = self._hours.open_intervals(at, at + _LONGEST_REST)
        return ahead[0][1] if ahead and ahead[0][0] == at else None
