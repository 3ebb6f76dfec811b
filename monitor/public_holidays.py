"""The public holidays of countries and their subdivisions, as the `holidays` library gives them.

What the library says of a place changes from one release of it to the next, and with it what is promised. So
the dates of the years in `YEARS` are part of a policy version: they are in its hash, its record carries them, and
whoever judges by that version takes them from there.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version as installed_version
from typing import Final

import holidays as library

YEARS: Final = range(2000, 2060)
"""The years whose dates belong to a version; about 12 KB and 10 ms for a place. Before and after, the library."""

PublicDates = Mapping[str, Sequence[date]]
"""Dates by the name of their place (`place_name`), ascending."""


def place_name(country: str, subdivision: str | None) -> str:
    """What a place is called in a version's record: `ES`, or `ES/MD`."""
    return country if subdivision is None else f"{country}/{subdivision}"


@cache
def public_dates(country: str, subdivision: str | None) -> tuple[date, ...]:
    """The library's dates of a place in `YEARS`, ascending; `NotImplementedError` for one it does not know."""
    return tuple(day for day in sorted(_named(country, subdivision, YEARS)) if day.year in YEARS)


@cache
def dates_of_year(country: str, subdivision: str | None, year: int) -> tuple[date, ...]:
    """The library's dates of one year outside `YEARS`; none for a place or year that it does not know."""
    try:
        return tuple(sorted(_named(country, subdivision, range(year, year + 1))))
    except NotImplementedError:  # the place came with a record that a newer library wrote
        return ()


def library_version() -> str:
    """The release of the library that is installed here."""
    return installed_version("holidays")


def _named(country: str, subdivision: str | None, years: range) -> Iterable[date]:
    with warnings.catch_warnings():
        # For some places it knows the movable ones of fewer years and says so, each time.
        warnings.simplefilter("ignore", UserWarning)
        return library.country_holidays(country, subdiv=subdivision, years=years)
