from __future__ import annotations

from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.backlog import Backlog, Span
from monitor.figures import kpis_document, rows_of, summarise
from monitor.histograms import MAX_RELATIVE_ERROR
from monitor.kpi_rows import KpiRow, read_rows
from monitor.kpis import Fact, KpiTable
from monitor.periods import PeriodKind, ReportingZone
from monitor.summaries import NAMES_SHOWN, capped, names_shown
from schemas.instants import DAY, HOUR, MINUTE, Micros, parse_iso

ZONE = ReportingZone(ZoneInfo("Europe/Madrid"))
MARCH = parse_iso("2016-03-01T00:00:00+01:00")
APRIL = parse_iso("2016-04-01T00:00:00+02:00")


def fact(kind: str, at: Micros = MARCH, customer: str = "acme", *, a: int = 0, b: int = 0) -> Fact:
    return Fact(kind, at, customer, "P2", 1, a, b)


def rows(facts: list[Fact], partition: int = 0) -> list[KpiRow]:
    table = KpiTable(ZONE, partition)
    table.add(facts)
    return list(read_rows(table.rows()))


def month(facts: list[Fact], at: Micros = MARCH) -> list[KpiRow]:
    return rows_of(rows(facts), ZONE.period(PeriodKind.MONTH, at))


def test_s50_attainment_is_met_of_met_and_missed_by_settle_time() -> None:
    facts = [
        *[fact("met:resolution", MARCH + number * DAY) for number in range(3)],
        fact("missed:resolution", MARCH + DAY),
        fact("missed:resolution", APRIL),
        fact("met:handoff"),
    ]
    figures = summarise(month(facts)).attainment
    assert (figures["resolution"].met, figures["resolution"].missed) == (3, 1)
    assert figures["resolution"].share == 0.75
    assert figures["handoff"].share == 1
    assert summarise(month(facts, APRIL)).attainment["resolution"].share == 0


def test_s50_no_data_is_no_data() -> None:
    empty = summarise(month([fact("created", APRIL)]))
    assert (empty.attainment, empty.times) == ({}, {})
    assert (empty.kill_rate, empty.reopen_rate, empty.escalation_rate) == (None, None, None)


def test_s51_times_show_mean_median_and_p90_in_open_and_in_calendar_time() -> None:
    facts = [fact("resolution_time", a=number * MINUTE, b=number * HOUR) for number in range(1, 11)]
    times = summarise(month(facts)).times["resolution_time"]
    assert times.count == 10
    assert (times.open.mean, times.wall.mean) == (330, 19_800)
    assert times.open.median == pytest.approx(5 * 60, rel=MAX_RELATIVE_ERROR)
    assert times.open.p90 == pytest.approx(9 * 60, rel=MAX_RELATIVE_ERROR)
    assert times.wall.p90 == pytest.approx(9 * 3600, rel=MAX_RELATIVE_ERROR)


def test_s53_escalation_rate_is_tickets_escalated_of_tickets_created() -> None:
    figures = summarise(month([fact("created"), fact("created"), fact("created"), fact("escalated")]))
    assert figures.escalation_rate == pytest.approx(1 / 3, abs=1e-6)


def test_s54_kill_rate_and_reopen_rate() -> None:
    facts = [*[fact("created")] * 4, *[fact("resolved")] * 5, fact("reopened")]
    figures = summarise(month(facts))
    assert (figures.count("created"), figures.count("resolved"), figures.count("reopened")) == (4, 5, 1)
    assert (figures.kill_rate, figures.reopen_rate) == (1.25, 0.2)


def test_s56_a_week_sums_its_days_and_a_quarter_its_months() -> None:
    facts = [fact("created", MARCH + number * DAY) for number in range(60)]
    found = {
        kind: summarise(rows_of(rows(facts), ZONE.period(kind, MARCH + 10 * DAY))).count("created")
        for kind in (PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.QUARTER)
    }
    assert found == {PeriodKind.WEEK: 7, PeriodKind.MONTH: 31, PeriodKind.QUARTER: 31}


def test_rows_of_two_windows_cannot_be_summed() -> None:
    with pytest.raises(ValueError, match="day and hour and month"):
        summarise(rows([fact("created")]))


def test_volumes_are_summed_by_dimension_and_name() -> None:
    facts = [
        fact("created:queue:desk"),
        fact("created:queue:desk", customer="zeta"),
        fact("created:channel:mail"),
    ]
    assert summarise(month(facts)).volumes == {"created:queue": {"desk": 2}, "created:channel": {"mail": 1}}


