"""The same clock judged twice: lines of two `results.jsonl` brought together, and what became of each.

Both are in order of their tickets, so two files of any length are read side by side and one ticket is held at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from schemas.simulations import ChangeKind

FLIPS: Final = ("met_to_missed", "missed_to_met")
_BY_CYCLE: Final = frozenset({"first_response", "resolution"})
_OPEN: Final = frozenset({"running", "paused"})


class Line(msgspec.Struct, frozen=True, gc=False):
    """What a comparison reads of a line of `results.jsonl` (`schemas.results.ResultLine`)."""

    ticket_id: str
    customer: str
    priority: str
    tier: int
    objective: str
    cycle: int
    started_at: str
    target_seconds: int | float
    due_at: str | None
    stopped_at: str | None
    elapsed_seconds: int | float
    paused_seconds: int | float
    outcome: str
    breached_at: str | None
    policy: str
    policy_version: str

    @property
    def settled(self) -> bool:
        """Whether it counts in attainment (S50)."""
        return self.outcome in {"met", "missed"}

    @property
    def settled_at(self) -> str:
        """The instant that dates the verdict: the stop of a met clock, the breach of a missed one (S50)."""
        return (self.stopped_at if self.outcome == "met" else self.breached_at) or ""

    @property
    def never_stopped(self) -> bool:
        """Whether it was missed and runs on: its elapsed time is that of the breach."""
        return self.outcome == "missed" and self.stopped_at is None


class ClockPair(NamedTuple):
    """One clock as two policies judge it; None where one of them has no such clock."""

    before: Line | None
    after: Line | None

    @property
    def either(self) -> Line:
        """The side to name the clock by: after, where it is there."""
        line = self.after or self.before
        assert line is not None  # noqa: S101 - a pair has at least one side
        return line


_decode = msgspec.json.Decoder(Line).decode
_Key = tuple[str, object, int, int]


def read_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """The lines decoded; raises `msgspec.DecodeError` for what is no line of `results.jsonl`."""
    return map(_decode, lines)


def pair_clocks(before: Iterable[Line], after: Iterable[Line]) -> Iterator[ClockPair]:
    """The clocks of both sides by ticket, each with its counterpart; both must be in order of their tickets.

    First response and resolution correspond by cycle. Next response and hand-off correspond by their start,
    because policies number differently what they do not both promise: the first stay in tier 2 is cycle 1 where
    tier 1 is promised nothing.
    """
    for old, new in _side_by_side(before, after):
        ours, theirs = _keyed(old), _keyed(new)
        pairs = [ClockPair(ours.get(key), theirs.get(key)) for key in ours.keys() | theirs.keys()]
        yield from sorted(pairs, key=_place)


def kind_of(pair: ClockPair) -> ChangeKind:
    """What became of a clock."""
    before, after = pair
    if before is not None and before.settled:
        if after is None or (not after.settled and after.outcome not in _OPEN):
            return "no_longer_judged"
        return _of_settled(before, after) if after.settled else "settled_to_open"
    is_open = any(line is not None and line.outcome in _OPEN for line in pair)
    if after is not None and after.settled:
        return "open_to_settled" if before is not None and before.outcome in _OPEN else "newly_judged"
    return "open" if is_open else "not_judged"


def _of_settled(before: Line, after: Line) -> ChangeKind:
    if before.outcome != after.outcome:
        return "met_to_missed" if after.outcome == "missed" else "missed_to_met"
    return "same" if _terms(before) == _terms(after) else "terms_only"


def _terms(line: Line) -> tuple[object, ...]:
    return (line.target_seconds, line.due_at, line.elapsed_seconds, line.paused_seconds)


def _place(pair: ClockPair) -> tuple[str, str, int, int, bool]:
    line = pair.either
    return (line.objective, line.started_at, line.tier, line.cycle, pair.after is None)


def _side_by_side(before: Iterable[Line], after: Iterable[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """The clocks of each ticket on either side, in order of the tickets."""
    olds, news = _tickets(before), _tickets(after)
    old, new = next(olds, None), next(news, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old[0].ticket_id < new[0].ticket_id):
            yield old or [], []
            old = next(olds, None)
        elif old is None or new[0].ticket_id < old[0].ticket_id:
            yield [], new
            new = next(news, None)
        else:
            yield old, new
            old, new = next(olds, None), next(news, None)


def _tickets(lines: Iterable[Line]) -> Iterator[list[Line]]:
    for _, group in groupby(lines, attrgetter("ticket_id")):
        yield list(group)


def _keyed(lines: Iterable[Line]) -> dict[_Key, Line]:
    """A ticket's clocks by what they have in common with those of another policy."""
    keyed: dict[_Key, Line] = {}
    seen: Counter[_Key] = Counter()
    for line in lines:
        place: object = line.cycle if line.objective in _BY_CYCLE else line.started_at
        tier = line.tier if line.objective == "handoff" else 0
        key = (line.objective, place, tier, 0)
        keyed[*key[:3], seen[key]] = line  # two may start in one second
        seen[key] += 1
    return keyed
