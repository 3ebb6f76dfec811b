"""What every clock, alert and figure means is told to users in two languages, and no rule is without a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas.policy import Objective, PolicyFile
from tests.semantics import (
    REQUIRED,
    UNSET,
    Rule,
    carried_numbers,
    defaults_of_the_policy_file,
    mislabelled,
    rules_of,
    untested,
)

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
PAGES = ("semantics.md", "semantics.es.md")
EXAMPLE = {"semantics.md": "Example: ", "semantics.es.md": "Ejemplo: "}


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


ENGLISH = rules_of(text_of("semantics.md"))
SPANISH = rules_of(text_of("semantics.es.md"))


def test_both_languages_have_the_same_rules_in_the_same_order() -> None:
    numbers = [rule.number for rule in ENGLISH]
    assert numbers
    assert numbers == sorted(set(numbers))
    assert [rule.number for rule in SPANISH] == numbers


@pytest.mark.parametrize("page", PAGES)
def test_every_rule_says_what_it_means_and_shows_it(page: str) -> None:
    silent = [
        f"S{rule.number} {rule.title}"
        for rule in rules_of(text_of(page))
        if len(rule.text.partition(EXAMPLE[page])[0].split()) < 20 or EXAMPLE[page] not in rule.text
    ]
    assert silent == []


@pytest.mark.parametrize("page", PAGES)
def test_every_rule_is_in_the_contents_and_can_be_linked_to(page: str) -> None:
    text = text_of(page)
    listed = re.findall(r"^ *- \[S(\d+) (.+)\]\(#s(\d{2})\)$", text, flags=re.MULTILINE)
    rules = rules_of(text)
    assert listed == [(str(rule.number), rule.title, f"{rule.number:02}") for rule in rules]
    for rule in rules:
        assert f'<a id="s{rule.number:02}"></a>\n\n### S{rule.number} {rule.title}\n' in text


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)#:]+)\)", text)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_it_links_to_exists(page: str) -> None:
    for target in links(text_of(page)):
        assert (DOCS / target).exists(), target


def test_both_languages_show_the_same_tests_and_settings_for_each_rule() -> None:
    for english, spanish in zip(ENGLISH, SPANISH, strict=True):
        assert links(spanish.text) == links(english.text), english.number
        assert spanish.settings == english.settings, english.number


def test_an_example_that_links_to_a_test_links_to_one_of_its_rule() -> None:
    carried = carried_numbers(TESTS)
    for rule in ENGLISH:
        for target in links(rule.text):
            assert Path(target).name in carried[rule.number]


def test_every_rule_has_a_test() -> None:
    without = untested(ENGLISH, TESTS)
    assert not without, (
        f"no test carries the number of {', '.join(without)}: write tests/scenarios/sNN_….yaml or test_sNN_…"
    )


def test_no_test_carries_a_number_that_is_no_rule() -> None:
    known = {rule.number for rule in ENGLISH}
    assert {number: names for number, names in carried_numbers(TESTS).items() if number not in known} == {}


def test_every_scenario_is_named_after_its_rule() -> None:
    assert mislabelled(TESTS / "scenarios") == []


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_it_states_exists_with_that_default(page: str) -> None:
    known = defaults_of_the_policy_file()
    stated = [(rule, *setting) for rule in rules_of(text_of(page)) for setting in rule.settings]
    assert stated
    for rule, name, default in stated:
        assert name in known, f"S{rule.number}: there is no setting {name}"
        assert default in known[name], f"S{rule.number}: {name} is {known[name]}, not {default}"


@pytest.mark.parametrize("page", PAGES)
def test_what_stands_under_settings_has_the_form_that_is_checked(page: str) -> None:
    for rule in rules_of(text_of(page)):
        for line in re.findall(r"^(?:Settings|Ajustes): (?:.+\n?)+", rule.text, flags=re.MULTILINE):
            named = re.findall(r"`(\w+)`\s+\(", line)
            assert named
            assert named == [name for name, _ in rule.settings][-len(named) :], rule.number


def test_every_setting_of_the_file_and_of_an_objective_is_explained() -> None:
    explained = {name for rule in ENGLISH for name, _ in rule.settings}
    assert {*PolicyFile.model_fields, *Objective.model_fields} - explained == set()


# The test of the tests: what they are to find is found.


def put(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


RULES = rules_of("## Clocks\n\n### S5 Hours\n\nOpen.\n\n### S10 Answers\n\nGiven.\n\n## End\n")


def test_the_rules_of_a_page_are_read_with_their_text() -> None:
    assert [(rule.number, rule.title, rule.text) for rule in RULES] == [
        (5, "Hours", "Open."),
        (10, "Answers", "Given."),
    ]


def test_a_rule_without_a_test_is_found(tmp_path: Path) -> None:
    put(tmp_path, "test_a.py", "def test_s05_hours(): ...\ndef helper_s10_is_no_test(): ...\n")
    assert untested(RULES, tmp_path) == ["S10 Answers"]


def test_a_range_of_rules_counts_for_none_of_them(tmp_path: Path) -> None:
    put(tmp_path, "test_a.py", "def test_s05_to_s10_at_once(): ...\n")
    assert untested(RULES, tmp_path) == ["S5 Hours", "S10 Answers"]


def test_a_test_of_two_rules_counts_for_both(tmp_path: Path) -> None:
    put(tmp_path, "test_a.py", "class TestA:\n    async def test_s05_s10_together(self): ...\n")
    assert untested(RULES, tmp_path) == []


def test_a_number_of_one_digit_counts_for_none(tmp_path: Path) -> None:
    put(tmp_path, "test_a.py", "def test_s5_hours(): ...\ndef test_s100_more(): ...\n")
    assert carried_numbers(tmp_path) == {}


def test_a_scenario_counts_for_the_rule_that_it_says_and_is_named_after(tmp_path: Path) -> None:
    put(tmp_path / "scenarios", "s05_hours.yaml", "rule: S5\n")
    put(tmp_path / "scenarios", "s05_answers.yaml", "rule: S10\n")
    put(tmp_path / "scenarios", "s10_nothing.yaml", "says: no rule\n")
    assert carried_numbers(tmp_path) == {5: ["s05_hours.yaml"]}
    assert untested(RULES, tmp_path) == ["S10 Answers"]
    assert mislabelled(tmp_path / "scenarios") == [
        "s05_answers.yaml: says rule S10",
        "s10_nothing.yaml: says rule None",
    ]


def test_settings_are_read_in_both_languages() -> None:
    english = "`reopen` (default `continue`), `target` (required), `goal` (not set by default)"
    spanish = "`reopen` (por defecto `continue`), `target` (obligatorio), `goal` (sin definir\npor defecto)"
    expected = [("reopen", "continue"), ("target", REQUIRED), ("goal", UNSET)]
    assert Rule(1, "", english).settings == Rule(1, "", spanish).settings == expected
    assert Rule(1, "", "`history_events` (default `1000`)").settings == [("history_events", 1000)]
