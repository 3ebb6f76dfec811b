"""Policy files: YAML from disk to a checked `PolicyFile` and a `PolicyBook`, every fault with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.adapters.yaml_lines import Document, Place, YamlError, read_yaml
from monitor.calendars import Calendar
from monitor.errors import CalendarError, PolicyError
from monitor.holiday_dates import holiday_faults
from monitor.policies import PolicyBook, compile_version
from monitor.promise_horizon import beyond_calendars
from monitor.public_holidays import PublicDates
from monitor.quiet_hours import quiet_calendar
from schemas.faults import fault_text
from schemas.policy import PolicyFile
from schemas.wording import did_you_mean


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a policy file; `line` counts from 1 and is None when there is none to name."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.key, self.message) if part)


class PolicyFileError(PolicyError):
    """Policy files that cannot be used: every problem, one a line, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy file as it was read, and the lines its keys stand in; lives as long as its reader."""

    name: str
    file: PolicyFile
    document: Document = field(repr=False)
    text: str = field(repr=False)

    def problem(self, place: Place, message: str) -> Problem:
        """Something to say about a place of the file."""
        return Problem(self.name, self.document.line(place), key_path(place), message)


def load_book(paths: Sequence[Path]) -> PolicyBook:
    """The book of all the files' versions; raises `PolicyFileError` with the problems of all of them."""
    return book_of(load_policies(paths))


def book_of(policies: Sequence[LoadedPolicy]) -> PolicyBook:
    """The book of files already read; raises `PolicyFileError` when they cannot follow each other."""
    try:
        return PolicyBook.from_files([policy.file for policy in policies])
    except PolicyError as error:
        names = ", ".join(policy.name for policy in policies) or "policy"
        raise PolicyFileError([Problem(names, None, "", str(error))]) from error


def load_policies(paths: Sequence[Path]) -> list[LoadedPolicy]:
    """Every file, in the order given; raises `PolicyFileError` with the problems of all of them."""
    loaded: list[LoadedPolicy] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            loaded.append(load_policy(path))
        except PolicyFileError as error:
            problems += error.problems
    if problems:
        raise PolicyFileError(problems)
    return loaded


def load_policy(path: Path) -> LoadedPolicy:
    """One file; raises `PolicyFileError` with all that is wrong with it, also when it cannot be read."""
    try:
        text = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise PolicyFileError([Problem(str(path), None, "", f"cannot be read: {reason}")]) from error
    return parse_policy(text, str(path))


def parse_policy(text: str | bytes, name: str, *, public_dates: PublicDates | None = None) -> LoadedPolicy:
    """A policy from its YAML text; `name` is what errors call it. Raises `PolicyFileError`.

    `public_dates` are the public holidays of every place it names, where they are not to come from the library.
    """
    try:
        document = read_yaml(text)
    except YamlError as error:
        raise PolicyFileError([Problem(name, error.line, "", error.message)]) from error
    problems = [Problem(name, line, key_path(place), said) for place, line, said in document.problems]
    spoken_for = {place for place, _, _ in document.problems}
    try:
        file = PolicyFile.model_validate(document.data)
    except ValidationError as error:
        found = [_located(fault, document.data) for fault in error.errors(include_url=False)]
    else:
        found = []
    found += [*_calendar_faults(document.data, public_dates), *_quiet_faults(document.data)]
    problems += [
        Problem(name, document.line(place), key_path(place), said)
        for place, said in found
        if place not in spoken_for
    ]
    if not problems:
        far = beyond_calendars(compile_version(file, holidays=public_dates))
        problems = [Problem(name, document.line(place), key_path(place), said) for place, said in far]
    if problems:
        raise PolicyFileError(sorted(problems, key=lambda problem: problem.line or 0))
    return LoadedPolicy(name, file, document, text if isinstance(text, str) else text.decode())


