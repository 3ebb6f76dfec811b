"""Policy files on disk: the good ones load, each broken one names its file, line, key and right word.

A broken file stands in tests/policies/broken beside the whole message that it must give.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.adapters.policy_file import (
    PolicyFileError,
    Problem,
    key_path,
    load_book,
    load_policies,
    load_policy,
    parse_policy,
)
from monitor.errors import PolicyError
from monitor.policies import compile_version
from monitor.policy_advice import advise
from schemas.instants import parse_iso

NOW = parse_iso("2026-03-02T08:00:00Z")
ROOT = Path(__file__).parents[3]
GOOD = sorted((ROOT / "tests" / "policies" / "good").glob("*.yaml"))
BROKEN = sorted((ROOT / "tests" / "policies" / "broken").glob("*.yaml"))
EXAMPLES = sorted((ROOT / "deploy" / "policies").glob("*.yaml"))


@pytest.mark.parametrize("path", [*GOOD, *EXAMPLES], ids=lambda path: path.stem)
def test_a_good_file_loads_into_a_book(path: Path) -> None:
    assert load_book([path]).versions[0].policies


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_leaves_nothing_to_advise(path: Path) -> None:
    # Routes are kept for a later release; the example shows how they are written.
    version = compile_version(load_policy(path).file)
    assert [said for said in advise(version, NOW) if said[0] != ("routes",)] == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_says_exactly_what_is_wrong_and_where(path: Path) -> None:
    with pytest.raises(PolicyFileError) as refused:
        parse_policy(path.read_bytes(), path.name)
    assert f"{refused.value}\n" == path.with_suffix(".txt").read_text()


def test_there_are_files_of_both_kinds() -> None:
    assert len(GOOD) >= 5
    assert len(BROKEN) >= 40
    assert EXAMPLES


def test_s02_one_day_is_refused_in_a_file_with_its_three_meanings() -> None:
    text = "policies:\n  - name: all\n    objectives:\n      resolution: {target: 1d}\n"
    with pytest.raises(PolicyFileError) as refused:
        parse_policy(text, "acme.yaml")
    assert str(refused.value) == (
        "acme.yaml:4: policies[0].objectives.resolution.target: '1d' has three meanings: write '1 working day' "
        "(the same local time, counted in working days), '24h' (open time of the calendar), or '24h' on a 24x7 "
        "calendar (around the clock)"
    )


def test_problems_come_in_the_order_of_their_lines_and_as_data() -> None:
    with pytest.raises(PolicyFileError) as refused:
        parse_policy("polices: []\npolicies: []\ntimezone: 1\n", "acme.yaml")
    assert refused.value.problems == (
        Problem("acme.yaml", 1, "polices", "unknown key; did you mean policies?"),
        Problem("acme.yaml", 2, "policies", "must not be empty"),
        Problem("acme.yaml", 3, "timezone", "must be text"),
    )


def test_the_problems_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("policies: []\n")
    (tmp_path / "b.yaml").write_text("polices: []\n")
    with pytest.raises(PolicyFileError) as refused:
        load_policies([tmp_path / "a.yaml", tmp_path / "missing.yaml", tmp_path / "b.yaml"])
    named = [Path(problem.file).name for problem in refused.value.problems]
    assert named == ["a.yaml", "missing.yaml", "b.yaml", "b.yaml"]
    assert refused.value.problems[1].message == "cannot be read: No such file or directory"


def test_files_that_cannot_follow_each_other_are_named(tmp_path: Path) -> None:
    paths = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
    for path in paths:
        path.write_text(f"policies: [{{name: {path.stem}, objectives: {{}}}}]\n")
    with pytest.raises(
        PolicyError, match=r"old\.yaml, .*new\.yaml: .*'old' and 'new' are both in force always"
    ):
        load_book(paths)


def test_a_book_of_no_file_is_refused() -> None:
    with pytest.raises(PolicyError, match="policy: no policy file was given"):
        load_book([])


def test_comments_and_the_order_of_keys_do_not_change_the_version(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("timezone: UTC\npolicies: [{name: all, objectives: {}}]\n")
    (tmp_path / "b.yaml").write_text("# why\npolicies:\n- objectives: {}\n  name: all\ntimezone: UTC\n")
    versions = {load_book([tmp_path / name]).current_version for name in ("a.yaml", "b.yaml")}
    assert len(versions) == 1


def test_yaml_keeps_names_that_look_like_numbers_as_they_are_written() -> None:
    file = parse_policy("policies: [{name: a, match: {customer: [0042, 1.10, 7]}, objectives: {}}]", "a").file
    assert file.policies[0].match.customer == ("0042", "1.10", "7")


def test_a_key_that_is_no_word_is_quoted_in_its_path() -> None:
    assert key_path(("policies", 0, "name")) == "policies[0].name"
    assert key_path(("hold_reasons", "Wait - User")) == 'hold_reasons["Wait - User"]'
    assert key_path(()) == ""


def test_a_calendar_fault_stands_at_the_key_that_the_calendar_names() -> None:
    text = "policies: [{name: a, objectives: {}}]\ncalendars:\n  b:\n    hours: 24x7\n    timezone: Europe/Madird\n"
    with pytest.raises(PolicyFileError, match=r"^x:5: calendars\.b\.timezone: .*Europe/Madrid\?$"):
        parse_policy(text, "x")
