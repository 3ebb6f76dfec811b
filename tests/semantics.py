"""Reads the rules of `docs/semantics*.md`, the settings they name, and which tests carry a rule's number."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from schemas.policy import PolicyFile

_HEADING: Final = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
_RULE: Final = re.compile(r"S(\d+) (.+)")
_ANCHOR: Final = re.compile(r'<a id="[^"]*"></a>')
_NUMBER: Final = re.compile(r"(?<=_)s(\d{2})(?=_)")
_RANGE: Final = re.compile(r"(?<=_)s\d{2}_to_s\d{2}(?=_)")

# A setting as the pages write it: `name` (default `value`), `name` (required) or `name` (not set by default).
_SETTING: Final = re.compile(
    r"`(?P<name>\w+)`\s+\((?:(?:default|por\s+defecto)\s+`(?P<default>[^`]+)`"
    r"|(?P<required>required|obligatorio)"
    r"|(?P<unset>not\s+set\s+by\s+default|sin\s+definir\s+por\s+defecto))\)"
)

REQUIRED: Final = "required"
UNSET: Final = "not set"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as a page has it; `text` is all below its heading."""

    number: int
    title: str
    text: str

    @property
    def settings(self) -> list[tuple[str, object]]:
        """The settings it names with their defaults: a value as YAML reads it, `REQUIRED` or `UNSET`."""
        return [(match["name"], _default(match)) for match in _SETTING.finditer(self.text)]


def rules_of(page: str) -> list[Rule]:
    """The rules of a page in its order."""
    headings = list(_HEADING.finditer(page))
    ends = [heading.start() for heading in headings[1:]] + [len(page)]
    return [
        Rule(int(rule[1]), rule[2], _ANCHOR.sub("", page[heading.end() : end]).strip())
        for heading, end in zip(headings, ends, strict=True)
        if (rule := _RULE.fullmatch(heading[1]))
    ]


def carried_numbers(tests: Path) -> dict[int, list[str]]:
    """By number, the test functions and scenario files below a folder that carry it; a range of numbers is none."""
    found: dict[int, list[str]] = {}
    for number, name in [*_of_functions(tests), *_of_scenarios(tests / "scenarios")]:
        found.setdefault(number, []).append(name)
    return found


def untested(rules: list[Rule], tests: Path) -> list[str]:
    """The rules that no test carries, as the page names them."""
    carried = carried_numbers(tests)
    return [f"S{rule.number} {rule.title}" for rule in rules if rule.number not in carried]


def mislabelled(scenarios: Path) -> list[str]:
    """The scenario files whose name does not begin with the rule they say they show."""
    return [
        f"{path.name}: says rule {_rule_of(path)}"
        for path in sorted(scenarios.glob("*.yaml"))
        if not _agrees(path)
    ]


def defaults_of_the_policy_file() -> dict[str, list[object]]:
    """By name of a setting, what it is when left out, in each part of the file that has it."""
    schema = PolicyFile.model_json_schema()
    defaults: dict[str, list[object]] = {}
    for part in (schema, *schema["$defs"].values()):
        for name, entry in part.get("properties", {}).items():
            value = _of_schema(entry, required=name in part.get("required", ()))
            defaults.setdefault(name, []).append(value)
    return defaults


def _default(match: re.Match[str]) -> object:
    if match["required"]:
        return REQUIRED
    return UNSET if match["unset"] else yaml.safe_load(match["default"])


def _of_schema(entry: dict[str, Any], *, required: bool) -> object:
    if required:
        return REQUIRED
    value = entry.get("default")
    return UNSET if value is None or value in ([], {}) else value


def _of_functions(tests: Path) -> Iterator[tuple[int, str]]:
    for path in sorted(tests.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for number in _NUMBER.findall(_RANGE.sub("", node.name)):
                    yield int(number), f"{path.relative_to(tests).as_posix()}::{node.name}"


def _of_scenarios(scenarios: Path) -> Iterator[tuple[int, str]]:
    for path in sorted(scenarios.glob("*.yaml")):
        if _agrees(path):
            yield _number(_rule_of(path)), path.name


def _agrees(path: Path) -> bool:
    return path.name.startswith(f"s{_number(_rule_of(path)):02}_")


def _rule_of(path: Path) -> str:
    return str(yaml.safe_load(path.read_text(encoding="utf-8")).get("rule"))


def _number(rule: str) -> int:
    """The number of `S19`; -1 of anything else, which is no rule."""
    return int(rule[1:]) if re.fullmatch(r"S\d+", rule) else -1
