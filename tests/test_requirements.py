"""A test whose needs are not met is skipped with the reason, and fails where everything must be there."""

from __future__ import annotations

import pytest

from tests.requirements import STRICT, require


def test_what_is_there_is_returned() -> None:
    assert require("/usr/bin/java", "Java") == "/usr/bin/java"


def test_what_is_missing_skips_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STRICT, raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs Java 17"):
        require(None, "Java 17")


def test_what_is_missing_fails_where_it_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STRICT, "1")
    with pytest.raises(pytest.fail.Exception, match="needs Java 17, and SLA_REQUIRE_KAFKA=1 forbids to skip"):
        require(None, "Java 17")
