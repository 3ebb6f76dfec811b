"""What is legal beside a file's policies but surely not meant: calendars, holidays, hold reasons, exclusions, KPIs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from monitor.calendars import Calendar
from monitor.finding import Finding, when
from monitor.holiday_dates import parse_holidays
from monitor.policies import PolicyVersion
from schemas.amounts import begins
from schemas.csfs import KpiGoal, kpi_number
from schemas.instants import DAY, Micros, from_micros
from schemas.policy import Exclusion, Objective, Policy, PolicyFile

_ATTAINMENT: Final = "_attainment"
# Longer than any maintenance or force majeure: for all tickets, and for those of a `match`.
_LONG_FOR_ALL: Final[Micros] = 31 * DAY
_LONG_FOR_SOME: Final[Micros] = 366 * DAY


def advise_entries(version: PolicyVersion, now: Micros) -> list[Finding]:
    """The findings in file order; `now` tells past holidays from those to come."""
    return [
        *_unused_calendars(version.file),
        *_holidays(version, now),
        *_mapped_twice(version.file),
        *_exclusions(version.file),
        *_kpis(version.file),
    ]


def _unused_calendars(file: PolicyFile) -> Iterator[Finding]:
    used = _used_calendars(file)
    for name in file.calendars:
        if name not in used:
            yield ("calendars", name), "no policy counts on it: name it as `calendar` of one, or delete it"


def _used_calendars(file: PolicyFile) -> set[str | None]:
    return {name for policy in file.policies for name in _calendars_of(policy)}


def _calendars_of(policy: Policy) -> Iterator[str | None]:
    yield policy.calendar
    for promise in _promises_of(policy):
        if isinstance(promise.calendar, dict):
            yield from promise.calendar.values()
        else:
            yield promise.calendar


def _promises_of(policy: Policy) -> list[Objective]:
    named = policy.objectives
    single = (named.first_response, named.next_response, named.resolution)
    return [*(promise for promise in single if promise), *named.handoff]


def _holidays(version: PolicyVersion, now: Micros) -> Iterator[Finding]:
    """Lists of single dates that are all past, or that close what is closed anyway."""
    used = _used_calendars(version.file)
    for name, entry in version.file.calendars.items():
        named = parse_holidays(entry.get("holidays") or [])
        if name not in used or named.public or named.yearly or not named.dates:
            continue
        calendar, place = version.calendars[name], ("calendars", name, "holidays")
        today = from_micros(now).astimezone(calendar.zone).date()
        if max(named.dates) < today:
            yield (
                place,
                (
                    f"the last one was on {max(named.dates)}: from now on it is open on every holiday; add the "
                    "coming ones, or public holidays as in {country: ES}"
                ),
            )
        elif not any(_changes(entry, calendar, day) for day in named.dates):
            yield place, "change nothing: it is closed on all of these dates anyway; is the year right?"


def _changes(entry: dict[str, Any], calendar: Calendar, day: date) -> bool:
    """Whether a date has other opening hours than it would have without the holidays."""
    zone = calendar.zone
    bare = Calendar.from_config({**entry, "holidays": []}, default_timezone=zone.key)
    since, to = begins(day, zone), begins(day + timedelta(days=1), zone)
    return bare.open_intervals(since, to) != calendar.open_intervals(since, to)


def _mapped_twice(file: PolicyFile) -> Iterator[Finding]:
    known = file.hold_reasons
    for word, reason in known.items():
        if reason in known and known[reason] != reason:
            yield (
                ("hold_reasons", word),
                (
                    f"a reason is mapped once: {word!r} ends as {reason!r}, not as {known[reason]!r}; "
                    f"write {known[reason]!r} here"
                ),
            )


def _exclusions(file: PolicyFile) -> Iterator[Finding]:
    """Those that stand there twice, and those so long that their year is probably wrong."""
    for index, entry in enumerate(file.exclusions):
        first = file.exclusions.index(entry)
        if first < index:
            yield ("exclusions", index), f"says the same as exclusions[{first}]: delete one of them"
        elif said := _too_long(entry, file):
            yield ("exclusions", index, "to"), said


def _too_long(entry: Exclusion, file: PolicyFile) -> str | None:
    since, to = begins(entry.from_, file.zone), begins(entry.to, file.zone)
    everything = entry.match.everything
    if to - since <= (_LONG_FOR_ALL if everything else _LONG_FOR_SOME):
        return None
    tickets = "all tickets" if everything else "all tickets that it matches"
    narrower = ", or does it lack a `match`?" if everything else "?"
    return (
        f"the clocks of {tickets} stand still for {(to - since) // DAY:,} days, until {when(to, file.zone)}: "
        f"is the date right{narrower}"
    )


def _kpis(file: PolicyFile) -> Iterator[Finding]:
    """Figures that no promise feeds, and ranges that no figure lies in."""
    promised = {name for policy in file.policies for name in policy.objectives.model_fields_set}
    for number, csf in enumerate(file.csfs):
        for index, goal in enumerate(csf.kpis):
            place = ("csfs", number, "kpis", index)
            objective = goal.kpi.removesuffix(_ATTAINMENT)
            if goal.kpi.endswith(_ATTAINMENT) and objective not in promised:
                yield (*place, "kpi"), f"has never any data: no policy promises a {objective}"
            if _is_empty(goal):
                yield (*place, "max"), "lies below `min`: no figure is ever in that range"


def _is_empty(goal: KpiGoal) -> bool:
    if goal.min is None or goal.max is None:
        return False
    return kpi_number(goal.kpi, goal.min) > kpi_number(goal.kpi, goal.max)
