"""Whether the figures of an account agree with each other; each way in which they do not is a discrepancy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.account_rows import COUNTED, Piece, Ruling, as_micros, counted_up_to
from monitor.verdict_lookup import Lookup, Verdict
from schemas.explanations import Discrepancy, TargetBasis
from schemas.instants import Micros, as_seconds, to_micros
from schemas.reasons import Reason
from schemas.results import Interval, ResultLine


def faults_of(known: Lookup, basis: TargetBasis, pieces: Sequence[Piece], end: Ruling) -> list[Discrepancy]:
    """Everything about one clock that does not follow from the rest."""
    verdict, line, evidence = known.verdict, known.verdict.line, known.verdict.evidence
    intervals, merged = evidence.intervals, evidence.merged
    elapsed = as_micros(line.elapsed_seconds) - verdict.merged_counted
    paused = as_micros(line.paused_seconds) - (as_micros(merged.paused_seconds) if merged else 0)
    return [
        *sum_faults(intervals, elapsed, paused),
        *interval_faults(intervals, pieces, to_micros(merged.to if merged else line.started_at)),
        *target_faults(known, basis, end),
        *due_faults(known.verdict, pieces, end),
        *outcome_faults(line),
    ]


def interval_faults(
    intervals: Sequence[Interval], pieces: Sequence[Piece], start: Micros
) -> list[Discrepancy]:
    """Stretches that leave a gap, hold more open time than they last, or differ from the calendar at hand."""
    faults: list[Discrepancy] = []
    at = start
    for interval in intervals:
        if interval.to is None:
            continue
        since, to, stated = (
            to_micros(interval.from_),
            to_micros(interval.to),
            as_micros(interval.open_seconds),
        )
        if since != at:
            faults.append(Discrepancy(check="gap", at=interval.from_))
        if not 0 <= stated <= to - since:
            faults.append(_fault("interval", stated, to - since, interval.from_))
        found = sum(piece.open for piece in pieces if piece.interval is interval)
        if found != stated:
            faults.append(_fault("calendar", stated, found, interval.from_))
        at = to
    return faults


def sum_faults(intervals: Sequence[Interval], elapsed: Micros, paused: Micros) -> list[Discrepancy]:
    """The evidence against the verdict's own figures: counted is elapsed, holds and exclusions are paused."""
    counted = sum(as_micros(one.open_seconds) for one in intervals if one.kind == COUNTED)
    held = sum(as_micros(one.open_seconds) for one in intervals if one.kind not in {COUNTED, "resolved"})
    faults = [] if counted == elapsed else [_fault("counted", elapsed, counted)]
    return faults if held == paused else [*faults, _fault("paused", paused, held)]


def _fault(check: str, stated: Micros, found: Micros, at: datetime | None = None) -> Discrepancy:
    return Discrepancy.model_validate(
        {"check": check, "stated_seconds": as_seconds(stated), "found_seconds": as_seconds(found), "at": at}
    )


def target_faults(known: Lookup, basis: TargetBasis, ruling: Ruling) -> list[Discrepancy]:
    line = known.verdict.line
    if line.reason == Reason.SUPERSEDED:  # of a life that was not so
        return []
    if basis.kind not in {"open_time", "working_days"} or known.promised is None or ruling.calendar is None:
        return []
    found = known.promised.amount(ruling.calendar, to_micros(line.started_at))
    if found == as_micros(line.target_seconds):
        return []
    return [Discrepancy(check="target", stated_seconds=line.target_seconds, found_seconds=as_seconds(found))]


def due_faults(verdict: Verdict, pieces: Sequence[Piece], end: Ruling) -> list[Discrepancy]:
    """At the deadline exactly the target has been counted, wherever in closed or held time it lies."""
    line = verdict.line
    if line.due_at is None or line.reason == Reason.SUPERSEDED or not pieces:
        return []
    if verdict.evidence.merged and line.due_at < verdict.evidence.merged.to:
        return []  # what had been counted by then is not kept
    target = as_micros(line.target_seconds)
    found = counted_up_to(pieces, end, to_micros(line.due_at))
    if found is None or found + verdict.merged_counted == target:
        return []
    return [
        Discrepancy(
            check="due",
            stated_seconds=as_seconds(target),
            found_seconds=as_seconds(found + verdict.merged_counted),
            at=line.due_at,
        )
    ]


def outcome_faults(line: ResultLine) -> list[Discrepancy]:
    """A met clock has not counted more than its target, and a missed one has a breach."""
    late = line.elapsed_seconds > line.target_seconds
    if (line.outcome == "met" and late) or (line.outcome == "missed" and line.breached_at is None):
        return [
            Discrepancy(
                check="outcome", stated_seconds=line.target_seconds, found_seconds=line.elapsed_seconds
            )
        ]
    return []
