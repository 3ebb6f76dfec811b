"""`sla-monitor check --events`: recorded events counted against the policies, and the counts as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agents.cli.files import NumberedFiles, total_size
from agents.cli.progress import progress
from monitor.adapters.policy_file import LoadedPolicy
from monitor.ignored_keys import IgnoredKeys
from monitor.intake import Rejected, decode_dated
from monitor.policies import Policy, PolicyBook
from monitor.policy_coverage import HOLD_REASON, HOLD_WORD, Coverage, Named
from monitor.unread_lines import UnreadLine, UnreadLines
from schemas.instants import iso
from schemas.wording import did_you_mean

KINDS: Final = ("priority", "customer", HOLD_REASON, "source")
"""The kinds of names that are told when the events have them and no policy file does."""

COMBINATIONS: Final = 10
_MOST_TOLD: Final = 100  # names of one kind in the JSON; a terminal shows fewer
# To compare two names takes some 30 µs, so only so many look for what they meant among the commonest.
_MOST_COMPARED: Final = 500
_MOST_HINTED: Final = 200


@dataclass(slots=True)
class EventsRead:
    """What came out of the files: the counts, and the lines that were no events."""

    coverage: Coverage
    files: NumberedFiles
    ignored: IgnoredKeys = field(default_factory=IgnoredKeys)
    unread: UnreadLines = field(default_factory=UnreadLines)
    hints: dict[str, list[str]] = field(default_factory=dict)  # by kind, what a name may have meant

    def hint(self, named: Named) -> str:
        """The tail that names what was probably meant, if the events have a name like it."""
        kind = HOLD_REASON if named.kind == HOLD_WORD else named.kind
        if kind not in self.hints:
            strange = self.coverage.not_named(kind).commonest(_MOST_COMPARED)
            self.hints[kind] = [name for name, _ in strange]
        return did_you_mean(named.name, self.hints[kind])


def read_events(paths: Sequence[Path], book: PolicyBook) -> EventsRead:
    """Counts the events of the files, plain or gzip, `-` is standard input; raises `FileError`."""
    read = EventsRead(Coverage(book), NumberedFiles(paths))
    with progress("reading events", total_size(paths)) as advance:
        for index, line in enumerate(read.files.lines(advance)):
            if line.strip():
                _count(read, index, line)
    return read


def _count(read: EventsRead, index: int, line: bytes) -> None:
    try:
        event, _ = decode_dated(line)
    except Rejected as error:
        read.unread.add(UnreadLine(index, error.detail, line))
    else:
        read.coverage.add(event)
        read.ignored.add(line, event)


def policies_of(book: PolicyBook) -> Iterator[Policy]:
    """Every policy, version by version, in file order."""
    for version in book.versions:
        yield from version.policies


def events_json(read: EventsRead, loaded: Iterable[LoadedPolicy]) -> dict[str, Any]:
    """All that the terminal shows, as data; shares are ratios, and null where there is no ticket."""
    counted = read.coverage
    names = {id(policy.file): policy for policy in loaded}
    return {
        "as_of": "creation",
        "events": counted.events,
        "tickets": counted.tickets,
        "first_created": None if counted.first is None else iso(counted.first),
        "last_created": None if counted.last is None else iso(counted.last),
        "no_events": {"lines": read.unread.count, "first": _bad_json(read)},
        "policies": [
            {
                "file": names[id(version.file)].name,
                "version": version.version,
                "name": policy.name,
                **_caught(counted, policy),
            }
            for version in counted.book.versions
            for policy in version.policies
        ],
        "no_policy": {
            **_caught(counted, None),
            "before_any_policy": counted.before_any,
            "commonest": [
                {"attributes": dict(pairs), "tickets": count}
                for pairs, count in counted.uncaught.commonest(COMBINATIONS)
            ],
        },
        "not_named": {kind.replace(" ", "_"): _strange_json(counted, kind) for kind in KINDS},
        "ignored_keys": _ignored_json(read),
        "never_met": [
            _never_json(named, names[id(named.version.file)], read.hint(named) if n < _MOST_HINTED else "")
            for n, named in enumerate(counted.never_met())
        ],
    }


def share(part: int, whole: int) -> float | None:
    """A part of a whole as a ratio; None of nothing."""
    return part / whole if whole else None


def _caught(counted: Coverage, policy: Policy | None) -> dict[str, Any]:
    by_priority = counted.of_policy(policy)
    tickets = by_priority.total()
    ratio = share(tickets, counted.tickets)
    return {
        "tickets": tickets,
        "share": None if ratio is None else round(ratio, 6),
        "by_priority": {name: by_priority[name] for name in counted.priorities},
        "other_priorities": by_priority[None],
    }


def _bad_json(read: EventsRead) -> dict[str, Any] | None:
    first = read.unread.first
    if first is None:
        return None
    file, _, line = read.files.place(first.index).rpartition(":")
    return {"file": file, "line": int(line), "message": first.error}


def _ignored_json(read: EventsRead) -> dict[str, Any]:
    found = read.ignored.told()
    return {
        "keys": [{**ignored._asdict(), "events": count} for ignored, count in found[:_MOST_TOLD]],
        "more_keys": len(found[_MOST_TOLD:]),
        "uses_beyond": read.ignored.tally.beyond,
    }


def _strange_json(counted: Coverage, kind: str) -> dict[str, Any]:
    tally = counted.not_named(kind)
    told = tally.commonest(_MOST_TOLD)
    return {
        "names": [{"name": name, "events": count} for name, count in told],
        "more_names": len(tally.counts) - len(told),
        "events_beyond": tally.beyond,
    }


def _never_json(named: Named, policy: LoadedPolicy, hint: str) -> dict[str, Any]:
    at = policy.problem(named.place, "")
    return {
        "file": at.file,
        "line": at.line,
        "key": at.key,
        "kind": named.kind.replace(" ", "_"),
        "name": named.name,
        "hint": hint.removeprefix("; ") or None,
    }
