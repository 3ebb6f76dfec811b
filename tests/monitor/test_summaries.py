from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.kpi_rows import Tally, TimeTally
from monitor.summaries import FEW, Ratio, Summary, add_tally
from schemas.instants import HOUR, MINUTE


def summary(**counts: int) -> Summary:
    return Summary(Tally({name.replace("__", ":"): count for name, count in counts.items()}))


def test_s50_below_ten_cases_a_ratio_says_that_its_counts_must_be_shown() -> None:
    assert [Ratio(0, cases).few for cases in (0, 1, FEW - 1, FEW)] == [False, True, True, False]
    document = summary(
        met__resolution=8, missed__resolution=1, met__handoff=10, created=4, resolved=5
    ).document()
    assert document["attainment"] == {
        "handoff": {"met": 10, "missed": 0, "share": 1, "few": False},
        "resolution": {"met": 8, "missed": 1, "share": 0.888889, "few": True},
    }
    assert document["kill_rate"] == 1.25
    assert document["cases"]["kill_rate"] == {"part": 5, "of": 4, "few": True}


def test_s50_of_nothing_every_ratio_is_no_data_and_not_zero() -> None:
    document = Summary().document()
    names = set(document["cases"]) | {"csat_mean", "csat_mean_of_five", "excluded_time"}
    assert {name: document[name] for name in names} == dict.fromkeys(names)
    assert all(cases == {"part": 0, "of": 0, "few": False} for cases in document["cases"].values())
    assert (document["waived"], document["attainment"], document["times"]) == ({}, {}, {})


def test_s52_first_contact_resolution_is_of_the_first_resolutions() -> None:
    found = summary(first_resolved=4, first_contact_resolved=3, resolved=9, created=2)
    assert found.first_contact_resolution == 0.75
    assert found.document()["cases"]["first_contact_resolution"] == {"part": 3, "of": 4, "few": True}


def test_s55_csat_is_the_top_two_with_mean_and_response_rate() -> None:
    found = summary(rated=4, rated_top=3, rated_points=10_000 + 8_000 + 8_000 + 2_500, first_resolved=16)
    document = found.document()
    assert (document["csat"], document["csat_response_rate"]) == (0.75, 0.25)
    assert (document["csat_mean"], document["csat_mean_of_five"]) == (0.7125, 3.56)


def test_s55_the_response_rate_counts_a_ticket_once_and_the_score_each_rating() -> None:
    found = summary(rated=3, rated_top=2, rated_points=24_000, rated_again=1, first_resolved=4)
    document = found.document()
    assert document["cases"]["csat_response_rate"] == {"part": 2, "of": 4, "few": True}
    assert document["cases"]["csat"] == {"part": 2, "of": 3, "few": True}
    assert document["csat_mean"] == 0.8


def test_s25_waived_verdicts_are_counted_apart_and_no_part_of_attainment() -> None:
    found = summary(waived__resolution=2, waived__handoff=1, met__resolution=1)
    assert found.document()["waived"] == {"handoff": 1, "resolution": 2}
    assert found.attainment["resolution"].share == 1


def test_s26_excluded_time_is_a_total_and_no_response_time() -> None:
    found = Summary(Tally({}, {"excluded_time": TimeTally({1: 2}, 3 * HOUR, {1: 2}, 4 * HOUR + MINUTE)}))
    assert found.document()["excluded_time"] == {"clocks": 2, "open": 10_800, "wall": 14_460}
    assert found.document()["times"] == {}


COUNTS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 5))
HISTOGRAMS = st.dictionaries(st.integers(0, 3), st.integers(1, 5))
TIMES = st.dictionaries(
    st.sampled_from("xy"), st.builds(TimeTally, HISTOGRAMS, st.integers(1, 9), HISTOGRAMS, st.integers(1, 9))
)
TALLIES = st.builds(Tally, COUNTS, TIMES)


@given(TALLIES, TALLIES)
def test_a_tally_that_is_added_and_taken_away_leaves_what_was_there(one: Tally, other: Tally) -> None:
    total = Tally({}, {})
    add_tally(total, one)
    add_tally(total, other)
    add_tally(total, other, -1)
    assert total.in_order() == one.in_order()
    add_tally(total, one, -1)
    assert total == Tally({}, {})
