"""How policies fit recorded tickets: what each one catches at creation, and which names never meet.

Pure counting, event by event. Memory is bounded however long the history: names that the policy files use are
counted exactly, of all others the first `MOST_NAMES` of each kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from monitor.finding import Finding, Place, listed
from monitor.policies import Policy, PolicyBook, PolicyVersion
from schemas.events import Created, TicketEvent
from schemas.instants import Micros, to_micros
from schemas.policy import PolicyFile
from schemas.policy_names import Match

MOST_NAMES: Final = 10_000
"""Distinct names of one kind, or combinations of attributes, that are kept apart; the rest is one sum."""

_MOST_TOLD: Final = 5

HOLD_REASON: Final = "hold reason"  # in our own words, after `hold_reasons`
HOLD_WORD: Final = "hold word"  # a source's own, before

_SET_BY: Final[dict[str, tuple[str, ...]]] = {
    "created": ("customer", "priority", "queue", "tier", "channel", "category", "tags"),
    "updated": ("customer", "priority", "queue", "tier", "channel", "category", "tags"),
    "assigned": ("queue", "tier"),
    "escalated": ("queue", "tier"),
    "priority_changed": ("priority",),
}
Citation = tuple[str, str]
"""Version and name of a policy."""


class Named(NamedTuple):
    """A name that a policy file uses: of which kind, where, and in which version."""

    version: PolicyVersion
    place: Place
    kind: str
    name: str


class Tally:
    """Counts by name, of the first `MOST_NAMES` names; what comes under further ones is `beyond`."""

    __slots__ = ("beyond", "counts")

    def __init__(self) -> None:
        self.counts: Counter[Any] = Counter()
        self.beyond = 0

    def add(self, name: object) -> None:
        """One more under this name."""
        if name in self.counts or len(self.counts) < MOST_NAMES:
            self.counts[name] += 1
        else:
            self.beyond += 1

    def commonest(self, most: int | None = None) -> list[tuple[Any, int]]:
        """The names with their counts, the most frequent first, equal ones by name."""
        return sorted(self.counts.items(), key=lambda pair: (-pair[1], str(pair[0])))[:most]


@dataclass(frozen=True, slots=True)
class AtCreation:
    """What a policy may match on, as `created` says it."""

    customer: str
    priority: str
    tier: int
    queue: str | None
    channel: str | None
    category: str | None
    source: str | None
    tags: Sequence[str]

    @classmethod
    def of(cls, event: Created) -> AtCreation:
        """The attributes of the event, with its defaults."""
        return cls(
            event.customer,
            event.priority,
            event.tier or 1,
            event.queue,
            event.channel,
            event.category,
            event.source,
            event.tags or (),
        )


class Coverage:
    """The counts over one history; lives while it is read. A `created` that comes twice counts twice."""

    def __init__(self, book: PolicyBook) -> None:
        self.book = book
        self.priorities = tuple(
            dict.fromkeys(name for version in book.versions for name in version.file.priorities)
        )
        self.names = [named for version in book.versions for named in _names(version)]
        self.events = 0
        self.tickets = 0
        self.before_any = 0  # tickets created before the first policy takes effect
        self.first: Micros | None = None  # creation of the earliest and the latest ticket
        self.last: Micros | None = None
        self.caught: dict[
            Citation | None, Counter[str | None]
        ] = {}  # by priority; None for what is not listed
        self.uncaught = Tally()  # by the attributes that some policy matches on
        self.met: Counter[tuple[str, str]] = Counter()  # the names of the files, by kind
        self.strange: dict[str, Tally] = {}  # by kind, the names that no file uses
        self._named = {(named.kind, named.name) for named in self.names}
        self._deciding = _deciding(book)

    def add(self, event: TicketEvent) -> None:
        """Counts one event."""
        self.events += 1
        fields = event.__dict__
        for attribute in _SET_BY.get(event.type, ()):
            value = fields[attribute]
            for one in value or () if attribute == "tags" else (value,):
                if one is not None:
                    self._meet(attribute, str(one))
        if event.source is not None:
            self._meet("source", event.source)
        if event.type == "held":
            self._meet_hold(event.reason)
        elif event.type == "created":
            if event.tier is None:
                self._meet("tier", "1")
            self._count(AtCreation.of(event), to_micros(event.occurred_at))

    def of_policy(self, policy: Policy | None) -> Counter[str | None]:
        """The tickets a policy caught, or none did, by priority."""
        return self.caught.get(None if policy is None else (policy.version, policy.name), Counter())

    def never_met(self) -> list[Named]:
        """The names of the files that no event has, in file order, each once a version."""
        once: dict[tuple[str, str, str], Named] = {}
        for named in self.names:
            once.setdefault((named.version.version, named.kind, named.name), named)
        return [named for named in once.values() if not self.met[named.kind, named.name]]

    def not_named(self, kind: str) -> Tally:
        """The names of a kind in the events that no file uses."""
        return self.strange.get(kind, Tally())

    def findings(self) -> Iterator[tuple[PolicyVersion, Finding]]:
        """What is surely not meant, now that the events are known."""
        if said := self._unlisted_priorities():
            yield self.book.versions[-1], (("priorities",), said)
        spelt = {
            (kind, name.casefold()): name for kind, tally in self.strange.items() for name in tally.counts
        }
        for named in self.never_met():
            kind = HOLD_REASON if named.kind == HOLD_WORD else named.kind
            if seen := spelt.get((kind, named.name.casefold())):
                count = self.strange[kind].counts[seen]
                said = f"no event has the {kind} {named.name!r}, and {count:,} have {seen!r}: capitals count"
                yield named.version, (named.place, said)
            elif named.place[0] == "silence_after" and self.events:
                yield named.version, (named.place, self._silent(named.name))

    def _unlisted_priorities(self) -> str:
        tally = self.not_named("priority")
        told = (
            listed(f"{name!r} ({count:,})" for name, count in tally.commonest(_MOST_TOLD))
            if tally.counts
            else ""
        )
        more = len(tally.counts) - _MOST_TOLD
        others = f", and {more:,} more" if more > 0 else ""
        return told and (
            f"the events have others, which targets by priority promise nothing: {told}{others}; list them here, "
            "or let the source send the ones that are"
        )

    def _silent(self, source: str) -> str:
        seen = ", ".join(repr(name) for name, _ in self.not_named("source").commonest(_MOST_TOLD))
        others = f"; they are from {seen}" if seen else ""
        return f"no event is from {source!r}, so its silence tells nothing: write it as `source` of the events{others}"

    def _meet(self, kind: str, name: str) -> None:
        if (kind, name) in self._named:
            self.met[kind, name] += 1
        else:
            self.strange.setdefault(kind, Tally()).add(name)

    def _meet_hold(self, word: str) -> None:
        reason = self.book.settings.hold_reason(word)
        if (HOLD_REASON, reason) in self._named:
            self.met[HOLD_REASON, reason] += 1
        if (HOLD_WORD, word) in self._named:
            self.met[HOLD_WORD, word] += 1
        elif (HOLD_REASON, word) not in self._named:
            self.strange.setdefault(HOLD_REASON, Tally()).add(word)

    def _count(self, ticket: AtCreation, at: Micros) -> None:
        self.tickets += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)
        policy = self.book.match(at, ticket)
        citation = None if policy is None else (policy.version, policy.name)
        priority = ticket.priority if ticket.priority in self.priorities else None
        self.caught.setdefault(citation, Counter())[priority] += 1
        if policy is None:
            self.before_any += at < self.book.versions[0].starts
            self.uncaught.add(tuple((name, _value(ticket, name)) for name in self._deciding))


def _value(ticket: AtCreation, name: str) -> str | None:
    value = getattr(ticket, name)
    if name == "tags":
        return ", ".join(sorted(value)) or None
    return None if value is None else str(value)


def _deciding(book: PolicyBook) -> tuple[str, ...]:
    """The attributes that some policy matches on, in the order of `match`; customer and priority if none."""
    entries = [entry for version in book.versions for entry in version.file.policies]
    asked = {name for entry in entries for name in entry.match.model_dump(exclude_none=True)}
    return tuple(name for name in Match.model_fields if name in asked) or ("customer", "priority")


def _names(version: PolicyVersion) -> Iterator[Named]:
    for place, kind, name in names_used(version.file):
        yield Named(version, place, kind, name)


def names_used(file: PolicyFile) -> Iterator[tuple[Place, str, str]]:
    """Every name a file uses for something that events say, with its kind and place."""
    for priority in file.priorities:
        yield ("priorities",), "priority", priority
    for number, policy in enumerate(file.policies):
        yield from _matched(("policies", number), policy.match)
        yield from _pauses(("policies", number, "objectives"), policy.objectives.model_dump())
    for number, route in enumerate(file.routes):
        yield from _matched(("routes", number), route.match)
    for number, exclusion in enumerate(file.exclusions):
        yield from _matched(("exclusions", number), exclusion.match)
    for number, csf in enumerate(file.csfs):
        for index, goal in enumerate(csf.kpis):
            if goal.customer is not None:
                yield ("csfs", number, "kpis", index, "customer"), "customer", goal.customer
    for word in file.hold_reasons:
        yield ("hold_reasons", word), HOLD_WORD, word
    for source in file.silence_after:
        yield ("silence_after", source), "source", source


def _matched(place: Place, match: Match) -> Iterator[tuple[Place, str, str]]:
    for kind, names in match.model_dump(exclude_none=True).items():
        for name in names:
            yield (*place, "match", kind), kind, str(name)


def _pauses(place: Place, objectives: dict[str, Any]) -> Iterator[tuple[Place, str, str]]:
    single = [((name,), objectives[name]) for name in ("first_response", "next_response", "resolution")]
    handoffs = [(("handoff", index), promise) for index, promise in enumerate(objectives["handoff"])]
    for below, promise in (*single, *handoffs):
        for reason in (promise or {}).get("pause_on") or ():
            if reason != "any":
                yield (*place, *below, "pause_on"), HOLD_REASON, reason
