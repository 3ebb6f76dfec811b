from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import backlog
from monitor.backlog import Backlog, Span, StockChange
from monitor.errors import StateUnreadable
from monitor.figures import stock_at
from monitor.kpi_rows import OpenRow, Row, StockRow, read_rows
from monitor.periods import ReportingZone
from schemas.instants import DAY, HOUR, Micros, parse_iso
from schemas.kpis import parse_kpi_row

ZONE = ReportingZone(ZoneInfo("Europe/Madrid"))
MARCH = parse_iso("2016-03-01T00:00:00+01:00")
NOON = MARCH + 12 * HOUR
WHO = ("acme", "P2", 1)


def span(
    from_: Micros, to: Micros | None = None, created: Micros | None = None, who: tuple[str, str, int] = WHO
) -> Span:
    return Span(from_, to, *who, from_ if created is None else created)


def started(at: Micros = NOON) -> Backlog:
    made = Backlog(ZONE, 3)
    made.close_days(at)
    return made


def stocks(made: Backlog) -> dict[Micros, dict[str, int]]:
    return {row.start: row.stock.ages for row in read_rows(made.rows()) if isinstance(row, StockRow)}


def test_s54_a_stock_row_is_written_at_each_days_close() -> None:
    made = started()
    made.change([], [span(NOON)])
    assert stocks(made) == {}
    assert made.next_close == MARCH + DAY
    made.close_days(MARCH + 2 * DAY - 1)
    assert stocks(made) == {MARCH: {"0-1": 1}}
    made.close_days(MARCH + 2 * DAY)
    assert stocks(made) == {MARCH: {"0-1": 1}, MARCH + DAY: {"1-3": 1}}
    assert made.next_close == MARCH + 3 * DAY


def test_s57_a_change_says_what_it_alters_in_days_that_have_ended() -> None:
    made = started()
    assert made.change([], [span(NOON)]) == []
    made.close_days(NOON + 3 * DAY)
    assert made.change([span(NOON)], [span(NOON, NOON + 2 * DAY)]) == [
        StockChange(MARCH + 2 * DAY, *WHO, "1-3", -1)
    ]


def test_s54_a_ticket_of_midnight_belongs_to_the_new_day_when_it_opens_and_when_it_ends() -> None:
    made = started()
    made.change([], [span(MARCH + DAY, MARCH + 2 * DAY)])
    made.close_days(MARCH + 5 * DAY)
    assert stocks(made) == {MARCH + DAY: {"0-1": 1}}


def test_s54_age_bands_count_days_of_the_reporting_zone_since_creation() -> None:
    made = started()
    made.change([], [span(NOON)])
    made.close_days(MARCH + 60 * DAY)
    ages = [next(iter(band)) for _, band in sorted(stocks(made).items())]
    assert Counter(ages) == {"0-1": 1, "1-3": 2, "3-7": 4, "7-30": 23, ">30": 30}
    assert ages == sorted(ages, key=backlog.AGE_BANDS.index)


def test_s59_the_stock_is_filed_under_the_attributes_at_the_close() -> None:
    made = started()
    urgent = ("acme", "P1", 2)
    made.change([], [span(NOON)])
    made.close_days(NOON + DAY)
    made.change([span(NOON)], [span(NOON, NOON + DAY), span(NOON + DAY, None, NOON, urgent)])
    made.close_days(NOON + 2 * DAY)
    found = [row[:4] for row in read_rows(made.rows()) if isinstance(row, StockRow)]
    assert found == [(MARCH, *WHO), (MARCH + DAY, *urgent)]


def test_s54_a_late_end_corrects_only_the_closed_days_after_it() -> None:
    made = started()
    made.change([], [span(NOON)])
    made.close_days(NOON + 5 * DAY)
    made.drain()
    made.change([span(NOON)], [span(NOON, NOON + 3 * DAY)])
    changed = made.drain()
    assert [key.split(b",")[0] for key, _ in changed] == [b'{"window":"stock"'] * 2 + [b'{"window":"open"']
    assert {value for _, value in changed} == {None}
    assert sorted(stocks(made)) == [MARCH, MARCH + DAY, MARCH + 2 * DAY]


