"""Instants and amounts as `explain` shows them: local, with offset, exact; never rounded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from agents.cli.texts import Texts


def amount(seconds: float) -> str:
    """An amount in hours, minutes and seconds: `7h 50m`, `12s`, `1m 0.25s`; `0` for none."""
    left = abs(Decimal(repr(seconds)))
    hours, left = divmod(left, 3600)
    minutes, left = divmod(left, 60)
    rest = f"{left.normalize():f}"
    parts = [f"{hours:f}h" if hours else "", f"{minutes:f}m" if minutes else "", f"{rest}s" if left else ""]
    return " ".join(part for part in parts if part) or "0"


def cell(seconds: float) -> str:
    """An amount in a table, where nothing is a dash."""
    return amount(seconds) if seconds else "—"


def day(moment: datetime, texts: Texts) -> str:
    """The local date with its weekday."""
    return f"{texts('weekdays').split()[moment.weekday()]} {moment.date()}"


def clock_time(moment: datetime) -> str:
    """The local time of day, with a fraction only if there is one."""
    return moment.time().isoformat()


def offset(moment: datetime) -> str:
    """The distance to UTC as RFC 3339 writes it."""
    local = moment.isoformat()
    return local[max(local.rfind("+"), local.rfind("-")) :]


def instant(moment: datetime, texts: Texts) -> str:
    """Date, time and offset."""
    return f"{day(moment, texts)} {clock_time(moment)} {offset(moment)}"


def end_of_row(moment: datetime, begins: datetime) -> str:
    """The local end of a row: midnight is the end of its day, and another day is named."""
    if moment.date() == begins.date():
        return clock_time(moment)
    if moment.date() == begins.date() + timedelta(days=1) and clock_time(moment) == "00:00:00":
        return "24:00:00"
    return f"{moment.date()} {clock_time(moment)}"


def plain(text: str) -> str:
    """Text of others without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def listed(words: Sequence[str], texts: Texts) -> str:
    """Words with commas; `nothing` for none."""
    return ", ".join(map(plain, words)) or texts("nothing")
