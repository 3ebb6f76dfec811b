"""Policies ready to judge with: which one a ticket falls under at an instant, and what it promises.

A `PolicyBook` holds every version known, compiled from policy files. A file is a version: in force from its
`effective`, or else the earliest of its policies' (always, when one names none), until another one takes over
(S22). The same content may be in force several times, with others in between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

from monitor.calendar_shelf import CalendarShelf
from monitor.calendars import Calendar
from monitor.content_version import content_version
from monitor.errors import PolicyError
from monitor.exclusions import Exclusion
from monitor.policy_match import Matcher, TicketFacts
from monitor.policy_settings import Settings, Target
from monitor.public_holidays import PublicDates
from monitor.tickets import NEVER
from schemas import policy as schema
from schemas.amounts import begins
from schemas.instants import Micros, iso
from schemas.policy_names import AROUND_THE_CLOCK

ALWAYS: Final[Micros] = -(1 << 62)
"""Before any instant: the start of what names no `effective`."""

_PAUSED_BY_ANY: Final = frozenset({"resolution", "handoff"})  # by default (S15)


@dataclass(frozen=True, slots=True)
class ObjectiveRule:
    """One promise of one policy, with every default filled in; lives as long as its version."""

    targets: Mapping[str, Target]
    other_target: Target | None  # of the priorities that `targets` does not name
    calendar_names: Mapping[str, str]
    other_calendar: str
    calendars: Mapping[str, Calendar]
    warn_at: tuple[int, ...]  # per mille of the target, ascending
    pause_on: frozenset[str]
    pauses_on_any: bool
    reopen: Literal["continue", "new_cycle", "ignore"]
    reopen_within: Target
    requires_response: bool
    on_change: Literal["retroactive", "from_now"]
    goal: float | None

    def target_for(self, priority: str) -> Target | None:
        """What is promised to a priority; None when nothing is (S21)."""
        return self.targets.get(priority, self.other_target)

    def calendar_name(self, priority: str) -> str:
        """The name of the calendar that a priority counts on."""
        return self.calendar_names.get(priority, self.other_calendar)

    def calendar_for(self, priority: str) -> Calendar:
        """The calendar that a priority counts on (S4)."""
        return self.calendars[self.calendar_name(priority)]

    def pauses(self, reason: str) -> bool:
        """Whether a hold for this reason (in our own words) stops the clock (S15)."""
        return self.pauses_on_any or reason in self.pause_on


@dataclass(frozen=True, slots=True)
class Policy:
    """The promises for the tickets it matches; cited by `version` and `name`."""

    name: str
    version: str  # of the whole file, see `content_version`
    effective: Micros  # ALWAYS when the file names none
    fallback: bool  # matches every ticket
    objectives: Mapping[str, ObjectiveRule]  # first_response, next_response, resolution
    handoffs: Mapping[int, ObjectiveRule]  # by tier


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One policy file, compiled; `policies` in file order, each in force from its own `effective`."""

    version: str
    wording: str  # as `version`, but without the dates of public holidays
    starts: Micros  # ALWAYS when neither the file nor one of its policies names an `effective`
    file: schema.PolicyFile
    calendars: Mapping[str, Calendar]
    policies: tuple[Policy, ...]
    settings: Settings
    exclusions: tuple[Exclusion, ...]

    @property
    def public_dates(self) -> dict[str, list[date]]:
        """The public holidays that its calendars count on, by place."""
        return {place: dates for of in self.calendars.values() for place, dates in of.public_dates.items()}


Candidates = tuple[tuple[Policy, Matcher], ...]


@dataclass(frozen=True, slots=True)
class _Reign:
    """The policies in force between two switches, so that a ticket is tried only against its customer's."""

    starts: Micros
    by_customer: Mapping[str, Candidates]
    of_others: Candidates

    @classmethod
    def of(cls, starts: Micros, version: PolicyVersion) -> Self:
        pairs = zip(version.policies, version.file.policies, strict=True)
        in_force = [(policy, entry.match) for policy, entry in pairs if policy.effective <= starts]
        compiled = [(policy, match.customer, Matcher(match)) for policy, match in in_force]
        named = {customer for _, customers, _ in compiled for customer in customers or ()}
        return cls(
            starts,
            {customer: _candidates(compiled, customer) for customer in named},
            _candidates(compiled, None),
        )


def _candidates(
    compiled: Iterable[tuple[Policy, tuple[str, ...] | None, Matcher]], customer: str | None
) -> Candidates:
    return tuple(
        (policy, matcher)
        for policy, customers, matcher in compiled
        if customers is None or customer in customers
    )


