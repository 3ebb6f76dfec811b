"""The simulation speaks two languages in full, and its figures never claim more than they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agents.cli.simulation_texts import CATALOGUE, SimulationTexts
from agents.cli.texts import LANGUAGES
from schemas.simulations import Tally

ROOT = Path(__file__).parents[3]
MODULES = ("simulation_view.py", "simulation_goals.py", "simulate.py")
EN, ES = SimulationTexts("en"), SimulationTexts("es")


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_every_text_exists_in_every_language_with_the_same_figures(key: str) -> None:
    texts = CATALOGUE[key]
    assert len(texts) == len(LANGUAGES)
    assert all(text.strip() for text in texts)
    assert len({frozenset(re.findall(r"{(\w+)", text)) for text in texts}) == 1


def test_every_text_is_used() -> None:
    source = "".join((ROOT / "agents" / "cli" / name).read_text(encoding="utf-8") for name in MODULES)
    source += (
        (ROOT / "agents" / "cli" / "simulation_texts.py").read_text(encoding="utf-8").split("_FEW: Final")[1]
    )
    dynamic = {"objective_first_response", "objective_next_response", "objective_resolution"}
    dynamic |= {"objective_handoff", "due_before", "due_after"}
    assert {key for key in CATALOGUE if f'"{key}"' not in source} == dynamic


@pytest.mark.parametrize(
    ("ratio", "english", "spanish"),
    [
        (0.935, "93.5%", "93,5\N{NO-BREAK SPACE}%"),
        (1.0, "100.0%", "100,0\N{NO-BREAK SPACE}%"),
        (0.99999, "99.9%", "99,9\N{NO-BREAK SPACE}%"),
        (0.00001, "0.1%", "0,1\N{NO-BREAK SPACE}%"),
        (0.0, "0.0%", "0,0\N{NO-BREAK SPACE}%"),
    ],
)
def test_all_and_none_are_said_only_of_all_and_none(ratio: float, english: str, spanish: str) -> None:
    assert (EN.share(ratio), ES.share(ratio)) == (english, spanish)


def test_s50_few_cases_show_their_counts_and_none_are_no_data() -> None:
    assert EN.attainment(Tally(met=2, missed=1, attainment=0.666667)) == "66.7% (2 of 3)"
    assert EN.attainment(Tally(met=9, missed=1, attainment=0.9)) == "90.0%"
    assert ES.attainment(Tally(met=0, missed=0, attainment=None)) == "sin datos"
    assert EN.attainment(None) == "no data"


@pytest.mark.parametrize(
    ("seconds", "down", "up"),
    [
        (0, "0s", "0s"),
        (59.5, "59s", "1m"),
        (750, "12m 30s", "12m 30s"),
        (3599.5, "59m 59s", "1h"),
        (3601, "1h", "1h 01m"),
        (22_800, "6h 20m", "6h 20m"),
        (22_801, "6h 20m", "6h 21m"),
        (7_199.1, "1h 59m", "2h"),
    ],
)
def test_a_span_is_rounded_the_way_that_is_asked(seconds: float, down: str, up: str) -> None:
    assert (EN.span(seconds), EN.span(seconds, up=True)) == (down, up)


def test_figures_are_written_as_the_language_does() -> None:
    assert (EN.number(1234), ES.number(1234)) == ("1,234", "1.234")
    assert (EN.points(-0.04), EN.points(2.25), ES.points(-1.5)) == ("0.0", "+2.2", "-1,5")
    assert (EN.points(None), EN.goal(0.975), ES.goal(0.9)) == ("—", "97.5%", "90\N{NO-BREAK SPACE}%")
