"""Instants and durations as whole microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    as_seconds,
    duration,
    from_micros,
    iso,
    parse_iso,
    to_micros,
)

YEARS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_an_instant_is_microseconds_since_the_epoch_in_utc() -> None:
    assert to_micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert (
        to_micros(datetime(1970, 1, 2, 0, 0, 1, 5, tzinfo=timezone(timedelta(hours=1))))
        == 23 * HOUR + SECOND + 5
    )
    assert to_micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_a_naive_time_is_no_instant() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001


@given(YEARS)
def test_an_instant_and_its_datetime_are_the_same(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment
    assert parse_iso(iso(to_micros(moment))) == to_micros(moment)


def test_iso_has_a_fraction_only_if_there_is_one() -> None:
    assert iso(to_micros(datetime(2016, 2, 29, 1, 16, tzinfo=UTC))) == "2016-02-29T01:16:00Z"
    assert iso(to_micros(datetime(2016, 2, 29, 1, 16, 0, 10, tzinfo=UTC))) == "2016-02-29T01:16:00.000010Z"


def test_a_text_without_an_offset_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match=r"has no UTC offset: write for example .*\+01:00"):
        parse_iso("2026-11-23T09:00:00")


def test_a_duration_of_a_timedelta_is_exact() -> None:
    assert duration(timedelta(days=2, hours=3, microseconds=7)) == 2 * DAY + 3 * HOUR + 7
    assert duration(timedelta(seconds=-1)) == -SECOND


def test_whole_seconds_are_an_int_and_others_a_float() -> None:
    assert as_seconds(90 * MINUTE) == 5400
    assert isinstance(as_seconds(90 * MINUTE), int)
    assert as_seconds(1_500_000) == 1.5
