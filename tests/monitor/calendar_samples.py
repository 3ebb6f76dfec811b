"""Calendars and short ways to write instants, for the tests of business time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.calendars import Calendar
from schemas.instants import Micros, from_micros, parse_iso

OFFICE: dict[str, Any] = {
    "timezone": "Europe/Madrid",
    "hours": {"mon-fri": ["09:00-14:00", "15:00-18:00"], "sat": ["10:00-14:00"]},
}
NIGHTS: dict[str, Any] = {"timezone": "Europe/Madrid", "hours": {"mon-fri": ["22:00-06:00"]}}
ROUND_THE_CLOCK: dict[str, Any] = {"timezone": "Europe/Madrid", "hours": {"mon-sun": ["00:00-24:00"]}}
IN_PARTS: dict[str, Any] = {**ROUND_THE_CLOCK, "holidays": ["2030-01-01"]}  # compiled, not always open


def calendar(entry: dict[str, Any], **changes: Any) -> Calendar:
    return Calendar.from_config({**entry, **changes})


def daily(hours: str, timezone: str = "Europe/Madrid") -> Calendar:
    return Calendar.from_config({"timezone": timezone, "hours": {"mon-sun": [hours]}})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def us(text: str) -> Micros:
    return parse_iso(text)


def opened(book: Calendar, begin: str, end: str) -> list[str]:
    """The open intervals between two instants, as text in the calendar's zone."""

    def local(instant: Micros) -> str:
        return from_micros(instant).astimezone(book.zone).isoformat(timespec="minutes")

    return [f"{local(opens)}/{local(closes)}" for opens, closes in book.open_intervals(us(begin), us(end))]