class PolicyBook:
    """Every version of the policies; lives as long as the process and never changes."""

    def __init__(self, versions: Sequence[PolicyVersion]) -> None:
        """Takes the versions in any order; raises `PolicyError` when they cannot follow each other."""
        self.versions = tuple(sorted(versions, key=lambda version: version.starts))
        _check_succession(self.versions)
        newest = self.versions[-1]
        self.zone: ZoneInfo = newest.file.zone
        self.priorities: tuple[str, ...] = newest.file.priorities
        self._starts = [version.starts for version in self.versions]
        self._reigns = _reigns(self.versions)
        self._reign_starts = [reign.starts for reign in self._reigns]
        self.switches: tuple[Micros, ...] = tuple(at for at in self._reign_starts if at != ALWAYS)
        self.turns: tuple[Micros, ...] = tuple(sorted({*self.switches, *_boundaries(self.versions)}))
        """Every instant at which time itself changes what is promised: a switch, or an exclusion begins or ends."""
        self._switches = frozenset(self.switches)
        self._policies = {
            (policy.version, policy.name): policy for version in self.versions for policy in version.policies
        }

    @classmethod
    def from_files(cls, files: Sequence[schema.PolicyFile]) -> Self:
        """The book of these files; raises `PolicyError` (or `CalendarError`) when they cannot be used."""
        shelf = CalendarShelf()
        return cls([compile_version(file, shelf=shelf) for file in files])

    @property
    def settings(self) -> Settings:
        """The settings of the newest version; where an instant is at hand, `version_at` has those of then."""
        return self.versions[-1].settings

    @property
    def current_version(self) -> str:
        """The name of the newest version."""
        return self.versions[-1].version

    def version_at(self, at: Micros) -> PolicyVersion:
        """The version in force at an instant; before all of them the first, which matches nothing yet."""
        return self.versions[max(bisect_right(self._starts, at) - 1, 0)]

    def settings_at(self, at: Micros) -> Settings:
        """The settings of the version in force at an instant."""
        if len(self.versions) == 1:
            return self.versions[0].settings
        return self.version_at(at).settings

    def is_switch(self, turn: Micros) -> bool:
        """Whether other policies hold from a turn on."""
        return turn in self._switches

    def turn_after(self, at: Micros) -> Micros:
        """The first turn after an instant; `NEVER` when there is none."""
        index = bisect_right(self.turns, at)
        return self.turns[index] if index < len(self.turns) else NEVER

    def turn_at(self, at: Micros) -> Micros:
        """The latest turn up to an instant; `ALWAYS` when there is none."""
        index = bisect_right(self.turns, at)
        return self.turns[index - 1] if index else ALWAYS

    def differs_from(self, other: PolicyBook) -> set[Micros]:
        """The instants at which only one of the books has a turn, or each begins with another version."""
        starts = [{(of.version, of.starts) for of in book.versions} for book in (self, other)]
        return {at for _, at in starts[0] ^ starts[1]} | (set(self.turns) ^ set(other.turns))

    def exclusions_at(self, at: Micros) -> tuple[Exclusion, ...]:
        """What the version in force at an instant excludes; nothing before the first one."""
        index = bisect_right(self._starts, at)
        return self.versions[index - 1].exclusions if index else ()

    def exclusions_before(self, at: Micros) -> tuple[Exclusion, ...]:
        """What the version in force until an instant excluded."""
        return self.exclusions_at(at - 1)

    def match(self, at: Micros, ticket: TicketFacts) -> Policy | None:
        """The first policy in force at an instant that matches the ticket, in file order (S23), or None."""
        index = bisect_right(self._reign_starts, at) - 1
        if index < 0:
            return None
        reign = self._reigns[index]
        for policy, matches in reign.by_customer.get(ticket.customer, reign.of_others):
            if matches(ticket):
                return policy
        return None

    def policy(self, version: str, name: str) -> Policy:
        """The policy that a citation names; raises `KeyError` when no file of that version was given."""
        try:
            return self._policies[version, name]
        except KeyError as error:
            known = ", ".join(held.version for held in self.versions)
            raise KeyError(
                f"no policy {name!r} of version {version}; the versions at hand are {known}"
            ) from error


def _check_succession(versions: tuple[PolicyVersion, ...]) -> None:
    if not versions:
        raise PolicyError("no policy file was given")
    for earlier, later in pairwise(versions):
        if earlier.starts == later.starts:
            when = "always" if later.starts == ALWAYS else f"from {iso(later.starts)}"
            names = " and ".join(repr(version.policies[0].name) for version in (earlier, later))
            raise PolicyError(
                f"the files that begin with the policies {names} are both in force {when}: "
                "give those of the newer file a later `effective`"
            )
        if earlier.file.timezone != later.file.timezone:
            raise PolicyError(
                f"the files have different reporting zones, {earlier.file.timezone} and "
                f"{later.file.timezone}: days that were counted cannot move"
            )


