"""What one version of the policies changes against another, in one sentence for a log and a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from monitor.policies import PolicyVersion
from schemas.policy import Policy, PolicyFile

_APART = frozenset({"policies", "calendars", "effective"})


def what_changed(earlier: PolicyVersion | None, later: PolicyVersion) -> str:
    """The differences in the order of the file: policies, calendars, then the settings by name."""
    if earlier is None:
        return f"the first version, with {_count(len(later.policies), 'policy', 'policies')}"
    parts = [
        *_policies(earlier.file, later.file),
        *_calendars(earlier, later),
        *_settings(earlier.file, later.file),
    ]
    return "; ".join(parts) or "nothing in what is promised"


def _policies(earlier: PolicyFile, later: PolicyFile) -> Iterator[str]:
    before = {policy.name: policy for policy in earlier.policies}
    after = {policy.name: policy for policy in later.policies}
    yield from _came_and_went("policies", before, after)
    changed = [
        f"{name} ({', '.join(_differences(before[name], after[name]))})"
        for name in after
        if name in before and before[name] != after[name]
    ]
    if changed:
        yield f"policies changed: {', '.join(changed)}"
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        yield "policies in another order"


def _differences(earlier: Policy, later: Policy) -> Iterator[str]:
    """The keys of a policy that differ; of its objectives each by its own name."""
    for key in Policy.model_fields:
        if key != "objectives" and getattr(earlier, key) != getattr(later, key):
            yield key
    for objective in type(earlier.objectives).model_fields:
        if getattr(earlier.objectives, objective) != getattr(later.objectives, objective):
            yield objective


def _calendars(earlier: PolicyVersion, later: PolicyVersion) -> Iterator[str]:
    yield from _came_and_went("calendars", earlier.calendars, later.calendars)
    changed = [
        name
        for name, calendar in later.calendars.items()
        if name in earlier.calendars and earlier.calendars[name].content_key() != calendar.content_key()
    ]
    if changed:
        yield f"calendars changed: {', '.join(changed)}"


def _settings(earlier: PolicyFile, later: PolicyFile) -> Iterator[str]:
    names = [name for name in PolicyFile.model_fields if name not in _APART]
    changed = [name for name in names if getattr(earlier, name) != getattr(later, name)]
    if changed:
        yield f"settings changed: {', '.join(changed)}"


def _came_and_went(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for word, names in (
        ("added", [name for name in after if name not in before]),
        ("removed", [name for name in before if name not in after]),
    ):
        if names:
            yield f"{what} {word}: {', '.join(names)}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
