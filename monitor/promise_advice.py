"""What is legal in a promise but surely not meant: targets, thresholds, goals and pauses that contradict each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from itertools import pairwise
from statistics import median_low
from typing import Final, NamedTuple

from monitor.calendars import Calendar
from monitor.finding import Finding, Place, listed
from monitor.policies import ObjectiveRule, PolicyVersion
from monitor.policy_settings import Target
from schemas import policy as schema
from schemas.amounts import Amount, format_clock, format_share, format_target
from schemas.instants import DAY, MINUTE, SECOND, Micros
from schemas.policy_names import Match

# The one objective that reads a setting; elsewhere it says nothing.
_READ_BY: Final = {
    "reopen": "resolution",
    "reopen_within": "resolution",
    "requires_response": "first_response",
}
_YEAR: Final[Micros] = 365 * DAY
# At so many days from each other, starts over a year fall on all days of the week.
_EVERY: Final[Micros] = 26 * DAY
# A calendar that is open for nine tenths of the year counts the hours that people mean.
_NEARLY_ALWAYS: Final = 0.9
# A reason this near to one that exists is a slip of the pen; `waiting_vendor` and `waiting_customer` are not.
_A_SLIP: Final = 0.85


class Promise(NamedTuple):
    """One promise of one policy, as it is written and as it is compiled."""

    place: Place
    objective: str
    entry: schema.Objective
    rule: ObjectiveRule
    match: Match
    priorities: tuple[str, ...]  # that the policy lets in, the most urgent first
    file: schema.PolicyFile

    def kinds(self) -> list[tuple[str, Target]]:
        """The priorities that are promised something, with their targets."""
        targets = [(priority, self.rule.target_for(priority)) for priority in self.priorities]
        return [(priority, target) for priority, target in targets if target is not None]

    def at(self, setting: str, priority: str) -> Place:
        """Where a setting is written for a priority: below its own key, if it has one."""
        by_priority = getattr(self.entry, setting)
        own = isinstance(by_priority, dict) and priority in by_priority
        return (*self.place, setting, priority) if own else (*self.place, setting)


def advise_promises(version: PolicyVersion, now: Micros) -> list[Finding]:
    """The findings for every promise of a version, in file order; `now` begins the year that is looked at."""
    findings: list[Finding] = []
    for position in range(len(version.policies)):
        promises = promises_of(version, position)
        for promise in promises:
            findings += [found for rule in _RULES for found in rule(promise)]
            findings += _least_urgent_first(promise, now)
            findings += _longer_than_a_month(promise, now)
            findings += _warnings_at_one_time(promise, now)
        findings += _left_out(promises)
        findings += _sooner_than_its_response(promises, now)
        findings += _nothing_promised(promises, position)
    return findings


def promises_of(version: PolicyVersion, position: int) -> list[Promise]:
    """The promises of one policy of a version, in the order of its file, hand-offs last."""
    entry, policy = version.file.policies[position], version.policies[position]
    let_in = entry.match.priority
    priorities = tuple(name for name in version.file.priorities if let_in is None or name in let_in)
    place: Place = ("policies", position, "objectives")
    found = [
        Promise(
            (*place, name), name, getattr(entry.objectives, name), rule, entry.match, priorities, version.file
        )
        for name, rule in policy.objectives.items()
    ]
    for index, handoff in enumerate(entry.objectives.handoff):
        rule = policy.handoffs[handoff.tier]
        at = (*place, "handoff", index)
        found.append(Promise(at, "handoff", handoff, rule, entry.match, priorities, version.file))
    return found


def _no_calendar(promise: Promise) -> Iterator[Finding]:
    entry = promise.file.policies[int(promise.place[1])]
    names = promise.entry.calendar
    covered = names.keys() >= set(promise.priorities) if isinstance(names, dict) else names is not None
    if entry.calendar is None and not covered:
        yield promise.place, "names no calendar: counts around the clock (say so with `calendar: 24x7`)"


def _without_effect(promise: Promise) -> Iterator[Finding]:
    for key, reader in _READ_BY.items():
        if key in promise.entry.model_fields_set and promise.objective != reader:
            yield (*promise.place, key), f"has no effect here: only `{reader}` reads it"


def _never_let_in(promise: Promise) -> Iterator[Finding]:
    """What is said for a priority or a tier that the policy's own `match` keeps out."""
    for setting in ("target", "calendar"):
        by_priority = getattr(promise.entry, setting)
        for priority in by_priority if isinstance(by_priority, dict) else ():
            if priority not in promise.priorities:
                yield (
                    (*promise.place, setting, priority),
                    f"is never used: the policy's `match` lets only {listed(promise.priorities)} in",
                )
    tiers = promise.match.tier
    if isinstance(promise.entry, schema.Handoff) and tiers is not None and promise.entry.tier not in tiers:
        only = listed(map(str, tiers))
        yield (*promise.place, "tier"), f"is never reached: the policy's `match` lets only tier {only} in"


