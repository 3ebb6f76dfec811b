from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.figures import summarise
from monitor.kpi_rows import TALLY_WINDOWS, KpiRow, Row, TallyRow, VolumeRow
from monitor.kpis import TIMES, WEIGHTED, Fact, KpiTable
from monitor.periods import ReportingZone
from schemas.instants import DAY, HOUR, MINUTE, parse_iso
from schemas.kpis import parse_kpi_row
from tests.monitor.kpi_table import MARCH, compacted, fact, meaning, table, tallies


def in_window(rows: Iterable[KpiRow], window: str) -> list[KpiRow]:
    return [row for row in rows if isinstance(row, TallyRow | VolumeRow) and row.window == window]


INSTANTS = st.integers(-45 * DAY // MINUTE, 2 * DAY // MINUTE).map(lambda minutes: MARCH + minutes * MINUTE)
KINDS = st.sampled_from(
    [
        "created",
        "waived:resolution",
        "resolved",
        "met:resolution",
        "created:queue:desk",
        "created:queue:vpn",
        "created:channel:email",
    ]
)
TIMED = st.builds(
    Fact,
    st.sampled_from([*sorted(TIMES), *sorted(WEIGHTED)]),
    INSTANTS,
    st.sampled_from(["acme", "zeta"]),
    st.sampled_from(["P1", "P2"]),
    st.integers(1, 2),
    st.integers(0, 9 * DAY),
    st.integers(0, 9 * DAY),
)
COUNTED = st.builds(
    Fact, KINDS, INSTANTS, st.sampled_from(["acme", "zeta"]), st.sampled_from(["P1", "P2"]), st.integers(1, 2)
)
FACTS = st.lists(TIMED | COUNTED, max_size=30)


def test_s54_volume_is_counted_in_its_hour_its_day_and_its_month() -> None:
    made = table([fact("created", MARCH + 90 * MINUTE), fact("created", MARCH + 30 * HOUR), fact("resolved")])
    found = {(row.window, row.start): row.tally.counts for row in tallies(made) if isinstance(row, TallyRow)}
    assert found == {
        ("hour", MARCH): {"resolved": 1},
        ("hour", MARCH + HOUR): {"created": 1},
        ("hour", MARCH + 30 * HOUR): {"created": 1},
        ("day", MARCH): {"created": 1, "resolved": 1},
        ("day", MARCH + DAY): {"created": 1},
        ("month", MARCH): {"created": 2, "resolved": 1},
    }


def test_s59_a_fact_is_filed_under_the_attributes_it_carries() -> None:
    made = table([fact("created", priority="P3"), fact("resolved", MARCH + HOUR, priority="P1")])
    months = {
        row.priority: row.tally.counts
        for row in tallies(made)
        if isinstance(row, TallyRow) and row.window == "month"
    }
    assert months == {"P3": {"created": 1}, "P1": {"resolved": 1}}


def test_s59_a_corrected_customer_refiles_all_facts_and_leaves_no_row_of_the_former() -> None:
    before = [
        fact("created"),
        fact("created:queue:desk"),
        fact("resolution_time", MARCH + HOUR, a=HOUR, b=HOUR),
    ]
    after = [each._replace(customer="zeta") for each in before]
    made = table(before)
    log = made.drain()
    made.subtract(before)
    made.add(after)
    log += made.drain()
    assert made.rows() == table(after).rows()
    assert meaning(log) == meaning(made.rows())


def test_s51_times_are_kept_in_open_and_in_wall_time_with_exact_sums() -> None:
    made = table([fact("first_response_time", a=HOUR, b=3 * HOUR), fact("first_response_time", a=0, b=HOUR)])
    row = next(row for row in tallies(made) if isinstance(row, TallyRow))
    time = row.tally.times["first_response_time"]
    assert (time.open_us, time.wall_us) == (HOUR, 4 * HOUR)
    assert sorted(time.open.values()) == sorted(time.wall.values()) == [1, 1]
    assert time.open[0] == 1


def test_s55_a_weighted_fact_counts_its_weight_and_one_without_weight_nothing() -> None:
    made = table([fact("rated_points", a=7_500), fact("rated_points", a=10_000), fact("rated_points", a=0)])
    counted = [row.tally.counts for row in tallies(made) if isinstance(row, TallyRow)]
    assert counted == [{"rated_points": 17_500}] * 3
    made.subtract([fact("rated_points", a=7_500)])
    assert [row.tally.counts for row in tallies(made) if isinstance(row, TallyRow)] == [
        {"rated_points": 10_000}
    ] * 3


def test_s55_a_weight_of_nothing_leaves_no_row() -> None:
    made = table([fact("rated_points", a=0)])
    assert (made.drain(), made.rows(), len(made)) == ([], [], 0)


def test_s11_s26_the_times_of_next_responses_and_exclusions_are_kept_like_the_others() -> None:
    made = table([fact("next_response_time", a=HOUR, b=HOUR), fact("excluded_time", a=0, b=HOUR)])
    row = next(row for row in tallies(made) if isinstance(row, TallyRow))
    assert row.tally.counts == {}
    assert {name: (time.open_us, time.wall_us) for name, time in row.tally.times.items()} == {
        "next_response_time": (HOUR, HOUR),
        "excluded_time": (0, HOUR),
    }


def test_volumes_by_queue_category_and_channel_are_rows_of_days_and_months() -> None:
    made = table([fact("created:queue:desk"), fact("created:queue:desk"), fact("created:category:a:b")])
    rows = [row for row in tallies(made) if isinstance(row, VolumeRow)]
    assert {(row.window, row.dimension, row.name, row.counts["created"]) for row in rows} == {
        ("day", "queue", "desk", 2),
        ("month", "queue", "desk", 2),
        ("day", "category", "a:b", 1),
        ("month", "category", "a:b", 1),
    }


def test_every_row_is_as_the_schema_documents_it() -> None:
    made = table(
        [
            fact("created"),
            fact("created:queue:desk"),
            fact("resolution_time", a=HOUR, b=2 * HOUR),
            fact("met:resolution"),
        ]
    )
    keys = [parse_kpi_row(key, value or b"")[0] for key, value in made.drain()]
    assert len(keys) == 5
    assert {key.partition for key in keys} == {3}


def test_a_drain_has_only_what_changed_and_a_second_one_nothing() -> None:
    made = table([fact("created"), fact("created", MARCH + 40 * DAY)])
    assert (made.changed, len(made.drain()), made.changed) == (True, 6, False)
    made.add([fact("resolved", MARCH + HOUR)])
    assert [key.split(b",")[0] for key, _ in made.drain()] == [
        b'{"window":"hour"',
        b'{"window":"day"',
        b'{"window":"month"',
    ]
    assert made.drain() == []


def test_a_cell_that_becomes_empty_is_removed_from_the_log() -> None:
    facts = [fact("created"), fact("resolution_time", a=HOUR, b=HOUR)]
    made = table(facts)
    written = {key for key, _ in made.drain()}
    made.subtract(facts)
    assert made.rows() == []
    assert {key for key, value in made.drain() if value is None} == written
    assert made.rows() == []
    assert len(made) == 0


def test_what_comes_and_goes_between_two_drains_is_not_written() -> None:
    made = table([fact("created")])
    made.subtract([fact("created")])
    assert made.drain() == []
    made.add([fact("created")])
    made.drain()
    made.subtract([fact("created")])
    made.add([fact("created")])
    assert made.drain() == []


def test_a_subtraction_leaves_the_other_kinds_of_its_cell() -> None:
    made = table([fact("created"), fact("resolution_time", a=HOUR, b=HOUR), fact("resolved")])
    made.drain()
    made.subtract([fact("resolution_time", a=HOUR, b=HOUR), fact("resolved")])
    made.drain()
    assert made.rows() == table([fact("created")]).rows()


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_dates_that_sources_write_for_none_can_be_filed(text: str) -> None:
    made = table([fact("created", parse_iso(text))])
    made.expire(parse_iso(text))
    assert len(made.drain()) == 3


@settings(deadline=None)
@given(FACTS, FACTS)
def test_adding_and_subtracting_the_same_facts_leaves_nothing(facts: list[Fact], others: list[Fact]) -> None:
    made = table(facts + others)
    log = made.drain()
    made.subtract(others)
    made.subtract(facts)
    log += made.drain()
    assert made.rows() == []
    assert compacted(log) == {}


@settings(deadline=None)
@given(st.data(), FACTS)
def test_the_order_and_the_steps_in_which_facts_come_make_no_difference(
    data: st.DataObject, facts: list[Fact]
) -> None:
    shuffled = data.draw(st.permutations(facts))
    made, log = table(), list[Row]()
    latest = MARCH - 60 * DAY
    for each in shuffled:
        made.add([each])
        if data.draw(st.booleans()):
            latest = max(latest, each.at)
            made.expire(latest)
            log += made.drain()
    watermark = max([MARCH, *(each.at for each in facts)])
    made.expire(watermark)
    log += made.drain()
    at_once = table(facts)
    at_once.expire(watermark)
    assert made.rows() == at_once.rows()
    assert meaning(log) == meaning(made.rows())


@settings(deadline=None)
@given(FACTS, FACTS)
def test_the_sum_of_two_partitions_is_a_recount(one: list[Fact], other: list[Fact]) -> None:
    parts = [*tallies(table(one)), *tallies(table(other))]
    whole = tallies(table(one + other))
    for window in TALLY_WINDOWS:
        summed, recount = (summarise(in_window(rows, window)) for rows in (parts, whole))
        assert summed.document() == recount.document()


@settings(deadline=None)
@given(st.data(), FACTS, FACTS)
def test_a_restored_table_goes_on_as_if_it_had_never_stopped(
    data: st.DataObject, facts: list[Fact], later: list[Fact]
) -> None:
    made = table(facts)
    log = made.drain()
    taken = data.draw(st.lists(st.sampled_from(facts), unique_by=id) if facts else st.just([]))
    made.subtract(taken)
    log += made.drain()
    cut = data.draw(st.integers(0, len(log)))
    restored = table()
    restored.restore(log[:cut])
    restored.restore(log[cut:])
    for each in (made, restored):
        each.add(later)
        each.expire(MARCH + 3 * DAY)
    assert restored.drain() == made.drain()
    assert restored.rows() == made.rows()
    assert len(restored) == len(made)


def test_an_irregular_quarter_of_an_hour_is_filed_by_the_instant() -> None:
    # Until 1972 Liberia was 44 minutes and 30 seconds behind: no hour began on a quarter in UTC.
    zone = ReportingZone(ZoneInfo("Africa/Monrovia"))
    made = KpiTable(zone, 0)
    start = parse_iso("1971-01-01T01:00:00-00:44:30")
    made.add([fact("created", start), fact("created", start - 1)])
    hours = [row.start for row in tallies(made) if isinstance(row, TallyRow) and row.window == "hour"]
    assert hours == [start - HOUR, start]
