"""What is legal in a policy file but surely not meant; each finding with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.policies import ALWAYS
from schemas.amounts import begins
from schemas.instants import Micros
from schemas.policy import Objective, Policy, PolicyFile

Finding = tuple[tuple[str | int, ...], str]
"""Keys and list positions from the top of the file, and what to say of it."""

# The one objective that reads a setting; elsewhere it says nothing.
_READ_BY = {"reopen": "resolution", "reopen_within": "resolution", "requires_response": "first_response"}


def advise(file: PolicyFile) -> list[Finding]:
    """The findings for a valid file, in file order."""
    return [
        *_no_zone(file),
        *_never_reached(file),
        *_no_calendar(file),
        *_without_effect(file),
        *_not_yet(file),
    ]


def _no_zone(file: PolicyFile) -> Iterator[Finding]:
    if "timezone" not in file.model_fields_set:
        yield ("timezone",), "left out: days, weeks and months are those of UTC"


def _not_yet(file: PolicyFile) -> Iterator[Finding]:
    """What is checked and kept but not yet acted on, so that nobody relies on it."""
    if file.routes:
        yield ("routes",), "checked, but this version delivers no alerts itself: read the topic sla-alerts"


def _never_reached(file: PolicyFile) -> Iterator[Finding]:
    """The policies below a fallback that takes every ticket as early as they could."""
    starts = [_starts(policy, file) for policy in file.policies]
    for position, policy in enumerate(file.policies):
        for above, fallback in enumerate(file.policies[:position]):
            if fallback.match.everything and starts[above] <= starts[position]:
                said = f"{policy.name!r} is never reached: {fallback.name!r} above it matches every ticket"
                yield ("policies", position), said
                break


def _starts(policy: Policy, file: PolicyFile) -> Micros:
    return ALWAYS if policy.effective is None else begins(policy.effective, file.zone)


def _no_calendar(file: PolicyFile) -> Iterator[Finding]:
    for position, policy in enumerate(file.policies):
        if policy.calendar is not None:
            continue
        for place, promise in _promises(policy):
            if not _covers(promise, file.priorities):
                said = "names no calendar: counts around the clock (say so with `calendar: 24x7`)"
                yield ("policies", position, "objectives", *place), said


def _covers(promise: Objective, priorities: tuple[str, ...]) -> bool:
    if isinstance(promise.calendar, dict):
        return promise.calendar.keys() >= set(priorities)
    return promise.calendar is not None


def _without_effect(file: PolicyFile) -> Iterator[Finding]:
    for position, policy in enumerate(file.policies):
        for place, promise in _promises(policy):
            for key, reader in _READ_BY.items():
                if key in promise.model_fields_set and place[0] != reader:
                    said = f"has no effect here: only `{reader}` reads it"
                    yield ("policies", position, "objectives", *place, key), said


def _promises(policy: Policy) -> Iterator[tuple[tuple[str | int, ...], Objective]]:
    """Each promise of a policy and its place below `objectives`."""
    objectives = policy.objectives
    for name in ("first_response", "next_response", "resolution"):
        promise: Objective | None = getattr(objectives, name)
        if promise is not None:
            yield (name,), promise
    for index, handoff in enumerate(objectives.handoff):
        yield ("handoff", index), handoff
