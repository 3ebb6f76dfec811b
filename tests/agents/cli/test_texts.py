"""The live view speaks two languages, and both of them in full."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agents.cli.texts import CATALOGUE, LANGUAGES, Texts, language_of

ROOT = Path(__file__).parents[3]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)", text))


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_every_text_exists_in_every_language_with_the_same_figures(key: str) -> None:
    texts = CATALOGUE[key]
    assert len(texts) == len(LANGUAGES)
    assert all(text.strip() for text in texts)
    assert len({frozenset(placeholders(text)) for text in texts}) == 1


@pytest.mark.parametrize("module", ["agents/cli/live_view.py", "agents/cli/demo.py"])
def test_every_text_that_is_asked_for_is_in_the_catalogue(module: str) -> None:
    asked = set(re.findall(r"texts\(\s*\"([a-z_]+)\"", (ROOT / module).read_text()))
    assert asked
    assert asked <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "es_ES.UTF-8"}, "es"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
        ({"LC_ALL": "es_MX", "LANG": "en_US"}, "es"),
        ({"LC_ALL": "", "LC_MESSAGES": "es", "LANG": "en_US"}, "es"),
    ],
)
def test_the_language_follows_the_locale(environment: dict[str, str], expected: str) -> None:
    assert language_of(environment) == expected


def test_a_text_is_filled_in() -> None:
    assert Texts("es")("more", count=3) == "… y 3 más"