def test_a_reopened_ticket_is_missing_from_the_days_between() -> None:
    made = started()
    made.change([], [span(NOON, NOON + DAY), span(NOON + 3 * DAY, None, NOON)])
    made.close_days(NOON + 5 * DAY)
    assert sorted(stocks(made)) == [MARCH, MARCH + 3 * DAY, MARCH + 4 * DAY]


def test_spans_that_stay_the_same_touch_nothing() -> None:
    made = started()
    made.change([], [span(NOON)])
    made.close_days(NOON + DAY)
    made.drain()
    made.change([span(NOON)], [span(NOON)])
    assert not made.changed
    assert made.drain() == []


def test_what_was_open_before_the_first_close_is_caught_up_with() -> None:
    made = Backlog(ZONE, 0)
    assert made.next_close is None
    assert made.rows() == []
    made.change([], [span(NOON)])
    made.close_days(NOON + 2 * DAY)
    assert sorted(stocks(made)) == [MARCH, MARCH + DAY]


def test_what_lies_ahead_waits_for_its_day() -> None:
    made = started()
    made.change([], [span(NOON), span(NOON + 2 * DAY, NOON + 3 * DAY)])
    made.change([], [span(NOON + 9 * DAY)])
    made.change([span(NOON + 9 * DAY)], [])
    with pytest.raises(RuntimeError, match="close_days"):
        made.drain()
    made.close_days(NOON + 4 * DAY)
    made.drain()
    assert {start: sum(ages.values()) for start, ages in stocks(made).items()} == {
        MARCH: 1,
        MARCH + DAY: 1,
        MARCH + 2 * DAY: 2,
        MARCH + 3 * DAY: 1,
    }


def test_a_first_close_before_all_spans_opens_its_own_day() -> None:
    made = Backlog(ZONE, 0)
    made.change([], [span(NOON + 2 * DAY)])
    made.close_days(NOON)
    assert made.next_close == MARCH + DAY
    made.close_days(NOON + 3 * DAY)
    assert sorted(stocks(made)) == [MARCH + 2 * DAY]


def test_a_gap_of_years_writes_only_the_days_that_are_kept() -> None:
    made = started()
    made.change([], [span(NOON)])
    made.close_days(NOON + 3000 * DAY)
    assert len(stocks(made)) == 400
    assert {band for ages in stocks(made).values() for band in ages} == {">30"}
    made.change([span(NOON)], [])
    assert stocks(made) == {}


def test_a_gap_with_nothing_open_leaps_to_the_next_day_that_has_something() -> None:
    made = started()
    made.change([], [span(NOON, NOON + DAY)])
    far = NOON + 100_000 * DAY
    made.close_days(far)
    assert stocks(made) == {}
    made.change([], [span(far - 3 * DAY)])
    assert len(stocks(made)) == 3


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_dates_that_sources_write_for_none_can_be_closed(text: str) -> None:
    made = started(min(NOON, parse_iso(text)))
    made.change([], [span(min(NOON, parse_iso(text)))])
    made.close_days(parse_iso(text))
    made.expire(parse_iso(text))
    restored = Backlog(ZONE, 3)
    restored.restore(made.drain())
    assert restored.rows() == made.rows()


def test_stock_rows_are_dropped_400_days_behind_the_partitions_time() -> None:
    made = started()
    made.change([], [span(NOON, NOON + 3 * DAY)])
    made.close_days(NOON + 3 * DAY)
    log = made.drain()
    made.close_days(NOON + 401 * DAY)
    made.expire(NOON + 401 * DAY)
    made.expire(NOON + 401 * DAY)
    log += made.drain()
    assert sorted(stocks(made)) == [MARCH + DAY, MARCH + 2 * DAY]
    assert compacted(log) == dict(made.rows())


def test_a_stock_that_was_never_written_expires_without_a_word() -> None:
    made = started()
    made.change([], [span(NOON, NOON + DAY)])
    made.close_days(NOON + 2 * DAY)
    made.expire(NOON + 500 * DAY)
    assert [key for key, value in made.drain() if value is None] == []


