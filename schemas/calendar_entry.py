"""The JSON Schema of one entry of `calendars:` and of its week; `monitor.calendars` reads and judges them."""

from __future__ import annotations

from typing import Any, Final

_INTERVALS: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"type": "string", "pattern": r"^\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}$"},
    "examples": [["09:00-14:00", "15:00-18:00"]],
}
_DAY: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": r"^(\d{4}-)?\d{2}-\d{2}$",
    "description": "One date, or MM-DD for every year.",
    "examples": ["2026-12-24", "12-31"],
}
_WEEKDAY: Final = "(mon|tue|wed|thu|fri|sat|sun)"

WEEK_JSON_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "patternProperties": {f"^{_WEEKDAY}(-{_WEEKDAY})?$": _INTERVALS},
}

CALENDAR_JSON_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["hours"],
    "properties": {
        "timezone": {
            "type": "string",
            "description": "Left out: the file's own.",
            "examples": ["Europe/Madrid"],
        },
        "hours": {
            "description": "24x7, or the intervals of a day or of a range of days.",
            "anyOf": [
                {"const": "24x7"},
                WEEK_JSON_SCHEMA,
            ],
        },
        "holidays": {
            "type": "array",
            "items": {
                "anyOf": [
                    _DAY,
                    {
                        "type": "object",
                        "description": "Public holidays by the `holidays` library, less the excepted dates.",
                        "additionalProperties": False,
                        "required": ["country"],
                        "properties": {
                            "country": {"type": "string", "examples": ["ES"]},
                            "subdivision": {"type": "string", "examples": ["MD"]},
                            "except": {"type": "array", "items": _DAY},
                        },
                    },
                    {
                        "type": "object",
                        "description": "Other hours on one date, or on that day of every year.",
                        "additionalProperties": False,
                        "required": ["date"],
                        "properties": {"date": _DAY, "hours": _INTERVALS},
                    },
                ]
            },
        },
    },
}