def _reigns(versions: tuple[PolicyVersion, ...]) -> list[_Reign]:
    """The stretches of time between two switches of a version or of a policy in it, in order."""
    ends = [version.starts for version in versions[1:]]
    reigns: list[_Reign] = []
    for version, end in zip(versions, [*ends, None], strict=True):
        switches = {version.starts} | {policy.effective for policy in version.policies}
        reigns += [
            _Reign.of(at, version)
            for at in sorted(switches)
            if at >= version.starts and (end is None or at < end)
        ]
    return reigns


def _boundaries(versions: tuple[PolicyVersion, ...]) -> Iterator[Micros]:
    """The instants at which an exclusion begins or ends while its version is in force."""
    for version, end in zip(versions, [*(later.starts for later in versions[1:]), NEVER], strict=True):
        for exclusion in version.exclusions:
            yield from (at for at in (exclusion.starts, exclusion.ends) if version.starts < at < end)


def compile_version(
    file: schema.PolicyFile,
    *,
    starts: Micros | None = None,
    holidays: PublicDates | None = None,
    shelf: CalendarShelf | None = None,
    name: str | None = None,
) -> PolicyVersion:
    """A policy file ready to judge with; raises `CalendarError` for a calendar that cannot be used.

    `starts`, `holidays` (of every place it names) and `name` are those of its record, else as the file, the library
    and `content_version` have them; `shelf` has the calendars of other versions.
    """
    entries = {AROUND_THE_CLOCK: {"hours": AROUND_THE_CLOCK}} | file.calendars
    calendars = (CalendarShelf() if shelf is None else shelf).place(
        {
            name: Calendar.from_config(entry, default_timezone=file.timezone, public_dates=holidays)
            for name, entry in entries.items()
        }
    )
    version = name or content_version(file, calendars)
    policies = tuple(_policy(entry, file, calendars, version) for entry in file.policies)
    return PolicyVersion(
        version=version,
        wording=content_version(file, calendars, dated=False),
        starts=_starts(file, policies) if starts is None else starts,
        file=file,
        calendars=calendars,
        policies=policies,
        settings=Settings.of(file),
        exclusions=tuple(Exclusion.of(entry, file) for entry in file.exclusions),
    )


def _starts(file: schema.PolicyFile, policies: Iterable[Policy]) -> Micros:
    if file.effective is not None:
        return begins(file.effective, file.zone)
    return min(policy.effective for policy in policies)


def _policy(
    entry: schema.Policy, file: schema.PolicyFile, calendars: Mapping[str, Calendar], version: str
) -> Policy:
    def rule(objective: str, promise: schema.Objective) -> ObjectiveRule:
        return _rule(objective, promise, entry.calendar or AROUND_THE_CLOCK, file, calendars)

    promises = entry.objectives
    named: dict[str, schema.Objective | None] = {
        "first_response": promises.first_response,
        "next_response": promises.next_response,
        "resolution": promises.resolution,
    }
    return Policy(
        name=entry.name,
        version=version,
        effective=ALWAYS if entry.effective is None else begins(entry.effective, file.zone),
        fallback=entry.match.everything,
        objectives={name: rule(name, promise) for name, promise in named.items() if promise},
        handoffs={promise.tier: rule("handoff", promise) for promise in promises.handoff},
    )


def _rule(
    objective: str,
    promise: schema.Objective,
    policy_calendar: str,
    file: schema.PolicyFile,
    calendars: Mapping[str, Calendar],
) -> ObjectiveRule:
    targets = promise.target if isinstance(promise.target, dict) else {}
    names = promise.calendar if isinstance(promise.calendar, dict) else {}
    left_out = promise.pause_on is None
    pause_on = frozenset(promise.pause_on or ())
    return ObjectiveRule(
        targets={priority: Target.of(amount) for priority, amount in targets.items()},
        other_target=None if isinstance(promise.target, dict) else Target.of(promise.target),
        calendar_names=names,
        other_calendar=promise.calendar if isinstance(promise.calendar, str) else policy_calendar,
        calendars=calendars,
        warn_at=promise.warn_at,
        pause_on=pause_on,
        pauses_on_any=objective in _PAUSED_BY_ANY if left_out else "any" in pause_on,
        reopen=promise.reopen,
        reopen_within=Target.of(promise.reopen_within or file.reopen_within),
        requires_response=promise.requires_response,
        on_change=promise.on_change,
        goal=promise.goal,
    )