def test_a_day_the_zone_skipped_has_no_stock() -> None:
    zone = ReportingZone(ZoneInfo("Pacific/Apia"))
    thursday = parse_iso("2011-12-29T12:00:00-10:00")
    made = Backlog(zone, 0)
    made.close_days(thursday)
    made.change([], [span(thursday)])
    made.close_days(thursday + 2 * DAY)
    assert sorted(stocks(made)) == [zone.day(thursday), zone.day(thursday + DAY)]
    late = Backlog(zone, 0)
    late.close_days(thursday + 2 * DAY)
    late.change([], [span(thursday)])
    assert late.rows() == made.rows()


def test_every_row_is_as_the_schema_documents_it() -> None:
    made = started()
    made.change([], [span(NOON)])
    made.close_days(NOON + DAY)
    rows = [parse_kpi_row(key, value or b"") for key, value in made.drain()]
    assert [value.model_dump() for _, value in rows][:2] == [{"open": 1, "ages": {"0-1": 1}}, {"open": 1}]
    assert len(made) == len(rows) == 3


def test_the_ledger_shows_what_is_open_now() -> None:
    made = started()
    made.change([], [span(NOON)])
    made.change([], [span(NOON)])
    made.change([span(NOON)], [span(NOON, NOON + HOUR)])
    assert [row for row in read_rows(made.rows()) if isinstance(row, OpenRow)] == [OpenRow(MARCH, *WHO, 1)]


def test_a_ledger_kept_in_another_time_zone_is_refused() -> None:
    log = started().drain()
    with pytest.raises(StateUnreadable, match="Europe/Madrid"):
        Backlog(ReportingZone(ZoneInfo("Asia/Tokyo")), 3).restore(log)


def test_a_ledger_without_its_open_day_is_refused() -> None:
    made = started()
    made.change([], [span(NOON)])
    restored = Backlog(ZONE, 3)
    restored.restore([(key, None if b'"closed"' in key else value) for key, value in made.rows()])
    with pytest.raises(StateUnreadable, match="open day"):
        restored.change([], [span(NOON)])


def test_a_restored_backlog_knows_what_the_log_removed() -> None:
    made = started()
    made.change([], [span(NOON), span(NOON, None, NOON, ("zeta", "P1", 1))])
    made.close_days(NOON + DAY)
    log = made.drain()
    made.change([span(NOON)], [])
    log += made.drain()
    restored = Backlog(ZONE, 3)
    restored.restore(log)
    assert restored.next_close == made.next_close
    assert restored.rows() == made.rows()
    for each in (made, restored):
        each.close_days(NOON + 3 * DAY)
    assert restored.drain() == made.drain()


def test_rows_of_other_windows_are_passed_over() -> None:
    made = Backlog(ZONE, 3)
    made.restore([(b'{"window":"hour","partition":3}', b"{}")])
    assert made.rows() == []


def test_emptied_caches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = started()
    made.change([], [span(NOON)])
    made.close_days(NOON + 9 * DAY)
    expected = made.rows()
    monkeypatch.setattr(backlog, "_CACHED", 1)
    made._heads.clear()
    assert made.rows() == expected


def test_s54_the_backlog_of_a_running_period_is_that_of_the_last_close() -> None:
    made = started()
    made.change([], [span(NOON)])
    assert (found := stock_at(read_rows(made.rows()), MARCH + 31 * DAY, ZONE))
    assert (found.start, found.open) == (MARCH - DAY, 0)
    made.close_days(NOON + 2 * DAY)
    assert (found := stock_at(read_rows(made.rows()), MARCH + 31 * DAY, ZONE))
    assert (found.start, found.open, found.ages["1-3"]) == (MARCH + DAY, 1, 1)
    assert (found := stock_at(read_rows(made.rows()), MARCH + DAY, ZONE))
    assert (found.start, found.open) == (MARCH, 1)


def test_s54_there_is_no_backlog_before_the_first_close_nor_beyond_what_is_kept() -> None:
    assert stock_at([], MARCH, ZONE) is None
    assert stock_at(read_rows(started().rows()), MARCH - 500 * DAY, ZONE) is None


