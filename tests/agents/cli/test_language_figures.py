"""Figures are written as each language writes them, wherever the command line shows one."""

from __future__ import annotations

import pytest

from agents.cli.language_figures import decimal, exact_share, number, share, short_share, working_days

NBSP = "\N{NO-BREAK SPACE}"


def test_counts_and_decimals_have_the_separators_of_the_language() -> None:
    assert [number(1234567, language) for language in ("en", "es")] == ["1,234,567", "1.234.567"]
    assert [decimal("1,234.5", language) for language in ("en", "es")] == ["1,234.5", "1.234,5"]


@pytest.mark.parametrize(
    ("ratio", "english", "spanish"),
    [
        (0.0, "0%", f"0{NBSP}%"),
        (0.375, "37.5%", f"37,5{NBSP}%"),
        (0.5, "50%", f"50{NBSP}%"),
        (1.0, "100%", f"100{NBSP}%"),
        (3.25, "325%", f"325{NBSP}%"),
        (0.854175, "≈ 85.4%", f"≈ 85,4{NBSP}%"),
        (0.999999, "≈ 99.9%", f"≈ 99,9{NBSP}%"),
        (0.000001, "≈ 0.1%", f"≈ 0,1{NBSP}%"),
    ],
)
def test_a_short_share_has_a_decimal_at_most_and_says_that_it_was_rounded(
    ratio: float, english: str, spanish: str
) -> None:
    assert (short_share(ratio, "en"), short_share(ratio, "es")) == (english, spanish)


def test_an_exact_share_is_what_the_policy_file_says() -> None:
    assert [exact_share(ratio, "en") for ratio in (0.5, 0.875, 0.99955)] == ["50%", "87.5%", "99.955%"]
    assert exact_share(0.333, "es") == f"33,3{NBSP}%"


def test_a_share_of_a_table_always_has_its_decimal() -> None:
    assert (share(0.5, "en"), share(0.5, "es")) == ("50.0%", f"50,0{NBSP}%")


def test_s02_one_working_day_is_singular() -> None:
    assert [working_days(days, "en") for days in (1, 3)] == ["1 working day", "3 working days"]
    assert [working_days(days, "es") for days in (1, 3)] == ["1 día laborable", "3 días laborables"]
