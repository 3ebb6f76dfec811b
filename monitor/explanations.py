"""The account of a clock: from its verdict and evidence, and the policies where they are at hand, to a document.

Nothing is believed that can be checked: what does not add up is a discrepancy of the document.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor.account_checks import faults_of
from monitor.account_rows import (
    Piece,
    Ruling,
    as_micros,
    counted_up_to,
    day_remarks,
    local,
    pieces_of,
    reached,
    row_of,
    sums_of,
)
from monitor.calendars import Calendar
from monitor.policies import PolicyBook
from monitor.policy_settings import Target
from monitor.verdict_lookup import Lookup, Verdict
from schemas.amounts import Amount, format_target
from schemas.explanations import ClockAccount, Remark, Row, TargetBasis, TermLine, Threshold
from schemas.instants import Micros, as_seconds, to_micros
from schemas.results import Evidence, Merged, ResultLine, Term

_SAME: Final = (
    *("objective", "cycle", "tier", "customer", "priority"),
    *("outcome", "reason", "policy", "policy_version"),
)
_INSTANTS: Final = ("started_at", "due_at", "stopped_at", "breached_at")
_AMOUNTS: Final = ("target_seconds", "elapsed_seconds", "paused_seconds")


def account_of(verdict: Verdict, book: PolicyBook | None, language: str) -> ClockAccount:
    """The account of one clock; names of holidays are in the language where the library has them."""
    line, evidence, known = verdict.line, verdict.evidence, Lookup(book, verdict)
    rulings = known.rulings()
    end = rulings[-1]
    pieces = pieces_of(evidence.intervals, rulings)
    rows = _rows(verdict, pieces, language)
    basis = _basis(known, pieces, end)
    return ClockAccount(
        **_figures(line, end.zone),
        stop_reason=evidence.stop_reason,
        revision=verdict.revision,
        policy_known=known.policy is not None,
        policy_since=None if known.since is None else local(known.since, end.zone),
        calendar=known.calendar_name,
        calendar_timezone=end.zone.key,
        target_basis=basis,
        terms=[_term_line(term) for term in evidence.terms],
        thresholds=_thresholds(known, pieces),
        accounted_to=local(pieces[-1].to if pieces else to_micros(line.started_at), end.zone),
        margin_seconds=as_seconds(as_micros(line.target_seconds) - as_micros(line.elapsed_seconds)),
        late_seconds=None if verdict.late is None else as_seconds(verdict.late),
        hold_overrun_seconds=as_seconds(known.overrun),
        doubtful=evidence.doubtful,
        waived=evidence.waived,
        by_day=all(piece.ruling.calendar is not None for piece in pieces),
        merged=_merged(evidence, end.zone),
        rows=rows,
        sums=sums_of(rows),
        discrepancies=faults_of(known, basis, pieces, end),
    )


def _merged(evidence: Evidence, zone: ZoneInfo) -> Merged | None:
    merged = evidence.merged
    return merged and merged.model_copy(update={"to": merged.to.astimezone(zone)})


def _figures(line: ResultLine, zone: ZoneInfo) -> dict[str, Any]:
    """What is taken over from the verdict, its instants in the zone of the calendar."""
    instants = {name: getattr(line, name) for name in _INSTANTS}
    return {
        **{name: getattr(line, name) for name in _SAME},
        **{name: as_seconds(as_micros(getattr(line, name))) for name in _AMOUNTS},
        **{name: None if at is None else at.astimezone(zone) for name, at in instants.items()},
    }


def _term_line(term: Term) -> TermLine:
    said = term.model_dump() | {"from_": term.from_.astimezone(ZoneInfo(term.calendar_timezone))}
    return TermLine.model_validate(said | {"target_seconds": as_seconds(as_micros(term.target_seconds))})


def _rows(verdict: Verdict, pieces: list[Piece], language: str) -> list[Row]:
    rows: list[Row] = []
    for before, piece in pairwise([None, *pieces]):
        assert piece is not None  # noqa: S101 - only the first of the pairs is None
        zone = piece.ruling.zone
        first = before is None or local(before.since, zone).date() != local(piece.since, zone).date()
        remarks = day_remarks(piece, language, first=first)
        rows.append(row_of(piece, [*remarks, *_marks(verdict.line, piece, first=before is None)]))
    return rows


def _marks(line: ResultLine, piece: Piece, *, first: bool) -> list[Remark]:
    """The deadline, and the breach where it is another instant, in the piece they fall into."""
    marks: list[Remark] = []
    for kind, instant in (("deadline", line.due_at), ("breach", line.breached_at)):
        if instant is None or (kind == "breach" and instant == line.due_at):
            continue
        at = to_micros(instant)
        if piece.since < at <= piece.to or (first and at == piece.since):
            marks.append(Remark.model_validate({"kind": kind, "at": local(at, piece.ruling.zone)}))
    return marks


def _basis(known: Lookup, pieces: list[Piece], ruling: Ruling) -> TargetBasis:
    verdict, promised, calendar = known.verdict, known.promised, ruling.calendar
    priority = verdict.priority
    if promised is None or calendar is None:
        kind = "source" if verdict.evidence.due_from_source else "unknown"
        return TargetBasis.model_validate({"kind": kind, "priority": priority})
    text = format_target(Amount(promised.open_time, promised.working_days))
    kind = _kind(known, promised, calendar)
    if kind == "scaled":
        return _scaled(known, pieces, ruling, calendar, promised)
    if kind != "open_time" or promised.working_days is None:
        return TargetBasis.model_validate({"kind": kind, "priority": priority, "promised": text})
    basis = TargetBasis(kind="working_days", priority=priority, promised=text)
    return basis.model_copy(update=_span(promised, ruling, calendar, to_micros(verdict.line.started_at)))


def _span(promised: Target, ruling: Ruling, calendar: Calendar, at: Micros) -> dict[str, Any]:
    """Between which local times a target in working days was counted; nothing for one in open time (S2)."""
    if promised.working_days is None:
        return {}
    begin, end = calendar.working_span(at, promised.working_days)
    return {
        "working_days": promised.working_days,
        "counted_from": local(begin, ruling.zone),
        "counted_to": local(end, ruling.zone),
    }


def _scaled(
    known: Lookup, pieces: list[Piece], ruling: Ruling, calendar: Calendar, promised: Target
) -> TargetBasis:
    """What was counted before the latest change, and how much of the new promise was left after it (S20)."""
    verdict = known.verdict
    basis = TargetBasis(
        kind="scaled",
        priority=verdict.priority,
        promised=format_target(Amount(promised.open_time, promised.working_days)),
    )
    at = _scaled_at(verdict.terms)
    merged = verdict.evidence.merged
    if at is None or (merged and at < to_micros(merged.to)):
        return basis
    counted = counted_up_to(pieces, ruling, at)
    if counted is None:
        return basis
    before = verdict.merged_counted + counted
    left = as_micros(verdict.line.target_seconds) - before
    amount = promised.amount(calendar, at)
    return basis.model_copy(
        update={
            "counted_before_seconds": as_seconds(before),
            "share_left": round(left / amount, 6),
            "promised_seconds": as_seconds(amount),
            **_span(promised, ruling, calendar, at),
        }
    )


def _scaled_at(terms: Sequence[Term]) -> Micros | None:
    """When the target was last scaled: a later term with the same target only cites another priority (S20)."""
    changes = [term for term in terms if term.change == "from_now"]
    moved = [
        term
        for before, term in pairwise(terms)
        if term.change == "from_now" and term.target_seconds != before.target_seconds
    ]
    latest = (moved or changes)[-1:]
    return to_micros(latest[0].from_) if latest else None


def _kind(known: Lookup, promised: Target, calendar: Calendar) -> str:
    verdict, line = known.verdict, known.verdict.line
    if verdict.evidence.due_from_source:
        return "source"
    if any(term.change == "from_now" for term in verdict.terms):
        return "scaled"
    target, start = as_micros(line.target_seconds), to_micros(line.started_at)
    if promised.amount(calendar, start) == target:
        return "open_time"
    # Records of releases that noted no terms.
    scaled = not verdict.terms and known.rule is not None and known.rule.on_change == "from_now"
    return "scaled" if scaled else "open_time"


def _thresholds(known: Lookup, pieces: list[Piece]) -> list[Threshold]:
    line = known.verdict.line
    if known.rule is None or not pieces:
        return []
    target, running = as_micros(line.target_seconds), line.outcome == "running"
    merged = known.verdict.merged_counted
    zone, found = pieces[-1].ruling.zone, []
    for share in known.rule.warn_at:
        amount = target * share // 1000
        if amount <= merged:  # when within what is merged, nobody knows
            continue
        at = reached(pieces, amount - merged)
        last = pieces[-1].ruling.calendar
        if at is None and running and last is not None:
            counted = merged + sum(piece.open for piece in pieces if piece.counted)
            at = last.add_open(pieces[-1].to, amount - counted)
        found.append(Threshold(share=share / 1000, at=None if at is None else local(at, zone)))
    return found
