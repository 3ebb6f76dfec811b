"""How the command line reads durations, rates and instants; each raises typer's own usage error."""

from __future__ import annotations

import math
import re
from typing import Final

import typer

from schemas.instants import Micros, parse_iso

_INSTANT: Final = "2026-11-23T09:00:00+01:00"
_UNITS: Final = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")
_RATE: Final = re.compile(r"(\d+(?:\.\d+)?)(?:/(s|m|h))?")


class Seconds(float):
    """A duration in seconds that help shows as people write it: `60s`."""

    def __str__(self) -> str:
        return f"{float(self):g}s"


def seconds(text: str | float) -> float:
    """A duration such as `90`, `90s`, `1.5m` or `2h`, in seconds."""
    match = _DURATION.fullmatch(str(text).strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is no duration: write for example 60s, 5m or 2h")
    return float(match[1]) * _UNITS[match[2] or ""]


def per_second(text: str | float) -> float:
    """A rate such as `500`, `500/s` or `30/m`, per second; never 0."""
    match = _RATE.fullmatch(str(text).strip())
    if match is None or math.isclose(float(match[1]), 0.0):
        raise typer.BadParameter(f"{text!r} is no rate: write for example 500/s or 30/m")
    return float(match[1]) / _UNITS[match[2] or ""]


def instant(text: str | int) -> Micros:
    """An RFC 3339 instant with its offset, in microseconds since the epoch."""
    try:
        return text if isinstance(text, int) else parse_iso(text)
    except ValueError:
        said = f"{text!r} is no instant: write a date and a time that exist, and the offset, as in {_INSTANT}"
        raise typer.BadParameter(said) from None
