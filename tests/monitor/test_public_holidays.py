"""The dates that belong to a version: fixed years, sorted, the same each time."""

from __future__ import annotations

import warnings
from datetime import date

import pytest

from monitor.public_holidays import YEARS, dates_of_year, place_name, public_dates


def test_a_place_has_its_dates_of_all_years() -> None:
    dates = public_dates("DE", "BY")
    assert list(dates) == sorted(set(dates))
    assert {day.year for day in dates} == set(YEARS)
    assert date(2026, 12, 25) in dates


def test_a_place_that_the_library_knows_for_fewer_years_gives_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert {day.year for day in public_dates("IN", None)} <= set(YEARS)


def test_years_outside_come_from_the_library_one_by_one() -> None:
    assert date(2070, 12, 25) in dates_of_year("ES", None, 2070)
    assert dates_of_year("XX", None, 2070) == ()


def test_a_place_that_is_unknown_is_an_error() -> None:
    with pytest.raises(NotImplementedError):
        public_dates("XX", None)


def test_a_place_is_called_by_country_and_subdivision() -> None:
    assert (place_name("ES", None), place_name("ES", "MD")) == ("ES", "ES/MD")
