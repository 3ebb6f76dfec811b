from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.histograms import (
    MAX_RELATIVE_ERROR,
    Histogram,
    bucket_of,
    mean,
    merge,
    quantile,
    representative,
)
from schemas.instants import DAY, MINUTE, SECOND

DURATIONS = st.integers(0, 400 * DAY)


def histogram(durations: list[int]) -> Histogram:
    found: Histogram = {}
    for duration in durations:
        merge(found, {bucket_of(duration): 1})
    return found


def test_s51_every_duration_is_within_two_and_a_half_per_cent_of_what_its_bucket_shows() -> None:
    duration, bucket = 1, bucket_of(1)
    while duration < 1 << 62:
        assert bucket_of(duration) == bucket
        shown = representative(bucket)
        assert abs(shown - duration) <= Fraction(MAX_RELATIVE_ERROR) * duration
        last = duration  # bisect for the last duration in the bucket, the other end of the error
        step = 1 << 62
        while step := step >> 1:
            if bucket_of(last + step) == bucket:
                last += step
        assert abs(shown - last) <= Fraction(MAX_RELATIVE_ERROR) * last
        duration, bucket = last + 1, bucket + 1


def test_no_time_has_a_bucket_of_its_own() -> None:
    assert bucket_of(0) == bucket_of(-1) == 0
    assert representative(0) == 0
    assert bucket_of(1) == 1


def test_the_documented_buckets_of_a_second_and_of_the_exact_range() -> None:
    assert bucket_of(SECOND) == 253
    assert [bucket_of(duration) for duration in (39, 40, 41, 42, 43)] == [39, 40, 41, 41, 42]


@settings(deadline=None)
@given(st.lists(DURATIONS, min_size=1), st.integers(1, 100))
def test_s51_a_quantile_is_the_nearest_rank_within_the_error(durations: list[int], per_cent: int) -> None:
    exact = sorted(durations)[ceil(Fraction(per_cent, 100) * len(durations)) - 1]
    shown = quantile(histogram(durations), per_cent / 100)
    assert shown is not None
    assert abs(Fraction(shown) * SECOND - exact) <= Fraction(MAX_RELATIVE_ERROR) * exact + Fraction(1, 1000)


def test_s51_p90_of_ten_cases_is_the_ninth() -> None:
    durations = [number * MINUTE for number in range(1, 11)]
    assert quantile(histogram(durations), 0.9) == pytest.approx(9 * 60, rel=MAX_RELATIVE_ERROR)
    assert quantile(histogram(durations), 0.55) == pytest.approx(6 * 60, rel=MAX_RELATIVE_ERROR)


def test_s51_a_recount_in_another_order_gives_the_same_figures() -> None:
    durations = [7 * MINUTE, 3 * MINUTE, 90 * MINUTE]
    assert quantile(histogram(durations), 0.5) == quantile(histogram(durations[::-1]), 0.5)


def test_without_data_there_is_no_quantile_and_no_mean() -> None:
    assert quantile({}, 0.5) is None
    assert mean(0, 0) is None


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        quantile({1: 1}, 1.5)


def test_the_mean_is_exact_to_the_microsecond() -> None:
    assert mean(3 * SECOND, 2) == 1.5
    assert mean(4 * SECOND, 2) == 2


@settings(deadline=None)
@given(st.lists(DURATIONS), st.lists(DURATIONS))
def test_merged_histograms_are_a_recount_and_subtracting_undoes_it(one: list[int], other: list[int]) -> None:
    both = histogram(one)
    merge(both, histogram(other))
    assert both == histogram(one + other)
    merge(both, histogram(other), -1)
    assert both == histogram(one)
