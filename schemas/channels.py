"""Where alerts go: the channels of a policy file, their settings, and the routes that lead to them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from schemas.amounts import Duration, format_clock
from schemas.calendar_entry import WEEK_JSON_SCHEMA
from schemas.instants import MINUTE, Micros
from schemas.policy_names import AROUND_THE_CLOCK, ONE_OR_MORE, Match, Name, Priorities, Strict, Zone
from schemas.wording import did_you_mean

_CHANNELS: Final = ("slack", "teams", "webhook", "alertmanager")
_DESTINATION: Final = re.compile(r"alertmanager|(?:slack|teams|webhook):[A-Za-z0-9][A-Za-z0-9_.-]*")


def _destination(value: str) -> str:
    if _DESTINATION.fullmatch(value):
        return value
    kind = value.partition(":")[0]
    hint = "" if kind in _CHANNELS else did_you_mean(kind, _CHANNELS)
    raise ValueError(
        f"{value!r} is no channel{hint or ': write slack:NAME, teams:NAME, webhook:NAME or alertmanager'}"
    )


def _has_an_end(hours: object) -> object:
    if hours == AROUND_THE_CLOCK:
        raise ValueError(
            "quiet around the clock would never end: match the priorities of the channel's route instead"
        )
    return hours


def _not_every_second(span: Micros) -> Micros:
    if span < MINUTE:
        raise ValueError(f"'{format_clock(span)}' is too often to be read: write 1m or more")
    return span


Destination = Annotated[Name, AfterValidator(_destination)]


class Route(Strict):
    """Where the alerts of the matching tickets go."""

    match: Match = Match()
    to: Annotated[tuple[Destination, ...], ONE_OR_MORE, Field(min_length=1)]


class QuietHours(Strict):
    """When a channel rests; what is still true at their end is told then (S45)."""

    hours: Annotated[dict[str, Any], BeforeValidator(_has_an_end), WithJsonSchema(WEEK_JSON_SCHEMA)] = Field(
        description="As those of a calendar; intervals that overlap count as one."
    )
    timezone: Zone | None = Field(None, description="Left out: the file's own.")
    except_: Priorities = Field(
        (), alias="except", description="The priorities that get through at any time."
    )


class ChannelSettings(Strict):
    """How one channel is notified; none of it changes a figure."""

    repeat_after: Annotated[Duration, AfterValidator(_not_every_second)] | None = Field(
        None,
        description="Tell again what is open and not acknowledged after so long. Left out: never.",
    )
    quiet_hours: QuietHours | None = Field(None, description="Left out: notified at any time.")
