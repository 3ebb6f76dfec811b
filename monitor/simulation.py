"""What if: two judgements of one history compared, clock by clock (`schemas.simulations.Simulation`)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, cast, get_args

import orjson

from monitor.before_after import BeforeAfter, objective_rank
from monitor.clock_pairs import FLIPS, ClockPair, Line, kind_of, pair_clocks, read_lines
from monitor.flip_margins import FlipMargins
from monitor.needed_targets import NeededTargets
from monitor.periods import PeriodKind, ReportingZone
from monitor.policies import ALWAYS, PolicyBook
from schemas.events import ObjectiveName
from schemas.instants import Micros, from_micros, parse_iso
from schemas.simulations import Change, ChangeCounts, ChangeKind, GoalState, Side, Simulation

_KINDS: Final[tuple[ChangeKind, ...]] = get_args(ChangeKind)
_NO_CHANGE: Final = frozenset({"terms_only", "same", "open", "not_judged"})
_OF_STANDING: Final = (
    "outcome",
    "priority",
    "target_seconds",
    "elapsed_seconds",
    "due_at",
    "stopped_at",
    "breached_at",
    "policy",
    "policy_version",
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One replay of the history: its results in their order, and what its policies are.

    `results` is read once, so a million lines may come from a file. Both sides of a comparison must have been
    judged up to the same instant, or clocks that run would differ for no other reason.
    """

    book: PolicyBook
    results: Iterable[bytes]
    unmatched: int
    dead_letters: int

    @property
    def versions(self) -> list[str]:
        """The content versions of the policies, by their effective dates."""
        return [version.version for version in self.book.versions]


@dataclass(frozen=True, slots=True)
class History:
    """What was judged: counts, and the instant up to which; None without any event."""

    events: int
    tickets: int
    until: Micros | None


def compare(
    history: History,
    before: Judgement | None,
    after: Judgement,
    *,
    by: PeriodKind | None = None,
    show: int = 10,
    on_change: Callable[[ChangeKind, ClockPair], None] = lambda _kind, _pair: None,
) -> Simulation:
    """The comparison of two judgements; without `before`, what the one says by itself.

    `on_change` is told every clock whose verdict changes, in order of the tickets; `show` limits the flips of each
    kind that the document holds. Periods are those of the new policy's reporting zone.
    """
    comparison = _Comparison(after.book, by, show, on_change)
    old = read_lines(before.results) if before else None
    for pair in pair_clocks(old or (), read_lines(after.results)):
        comparison.add(pair, compared=before is not None)
    return comparison.document(history, before, after)


def say_the_same(before: PolicyBook, after: PolicyBook) -> bool:
    """Whether two books have the same content: the same versions, one by one."""
    return [version.version for version in before.versions] == [version.version for version in after.versions]


def from_the_start(book: PolicyBook) -> PolicyBook:
    """The book with its first version in force from the beginning of time, whatever its `effective` says.

    A draft that takes effect next year can so be tried on last year; its content version stays the same.
    """
    first, *later = book.versions
    policies = tuple(replace(policy, effective=ALWAYS) for policy in first.policies)
    return PolicyBook([replace(first, starts=ALWAYS, policies=policies), *later])


def change_line(kind: ChangeKind, pair: ClockPair) -> bytes:
    """A line of `changes.jsonl` (`schemas.simulations.Change`)."""
    line = pair.either
    return orjson.dumps(
        {
            "kind": kind,
            "ticket_id": line.ticket_id,
            "customer": line.customer,
            "priority": line.priority,
            "objective": line.objective,
            "tier": line.tier,
            "cycle": line.cycle,
            "before": _standing(pair.before),
            "after": _standing(pair.after),
        }
    )


def _standing(line: Line | None) -> dict[str, Any] | None:
    return None if line is None else {name: getattr(line, name) for name in _OF_STANDING}


class _Comparison:
    """Adds up the clocks; holds counts, elapsed times and the flips to show, but no other line."""

    def __init__(
        self,
        book: PolicyBook,
        by: PeriodKind | None,
        show: int,
        on_change: Callable[[ChangeKind, ClockPair], None],
    ) -> None:
        self._book = book
        self._show = show
        self._on_change = on_change
        self._kinds: defaultdict[str, Counter[ChangeKind]] = defaultdict(Counter)
        self._table = BeforeAfter(None if by is None else _period_of(ReportingZone(book.zone), by))
        self._needed = NeededTargets(book)
        self._margins = FlipMargins()
        self._flips: dict[ChangeKind, list[bytes]] = {"met_to_missed": [], "missed_to_met": []}

    def add(self, pair: ClockPair, *, compared: bool) -> None:
        self._table.add(pair)
        if pair.after is not None:
            self._needed.add(pair.after)
        if compared:
            self._add_change(kind_of(pair), pair)

    def _add_change(self, kind: ChangeKind, pair: ClockPair) -> None:
        self._kinds[pair.either.objective][kind] += 1
        if kind in _NO_CHANGE:
            return
        self._on_change(kind, pair)
        if kind in FLIPS and pair.after is not None:
            self._margins.add(kind, pair.after)
            if len(self._flips[kind]) < self._show:
                self._flips[kind].append(change_line(kind, pair))

    def document(self, history: History, before: Judgement | None, after: Judgement) -> Simulation:
        goals = self._table.goals(before.book if before else None, after.book)
        priorities = (*after.book.priorities, *(before.book.priorities if before else ()))
        ranked = tuple(dict.fromkeys(priorities))
        return Simulation(
            events=history.events,
            tickets=history.tickets,
            until=None if history.until is None else from_micros(history.until),
            timezone=self._book.zone.key,
            identical=before is not None and say_the_same(before.book, after.book),
            before=_side(before, [row.before for row in goals]) if before else None,
            after=_side(after, [row.after for row in goals]),
            changes=[_counts(name, self._kinds[name]) for name in sorted(self._kinds, key=objective_rank)],
            attainment=self._table.attainment(ranked, compared=before is not None),
            goals=goals,
            needed_targets=self._needed.rows(ranked),
            margins=self._margins.rows(),
            flips=[Change.model_validate_json(line) for kind in FLIPS for line in self._flips[kind]],
        )


def _period_of(zone: ReportingZone, by: PeriodKind) -> Callable[[str], str]:
    return lambda instant: zone.period(by, parse_iso(instant)).label


def _side(judgement: Judgement, goals: Iterable[GoalState | None]) -> Side:
    starts = judgement.book.versions[0].starts
    decided = [state.reached for state in goals if state is not None and state.reached is not None]
    return Side(
        policy_versions=judgement.versions,
        in_force_from=None if starts == ALWAYS else from_micros(starts),
        unmatched=judgement.unmatched,
        dead_letters=judgement.dead_letters,
        goals=len(decided),
        goals_reached=sum(decided),
    )


def _counts(objective: str, kinds: Counter[ChangeKind]) -> ChangeCounts:
    return ChangeCounts(
        objective=cast("ObjectiveName", objective),
        clocks=kinds.total(),
        **{kind: kinds[kind] for kind in _KINDS},
    )
