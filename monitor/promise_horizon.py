"""Targets that no clock could end: with so little open time that a deadline would lie beyond all calendars."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.calendars import Calendar
from monitor.errors import CalendarError
from monitor.finding import Finding, Place
from monitor.intake import LATEST
from monitor.policies import PolicyVersion
from monitor.policy_settings import Target
from monitor.promise_advice import Promise, promises_of
from schemas.amounts import Amount, format_target


def beyond_calendars(version: PolicyVersion) -> Iterator[Finding]:
    """What to say of each target or `reopen_within` that ends after the year 2200 for a ticket of the latest year.

    An engine that met one could name no deadline and had to stop, so a file with one cannot be used. Compiles years
    of the version's calendars that nobody else needs: it is best given a version of its own.
    """
    fine: set[tuple[str, Amount]] = set()
    for position in range(len(version.policies)):
        for promise in promises_of(version, position):
            yield from _too_long(promise, fine)


def _too_long(promise: Promise, fine: set[tuple[str, Amount]]) -> Iterator[Finding]:
    said = set()
    for priority, target, place in _spans(promise):
        amount = Amount(target.open_time, target.working_days)
        name = promise.rule.calendar_name(priority)
        if (name, amount) in fine or place in said:
            continue
        if _has_deadline(promise.rule.calendar_for(priority), target):
            fine.add((name, amount))
            continue
        said.add(place)
        yield (
            place,
            (
                f"{format_target(amount)} take more than 50 years of the calendar {name}: no deadline can be given; "
                f"shorten the {place[-1] if place[-1] == 'reopen_within' else 'target'} or widen the opening hours"
            ),
        )


def _spans(promise: Promise) -> Iterator[tuple[str, Target, Place]]:
    """By priority what is counted on the calendar: the target, and of a resolution how late a reopen may come (S19)."""
    own = promise.entry.reopen_within is not None
    for priority, target in promise.kinds():
        yield priority, target, promise.at("target", priority)
        if promise.objective == "resolution":
            place: Place = (*promise.place, "reopen_within") if own else ("reopen_within",)
            yield priority, promise.rule.reopen_within, place


def _has_deadline(calendar: Calendar, target: Target) -> bool:
    try:
        calendar.add_open(LATEST, target.amount(calendar, LATEST))
    except CalendarError:
        return False
    return True
