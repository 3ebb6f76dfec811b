"""Published versions as policy files again, each with its own `effective`, to replay a history by them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import orjson

from monitor.adapters.policy_file import PolicyFileError, parse_policy
from monitor.policies import ALWAYS, PolicyVersion, compile_version
from monitor.policy_history import Entry
from schemas.instants import iso

_EFFECTIVE: Final = re.compile(r"^(['\"]?)effective\1[ \t]*:.*(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ExportedPolicy:
    """A file to be written; `same` says whether it is the version it came from when it is read here."""

    name: str
    text: str
    same: bool


def exported(number: int, entry: Entry) -> ExportedPolicy:
    """The file of a version that has been or will be in force, its comments kept.

    It is not the same where another release of the `holidays` library gave the public holidays it counts on.
    """
    name = f"{number:03}-{entry.version.version}.yaml"
    text = _with_effective(entry, entry.publication.record.text)
    read = _read(text, name)
    if read is None or read.wording != entry.version.wording or read.starts != entry.starts:
        text = _rewritten(entry)  # such as a file in JSON, or one that begins with a directive
        read = _read(text, name)
    same = read is not None and read.public_dates == entry.version.public_dates
    return ExportedPolicy(name, text, same)


def _with_effective(entry: Entry, text: str) -> str:
    return "\n".join([*_comments(entry), *_line(entry), _EFFECTIVE.sub("", text)])


def _rewritten(entry: Entry) -> str:
    """What the file says, in other words: YAML takes JSON too."""
    data = parse_policy(
        entry.publication.record.text, entry.version.version, public_dates=entry.version.public_dates
    ).document.data
    data = {key: value for key, value in data.items() if key != "effective"}
    if entry.starts != ALWAYS:
        data["effective"] = iso(entry.starts)
    return "\n".join([*_comments(entry), orjson.dumps(data, option=orjson.OPT_INDENT_2).decode(), ""])


def _comments(entry: Entry) -> list[str]:
    record = entry.publication.record
    when = record.published_at.isoformat(timespec="seconds")
    return [f"# version {record.version}: {record.file}, published {when} by {record.published_by}"]


def _line(entry: Entry) -> list[str]:
    return [] if entry.starts == ALWAYS else [f"effective: {iso(entry.starts)}"]


def _read(text: str, name: str) -> PolicyVersion | None:
    try:
        return compile_version(parse_policy(text, name).file)
    except PolicyFileError:
        return None
