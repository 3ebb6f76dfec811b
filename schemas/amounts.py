"""Amounts as people write them in the policy file: durations, targets, shares and dates.

A duration (`15m`, `4h`, `90s`, `1h30m`, `90 days`) is a length of time without any calendar; its days have 24
hours. A target is an amount of a calendar's open time (`15m`, `4h`, `24h`) or `3 working days`. A share is a
percentage. Whatever is read is written back in one canonical form, so `60m` and `1h` are the same policy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

from schemas.instants import DAY, HOUR, MINUTE, SECOND, Micros, to_micros

_CLOCK = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?")
_DAYS = re.compile(r"(\d{1,5}) days?")
_WORKING_DAYS = re.compile(r"(\d{1,4}) working days?")
_BARE_DAYS = re.compile(r"(\d+(?:\.\d+)?) *d(?:ays?)?", re.IGNORECASE)
_SHARE = re.compile(r"(\d{1,4}(?:\.\d{1,4})?) ?%")

LONGEST: Final[Micros] = 3653 * DAY  # ten years: no promise is longer, and a slip of the unit shows
MOST_WORKING_DAYS: Final = 2500

_YEARS: Final = range(1970, 2150)  # no ticket is of another, and calendars reach little further
_DATE_HELP: Final = "write 2026-01-01, or 2026-01-01T08:00:00+01:00"


@dataclass(frozen=True, slots=True)
class Amount:
    """What a target promises: open time in microseconds or a number of working days; one of them is None."""

    open_time: Micros | None = None
    working_days: int | None = None


def parse_duration(value: object) -> Micros:
    """The microseconds of a duration; raises `ValueError` that shows how to write one."""
    if isinstance(value, str):
        if days := _DAYS.fullmatch(value):
            return _in_range(int(days[1]) * DAY, value, least=0)
        if (clock := _clock_time(value)) is not None:
            return _in_range(clock, value, least=0)
        if bare := _BARE_DAYS.fullmatch(value):
            raise ValueError(f"{value!r}: write '{bare[1]} days' (24 hours each), or hours as in 72h")
    raise ValueError(_no_amount(value, "a duration", "15m, 4h, 90s, 1h30m or 90 days"))


def format_duration(span: Micros) -> str:
    """The canonical text of a duration: whole days in days, else hours, minutes and seconds."""
    if span and not span % DAY:
        return f"{span // DAY} {'day' if span == DAY else 'days'}"
    return format_clock(span)


def format_clock(span: Micros) -> str:
    """A length of time in hours, minutes and seconds, such as `1h30m`; `0s` for none."""
    hours, rest = divmod(span, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (rest // SECOND, "s")) if n]
    return "".join(parts) or "0s"


def parse_target(value: object) -> Amount:
    """The amount of a target; `1d` and `1 day` are rejected, for they have three meanings (S2)."""
    if isinstance(value, str):
        if days := _WORKING_DAYS.fullmatch(value):
            count = int(days[1])
            if not 0 < count <= MOST_WORKING_DAYS:
                raise ValueError(f"{value!r} is out of range: from 1 to {MOST_WORKING_DAYS} working days")
            return Amount(working_days=count)
        if (clock := _clock_time(value)) is not None:
            return Amount(open_time=_in_range(clock, value, least=SECOND))
        if bare := _BARE_DAYS.fullmatch(value):
            raise ValueError(_three_meanings(value, bare[1]))
    raise ValueError(_no_amount(value, "a target", "15m, 4h, 1h30m or 3 working days"))


def format_target(amount: Amount) -> str:
    """The canonical text of a target."""
    if amount.working_days is not None:
        return f"{amount.working_days} working {'day' if amount.working_days == 1 else 'days'}"
    return format_clock(amount.open_time or 0)


def parse_share(value: object) -> float:
    """The ratio of a percentage: `95%` is 0.95."""
    if isinstance(value, str) and (match := _SHARE.fullmatch(value)):
        return float(Decimal(match[1]) / 100)
    raise ValueError(_no_share(value))


def format_share(ratio: float) -> str:
    """A ratio as a percentage: 0.95 is `95%`."""
    return f"{Decimal(repr(ratio)) * 100:f}".rstrip("0").rstrip(".") + "%"


def parse_per_mille(value: object) -> int:
    """The per mille of a threshold between 0% and 100%: `75%` is 750, `87.5%` is 875."""
    if not (isinstance(value, str) and (match := _SHARE.fullmatch(value))):
        raise ValueError(_no_share(value))
    per_mille = Decimal(match[1]) * 10
    if not 0 < per_mille < 1000:
        raise ValueError(f"{value!r} is out of range: a warning lies above 0% and below 100% of the target")
    if per_mille != int(per_mille):
        raise ValueError(f"{value!r} is too fine: at most one decimal, as in 87.5%")
    return int(per_mille)


def parse_effective(value: object) -> date | datetime:
    """A date, which begins at midnight of the reporting zone, or an instant with its UTC offset (S1)."""
    moment = _date_or_instant(value) if isinstance(value, str) else value
    if isinstance(moment, date) and moment.year not in _YEARS:  # an instant is a date too
        raise ValueError(f"{str(value)!r} is out of range: a year from {_YEARS.start} to {_YEARS.stop - 1}")
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError(f"{str(value)!r} has no UTC offset: {_DATE_HELP}")
        return moment.astimezone(UTC)
    if isinstance(moment, date):
        return moment
    raise ValueError(f"{_shown(moment)} is not a date: {_DATE_HELP}")


def begins(moment: date | datetime, zone: tzinfo) -> Micros:
    """The instant a date or an instant stands for: a date begins at midnight of the zone."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=zone)
    return to_micros(moment)


