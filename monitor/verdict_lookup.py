"""A verdict with its evidence, and what the policies at hand say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from zoneinfo import ZoneInfo

from monitor.account_rows import Ruling, as_micros
from monitor.calendars import Calendar
from monitor.policies import ALWAYS, ObjectiveRule, Policy, PolicyBook
from monitor.policy_settings import Target
from schemas.instants import Micros, to_micros
from schemas.results import Evidence, ResultLine, Term


@dataclass(frozen=True, slots=True)
class Verdict:
    """A clock's line and evidence, and what only the state knows: None where the verdict is all there is.

    `clock_priority`: whose target holds for a clock without terms; `late`: the open time counted beyond the target.
    """

    line: ResultLine
    evidence: Evidence
    revision: int
    clock_priority: str | None = None
    late: Micros | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any], **known: Any) -> Self:
        """The verdict in a record of `sla-results`, or in one never published (revision 0), with what else is known."""
        line = {name: record[name] for name in record if name not in {"revision", "evidence"}}
        return cls(
            ResultLine.model_validate(line),
            Evidence.model_validate(record["evidence"]),
            record["revision"],
            **known,
        )

    @property
    def identity(self) -> tuple[str, int]:
        """Objective and cycle."""
        return (self.line.objective, self.line.cycle)

    @property
    def merged_counted(self) -> Micros:
        """What was counted before its intervals begin (S38)."""
        merged = self.evidence.merged
        return 0 if merged is None else as_micros(merged.counted_seconds)

    @property
    def terms(self) -> list[Term]:
        """The terms that decide its figures: a retroactive one replaces those before it (S20)."""
        terms = self.evidence.terms
        base = max((n for n, term in enumerate(terms) if term.change != "from_now"), default=0)
        return terms[base:]

    @property
    def priority(self) -> str:
        """The priority whose target and calendar hold for it."""
        terms = self.terms
        return terms[-1].priority if terms else self.clock_priority or self.line.priority


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the policies at hand say about one verdict; everything is None when its version is not there."""

    book: PolicyBook | None
    verdict: Verdict
    policy: Policy | None = field(init=False)
    rule: ObjectiveRule | None = field(init=False)

    def __post_init__(self) -> None:
        line = self.verdict.line
        policy = _policy(self.book, line.policy_version, line.policy)
        object.__setattr__(self, "policy", policy)
        object.__setattr__(self, "rule", None if policy is None else _rule(policy, line))

    @property
    def calendar_name(self) -> str | None:
        """The calendar in force at the end."""
        terms = self.verdict.terms
        if terms:
            return terms[-1].calendar
        return None if self.rule is None else self.rule.calendar_name(self.verdict.priority)

    @property
    def promised(self) -> Target | None:
        """What the policy promises to the clock's priority."""
        return None if self.rule is None else self.rule.target_for(self.verdict.priority)

    @property
    def since(self) -> Micros | None:
        """Since when the policy that decides is in force; None for always, or when it is not known.

        A version may come back: then it is its latest start up to the last term that counts.
        """
        if self.book is None or self.policy is None:
            return None
        starts = [one.starts for one in self.book.versions if one.version == self.policy.version]
        terms, line = self.verdict.terms, self.verdict.line
        at = to_micros(terms[-1].from_ if terms else line.started_at)
        latest = max((start for start in starts if start <= at), default=starts[0])
        since = max(latest, self.policy.effective)
        return None if since == ALWAYS else since

    @property
    def overrun(self) -> Micros:
        """The hold overrun, which concerns a clock only if a hold for the customer pauses it (S16)."""
        if self.rule is not None and not self.rule.pauses("waiting_customer"):
            return 0
        return as_micros(self.verdict.evidence.hold_overrun_seconds)

    def rulings(self) -> list[Ruling]:
        """On which calendar the clock counted, from when on."""
        terms, zone = self.verdict.terms, ZoneInfo(self.verdict.evidence.calendar_timezone)
        start = to_micros(self.verdict.line.started_at)
        if not terms:
            name = self.calendar_name
            calendar = None if self.rule is None or name is None else self.rule.calendars.get(name)
            return [Ruling(start, calendar, zone if calendar is None else calendar.zone)]
        first, *later = terms
        # Of a clock with very many changes the oldest are dropped: then nothing is known of its beginning.
        unknown = first.change == "from_now"
        rulings = [Ruling(start, None, zone)] if unknown else []
        return [
            *rulings,
            *(
                Ruling(
                    to_micros(term.from_) if unknown or number else start, self._calendar(term), _zone(term)
                )
                for number, term in enumerate((first, *later))
            ),
        ]

    def _calendar(self, term: Term) -> Calendar | None:
        versions = () if self.book is None else self.book.versions
        calendars = next((one.calendars for one in versions if one.version == term.policy_version), {})
        return calendars.get(term.calendar)


def _policy(book: PolicyBook | None, version: str, name: str) -> Policy | None:
    held = () if book is None else book.versions
    policies = next((one.policies for one in held if one.version == version), ())
    return next((policy for policy in policies if policy.name == name), None)


def _rule(policy: Policy, line: ResultLine) -> ObjectiveRule | None:
    return (
        policy.handoffs.get(line.tier)
        if line.objective == "handoff"
        else policy.objectives.get(line.objective)
    )


def _zone(term: Term) -> ZoneInfo:
    return ZoneInfo(term.calendar_timezone)
