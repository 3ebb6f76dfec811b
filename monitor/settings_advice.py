"""What is legal in the settings of a policy file but surely not meant, and names that no event will have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, NamedTuple

from monitor.calendars import Calendar
from monitor.finding import Finding, Place
from monitor.policies import PolicyVersion
from monitor.policy_coverage import names_used
from monitor.policy_settings import Target
from monitor.promise_advice import Promise, promises_of, written
from schemas.amounts import format_duration
from schemas.instants import DAY, Micros, from_micros
from schemas.policy import PolicyFile

_YEAR: Final[Micros] = 365 * DAY
# A busy ticket has as many events in a few days.
_FEW_EVENTS: Final = 50
_LONGEST_SKEW: Final = DAY


class _Span(NamedTuple):
    """How long something may still happen to a ticket: where it is written, how, and its length of wall time."""

    place: Place
    text: str
    length: Micros


def advise_settings(version: PolicyVersion, now: Micros) -> list[Finding]:
    """The findings for the settings of a version; its calendars are measured over the year that begins at `now`."""
    return [
        *_names_with_blanks(version.file),
        *_forgotten_too_soon(version, now),
        *_short_history(version.file),
        *_wide_skew(version.file),
        *_no_window(version.file),
    ]


def _names_with_blanks(file: PolicyFile) -> Iterator[Finding]:
    """Names that begin or end with a blank: the events' own are compared as they are."""
    for place, kind, name in names_used(file):
        if name != name.strip():
            yield (
                place,
                f"the {kind} {name!r} begins or ends with a blank and fits only events that have it: delete it",
            )


def _forgotten_too_soon(version: PolicyVersion, now: Micros) -> Iterator[Finding]:
    """A ticket that is forgotten while the file lets something happen to it: the longest of what that is (S34)."""
    file = version.file
    windows = [
        _Span((name,), f"`{name}` ({format_duration(length)})", length)
        for name, length in (("fcr_window", file.fcr_window), ("period_grace", file.period_grace))
    ]
    longest = max([*_reopens(version, now), *windows], key=lambda span: span.length)
    if longest.length > file.retention:
        place: Place = ("retention",) if "retention" in file.model_fields_set else longest.place
        days = -(-longest.length // DAY)
        yield (
            place,
            (
                f"a ticket is forgotten {format_duration(file.retention)} after its last event (`retention`), before "
                f"{longest.text} has passed, and what comes then is set aside: make `retention` at least {days} days"
            ),
        )


def _reopens(version: PolicyVersion, now: Micros) -> Iterator[_Span]:
    """How long a reopen may go on with each resolution; one that always begins a new cycle has no such time."""
    for position in range(len(version.policies)):
        for promise in promises_of(version, position):
            if promise.objective == "resolution" and promise.rule.reopen != "new_cycle":
                yield from (_reopen(promise, priority, now) for priority, _ in promise.kinds())


def _reopen(promise: Promise, priority: str, now: Micros) -> _Span:
    within, calendar = promise.rule.reopen_within, promise.rule.calendar_for(priority)
    own = "reopen_within" in promise.entry.model_fields_set
    text = f"`reopen_within` ({written(within)} of {promise.rule.calendar_name(priority)})"
    return _Span(
        (*promise.place, "reopen_within") if own else ("reopen_within",), text, _wall(within, calendar, now)
    )


def _wall(amount: Target, calendar: Calendar, now: Micros) -> Micros:
    """About how long an amount takes to pass, at the pace of the calendar's year."""
    if amount.working_days is not None:
        today = from_micros(now).date()
        a_year = calendar.working_days_between(today, today + timedelta(days=365))
        return amount.working_days * _YEAR // max(a_year, 1)
    return (amount.open_time or 0) * _YEAR // max(calendar.open_between(now, now + _YEAR), 1)


def _short_history(file: PolicyFile) -> Iterator[Finding]:
    if file.history_events < _FEW_EVENTS:
        yield (
            ("history_events",),
            (
                f"a ticket can be corrected in its latest {file.history_events} events only, and one that belongs before "
                f"them is set aside (too_late): busy tickets have more events than that, so leave it out (1000)"
            ),
        )


def _wide_skew(file: PolicyFile) -> Iterator[Finding]:
    if file.max_skew > _LONGEST_SKEW:
        yield (
            ("max_skew",),
            (
                f"one event with a wrong date, up to {format_duration(file.max_skew)} ahead, takes the time of its "
                "partition along, and all that is due until then breaks at once: allow what clocks differ by, such as 5m"
            ),
        )


def _no_window(file: PolicyFile) -> Iterator[Finding]:
    if not file.fcr_window:
        yield (
            ("fcr_window",),
            "no reopen undoes a first contact resolution, however soon it comes: write for example 3 days",
        )
