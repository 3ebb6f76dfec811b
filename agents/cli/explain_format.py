"""Instants and amounts as `explain` shows them: local, with offset, exact; whole seconds only in a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from agents.cli.texts import Texts
from schemas.explanations import Row


def amount(seconds: float) -> str:
    """An amount in hours, minutes and seconds: `7h 50m`, `12s`, `1m 0.25s`; `0` for none."""
    left = abs(Decimal(repr(seconds)))
    hours, left = divmod(left, 3600)
    minutes, left = divmod(left, 60)
    rest = f"{left.normalize():f}"
    parts = [f"{hours:f}h" if hours else "", f"{minutes:f}m" if minutes else "", f"{rest}s" if left else ""]
    return " ".join(part for part in parts if part) or "0"


def whole_seconds(seconds: float) -> str:
    """An amount to the nearest second, so that it keeps its column; less than half of one is said to be some."""
    rounded = int(Decimal(repr(seconds)).quantize(Decimal(1), ROUND_HALF_UP))
    return "<1s" if seconds and not rounded else amount(rounded)


def cell(seconds: float) -> str:
    """An amount in a table, where nothing is a dash."""
    return whole_seconds(seconds) if seconds else "—"


def in_whole_seconds(row: Row) -> bool:
    """Whether a table shows a row exactly."""
    spans = (row.wall_seconds, row.open_seconds)
    return not (row.from_.microsecond or row.to.microsecond or any(span % 1 for span in spans))


def day(moment: datetime, texts: Texts) -> str:
    """The local date with its weekday."""
    return f"{texts('weekdays').split()[moment.weekday()]} {moment.date()}"


def clock_time(moment: datetime) -> str:
    """The local time of day, with a fraction only if there is one."""
    return moment.time().isoformat()


def whole_time(moment: datetime) -> str:
    """The local time of day in a table, its fraction left out."""
    return moment.time().isoformat("seconds")


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
        return whole_time(moment)
    if moment.date() == begins.date() + timedelta(days=1) and clock_time(moment) == "00:00:00":
        return "24:00:00"
    return f"{moment.date()} {whole_time(moment)}"


def plain(text: str) -> str:
    """Text of others without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def listed(words: Sequence[str], texts: Texts) -> str:
    """Words with commas; `nothing` for none."""
    return ", ".join(map(plain, words)) or texts("nothing")
