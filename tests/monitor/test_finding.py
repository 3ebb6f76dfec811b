"""How findings name several things, and instants."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from monitor.finding import listed, when
from schemas.instants import parse_iso


def test_names_are_listed_as_people_do() -> None:
    assert listed(["P1"]) == "P1"
    assert listed(["P1", "P2", "P3"]) == "P1, P2 and P3"
    with pytest.raises(ValueError, match="not enough"):
        listed([])


def test_a_midnight_of_the_zone_is_a_date_and_any_other_instant_has_its_offset() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    assert when(parse_iso("2026-06-30T22:00:00Z"), madrid) == "2026-07-01"
    assert when(parse_iso("2026-06-30T06:00:00Z"), madrid) == "2026-06-30T08:00:00+02:00"
