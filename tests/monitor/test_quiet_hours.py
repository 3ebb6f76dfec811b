"""Quiet hours as hours of a local week (S45)."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.errors import CalendarError
from monitor.quiet_hours import Rest, quiet_calendar
from schemas.channels import QuietHours
from schemas.instants import iso, parse_iso

NIGHTS_AND_WEEKENDS = {"mon-fri": ["20:00-08:00"], "sat-sun": ["00:00-24:00"]}


def until(at: str, priority: str = "P2", **settings: Any) -> str | None:
    quiet = QuietHours.model_validate({"hours": NIGHTS_AND_WEEKENDS} | settings)
    end = Rest(quiet, "Europe/Madrid").until(parse_iso(at), priority)
    return None if end is None else iso(end)


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-03-02T19:59:59+01:00", None),
        ("2026-03-02T20:00:00+01:00", "2026-03-03T07:00:00Z"),
        ("2026-03-03T07:59:59+01:00", "2026-03-03T07:00:00Z"),
        ("2026-03-03T08:00:00+01:00", None),
        (
            "2026-03-06T20:00:00+01:00",
            "2026-03-08T23:00:00Z",
        ),  # Friday night: the weekend ends at Monday 0:00
        ("2026-03-28T12:00:00+01:00", "2026-03-29T22:00:00Z"),  # the clocks go forward on that Sunday
    ],
)
def test_s45_quiet_hours_are_local_and_end_when_the_last_that_overlaps_does(at: str, end: str | None) -> None:
    assert until(at) == end


def test_s45_quiet_hours_have_a_zone_of_their_own() -> None:
    assert until("2026-03-02T19:30:00Z", timezone="Europe/Lisbon") is None
    assert until("2026-03-02T19:30:00Z") == "2026-03-03T07:00:00Z"


def test_s45_the_priorities_that_are_named_have_no_quiet_hours() -> None:
    assert until("2026-03-02T23:00:00Z", "P1", **{"except": ["P1"]}) is None
    assert until("2026-03-02T23:00:00Z", "P2", **{"except": ["P1"]}) is not None


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"mon-sun": ["00:00-24:00"]}, "hours: quiet around the clock would never end"),
        ({"mon-sun": ["22:00-12:00", "10:00-23:00"]}, "hours: quiet around the clock would never end"),
        ({"mno": ["20:00-08:00"]}, r"hours\.mno: 'mno' is no day.*did you mean mon\?"),
        ({"mon": ["20:00"]}, r"hours\.mon\[0\]: '20:00' is no interval"),
        ({}, "hours: no open time at all"),
    ],
)
def test_hours_that_cannot_be_used_are_refused_at_their_key(hours: object, said: str) -> None:
    with pytest.raises(CalendarError, match=said):
        quiet_calendar(hours)
