"""Closed periods do not change silently: now less the corrections is what they said at their close (S57)."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.backlog import Backlog, Span
from monitor.errors import StateUnreadable
from monitor.histograms import merge
from monitor.kpi_rows import (
    ClosedPeriodsRow,
    CorrectionRow,
    KpiRow,
    Row,
    Tally,
    TimeTally,
    VolumeCorrectionRow,
    read_row,
    read_rows,
)
from monitor.kpis import TIMES, WEIGHTED, Fact, KpiTable
from monitor.periods import Period, PeriodKind, ReportingZone
from monitor.row_index import RowIndex
from monitor.snapshots import before
from monitor.summaries import Summary
from schemas.instants import DAY, HOUR, MINUTE, Micros, parse_iso
from schemas.kpis import parse_kpi_row
from schemas.reasons import CorrectionReason

ZONE = ReportingZone(ZoneInfo("Europe/Madrid"))
MARCH = parse_iso("2016-03-01T00:00:00+01:00")  # a Tuesday
GRACE = DAY
LATE, REOPENED, WAIVED = CorrectionReason.LATE_EVENT, CorrectionReason.REOPENED, CorrectionReason.WAIVED


def fact(kind: str, at: Micros = MARCH, a: int = 0, b: int = 0) -> Fact:
    return Fact(kind, at, "acme", "P2", 1, a, b)


def corrections(table: KpiTable) -> list[KpiRow]:
    return [row for row in read_rows(table.correction_rows()) if not isinstance(row, ClosedPeriodsRow)]


def kinds(rows: Iterable[KpiRow]) -> list[str]:
    return [row.of for row in rows if isinstance(row, CorrectionRow | VolumeCorrectionRow)]


def closed_at(watermark: Micros, facts: Iterable[Fact] = (), grace: Micros = GRACE) -> KpiTable:
    table = KpiTable(ZONE, 0)
    table.add(facts)
    table.close_periods(watermark, grace)
    return table


def test_s57_a_period_closes_when_the_grace_after_its_end_has_passed() -> None:
    table = closed_at(MARCH + 2 * DAY - 1)
    assert table.next_close == MARCH + 2 * DAY
    table.add([fact("created")])
    assert corrections(table) == []
    table.close_periods(MARCH + 2 * DAY, GRACE)
    table.add([fact("created", MARCH + DAY - 1)])
    assert corrections(table) == [
        CorrectionRow("day", MARCH, "acme", "P2", 1, {"late_event": Tally({"created": 1})})
    ]
    table.add([fact("created", MARCH + DAY)])
    assert kinds(corrections(table)) == ["day"]


def test_s57_each_kind_of_period_closes_at_its_own_end() -> None:
    july = parse_iso("2016-07-01T00:00:00+02:00")
    ends = {
        "day": MARCH + DAY,
        "week": MARCH + 6 * DAY,
        "month": parse_iso("2016-04-01T00:00:00+02:00"),
        "quarter": parse_iso("2016-04-01T00:00:00+02:00"),
        "half": july,
        "year": parse_iso("2017-01-01T00:00:00+01:00"),
    }
    for end in ends.values():
        for watermark in (end + GRACE - 1, end + GRACE):
            table = closed_at(watermark)
            table.add([fact("created")])
            expected = [kind for kind, of_kind in ends.items() if of_kind + GRACE <= watermark]
            assert kinds(corrections(table)) == expected


def test_s57_a_correction_names_its_reason_and_is_signed() -> None:
    filed = [fact("met:resolution"), fact("resolution_time", a=HOUR, b=2 * HOUR)]
    table = closed_at(MARCH + 2 * DAY, filed)
    table.subtract(filed, REOPENED)
    table.add([fact("missed:resolution")], LATE)
    (row,) = corrections(table)
    assert isinstance(row, CorrectionRow)
    time = row.reasons["reopened"].times["resolution_time"]
    assert row.reasons["reopened"].counts == {"met:resolution": -1}
    assert (time.open_us, time.wall_us, [*time.open.values(), *time.wall.values()]) == (
        -HOUR,
        -2 * HOUR,
        [-1, -1],
    )
    assert row.reasons["late_event"] == Tally({"missed:resolution": 1})


def test_s57_a_change_and_its_opposite_stay_to_be_seen_unless_for_the_same_reason() -> None:
    table = closed_at(MARCH + 2 * DAY, [fact("met:resolution")])
    table.subtract([fact("met:resolution")], WAIVED)
    table.add([fact("met:resolution")], WAIVED)
    assert corrections(table) == []
    table.subtract([fact("met:resolution")], WAIVED)
    table.add([fact("met:resolution")], LATE)
    (row,) = corrections(table)
    assert isinstance(row, CorrectionRow)
    assert {reason: tally.counts for reason, tally in row.reasons.items()} == {
        "waived": {"met:resolution": -1},
        "late_event": {"met:resolution": 1},
    }


def test_s57_a_duration_replaced_by_one_of_the_same_bucket_is_still_a_correction() -> None:
    table = closed_at(MARCH + 2 * DAY, [fact("resolution_time", a=HOUR, b=HOUR)])
    table.subtract([fact("resolution_time", a=HOUR, b=HOUR)])
    table.add([fact("resolution_time", a=HOUR - MINUTE, b=HOUR)])
    (row,) = corrections(table)
    assert isinstance(row, CorrectionRow)
    assert row.reasons["late_event"].times == {"resolution_time": TimeTally({}, -MINUTE, {}, 0)}


def test_s57_the_volume_of_a_queue_is_corrected_too() -> None:
    table = closed_at(MARCH + 2 * DAY)
    table.add([fact("created"), fact("created:queue:vpn")])
    assert corrections(table)[1] == VolumeCorrectionRow(
        "day", MARCH, "acme", "queue", "vpn", {"late_event": Tally({"created": 1})}
    )


def test_s57_a_longer_grace_reopens_nothing_and_a_shorter_one_closes_at_once() -> None:
    table = closed_at(MARCH + 2 * DAY)
    table.close_periods(MARCH + 2 * DAY, 30 * DAY)
    table.add([fact("created")])
    assert kinds(corrections(table)) == ["day"]
    table.close_periods(MARCH + 3 * DAY, HOUR)
    table.add([fact("created", MARCH + DAY)])
    assert kinds(corrections(table)) == ["day", "day"]


def test_s57_the_clocks_change_inside_a_grace() -> None:
    sunday = parse_iso("2016-03-27T00:00:00+01:00")  # of 23 hours
    table = closed_at(sunday + 23 * HOUR + GRACE - 1)
    table.add([fact("created", sunday)])
    assert corrections(table) == []
    table.close_periods(sunday + 23 * HOUR + GRACE, GRACE)
    table.add([fact("created", sunday)])
    assert kinds(corrections(table)) == ["day", "week"]


def test_the_rows_of_corrections_are_as_the_schema_documents_them() -> None:
    table = closed_at(MARCH + 40 * DAY, [fact("resolution_time", a=HOUR, b=HOUR)])
    table.subtract([fact("resolution_time", a=HOUR, b=HOUR)], REOPENED)
    table.add([fact("created"), fact("created:queue:vpn")])
    rows = [row for row in table.drain() if b'"correction"' in row[0] or b'"closed_periods"' in row[0]]
    assert len(rows) == 9
    for key, row in rows:
        parse_kpi_row(key, row or b"")


def test_corrections_go_with_their_period() -> None:
    table = closed_at(MARCH + 40 * DAY)
    table.add([fact("created")])
    log = table.drain()
    table.expire(MARCH + 402 * DAY)
    assert kinds(corrections(table)) == ["month", "quarter"]
    log += table.drain()
    table.expire(parse_iso("2026-05-01T00:00:00+02:00"))
    assert corrections(table) == []
    log += table.drain()
    assert len(table) == 1
    assert [key for key, value in dict(log).items() if value is not None] == [
        b'{"window":"closed_periods","partition":0}'
    ]


def test_a_week_whose_monday_is_kept_no_more_is_corrected_no_more() -> None:
    at = MARCH + 399 * DAY  # the day that keeps Monday, 29 February, as its first
    table = closed_at(at)
    table.expire(at)
    table.add([fact("created")])
    assert {"day", "week"} <= set(kinds(corrections(table)))
    table.drain()
    table.expire(at + DAY)
    assert [value for key, value in table.drain() if b'"of":"week"' in key] == [None]
    table.add([fact("created")])
    assert [key for key, _ in table.drain() if b'"of":"week"' in key] == []
    assert "day" in kinds(corrections(table))


def test_what_is_too_old_for_its_day_corrects_its_month_only() -> None:
    table = closed_at(MARCH + 410 * DAY)
    table.expire(MARCH + 410 * DAY)
    table.add([fact("created")])
    assert kinds(corrections(table)) == ["month", "quarter", "half", "year"]


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_dates_that_sources_write_for_none_close_and_are_corrected(text: str) -> None:
    table = closed_at(parse_iso(text))
    table.add([fact("created", parse_iso(text)), fact("created", parse_iso("0001-01-01T00:00:00Z"))])
    for key, value in table.drain():
        parse_kpi_row(key, value or b"")


def test_a_correction_of_an_unknown_period_is_refused() -> None:
    key = b'{"window":"correction","partition":0,"of":"decade","start":"2016-03-01T00:00:00Z","customer":"a"}'
    with pytest.raises(StateUnreadable, match="decade"):
        KpiTable(ZONE, 0).restore([(key, b"{}")])


KINDS = ["created", "met:resolution", "created:queue:vpn", "rated_points", "resolution_time", "excluded_time"]
FACTS = st.lists(
    st.builds(
        Fact,
        st.sampled_from(KINDS),
        st.integers(-40 * 24, 40 * 24).map(lambda hours: MARCH + hours * HOUR),
        st.sampled_from(["acme", "zeta"]),
        st.sampled_from(["P1", "P2"]),
        st.integers(1, 2),
        st.integers(0, 2 * HOUR),
        st.integers(0, 2 * HOUR),
    ),
    max_size=12,
)
PERIODS = sorted({ZONE.period(kind, MARCH + days * DAY) for kind in PeriodKind for days in range(-41, 42)})
REASONS = st.sampled_from(CorrectionReason)


class Told:
    """A table that is told facts, takes some back and closes; remembers what each period said at its close."""

    def __init__(self) -> None:
        self.table = KpiTable(ZONE, 0)
        self.facts: list[Fact] = []
        self.closed: dict[Period, Summary] = {}
        self.log: list[Row] = []

    def tell(self, data: st.DataObject, facts: list[Fact]) -> None:
        self.table.add(facts, data.draw(REASONS))
        self.facts += facts
        takes_back: bool = data.draw(st.booleans())
        if self.facts and takes_back:
            gone = self.facts.pop(data.draw(st.integers(0, len(self.facts) - 1)))
            self.table.subtract([gone], data.draw(REASONS))

    def close(self, watermark: Micros) -> None:
        rows = RowIndex(read_rows(self.table.rows()), ZONE)
        for period in PERIODS:
            if period.end + GRACE <= watermark:
                self.closed.setdefault(period, rows.summary(period))
        self.table.close_periods(watermark, GRACE)

    def drain(self) -> None:
        self.log += self.table.drain()


def run(data: st.DataObject, parts: list[tuple[list[Fact], int]]) -> Told:
    told, watermark = Told(), MARCH - 40 * DAY
    for facts, days in parts:
        told.tell(data, facts)
        watermark += days * DAY
        told.close(watermark)
        if data.draw(st.booleans()):
            told.drain()
    return told


PARTS = st.lists(st.tuples(FACTS, st.integers(0, 25)), min_size=1, max_size=5)


@settings(deadline=None, max_examples=40)
@given(st.data(), PARTS)
def test_s57_now_less_the_corrections_is_what_each_period_said_at_its_close(
    data: st.DataObject, parts: list[tuple[list[Fact], int]]
) -> None:
    told = run(data, parts)
    told.drain()
    index = RowIndex(read_rows(told.log), ZONE)
    for period, said in told.closed.items():
        former = before(index.summary(period), index.corrections(period))
        assert former.tally.in_order() == said.tally.in_order()
        assert former.volumes == said.volumes


@settings(deadline=None, max_examples=40)
@given(st.data(), PARTS, FACTS)
def test_s57_a_restart_at_any_point_changes_no_correction(
    data: st.DataObject, parts: list[tuple[list[Fact], int]], later: list[Fact]
) -> None:
    told = run(data, parts)
    told.drain()
    restored = KpiTable(ZONE, 0)
    cut = data.draw(st.integers(0, len(told.log)))
    restored.restore(told.log[:cut])
    restored.restore(told.log[cut:])
    assert not restored.changed
    assert restored.correction_rows() == told.table.correction_rows()
    for table in (told.table, restored):
        table.add(later, WAIVED)
        table.close_periods(MARCH + 70 * DAY, GRACE)
        table.subtract(later[1:], REOPENED)
    assert sorted(restored.drain()) == sorted(told.table.drain())
    assert restored.correction_rows() == told.table.correction_rows()
    assert len(restored) == len(told.table)


@settings(deadline=None, max_examples=40)
@given(st.data(), PARTS)
def test_corrections_change_no_tally_and_nothing_of_the_document(
    data: st.DataObject, parts: list[tuple[list[Fact], int]]
) -> None:
    told = run(data, parts)
    plain = KpiTable(ZONE, 0)
    plain.add(told.facts)
    assert told.table.rows() == plain.rows()


@settings(deadline=None, max_examples=40)
@given(FACTS, REASONS)
def test_s57_what_came_late_and_was_taken_back_for_the_same_reason_leaves_nothing(
    facts: list[Fact], reason: CorrectionReason
) -> None:
    table = closed_at(MARCH + 900 * DAY)
    table.add(facts, reason)
    log = table.drain()
    table.subtract(facts[::-1], reason)
    log += table.drain()
    assert corrections(table) == []
    left = {key: read_row(key, value) for key, value in dict(log).items() if value is not None}
    assert [type(row) for row in left.values()] == [ClosedPeriodsRow]


def test_weighted_kinds_and_times_are_different_words() -> None:
    assert not TIMES & WEIGHTED


SPANS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from(["P1", "P2"])), max_size=4)


def spans_of(days: list[tuple[int, int, str]], upto: int) -> list[Span]:
    """Tickets open from one day to the noon of another, as far as they are known on a day."""
    starts = [(MARCH + min(opened, upto) * DAY, ended, priority) for opened, ended, priority in days]
    return [
        Span(
            start,
            end if (end := start + ended * DAY + HOUR) < MARCH + upto * DAY else None,
            "acme",
            priority,
            1,
            start,
        )
        for start, ended, priority in starts
    ]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(SPANS, st.sampled_from(CorrectionReason)), min_size=1, max_size=12))
def test_s57_the_backlog_less_its_corrections_is_what_each_day_reported(
    steps: list[tuple[list[tuple[int, int, str]], CorrectionReason]],
) -> None:
    table, backlog = KpiTable(ZONE, 0), Backlog(ZONE, 0)
    backlog.close_days(MARCH)
    said: dict[Micros, dict[str, int]] = {}
    spans: list[Span] = []
    for number, (days, reason) in enumerate(steps, start=1):
        now = MARCH + number * DAY
        backlog.close_days(now)
        known = spans_of(days, number)
        table.correct_stocks(backlog.change(spans, known), reason)
        spans = known
        table.close_periods(now, GRACE)
        stock = RowIndex(read_rows(backlog.rows()), ZONE).stock(now - GRACE)
        said[now - GRACE] = stock.ages if stock else {}
    index = RowIndex(read_rows([*backlog.rows(), *table.correction_rows()]), ZONE)
    for end, ages in said.items():
        stock = index.stock(end)
        former = dict(stock.ages) if stock else {}
        merge(former, dict.fromkeys(former, 0))  # the bands that are zero leave
        for bands in index.stock_corrections(end).values():
            merge(former, bands, -1)
        assert former == {band: count for band, count in ages.items() if count}