def _left_out(promises: Sequence[Promise]) -> Iterator[Finding]:
    """A priority without a target although a less urgent one has one; the least urgent may be left out."""
    somewhere = _promised(promises)
    for promise in promises:
        promised = [priority for priority, _ in promise.kinds()]
        more_urgent = promise.priorities[: promise.priorities.index(promised[-1])] if promised else ()
        missing = [name for name in more_urgent if name not in promised and name in somewhere]
        if missing:
            said = (
                f"leaves out {listed(missing)} but has one for {promised[-1]}, which is less urgent: "
                f"give {listed(missing)} a target too"
            )
            yield (*promise.place, "target"), said


def _least_urgent_first(promise: Promise, now: Micros) -> Iterator[Finding]:
    for (urgent, longer), (other, shorter) in pairwise(promise.kinds()):
        calendar = promise.rule.calendar_for(urgent)
        one_calendar = _one_calendar(promise.rule, urgent, promise.rule, other)
        if one_calendar and _exceeds(longer, shorter, calendar, now):
            long, short = (
                _in_one_unit(longer, shorter, calendar, now),
                _in_one_unit(shorter, longer, calendar, now),
            )
            yield (
                promise.at("target", urgent),
                (
                    f"{urgent} has longer ({long}) than {other} ({short}), which is less urgent by "
                    "`priorities`: swap them, or put `priorities` in order"
                ),
            )


def _plain_days(promise: Promise) -> Iterator[Finding]:
    for priority, target in promise.kinds():
        if target.working_days is not None and promise.rule.calendar_for(priority).always_open:
            hours = format_clock(target.working_days * DAY)
            yield (
                promise.at("target", priority),
                (
                    f"{written(target)} on a calendar that never closes ({promise.rule.calendar_name(priority)}) count "
                    f"weekends too: write {hours}, or name a calendar with opening hours"
                ),
            )
            if not isinstance(promise.entry.target, dict):
                return


def _goal_without_warning(promise: Promise) -> Iterator[Finding]:
    if promise.rule.goal is not None and not promise.rule.warn_at:
        said = "without `warn_at` nobody hears of a ticket before it is late: add for example warn_at: [75%]"
        yield (*promise.place, "goal"), said


def _pauses_on_no_reason(promise: Promise) -> Iterator[Finding]:
    """Reasons that no hold will ever have, because `hold_reasons` spells them otherwise or maps them away."""
    known = promise.file.hold_reasons
    ours = {_folded(reason): reason for reason in known.values()}
    for reason in () if promise.rule.pauses_on_any else promise.entry.pause_on or ():
        place = (*promise.place, "pause_on")
        if reason in known and known[reason] != reason:
            yield place, f"{reason!r} never holds: `hold_reasons` turns it into {known[reason]!r}; write that"
        elif reason not in known.values():
            near = get_close_matches(_folded(reason), ours, n=1, cutoff=_A_SLIP)
            if near and _digits(near[0]) == _digits(reason):
                yield (
                    place,
                    f"{reason!r} is nothing that `hold_reasons` yields; did you mean {ours[near[0]]}?",
                )


_RULES: Final[tuple[Callable[[Promise], Iterator[Finding]], ...]] = (
    _no_calendar,
    _without_effect,
    _never_let_in,
    _plain_days,
    _goal_without_warning,
    _pauses_on_no_reason,
)


def _longer_than_a_month(promise: Promise, now: Micros) -> Iterator[Finding]:
    """Open time that takes more than a month to pass, which hours of the wall clock would not."""
    for priority, target in promise.kinds():
        calendar = promise.rule.calendar_for(priority)
        a_year = calendar.open_between(now, now + _YEAR)
        a_month = a_year // 12
        if target.open_time is None or a_year >= _YEAR * _NEARLY_ALWAYS or target.open_time <= a_month:
            continue
        yield (
            promise.at("target", priority),
            (
                f"{written(target)} is open time, and {promise.rule.calendar_name(priority)} is open for about "
                f"{_hours(a_month)} a month: {priority} is due after {target.open_time / max(a_month, 1):.1f} months; "
                f"write working days to say so; if {written(target)} around the clock are meant, name the calendar 24x7"
            ),
        )
        if not isinstance(promise.entry.target, dict) and not isinstance(promise.entry.calendar, dict):
            return


