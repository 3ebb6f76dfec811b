"""What is wrong with a value in plain words, for people who do not know the library that found it."""

from __future__ import annotations

import re
from typing import Final

from pydantic_core import ErrorDetails

from schemas.wording import did_you_mean

_WORDS: Final[dict[str, str]] = {
    "extra_forbidden": "unknown key",
    "missing": "is missing",
    "union_tag_not_found": "is missing",
    "model_type": "must be a mapping",
    "string_pattern_mismatch": "must be one line without control characters",
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "finite_number": "must be a number",
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"),
        "is no time: write one like 2026-11-23T09:00:00+01:00",
    ),
    "timezone_aware": "has no offset from UTC: write a time like 2026-11-23T09:00:00+01:00, or ...Z for UTC",
}
_LIMITS: Final[dict[str, tuple[str, str]]] = {
    "greater_than": ("more than {}", "gt"),
    "greater_than_equal": ("at least {}", "ge"),
    "less_than": ("less than {}", "lt"),
    "less_than_equal": ("at most {}", "le"),
    "string_too_long": ("at most {} characters", "max_length"),
    "too_long": ("at most {} entries", "max_length"),
}
_SHOWN: Final = 60  # of a wrong value: it may be a whole message that somebody put in the wrong field


def fault_text(fault: ErrorDetails) -> str:
    """One fault that pydantic found, in words; names the wrong value where it is a number or a short text."""
    kind, wrong = fault["type"], _wrong_value(fault)
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    if kind in {"literal_error", "union_tag_invalid"}:
        words = re.findall(r"'([^']+)'", fault["ctx"].get("expected") or fault["ctx"]["expected_tags"])
        named = "is none of" if wrong is None else f"{wrong!r} is none of"
        return f"{named} {', '.join(words)}{did_you_mean(wrong, words) if isinstance(wrong, str) else ''}"
    if kind in _LIMITS:
        limit, key = _LIMITS[kind]
        named = "is out of range" if wrong is None else f"{wrong!r} is out of range"
        return f"{named}: {limit.format(fault['ctx'][key])}"
    return _WORDS.get(kind) or fault["msg"][:1].lower() + fault["msg"][1:]


def _wrong_value(fault: ErrorDetails) -> object:
    wrong = fault.get("input")
    if fault["type"] == "union_tag_invalid" and isinstance(wrong, dict):
        wrong = wrong.get(fault["ctx"]["discriminator"].strip("'"))
    if isinstance(wrong, str):
        return wrong if len(wrong) <= _SHOWN else None
    return wrong if isinstance(wrong, int | float) else None
