"""Which parts of a policy file are ever reached: policies taken by those above, files by files, matches by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from math import prod
from typing import Final, NamedTuple

from monitor.calendars import Calendar
from monitor.finding import Finding, listed, when
from monitor.policies import Policy, PolicyVersion
from schemas import policy as schema
from schemas.amounts import begins
from schemas.policy_names import Match

# A match of so many single cases is compared as a whole only; no hand-written file comes near.
_MOST_CASES: Final = 2_000


class _Wanted(NamedTuple):
    """A match as sets: by attribute the values that fit, and the tags that must all be there."""

    values: dict[str, frozenset[str | int]]
    tags: frozenset[str]

    @classmethod
    def of(cls, match: Match) -> _Wanted:
        given = match.model_dump(exclude_none=True)
        tags = frozenset(given.pop("tags", ()))
        return cls({name: frozenset(values) for name, values in given.items()}, tags)

    def takes(self, other: _Wanted) -> bool:
        """Whether every ticket that the other matches matches here too."""
        return self.tags <= other.tags and all(
            name in other.values and other.values[name] <= values for name, values in self.values.items()
        )

    def meets(self, other: _Wanted) -> bool:
        """Whether one ticket can match both."""
        shared = self.values.keys() & other.values.keys()
        return all(self.values[name] & other.values[name] for name in shared)

    def cases(self) -> Iterator[_Wanted]:
        """The single combinations of values it lists."""
        for case in product(*self.values.values()):
            yield _Wanted(
                {name: frozenset([value]) for name, value in zip(self.values, case, strict=True)}, self.tags
            )


def never_reached(version: PolicyVersion) -> Iterator[Finding]:
    """The policies whose every ticket is taken by others above that are in force as early (S23)."""
    wanted = [_Wanted.of(entry.match) for entry in version.file.policies]
    for position, policy in enumerate(version.policies):
        above = [n for n in range(position) if version.policies[n].effective <= policy.effective]
        takers = _takers(wanted[position], {n: wanted[n] for n in above})
        if takers:
            yield ("policies", position), _taken(version, wanted, position, takers)


def _takers(wanted: _Wanted, above: dict[int, _Wanted]) -> list[int]:
    """Which of those above together take all that is wanted; empty when something is left.

    An attribute that is not listed, and tags, may have any value. So a single case is taken by one alone or
    by none, and trying the cases one by one is exact.
    """
    for position, other in above.items():
        if other.takes(wanted):
            return [position]
    if prod(map(len, wanted.values.values())) > _MOST_CASES:
        return []
    takers: set[int] = set()
    for case in wanted.cases():
        taker = next((position for position, other in above.items() if other.takes(case)), None)
        if taker is None:
            return []
        takers.add(taker)
    return sorted(takers)


def _taken(version: PolicyVersion, wanted: Sequence[_Wanted], position: int, takers: Sequence[int]) -> str:
    name = repr(version.policies[position].name)
    names = listed(repr(version.policies[n].name) for n in takers)
    first = takers[0]
    older = version.policies[first].effective < version.policies[position].effective
    if older and wanted[first] == wanted[position]:
        return (
            f"{name} never takes over: {names} above it matches the same tickets from earlier on, and the first "
            "that matches wins; put the newer one above the older"
        )
    if version.policies[first].fallback:
        return f"{name} is never reached: {names} above it matches every ticket; move it up, or delete it"
    verb = "match" if len(takers) > 1 else "matches"
    return f"{name} is never reached: {names} above it {verb} all that it matches; move it up, or delete it"


def between_files(versions: Sequence[PolicyVersion]) -> list[tuple[PolicyVersion, Finding]]:
    """What is wrong between files that follow each other: a file replaces the one before it whole (S22)."""
    found: list[tuple[PolicyVersion, Finding]] = []
    for earlier, later in pairwise(sorted(versions, key=lambda version: version.starts)):
        found += [(earlier, finding) for finding in _replaced_before(earlier, later)]
        found += [(later, finding) for finding in _missing_at_first(earlier, later)]
    return found


def _replaced_before(earlier: PolicyVersion, later: PolicyVersion) -> Iterator[Finding]:
    for position, policy in enumerate(earlier.policies):
        if policy.effective >= later.starts:
            yield (
                ("policies", position, "effective"),
                (
                    f"{policy.name!r} is never in force: a later file replaces this one whole from "
                    f"{when(later.starts, later.file.zone)}; move the policy there"
                ),
            )


def _missing_at_first(earlier: PolicyVersion, later: PolicyVersion) -> Iterator[Finding]:
    known = {policy.name for policy in earlier.policies}
    for position, policy in enumerate(later.policies):
        if policy.effective > later.starts and policy.name in known:
            zone = later.file.zone
            yield (
                ("policies", position, "effective"),
                (
                    f"{policy.name!r} is in force in neither file from {when(later.starts, zone)}, when this one "
                    f"replaces the earlier whole, to {when(policy.effective, zone)}; keep its older form here until then"
                ),
            )


def match_nobody(version: PolicyVersion) -> Iterator[Finding]:
    """Routes and exclusions for tickets that no policy judges, and exclusions of time that does not count."""
    wanted = [_Wanted.of(entry.match) for entry in version.file.policies]
    for index, route in enumerate(version.file.routes):
        if not any(_Wanted.of(route.match).meets(other) for other in wanted):
            yield (
                ("routes", index, "match"),
                "no policy matches such a ticket, so it never has an alert to send",
            )
    for index, exclusion in enumerate(version.file.exclusions):
        met = [n for n, other in enumerate(wanted) if _Wanted.of(exclusion.match).meets(other)]
        if not met:
            yield (
                ("exclusions", index, "match"),
                "no policy matches such a ticket, so there is nothing to exclude",
            )
        elif said := _excludes_nothing(version, exclusion, met):
            yield ("exclusions", index), said


def _excludes_nothing(version: PolicyVersion, exclusion: schema.Exclusion, met: Sequence[int]) -> str | None:
    calendars: dict[str, Calendar] = {}
    for position in met:
        entry = version.file.policies[position]
        allowed = [match.priority for match in (exclusion.match, entry.match) if match.priority]
        calendars |= _calendars(version.policies[position], allowed, version.file.priorities)
    zone = version.file.zone
    since, to = begins(exclusion.from_, zone), begins(exclusion.to, zone)
    if any(calendar.open_between(since, to) for calendar in calendars.values()):
        return None
    if not calendars:
        return "the policies that match such a ticket promise nothing, so there is nothing to exclude"
    names = listed(sorted(calendars))
    return f"excludes nothing: {names} {'are' if len(calendars) > 1 else 'is'} closed from `from` to `to`"


def _calendars(
    policy: Policy, allowed: Sequence[tuple[str, ...]], priorities: Sequence[str]
) -> dict[str, Calendar]:
    """The calendars that the promises of a policy count on, for the priorities that every list allows."""
    kinds = [priority for priority in priorities if all(priority in names for names in allowed)]
    return {
        rule.calendar_name(priority): rule.calendar_for(priority)
        for rule in (*policy.objectives.values(), *policy.handoffs.values())
        for priority in kinds
        if rule.target_for(priority) is not None
    }
