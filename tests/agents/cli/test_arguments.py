"""Durations, rates and instants as people type them."""

from __future__ import annotations

import pytest
import typer

from agents.cli.arguments import instant, per_second, seconds
from schemas.instants import parse_iso


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", 90.0),
        ("90s", 90.0),
        ("1.5m", 90.0),
        ("2h", 7200.0),
        ("250ms", 0.25),
        ("1d", 86400.0),
        (5.0, 5.0),
    ],
)
def test_a_duration_is_a_number_with_an_optional_unit(text: str | float, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "-5s", "1w", "1m30s"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write for example 60s"):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("500", 500.0), ("500/s", 500.0), ("30/m", 0.5), ("36/h", 0.01)]
)
def test_a_rate_is_a_number_per_unit_of_time(text: str, expected: float) -> None:
    assert per_second(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["0", "0/s", "5/d", "fast"])
def test_what_is_no_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write for example 500/s"):
        per_second(text)


def test_an_instant_needs_its_offset() -> None:
    assert instant("2026-11-23T09:00:00+01:00") == parse_iso("2026-11-23T08:00:00Z")
    for text in ("2026-11-23T09:00:00", "2026-02-30T09:00:00Z", "yesterday"):
        with pytest.raises(
            typer.BadParameter, match=f"'{text}' is no instant: write a date and a time that exist"
        ):
            instant(text)
