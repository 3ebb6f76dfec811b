"""YAML that remembers its lines and reads a text as it was written."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.adapters.yaml_lines import YamlError, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("2.5", 2.5),
        ("NO", "NO"),
        ("yes", "yes"),
        ("0042", "0042"),
        ("1.10", "1.10"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("75%", "75%"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("[a, 1]", ["a", 1]),
        ("{1: a}", {"1": "a"}),
    ],
)
def test_a_scalar_means_what_it_looks_like(text: str, value: Any) -> None:
    assert read_yaml(f"key: {text}").data == {"key": value}
    assert type(read_yaml(f"key: {text}").data["key"]) is type(value)


def test_every_key_and_item_knows_its_line() -> None:
    document = read_yaml("a: 1\nb:\n  - x\n  - c: 2\n    d: [3,\n      4]\n")
    assert document.line(("a",)) == 1
    assert document.line(("b", 1)) == 4
    assert document.line(("b", 1, "d")) == 5
    assert document.line(("b", 1, "d", 1)) == 6


def test_a_place_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    document = read_yaml("a: 1\nb: {c: 2}\n")
    assert document.line(("b", "missing", 3)) == 2
    assert document.line(("missing",)) == 1


def test_an_alias_is_its_anchor_and_stands_in_the_anchors_lines() -> None:
    document = read_yaml("a: &x\n  b: 1\nc: *x\n")
    assert document.data == {"a": {"b": 1}, "c": {"b": 1}}
    assert document.line(("c", "b")) == 2


def test_own_keys_win_over_merged_ones_wherever_the_merge_stands() -> None:
    document = read_yaml("a: &x {k: 1, l: 1}\nb: &y {k: 2, m: 2}\nc:\n  k: 3\n  <<: [*x, *y]\n")
    assert document.data["c"] == {"k": 3, "l": 1, "m": 2}
    assert document.line(("c", "k")) == 4
    assert document.line(("c", "m")) == 2


def test_of_several_merged_mappings_the_first_wins() -> None:
    assert read_yaml("a: &x {k: 1}\nb: &y {k: 2}\nc: {<<: [*x, *y]}\n").data["c"] == {"k": 1}


@pytest.mark.parametrize("value", ["", "~", "null", "Null"])
def test_a_key_without_a_value_is_a_problem(value: str) -> None:
    ((place, line, message),) = read_yaml(f"a: 1\nb: {value}\n").problems
    assert (place, line) == (("b",), 2)
    assert message.startswith("has no value")


def test_a_key_that_stands_twice_names_both_lines_and_keeps_the_first() -> None:
    document = read_yaml("a: 1\nb: 2\na: 3\n")
    assert document.data == {"a": 1, "b": 2}
    assert document.problems == [(("a",), 3, "stands twice; first in line 1")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1\nb: 2\n", 2),
        ("a: b: c\n", 1),
        ("a: 1\n\tb: 2\n", 2),
        ("a: *nowhere\n", 1),
        ("a: 1\n---\nb: 1", 2),
    ],
)
def test_what_is_no_yaml_names_its_line(text: str, line: int) -> None:
    with pytest.raises(YamlError) as refused:
        read_yaml(text)
    assert refused.value.line == line


@pytest.mark.parametrize("text", ["", "# only a comment\n", b"\xff\xfe\xff", "a: \x00"])
def test_what_has_no_line_is_refused_without_one(text: str | bytes) -> None:
    with pytest.raises(YamlError) as refused:
        read_yaml(text)
    assert refused.value.line is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_windows_calls_unicode_says_how_to_convert_it(encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    with pytest.raises(YamlError, match="is UTF-16, policies are read as UTF-8: convert it"):
        read_yaml(f"{mark}timezone: UTC\n".encode(encoding))


def test_aliases_that_unfold_without_end_are_refused() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    with pytest.raises(YamlError, match="unfold to too many values"):
        read_yaml("\n".join(["a0: &a0 [1]", *levels]))


def test_an_alias_of_itself_is_refused() -> None:
    with pytest.raises(YamlError, match="inside its own anchor"):
        read_yaml("a: &a {b: *a}")
