"""What is legal in a policy file but surely not meant; each finding with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.entry_advice import advise_entries
from monitor.finding import Finding
from monitor.policies import PolicyVersion
from monitor.policy_reach import match_nobody, never_reached
from monitor.promise_advice import advise_promises
from schemas.instants import Micros
from schemas.policy import PolicyFile


def advise(version: PolicyVersion, now: Micros) -> list[Finding]:
    """The findings for a valid file; the calendars are looked at over the year that begins at `now`."""
    return [
        *_no_zone(version.file),
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
