"""Builds publications of small policies, as a log of them would hold."""

from __future__ import annotations

from functools import cache

import yaml

from monitor.policies import ALWAYS, PolicyVersion, compile_version
from monitor.policy_history import PolicyHistory, Publication
from monitor.public_holidays import library_version
from schemas.instants import SECOND, Micros, from_micros, parse_iso
from schemas.policy import PolicyFile
from schemas.policy_versions import PublishedPolicy

NOW: Micros = parse_iso("2026-11-25T12:00:00Z")
LEAD = 5 * SECOND


@cache
def version(content: str, head: str = "") -> PolicyVersion:
    """The version of a policy that promises `content`, such as `1h`, to everyone."""
    text = f"{head}\npolicies: [{{name: all, objectives: {{resolution: {{target: {content}}}}}}}]"
    return compile_version(PolicyFile.model_validate(yaml.safe_load(text)))


def publication(
    content: str,
    starts: Micros = ALWAYS,
    *,
    at: Micros = NOW,
    at_once: bool = False,
    together: str | None = None,
    appended: Micros | None = None,
    head: str = "",
) -> Publication:
    """A publication of that content at an instant; without `together` it stands for itself."""
    compiled = version(content, head)
    record = PublishedPolicy(
        version=compiled.version,
        starts=None if starts == ALWAYS else from_micros(starts),
        at_once=at_once,
        published_at=from_micros(at),
        published_by="desk/1",
        publication=together or f"{content}@{at}",
        file="policy.yaml",
        text=content,
        holidays={},
        holidays_library=library_version(),
    )
    return Publication(record, compiled, appended)


def at_once(content: str, at: Micros, *, appended: Micros | None = None) -> Publication:
    """A publication that holds as soon as it may."""
    return publication(content, at + LEAD, at=at, at_once=True, appended=appended)


def history(*publications: Publication) -> PolicyHistory:
    """What a log comes to."""
    found = PolicyHistory()
    for one in publications:
        found = found.after(one)
    return found


def in_words(found: PolicyHistory) -> list[tuple[str, Micros]]:
    """What stands in a history: content and start in the order of force."""
    return [(entry.publication.record.text, entry.starts) for entry in found.standing]
