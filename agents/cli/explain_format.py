"""Instants and amounts as `explain` shows them: local, with offset, exact; amounts to the millisecond where they stand
alone, and in whole seconds in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from agents.cli.language_figures import decimal, working_days
from agents.cli.texts import Texts
from schemas.amounts import parse_target
from schemas.explanations import Row
from schemas.instants import SECOND

_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_MILLISECOND: Final = Decimal("0.001")


def amount(seconds: float, texts: Texts, *, exact: bool = False) -> str:
    """An amount in hours, minutes and seconds: `7h 50m`, `12s`, `1m 0.25s`; `0` for none.

    To the millisecond unless `exact`; what is less than half of one is never shown as nothing.
    """
    whole = abs(Decimal(repr(seconds)))
    rounded = whole if exact else whole.quantize(_MILLISECOND)
    return decimal(_spelt(rounded or whole), texts.language)


def told_apart(seconds: Sequence[float], texts: Texts) -> list[str]:
    """Amounts to the millisecond; exact where amounts that differ would look alike."""
    alike = len({amount(value, texts) for value in seconds}) < len(set(seconds))
    return [amount(value, texts, exact=alike) for value in seconds]


def adding_up(total: float, parts: Sequence[float], texts: Texts) -> tuple[str, list[str]]:
    """A sum and its parts to the millisecond; exact where the rounded parts would not add up to it."""
    rounded, *of = (Decimal(repr(value)).quantize(_MILLISECOND) for value in (total, *parts))
    exact = rounded != sum(of)
    return amount(total, texts, exact=exact), [amount(part, texts, exact=exact) for part in parts]


def promise(target: str, texts: Texts) -> str:
    """A target as the policy says it, in the language of the reader."""
    said = parse_target(target)
    if said.working_days is not None:
        return working_days(said.working_days, texts.language)
    return amount((said.open_time or 0) / SECOND, texts)


def _spelt(seconds: Decimal) -> str:
    hours, left = divmod(seconds, 3600)
    minutes, left = divmod(left, 60)
    rest = f"{left.normalize():f}"
    parts = [f"{hours:f}h" if hours else "", f"{minutes:f}m" if minutes else "", f"{rest}s" if left else ""]
    return " ".join(part for part in parts if part) or "0"


def whole_seconds(seconds: float) -> str:
    """An amount to the nearest second, so that it keeps its column; less than half of one is said to be some."""
    rounded = Decimal(repr(seconds)).quantize(Decimal(1), ROUND_HALF_UP)
    return "<1s" if seconds and not rounded else _spelt(rounded)


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
    return "".join(letter if letter.isprintable() or letter == _NO_BREAK else " " for letter in text)


def listed(words: Sequence[str], texts: Texts) -> str:
    """Words with commas; `nothing` for none."""
    return ", ".join(map(plain, words)) or texts("nothing")