def _date_or_instant(text: str) -> date | datetime | str:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-01") else datetime.fromisoformat(text)
    except ValueError:
        return text


def _clock_time(text: str) -> Micros | None:
    """The microseconds of `1h30m`, or None when the text has another form."""
    match = _CLOCK.fullmatch(text)
    if match is None or not text:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * HOUR + minutes * MINUTE + seconds * SECOND


def _in_range(span: Micros, text: str, *, least: Micros) -> Micros:
    if not least <= span <= LONGEST:
        raise ValueError(f"{text!r} is out of range: from {format_clock(least)} to ten years")
    return span


def _three_meanings(text: str, days: str) -> str:
    hours = format_clock(int(Decimal(days) * DAY))
    working = f"{days} working {'day' if days == '1' else 'days'}"
    return (
        f"{text!r} has three meanings: write '{working}' (the same local time, counted in working days), "
        f"'{hours}' (open time of the calendar), or '{hours}' on a 24x7 calendar (around the clock)"
    )


def _no_amount(value: object, what: str, examples: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value} has no unit: write {what} such as {value}m or {value}h"
    return f"{_shown(value)} is not {what}: write {examples}"


def _no_share(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value} has no unit: write {value:g}%"
    return f"{_shown(value)} is not a percentage: write for example 95%"


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else f"a {_KINDS.get(type(value), type(value).__name__)}"


_KINDS: Final[dict[type, str]] = {dict: "mapping", list: "list", tuple: "list", bool: "true or false"}


def _text(pattern: str, examples: list[str]) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "pattern": f"^(?:{pattern})$", "examples": examples}
    return WithJsonSchema(schema)


_CLOCK_PATTERN: Final = r"(?=\d)(\d+h)?(\d+m)?(\d+s)?"

Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    _text(_CLOCK_PATTERN + r"|\d+ days?", ["15m", "72h", "90 days"]),
]
Target = Annotated[
    Amount,
    PlainValidator(parse_target),
    PlainSerializer(format_target, return_type=str),
    _text(_CLOCK_PATTERN + r"|\d+ working days?", ["15m", "4h", "3 working days"]),
]
Share = Annotated[
    float,
    BeforeValidator(parse_share),
    PlainSerializer(format_share, return_type=str),
    _text(r"\d+(\.\d+)? ?%", ["95%"]),
]
Threshold = Annotated[
    int,
    BeforeValidator(parse_per_mille),
    PlainSerializer(lambda per_mille: format_share(per_mille / 1000), return_type=str),
    _text(r"\d+(\.\d)? ?%", ["75%"]),
]
Effective = Annotated[
    date | datetime,
    PlainValidator(parse_effective),
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2026-01-01", "2026-01-01T08:00:00+01:00"]}),
]
