"""The opening hours of a week or of one date, as the policy file writes them.

A shift over midnight, `fri: ["22:00-06:00"]`, is two spans: Friday until 24:00 and Saturday until 06:00. So a
holiday closes exactly its own date; for the count of working days the second span still belongs to Friday.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from monitor.errors import CalendarError
from schemas.wording import did_you_mean

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_END_OF_DAY: Final = 24 * 60
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})", re.ASCII)


class Span(NamedTuple):
    """Open time inside one date, in minutes of its local clock: 0 <= opens < closes <= 1440.

    `carried`: only the rest, after midnight, of the shift that began the day before.
    """

    opens: int
    closes: int
    carried: bool = False


Spans = tuple[Span, ...]
Week = tuple[Spans, ...]  # seven, Monday first; the spans of a day sorted and apart

ALL_DAY: Final[Spans] = (Span(0, _END_OF_DAY),)


def parse_week(hours: object, key: str = "hours", *, overlaps: bool = False) -> Week:
    """The week of `hours`: a mapping from a day or range (`mon`, `sun-thu`) to intervals, or `24x7`.

    Raises `CalendarError` for anything else, for a day that stands twice, for a week with no open time at all
    (S4) and, unless they are said to do no harm, for overlaps.
    """
    if hours == "24x7":
        return (ALL_DAY,) * 7
    if not isinstance(hours, Mapping):
        raise CalendarError(
            f'{key}: {hours!r} is neither 24x7 nor a mapping such as {{mon-fri: ["09:00-17:00"]}}'
        )
    days: list[list[Span]] = [[] for _ in DAYS]
    written: dict[int, object] = {}
    for name, texts in hours.items():
        for day in _parse_days(name, key):
            if day in written:
                raise CalendarError(f"{key}.{name}: {DAYS[day]!r} stands under {written[day]!r} already")
            written[day] = name
            for opens, closes in _parse_list(texts, f"{key}.{name}"):
                _place(days, day, opens, closes)
    if not any(days):
        raise CalendarError(f"{key}: no open time at all, so no deadline would ever come")
    if overlaps:
        return tuple(tuple(sorted(spans)) for spans in days)
    return tuple(_apart(spans, f"{key}.{name}") for name, spans in zip(DAYS, days, strict=True))


def parse_date_hours(texts: object, key: str) -> Spans:
    """The spans of one date; `[]` is closed all day. Raises `CalendarError`, also for hours over midnight."""
    spans = []
    for opens, closes in _parse_list(texts, key):
        if closes < opens:
            raise CalendarError(
                f'{key}: the hours of one date end at "24:00"; the rest belongs to the next date'
            )
        spans.append(Span(opens, closes))
    return _apart(spans, key)


def _parse_days(name: object, key: str) -> list[int]:
    first, dash, last = name.partition("-") if isinstance(name, str) else (name, "", "")
    begin, end = _parse_day(first, name, key), _parse_day(last if dash else first, name, key)
    # A range may run over the end of the week, as the working week sun-thu does.
    return [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]


def _parse_day(word: object, name: object, key: str) -> int:
    if word in DAYS:
        return DAYS.index(word)
    hint = did_you_mean(word, DAYS)
    raise CalendarError(
        f"{key}.{name}: {word!r} is no day; days are {', '.join(DAYS)} and ranges as mon-fri{hint}"
    )


def _parse_list(texts: object, key: str) -> list[tuple[int, int]]:
    if not isinstance(texts, Sequence) or isinstance(texts, str):
        raise CalendarError(
            f'{key}: {texts!r} is no list of intervals such as ["09:00-14:00", "15:00-18:00"]'
        )
    return [_parse_interval(text, f"{key}[{index}]") for index, text in enumerate(texts)]


def _parse_interval(text: object, key: str) -> tuple[int, int]:
    """Opening and closing minute; the closing is the smaller one when it lies after midnight."""
    match = _HOURS.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise CalendarError(f'{key}: {text!r} is no interval such as "09:00-17:00"')
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    opens, closes = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) > 59 or opens >= _END_OF_DAY or closes > _END_OF_DAY:
        raise CalendarError(
            f"{key}: {text!r} has a time of day that does not exist; days go from 00:00 to 24:00"
        )
    if opens == closes:
        raise CalendarError(f'{key}: {text!r} is empty; a whole day is "00:00-24:00"')
    # A day written to its last minute, or to the midnight after it, goes to its end (S4).
    return opens, _END_OF_DAY if closes in {_END_OF_DAY - 1, 0} else closes


def _place(days: list[list[Span]], day: int, opens: int, closes: int) -> None:
    if opens < closes:
        days[day].append(Span(opens, closes))
    else:
        days[day].append(Span(opens, _END_OF_DAY))
        days[(day + 1) % 7].append(Span(0, closes, carried=True))


def _apart(spans: list[Span], key: str) -> Spans:
    spans.sort()
    for before, after in pairwise(spans):
        if after.opens < before.closes:
            raise CalendarError(f"{key}: {_written(before)} and {_written(after)} overlap")
    return tuple(spans)


def _written(span: Span) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (span.opens, span.closes))
