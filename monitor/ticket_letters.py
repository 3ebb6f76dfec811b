"""Dead letters as one ticket sees them: those that are about it, and those that do not say which ticket they are of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import orjson

from schemas.dead_letters import HEADER_ERROR, HEADER_OFFSET, HEADER_REASON, HEADER_TOPIC, DeadLetter
from schemas.explanations import Nameless, SetAside

_TICKET_ID: Final = re.compile(rb'"ticket_id"\s*:\s*("(?:[^"\\]|\\.)*")')


@dataclass(slots=True)
class TicketLetters:
    """What was set aside of a ticket, and how many records name no ticket and may be its own."""

    ticket_id: str
    own: list[SetAside] = field(default_factory=list)
    nameless: int = 0
    first_nameless: SetAside | None = None

    def take(self, letters: Iterable[DeadLetter]) -> None:
        """Keeps what may concern the ticket."""
        for letter in letters:
            names = tickets_named(letter.key, letter.value)
            if self.ticket_id in names:
                self.own.append(set_aside(letter))
            elif not names:
                self.nameless += 1
                self.first_nameless = self.first_nameless or set_aside(letter)

    def placed(self, place: Callable[[int], str]) -> TicketLetters:
        """The same with each place said by its offset."""

        def moved(letter: SetAside) -> SetAside:
            return letter.model_copy(update={"place": place(int(letter.place.rpartition(":")[2]))})

        first = self.first_nameless
        return TicketLetters(
            self.ticket_id,
            [moved(letter) for letter in self.own],
            self.nameless,
            None if first is None else moved(first),
        )

    def doubt(self) -> Nameless | None:
        """The records without a ticket, for an explanation; None without any."""
        first = self.first_nameless
        return None if first is None else Nameless(records=self.nameless, first=first)


def tickets_named(key: bytes | None, value: bytes | None) -> set[str]:
    """Which tickets a dead letter may be of, by its key, else by its own words; none where nothing tells.

    A record and its CloudEvents `data` may both give an id; of a torn record the ids count that are whole.
    """
    if key is not None:
        return {key.decode(errors="replace")}
    try:
        content = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return {name for of in _TICKET_ID.findall(value or b"") if (name := _text(of))}
    bodies = (content, content.get("data")) if isinstance(content, dict) else ()
    names = (body.get("ticket_id") for body in bodies if isinstance(body, dict))
    return {name for name in names if isinstance(name, str) and name}


def _text(literal: bytes) -> str:
    """A JSON string; empty when it is none after all, as with half an escape."""
    try:
        return str(orjson.loads(literal))
    except orjson.JSONDecodeError:
        return ""


def set_aside(letter: DeadLetter) -> SetAside:
    """A dead letter for people."""
    headers = {name: value.decode(errors="replace") for name, value in letter.headers}
    return SetAside(
        reason=headers.get(HEADER_REASON, "?"),
        error=headers.get(HEADER_ERROR, "?"),
        place=f"{headers.get(HEADER_TOPIC, '?')}:{headers.get(HEADER_OFFSET, '?')}",
    )
