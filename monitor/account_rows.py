"""Where a clock's time went: the stretches of its evidence, cut at local midnights and where its calendar changed.

Pure; an instant or amount is in microseconds until it goes into a row.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.calendar_days import clock_change, closed_weekday, midnight_after, special_day
from monitor.calendars import Calendar
from schemas.explanations import Paused, Remark, Row, RowKind, Sums
from schemas.instants import SECOND, Micros, as_seconds, from_micros, to_micros
from schemas.results import Interval

COUNTED = "counted"
_KINDS: dict[str, RowKind] = {"counted": "counted", "excluded": "excluded", "resolved": "resolved"}


@dataclass(frozen=True, slots=True)
class Ruling:
    """From when on a clock counted on which calendar; None when that is not at hand."""

    since: Micros
    calendar: Calendar | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stretch within one local day and one ruling; `calendar` None: open time as the evidence says."""

    interval: Interval
    since: Micros
    to: Micros
    open: Micros
    ruling: Ruling

    @property
    def counted(self) -> bool:
        """Whether its open time counts against the target."""
        return self.interval.kind == COUNTED


def pieces_of(intervals: Sequence[Interval], rulings: Sequence[Ruling]) -> list[Piece]:
    """The intervals of evidence, cut; whole where a calendar is missing."""
    pieces: list[Piece] = []
    for interval in intervals:
        if interval.to is None:
            continue
        since, to = to_micros(interval.from_), to_micros(interval.to)
        governing = _governing(rulings, since, to)
        if all(ruling.calendar for ruling in governing):
            pieces += _cut(interval, since, to, governing)
        else:
            pieces.append(Piece(interval, since, to, as_micros(interval.open_seconds), governing[0]))
    return pieces


def _governing(rulings: Sequence[Ruling], since: Micros, to: Micros) -> Sequence[Ruling]:
    """The rulings in force at some time of a stretch; the first also rules what comes before it."""
    starts = [ruling.since for ruling in rulings]
    first = max(bisect_right(starts, since) - 1, 0)
    last = max(bisect_right(starts, to - 1), first + 1)
    return rulings[first:last]


def _cut(interval: Interval, since: Micros, to: Micros, governing: Sequence[Ruling]) -> Iterator[Piece]:
    for number, ruling in enumerate(governing):
        end = governing[number + 1].since if number + 1 < len(governing) else to
        calendar = ruling.calendar
        while calendar is not None and since < end:
            day = from_micros(since).astimezone(ruling.zone).date()
            cut = min(end, midnight_after(day, ruling.zone))
            yield Piece(interval, since, cut, calendar.open_between(since, cut), ruling)
            since = cut


def row_of(piece: Piece, remarks: list[Remark]) -> Row:
    """A piece for people, in the local time of its calendar."""
    zone = piece.ruling.zone
    wall = piece.to - piece.since
    kind = _KINDS.get(piece.interval.kind, "hold")
    return Row(
        date=local(piece.since, zone).date(),
        from_=local(piece.since, zone),
        to=local(piece.to, zone),
        kind=kind,
        reason=piece.interval.kind if kind == "hold" else piece.interval.reason,
        wall_seconds=as_seconds(wall),
        open_seconds=as_seconds(piece.open),
        closed_seconds=as_seconds(wall - piece.open),
        remarks=remarks,
    )


def day_remarks(piece: Piece, language: str, *, first: bool) -> list[Remark]:
    """What the calendar says about the piece's day; what concerns the whole day only on its first piece."""
    calendar, zone = piece.ruling.calendar, piece.ruling.zone
    if calendar is None:
        return []
    remarks = _of_day(calendar, piece, language) if first else []
    change = clock_change(piece.since, piece.to, zone)
    if change is not None:
        remarks.append(Remark(kind="clock_change", at=local(change.at, zone), shift_seconds=change.shift))
    return remarks


def _of_day(calendar: Calendar, piece: Piece, language: str) -> list[Remark]:
    day = local(piece.since, piece.ruling.zone).date()
    special = special_day(calendar, day, language)
    weekday = [Remark(kind="closed_day")] if closed_weekday(calendar, day) else []
    if special is None:
        return weekday
    kind = "other_hours" if special.hours else "holiday"
    named = Remark.model_validate({"kind": kind, "name": special.name, "hours": list(special.hours)})
    return [named] if special.hours else [*weekday, named]


def sums_of(rows: Sequence[Row]) -> Sums:
    """The rows added up, exactly."""
    spent = dict.fromkeys(("counted", "hold", "excluded", "resolved"), 0)
    paused: dict[tuple[str, str | None], Micros] = {}
    for row in rows:
        amount = as_micros(row.open_seconds)
        spent[row.kind] += amount
        if row.kind in {"hold", "excluded"}:
            paused[row.kind, row.reason] = paused.get((row.kind, row.reason), 0) + amount
    return Sums(
        wall_seconds=as_seconds(sum(as_micros(row.wall_seconds) for row in rows)),
        counted_seconds=as_seconds(spent["counted"]),
        paused_seconds=as_seconds(spent["hold"] + spent["excluded"]),
        resolved_seconds=as_seconds(spent["resolved"]),
        closed_seconds=as_seconds(sum(as_micros(row.closed_seconds) for row in rows)),
        paused=[
            Paused.model_validate({"kind": kind, "reason": reason, "open_seconds": as_seconds(amount)})
            for (kind, reason), amount in paused.items()
        ],
    )


def counted_up_to(pieces: Sequence[Piece], end: Ruling, instant: Micros) -> Micros | None:
    """The open time counted up to an instant, beyond the last piece as if the clock went on counting.

    None when a calendar that is needed is not at hand.
    """
    total = 0
    for piece in pieces:
        if not piece.counted or piece.since >= instant:
            continue
        if piece.to <= instant:
            total += piece.open
        elif piece.ruling.calendar is None:
            return None
        else:
            total += piece.ruling.calendar.open_between(piece.since, instant)
    until = pieces[-1].to if pieces else instant
    if instant <= until:
        return total
    return None if end.calendar is None else total + end.calendar.open_between(until, instant)


def reached(pieces: Sequence[Piece], amount: Micros) -> Micros | None:
    """The instant at which so much had been counted; None when it was not within the pieces."""
    spent = 0
    for piece in pieces:
        if not piece.counted:
            continue
        if spent + piece.open >= amount:
            calendar = piece.ruling.calendar
            return None if calendar is None else calendar.add_open(piece.since, amount - spent)
        spent += piece.open
    return None


def as_micros(seconds: float) -> Micros:
    """The microseconds of an amount in seconds."""
    return round(seconds * SECOND)


def local(instant: Micros, zone: ZoneInfo) -> datetime:
    """An instant in a zone."""
    return from_micros(instant).astimezone(zone)