def test_of_many_names_the_largest_are_shown_and_the_rest_is_other() -> None:
    names = {f"name {number:03}": number // 2 for number in range(2, 102)}
    shown = capped(names)
    assert len(shown) == NAMES_SHOWN + 1
    assert shown["other"] == sum(sorted(names.values())[: 100 - NAMES_SHOWN])
    assert names_shown({"b": 1, "a": 1, "c": 2}, limit=2) == {"a", "c"}


def test_a_customers_names_are_the_same_in_every_window_of_the_document() -> None:
    facts = [
        each
        for number in range(NAMES_SHOWN + 1)
        for each in [fact(f"created:queue:{number}", MARCH + DAY)] * (3 * number + 1)
    ]
    facts.append(fact("created:queue:0", MARCH))
    lines = {
        (line["window"], line["start"]): line["names"] for line in kpis_document(rows(facts), ZONE)["volumes"]
    }
    assert lines["day", "2016-02-29T23:00:00Z"] == {"other": 1}
    assert lines["month", "2016-02-29T23:00:00Z"]["other"] == 2
    assert len(lines["day", "2016-03-01T23:00:00Z"]) == NAMES_SHOWN + 1


def test_the_document_has_totals_rows_stock_and_what_is_open() -> None:
    facts = [fact("created"), fact("created", customer="zeta"), fact("resolution_time", a=MINUTE, b=HOUR)]
    backlog = Backlog(ZONE, 0)
    backlog.close_days(MARCH)
    backlog.change([], [Span(MARCH, None, "acme", "P2", 1, MARCH)])
    backlog.close_days(MARCH + 2 * DAY)
    found = kpis_document([*rows(facts), *read_rows(backlog.rows())], ZONE)
    assert found["reporting_zone"] == "Europe/Madrid"
    assert found["closed_through"] == "2016-03-02T23:00:00Z"
    assert found["totals"]["overall"]["counts"] == {"created": 2}
    assert summarise(read_rows(backlog.rows())).document() == summarise([]).document()
    assert found["totals"]["overall"]["times"]["resolution_time"]["open"]["mean"] == 60
    assert [(line["customer"], line["counts"]) for line in found["totals"]["by_customer_and_priority"]] == [
        ("acme", {"created": 1}),
        ("zeta", {"created": 1}),
    ]
    assert [line["window"] for line in found["rows"]] == ["day", "day", "hour", "hour", "month", "month"]
    assert found["rows"][0]["times"]["resolution_time"]["open_us"] == MINUTE
    assert [line["ages"] for line in found["stock"]] == [{"0-1": 1}, {"1-3": 1}]
    whose = {"customer": "acme", "priority": "P2", "tier": 1}
    assert found["open"] == [{"created_on": "2016-02-29T23:00:00Z", **whose, "open": 1}]


def test_the_document_of_nothing_says_so() -> None:
    found = kpis_document([], ZONE)
    assert found["closed_through"] is None
    assert found["rows"] == found["volumes"] == found["stock"] == found["open"] == []


KINDS = ["created", "met:resolution", "created:queue:desk", "resolution_time"]
FACTS = st.lists(
    st.builds(
        Fact,
        st.sampled_from(KINDS),
        st.integers(0, 60).map(lambda days: MARCH + days * DAY),
        st.sampled_from(["acme", "zeta"]),
        st.sampled_from(["P1", "P2"]),
        st.integers(1, 2),
        st.integers(0, DAY),
        st.integers(0, DAY),
    ),
    max_size=20,
)


def stocks(partition: int, opened: list[int]) -> list[KpiRow]:
    backlog = Backlog(ZONE, partition)
    backlog.close_days(MARCH)
    for day in opened:
        at = MARCH + day * DAY
        backlog.change([], [Span(at, None, "acme", "P2", 1, at)])
    backlog.close_days(MARCH + 5 * DAY)
    return list(read_rows(backlog.rows()))


@settings(deadline=None)
@given(st.data(), FACTS, st.lists(st.integers(0, 4), max_size=5))
def test_the_document_does_not_know_partitions_nor_the_order_of_rows(
    data: st.DataObject, facts: list[Fact], opened: list[int]
) -> None:
    whole = [*rows(facts), *stocks(0, opened)]
    cut = data.draw(st.integers(0, len(facts)))
    some = data.draw(st.integers(0, len(opened)))
    parts = [*rows(facts[:cut]), *rows(facts[cut:], 1), *stocks(0, opened[:some]), *stocks(1, opened[some:])]
    mixed = data.draw(st.permutations(parts))
    assert orjson.dumps(kpis_document(mixed, ZONE)) == orjson.dumps(kpis_document(whole, ZONE))
