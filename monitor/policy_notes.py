"""What a publication leaves in force or withdraws that its author may not expect, in sentences for a log and a list."""

from __future__ import annotations

from monitor.policy_history import Entry, PolicyHistory
from schemas.instants import iso


def notes(history: PolicyHistory, entry: Entry) -> list[str]:
    """A sentence for each announced start that an entry of the history withdraws, then for each that it leaves."""
    withdrawn = [_withdrawn(earlier, entry) for earlier in history.withdrawn_by(entry)]
    return [*withdrawn, *(_to_come(other) for other in history.taking_over_from(entry))]


def _withdrawn(earlier: Entry, entry: Entry) -> str:
    start = iso(earlier.starts)
    if earlier.version.version == entry.version.version:
        return f"the start of this version that was announced before, {start}, is withdrawn"
    return f"version {earlier.version.version}, announced for {start} too, is withdrawn"


def _to_come(other: Entry) -> str:
    start = iso(other.starts)
    return (
        f"version {other.version.version} still takes over on {start}; to withdraw it, publish another one with "
        f"that start: `sla-monitor policies publish FILE --effective {start}`"
    )
