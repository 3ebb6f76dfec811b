"""What a test needs from the machine: skipped without it, a failure where everything must be there (CI)."""

from __future__ import annotations

import os
from typing import TypeVar

import pytest

T = TypeVar("T")

STRICT = "SLA_REQUIRE_KAFKA"


def require(found: T | None, what: str) -> T:
    """What was found; else the test is skipped with the reason, or fails when SLA_REQUIRE_KAFKA=1."""
    if found is not None:
        return found
    reason = f"needs {what}"
    if os.environ.get(STRICT) == "1":
        pytest.fail(f"{reason}, and {STRICT}=1 forbids to skip")
    pytest.skip(reason)
