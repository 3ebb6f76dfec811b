"""YAML as plain data that remembers the line of every key, so that an error can say where it stands.

The subset that policy files need: mappings with text keys, lists, text, whole and decimal numbers, `true` and
`false`, anchors and `<<`. A country `NO` is text here and so is a date; a number that would not print as it
was written (`0042`, `1.10`) stays text too. Keys that stand twice and keys without a value are problems.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

Place = tuple[str | int, ...]
"""Keys and list positions from the top of the document."""

_MERGE: Final = "<<"
_STRING_TAG: Final = "tag:yaml.org,2002:str"
_INT = re.compile(r"0|-?[1-9][0-9]{0,17}")  # what is longer counts nothing; Python refuses 4,301 digits
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_NULLS: Final = frozenset({"", "~", "null"})
_BOOLS: Final = {"true": True, "false": False}
# Aliases of aliases can unfold to any size; no real file comes near this.
_MOST_VALUES: Final = 200_000
_INDENTED: Final = re.compile(r"expected <block end>, but found '(-|<block (mapping|sequence) start>)'")


class YamlError(ValueError):
    """A text that is not YAML, and the line where that shows; lives until it is reported."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(slots=True)
class Document:
    """What a YAML text says, and where: the line (from 1) of each key and list item, and what is wrong."""

    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[Place, int, str]] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of a key or item, or of the nearest thing around it that has one."""
        around = (place[:length] for length in range(len(place), -1, -1))
        return next(self.lines[part] for part in around if part in self.lines)


def read_yaml(text: str | bytes) -> Document:
    """Reads one document; raises `YamlError` when it is none, or is bytes of UTF-16, which YAML would allow."""
    if isinstance(text, bytes) and text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise YamlError(None, "is UTF-16, policies are read as UTF-8: convert it (iconv -f UTF-16 -t UTF-8)")
    try:
        node = yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as error:
        raise YamlError(_line(error.problem_mark or error.context_mark), _explained(error)) from error
    except RecursionError as error:
        raise YamlError(None, "is nested too deeply to be a policy") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise YamlError(None, f"is not YAML text: {error}") from error
    if node is None:
        raise YamlError(None, "is empty")
    return _Reading().document(node)


class _Loader(yaml.SafeLoader):
    """Every plain scalar is text; `_scalar` decides what it means."""


_Loader.yaml_implicit_resolvers = {}


class _Reading:
    """One walk over the nodes of a document."""

    def __init__(self) -> None:
        self._read = Document()
        self._values = 0
        self._around: list[yaml.Node] = []

    def document(self, node: yaml.Node) -> Document:
        self._read.lines[()] = _line(node.start_mark)
        self._read.data = self._value(node, ())
        return self._read

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._values += 1
        if self._values > _MOST_VALUES:
            raise YamlError(_line(node.start_mark), "its aliases unfold to too many values")
        if any(node is outer for outer in self._around):
            raise YamlError(_line(node.start_mark), "an alias stands inside its own anchor")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        self._around.append(node)
        value = self._mapping(node, place) if isinstance(node, yaml.MappingNode) else self._list(node, place)
        self._around.pop()
        return value

    def _list(self, node: yaml.Node, place: Place) -> list[Any]:
        items = []
        for position, item in enumerate(node.value):
            self._read.lines[(*place, position)] = _line(item.start_mark)
            items.append(self._value(item, (*place, position)))
        return items

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if _merges(key):
                merged = self._merge(value, place) | merged
        own: dict[str, Any] = {}
        for key, value in node.value:
            if not _merges(key):
                self._pair(own, key, value, place)
        return merged | own

    def _pair(self, own: dict[str, Any], key: yaml.Node, value: yaml.Node, place: Place) -> None:
        line = _line(key.start_mark)
        if not isinstance(key, yaml.ScalarNode):
            self._problem(place, line, "a key must be text")
        elif key.value in own:
            first = self._read.lines[(*place, key.value)]
            self._problem((*place, key.value), line, f"stands twice; first in line {first}")
        else:
            self._read.lines[(*place, key.value)] = line
            own[key.value] = self._value(value, (*place, key.value))

    def _merge(self, node: yaml.Node, place: Place) -> dict[str, Any]:
        """What `<<` brings in: one mapping, or a list of them of which the first wins."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in sources:
            if isinstance(source, yaml.MappingNode):
                merged = self._value(source, place) | merged
            else:
                self._problem((*place, _MERGE), _line(source.start_mark), "must name a mapping")
        return merged

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        text = str(node.value)
        if node.tag != _STRING_TAG:
            self._problem(place, _line(node.start_mark), f"the tag {node.tag} is not supported")
        if node.tag != _STRING_TAG or node.style is not None:
            return text
        if text.lower() in _NULLS:
            self._problem(place, _line(node.start_mark), "has no value: give it one, or leave it out")
            return None
        return _plain(text)

    def _problem(self, place: Place, line: int, message: str) -> None:
        self._read.problems.append((place, line, message))


def _plain(text: str) -> Any:
    """What an unquoted text means."""
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and repr(float(text)) == text:
        return float(text)
    return text


def _merges(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.value == _MERGE and key.style is None


def _line(mark: Any) -> int:
    return int(mark.line) + 1


def _explained(error: yaml.MarkedYAMLError) -> str:
    """The parser's finding in one line."""
    parts = [part for part in (error.context, error.problem) if part]
    return f"is not valid YAML: {', '.join(parts)}{_hint(error.problem or '')}"


def _hint(problem: str) -> str:
    """What to do about the commonest findings."""
    if "'\\t'" in problem:
        return "; indent with spaces, not tabs"
    if _INDENTED.fullmatch(problem):
        return "; this line is indented otherwise than the ones it belongs to"
    return ""
