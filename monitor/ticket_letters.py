"""Dead letters as one ticket sees them: those that are about it, and those that do not say which ticket they are of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from schemas.dead_letters import HEADER_ERROR, HEADER_OFFSET, HEADER_REASON, HEADER_TOPIC, DeadLetter
from schemas.explanations import Nameless, SetAside

_NAMES_A_TICKET: Final = re.compile(rb'"ticket_id"\s*:\s*"[^"]+"')


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
            if concerns(letter.key, letter.value, self.ticket_id):
                self.own.append(set_aside(letter))
            elif names_no_ticket(letter.key, letter.value):
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


def concerns(key: bytes | None, value: bytes | None, ticket_id: str) -> bool:
    """Whether a dead letter is about the ticket, by its key or by its own words."""
    if key is not None:
        return key == ticket_id.encode()
    if value is None or ticket_id.encode() not in value:
        return False
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError:
        return True  # torn, but it names the ticket
    return ticket_id in _named(content)


def names_no_ticket(key: bytes | None, value: bytes | None) -> bool:
    """Whether nothing tells which ticket a dead letter is of: torn before its id, say, or no object at all."""
    if key is not None or value is None:
        return False
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError:
        return _NAMES_A_TICKET.search(value) is None
    return not any(isinstance(name, str) and name for name in _named(content))


def _named(content: Any) -> list[Any]:
    """What a record and its CloudEvents `data` give as the ticket's id."""
    bodies = (content, content.get("data")) if isinstance(content, dict) else ()
    return [body.get("ticket_id") for body in bodies if isinstance(body, dict)]


def set_aside(letter: DeadLetter) -> SetAside:
    """A dead letter for people."""
    headers = {name: value.decode(errors="replace") for name, value in letter.headers}
    return SetAside(
        reason=headers.get(HEADER_REASON, "?"),
        error=headers.get(HEADER_ERROR, "?"),
        place=f"{headers.get(HEADER_TOPIC, '?')}:{headers.get(HEADER_OFFSET, '?')}",
    )