def key_path(place: Place) -> str:
    """A place as people write it: `policies[0].objectives.first_response`."""
    path = ""
    for step in place:
        if isinstance(step, int):
            path += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            path += f".{step}" if path else step
        else:
            path += f'["{step}"]'
    return path


_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def _calendar_faults(data: Any, public_dates: PublicDates | None) -> list[tuple[Place, str]]:
    """What `Calendar` says against the entries, at the key it names."""
    calendars = data.get("calendars") if isinstance(data, dict) else None
    faults: list[tuple[Place, str]] = []
    for name, entry in calendars.items() if isinstance(calendars, dict) else ():
        if not isinstance(entry, dict):
            continue  # the model has said so
        faults += [_fault(("calendars", name), error) for error in _complaints(entry, public_dates)]
    return faults


def _complaints(entry: dict[str, Any], public_dates: PublicDates | None) -> list[CalendarError]:
    """What is wrong with a calendar: each of its holidays that cannot be used, and the first fault of the rest."""
    try:
        Calendar.from_config(entry, public_dates=public_dates)
    except CalendarError as error:
        holidays = entry.get("holidays")
        listed = holiday_faults(holidays, recorded=public_dates) if isinstance(holidays, list) else []
        return listed if str(error) in map(str, listed) else [error, *listed]
    return []


def _quiet_faults(data: Any) -> list[tuple[Place, str]]:
    """What is wrong with the quiet hours of the channels, as far as the model lets them pass."""
    channels = data.get("channels") if isinstance(data, dict) else None
    faults: list[tuple[Place, str]] = []
    for name, entry in channels.items() if isinstance(channels, dict) else ():
        quiet = entry.get("quiet_hours") if isinstance(entry, dict) else None
        hours = quiet.get("hours") if isinstance(quiet, dict) else None
        if isinstance(hours, dict):
            try:
                quiet_calendar(hours)
            except CalendarError as error:
                faults.append(_fault(("channels", name, "quiet_hours"), error))
    return faults


def _fault(entry: Place, error: CalendarError) -> tuple[Place, str]:
    """A calendar's complaint, at the key of the entry that it names."""
    key, colon, message = str(error).partition(": ")
    inner = _place(key) if colon else ()
    return (*entry, *inner), message or str(error)


def _place(key: str) -> Place:
    return tuple(int(match[2]) if match[2] else match[1] for match in _STEP.finditer(key))


def _located(fault: ErrorDetails, data: Any) -> tuple[Place, str]:
    """Where in the file a fault stands, and what to say of it."""
    kind, loc = fault["type"], fault["loc"]
    if kind in {"missing", "extra_forbidden"}:
        around = _place_in(loc[:-1], data)
        hint = did_you_mean(loc[-1], _keys_at(around)) if kind == "extra_forbidden" else ""
        return (*around, loc[-1]), fault_text(fault) + hint
    return _place_in(loc, data), fault_text(fault)


def _place_in(loc: tuple[int | str, ...], data: Any) -> Place:
    """The part of pydantic's location that exists in the data: without the names of union branches."""
    place: list[int | str] = []
    for step in loc:
        if _has(data, step):
            place.append(step)
            data = data[step]
    return tuple(place)


def _has(data: Any, step: int | str) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def _keys_at(place: Place) -> set[str]:
    """The keys that the JSON Schema knows at a place of the file."""
    schema = PolicyFile.model_json_schema()
    nodes = _variants(schema, schema)
    for step in place:
        inner = [_below(node, step) for node in nodes]
        nodes = [variant for node in inner if node for variant in _variants(node, schema)]
    return {key for node in nodes for key in node.get("properties", {})}


def _variants(node: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas a node may stand for, its references followed."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    branches = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    return [node, *(variant for branch in branches for variant in _variants(branch, schema))]


def _below(node: dict[str, Any], step: int | str) -> dict[str, Any] | None:
    if isinstance(step, int):
        return node.get("items")
    inner = node.get("properties", {}).get(step, node.get("additionalProperties"))
    return inner if isinstance(inner, dict) else None
