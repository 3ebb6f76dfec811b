"""Files that were read in vain: lines there are, and none of them is an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agents.cli.files import NumberedFiles
from agents.cli.language_figures import number
from agents.cli.texts import Language, Texts
from monitor.errors import SlaMonitorError
from monitor.unread_lines import UnreadLine, UnreadLines

_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "none": (
        "none of the {lines} lines is an event; the first is {place}: {error}.{hint}",
        "ninguna de las {lines} líneas es un evento; la primera es {place}: {error}.{hint}",
    ),
    "one": (
        "the only line is no event: {place}: {error}.{hint}",
        "la única línea no es un evento: {place}: {error}.{hint}",
    ),
    "array": (
        " Events are one JSON object a line; of a JSON array, jq -c '.[]' FILE makes such lines.",
        " Los eventos van un objeto JSON por línea; de un array JSON, jq -c '.[]' FICHERO hace tales líneas.",
    ),
    "object": (
        " Events are one JSON object a line; of objects over several lines, jq -c . FILE makes such lines.",
        " Los eventos van un objeto JSON por línea; de objetos en varias líneas, jq -c . FICHERO hace tales líneas.",
    ),
    "other": (
        " Events are one JSON object a line: sla-monitor schema event describes them.",
        " Los eventos van un objeto JSON por línea: sla-monitor schema event los describe.",
    ),
}


class NoEvents(SlaMonitorError):
    """Whoever named the files must give others: nothing in them is an event."""


def require_events(unread: UnreadLines, lines: int, files: NumberedFiles, language: Language) -> None:
    """Raises `NoEvents`, with the first line and what is wrong there, when lines were read and none is an event."""
    first = unread.first
    if first is None or unread.count < lines:
        return
    texts = Texts(language, _TEXTS)
    raise NoEvents(
        texts(
            "none" if lines > 1 else "one",
            lines=number(lines, language),
            place=files.place(first.index),
            error=first.error,
            hint=texts(_form(first)),
        )
    )


def _form(first: UnreadLine) -> str:
    """What the file seems to be, by how it begins."""
    begin = first.value.lstrip()
    if begin.startswith(b"[") and begin[1:].lstrip()[:1] in {b"", b"{"}:
        return "array"
    return "object" if begin.rstrip() == b"{" else "other"
