"""The names a policy file uses: strict models, the check that a name is defined, and which tickets match."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from schemas.events import Tier
from schemas.wording import did_you_mean

AROUND_THE_CLOCK: Final = "24x7"
"""The calendar that needs no entry of its own, and the one of an objective that names none."""

DEFAULT_PRIORITIES: Final = ("P1", "P2", "P3", "P4")


class _Known(NamedTuple):
    """The names that the file being read defines, so that each use of one can be checked where it stands."""

    calendars: frozenset[str]
    priorities: frozenset[str]

    @classmethod
    def of(cls, data: object) -> _Known | None:
        """The names in the raw data; None when their lists cannot be read (which is an error of its own)."""
        if not isinstance(data, dict):
            return None
        calendars = data.get("calendars", {})
        priorities = data.get("priorities", DEFAULT_PRIORITIES)
        if not isinstance(calendars, dict) or not isinstance(priorities, list | tuple):
            return None
        return cls(frozenset(map(str, calendars)) | {AROUND_THE_CLOCK}, frozenset(map(str, priorities)))


_known: ContextVar[_Known | None] = ContextVar("known names of the policy file being read", default=None)


@contextmanager
def names_of(data: object) -> Iterator[None]:
    """While it lasts, calendars and priorities are checked against those that the raw file defines."""
    token = _known.set(_Known.of(data))
    try:
        yield
    finally:
        _known.reset(token)


def _as_text(value: object) -> object:
    """A number where a name belongs is that name: `customer: 4711`."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def as_tuple(value: object) -> object:
    """One value stands for a list of one."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _calendar_exists(name: str) -> str:
    known = _known.get()
    if known and name not in known.calendars:
        raise ValueError(_unknown("calendar", name, known.calendars))
    return name


def _priority_exists(name: str) -> str:
    known = _known.get()
    if known and name not in known.priorities:
        raise ValueError(_unknown("priority", name, known.priorities))
    return name


def _unknown(kind: str, name: str, known: frozenset[str]) -> str:
    return f"unknown {kind} {name!r}" + (did_you_mean(name, known) or f"; known: {', '.join(sorted(known))}")


def _zone_exists(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}{did_you_mean(name, available_timezones())}") from error
    return name


Name = Annotated[str, BeforeValidator(_as_text), StringConstraints(min_length=1, max_length=256)]
Priority = Annotated[Name, AfterValidator(_priority_exists)]
CalendarName = Annotated[Name, AfterValidator(_calendar_exists)]
Zone = Annotated[str, AfterValidator(_zone_exists)]

ONE_OR_MORE = BeforeValidator(as_tuple, json_schema_input_type=str | list[str])
Names = Annotated[tuple[Name, ...], ONE_OR_MORE, Field(min_length=1)]
Priorities = Annotated[tuple[Priority, ...], ONE_OR_MORE, Field(min_length=1)]
Tiers = Annotated[
    tuple[Tier, ...],
    BeforeValidator(as_tuple, json_schema_input_type=Tier | list[Tier]),
    Field(min_length=1),
]


class Strict(BaseModel):
    """An unknown key is an error; a value is never turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class Match(Strict):
    """Which tickets: every key that is given must fit. A list means any of them; of `tags`, all of them."""

    customer: Names | None = None
    priority: Priorities | None = None
    queue: Names | None = None
    tier: Tiers | None = None
    channel: Names | None = None
    category: Names | None = None
    tags: Names | None = None
    source: Names | None = None

    @property
    def everything(self) -> bool:
        """Whether it fits every ticket: no key is given."""
        return not self.model_dump(exclude_none=True)