History = list[list[Span]]  # the spans of one ticket after each of its changes


@st.composite
def histories(draw: st.DrawFn) -> History:
    created = MARCH + draw(st.integers(-50, 200)) * HOUR
    history: History = [[]]
    for _ in range(draw(st.integers(1, 4))):
        instants = [created + 6 * HOUR * draw(st.integers(0, 200)) for _ in range(draw(st.integers(0, 4)))]
        cuts: list[Micros | None] = [created, *sorted(set(instants) - {created})]
        if draw(st.booleans()):
            cuts.append(None)
        who = st.tuples(st.sampled_from(["acme", "zeta"]), st.sampled_from(["P1", "P2"]), st.integers(1, 2))
        history.append(
            [
                Span(from_, to, *draw(who), created)
                for from_, to in pairwise(cuts)
                if from_ is not None and draw(st.integers(0, 4))
            ]
        )
    return history


def expected_stocks(spans: Iterable[Span], watermark: Micros) -> Counter[tuple[Micros, str, str, int, str]]:
    """The definition, day by day and ticket by ticket."""
    found: Counter[tuple[Micros, str, str, int, str]] = Counter()
    spans = list(spans)
    start = ZONE.day(min([watermark, *(each.from_ for each in spans)]))
    while (close := ZONE.next_day(start)) <= watermark:
        for each in spans:
            if each.from_ < close and (each.to is None or close <= each.to):
                age = ZONE.day_index(start) - ZONE.day_index(each.created)
                band = next((name for name, end in BAND_ENDS if age < end), ">30")
                found[start, each.customer, each.priority, each.tier, band] += 1
        start = close
    return found


BAND_ENDS = (("0-1", 1), ("1-3", 3), ("3-7", 7), ("7-30", 30))


def compacted(log: Iterable[Row]) -> dict[bytes, bytes]:
    return {key: value for key, value in dict(log).items() if value is not None}


def played(data: st.DataObject, tickets: Sequence[History], watermark: Micros) -> tuple[Backlog, list[Row]]:
    """All changes in some order, between closes, drains and restarts at some moments."""
    made, log = Backlog(ZONE, 3), list[Row]()
    places = data.draw(st.permutations([number for number, each in enumerate(tickets) for _ in each[1:]]))
    done = [0] * len(tickets)
    now = MARCH
    for number in places:
        step = done[number]
        made.change(tickets[number][step], tickets[number][step + 1])
        done[number] += 1
        match data.draw(st.sampled_from(["nothing", "close", "drain", "restart"])):
            case "close":
                now += data.draw(st.integers(0, 6)) * 8 * HOUR
                made.close_days(min(now, watermark))
            case "drain" | "restart" as what if not made._ahead:
                log += made.drain()
                if what == "restart":
                    made = Backlog(ZONE, 3)
                    made.restore(log)
            case _:
                pass
    made.close_days(watermark)
    made.expire(watermark)
    return made, log


@settings(deadline=None, max_examples=200)
@given(st.data(), st.lists(histories(), max_size=5))
def test_s54_stock_rows_depend_on_the_spans_and_the_closed_days_alone(
    data: st.DataObject, tickets: list[History]
) -> None:
    watermark = MARCH + 60 * DAY  # after every end, so that nothing is ahead
    made, log = played(data, tickets, watermark)
    final = [each for history in tickets for each in history[-1]]
    found = {
        (row.start, row.customer, row.priority, row.tier, band): count
        for row in read_rows(made.rows())
        if isinstance(row, StockRow)
        for band, count in row.stock.ages.items()
    }
    assert found == expected_stocks(final, watermark)
    opened = Counter(
        (ZONE.day(each.created), each.customer, each.priority, each.tier) for each in final if each.to is None
    )
    assert {row[:4]: row.open for row in read_rows(made.rows()) if isinstance(row, OpenRow)} == opened
    log += made.drain()
    assert compacted(log) == dict(made.rows())
    assert len(made) == len(made.rows())
