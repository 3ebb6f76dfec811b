"""Instants and durations as whole microseconds since the Unix epoch, UTC.

Inside the engine time is an `int`: exact, cheap to compare and to add. Aware datetimes stand only at the
borders (events, files, the public calendar methods).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

Micros = int  # an instant or a duration, in microseconds

SECOND: Final[Micros] = 1_000_000
MINUTE: Final[Micros] = 60 * SECOND
HOUR: Final[Micros] = 60 * MINUTE
DAY: Final[Micros] = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> Micros:
    """The microseconds from the epoch to an aware `datetime`; a naive one raises `TypeError`."""
    since = moment - _EPOCH
    return since.days * DAY + since.seconds * SECOND + since.microseconds


def duration(span: timedelta) -> Micros:
    """The microseconds of a `timedelta`."""
    return span.days * DAY + span.seconds * SECOND + span.microseconds


# The same instants are written several times over: a creation starts all clocks of a ticket.
@lru_cache(maxsize=16_384)
def from_micros(instant: Micros) -> datetime:
    """The aware UTC `datetime` of an instant."""
    return _EPOCH + timedelta(microseconds=instant)


def iso(instant: Micros) -> str:
    """RFC 3339 in UTC, e.g. `2016-02-29T01:16:00Z`; with a fraction of six digits only if there is one."""
    return from_micros(instant).isoformat().replace("+00:00", "Z")


def parse_iso(text: str) -> Micros:
    """The instant of an RFC 3339 text; raises `ValueError` when it is none or has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset: write for example 2026-11-23T09:00:00+01:00")
    return to_micros(moment)


def as_seconds(span: Micros) -> int | float:
    """A duration in seconds: an `int` when it is whole, else a `float` exact to the microsecond."""
    whole, rest = divmod(span, SECOND)
    return whole if not rest else span / SECOND