def _warnings_at_one_time(promise: Promise, now: Micros) -> Iterator[Finding]:
    """Thresholds less than a minute apart, at the very start or at the deadline (S41)."""
    said: dict[str, list[str]] = {}
    single = not isinstance(promise.entry.target, dict)
    for priority, target in promise.kinds():
        whole = target.amount(promise.rule.calendar_for(priority), now)
        kind = f"a target of {written(target)}" if single else f"{priority} ({written(target)})"
        for what in _at_once(whole, promise.rule.warn_at):
            kinds = said.setdefault(what, [])
            kinds += [kind] if kind not in kinds else []
    for what, kinds in said.items():
        yield (*promise.place, "warn_at"), f"for {listed(kinds)} {what}"


def _at_once(whole: Micros, warn_at: Sequence[int]) -> Iterator[str]:
    """What coincides for a target of so much open time."""
    if warn_at and whole * warn_at[0] // 1000 < SECOND:
        yield f"{_share(warn_at[0])} falls together with the start: leave it out"
    for lower, upper in pairwise(warn_at):
        gap = whole * upper // 1000 - whole * lower // 1000
        if gap < MINUTE:
            apart = f"{format_clock(gap)} apart" if gap >= SECOND else "at the same instant"
            yield f"{_share(lower)} and {_share(upper)} lie {apart}, too close to act in between: keep one of them"
    if warn_at and whole - whole * warn_at[-1] // 1000 < SECOND:
        yield f"{_share(warn_at[-1])} falls together with the deadline: leave it out"


def _sooner_than_its_response(promises: Sequence[Promise], now: Micros) -> Iterator[Finding]:
    """A resolution that is due before the first response, which resolving stops too (S10)."""
    named = {promise.objective: promise for promise in promises}
    response, resolution = named.get("first_response"), named.get("resolution")
    if response is None or resolution is None:
        return
    for priority, sooner in resolution.kinds():
        later = response.rule.target_for(priority)
        if later is None or not _one_calendar(resolution.rule, priority, response.rule, priority):
            continue
        calendar = resolution.rule.calendar_for(priority)
        if _exceeds(later, sooner, calendar, now):
            yield (
                resolution.at("target", priority),
                (
                    f"{priority} is to be resolved in {_in_one_unit(sooner, later, calendar, now)}, sooner than first "
                    f"answered in {_in_one_unit(later, sooner, calendar, now)}: "
                    "are the two swapped?"
                ),
            )
            if not isinstance(resolution.entry.target, dict) and not isinstance(response.entry.target, dict):
                return


def _nothing_promised(promises: Sequence[Promise], position: int) -> Iterator[Finding]:
    """Priorities that the policy takes and promises nothing at all, although it promises others something."""
    promised = _promised(promises)
    priorities = promises[0].priorities if promises else ()
    missing = [priority for priority in priorities if priority not in promised]
    if promised and missing:
        them = listed(missing)
        said = (
            f"promises {them} nothing, although the policy takes such tickets: add targets, or say it with a "
            f"policy above that matches {them} and has `objectives: {{}}`"
        )
        yield ("policies", position, "objectives"), said


def _promised(promises: Sequence[Promise]) -> set[str]:
    return {priority for promise in promises for priority, _ in promise.kinds()}


def _one_calendar(one: ObjectiveRule, priority: str, other: ObjectiveRule, its_priority: str) -> bool:
    return one.calendar_name(priority) == other.calendar_name(its_priority)


def _exceeds(one: Target, other: Target, calendar: Calendar, now: Micros) -> bool:
    """Whether a target is longer than another on the same calendar; of two units, for most starts of a clock."""
    if one.open_time is not None and other.open_time is not None:
        return one.open_time > other.open_time
    if one.working_days is not None and other.working_days is not None:
        return one.working_days > other.working_days
    return _mostly(one, calendar, now) > _mostly(other, calendar, now)


def _mostly(target: Target, calendar: Calendar, now: Micros) -> Micros:
    """The open time a target comes to for most starts: a working day is longer on some days than on others."""
    return median_low(target.amount(calendar, start) for start in range(now, now + _YEAR, _EVERY))


def _in_one_unit(target: Target, other: Target, calendar: Calendar, now: Micros) -> str:
    """A target as people write it, with its open time when it is compared with one of another unit."""
    if target.working_days is None or other.working_days is not None:
        return written(target)
    return f"{written(target)}, mostly {format_clock(_mostly(target, calendar, now))} open"


def written(target: Target) -> str:
    """A target as people write it."""
    return format_target(Amount(target.open_time, target.working_days))


def _share(per_mille: int) -> str:
    return format_share(per_mille / 1000)


def _hours(span: Micros) -> str:
    return f"{round(span / (60 * MINUTE))}h"


def _folded(reason: str) -> str:
    return re.sub(r"[\W_]+", "_", reason.casefold())


def _digits(reason: str) -> list[str]:
    return re.findall(r"\d+", reason)
