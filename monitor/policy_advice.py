"""What is legal in a policy file but surely not meant; each finding with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from monitor.entry_advice import advise_entries
from monitor.finding import Finding
from monitor.policies import PolicyVersion
from monitor.policy_reach import between_files, match_nobody, never_reached
from monitor.promise_advice import advise_promises
from monitor.settings_advice import advise_settings
from schemas.instants import DAY, Micros
from schemas.policy import PolicyFile

_YEAR: Final[Micros] = 365 * DAY


def advise_all(versions: Sequence[PolicyVersion], now: Micros) -> list[tuple[PolicyVersion, Finding]]:
    """The findings for files given together, each with the version it belongs to.

    The calendars of a version are looked at over a year in which it is in force: the one that begins now or
    with it, or the last one of a version that has been replaced.
    """
    ordered = sorted(versions, key=lambda version: version.starts)
    ends = [later.starts for later in ordered[1:]]
    found: list[tuple[PolicyVersion, Finding]] = []
    for version, end in zip(ordered, [*ends, None], strict=True):
        since = now if end is None or end > now else end - _YEAR
        found += [(version, finding) for finding in advise(version, max(since, version.starts))]
    return found + between_files(ordered)


def advise(version: PolicyVersion, now: Micros) -> list[Finding]:
    """The findings for a valid file; the calendars are looked at over the year that begins at `now`."""
    return [
        *_no_zone(version.file),
        *advise_settings(version, now),
        *advise_entries(version, now),
        *never_reached(version),
        *advise_promises(version, now),
        *match_nobody(version),
        *_not_yet(version.file),
    ]


def _no_zone(file: PolicyFile) -> Iterator[Finding]:
    if "timezone" not in file.model_fields_set:
        yield ("timezone",), "left out: days, weeks and months are those of UTC"


def _not_yet(file: PolicyFile) -> Iterator[Finding]:
    """What is checked and kept but not yet acted on, so that nobody relies on it."""
    if file.routes:
        yield ("routes",), "checked, but this version delivers no alerts itself: read the topic sla-alerts"
    routed = {destination for route in file.routes for destination in route.to}
    for name in file.channels:
        if name not in routed:
            yield ("channels", name), "no route sends anything there: name it in `routes`, or leave it out"
