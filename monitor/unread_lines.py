"""Lines of a history that are no event at all: how many, and which is the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from schemas.dead_letters import HEADER_ERROR, HEADER_OFFSET, HEADER_REASON, DeadLetter
from schemas.reasons import DeadLetterReason

_NO_EVENT: Final = frozenset(
    reason.value.encode()
    for reason in (DeadLetterReason.NOT_JSON, DeadLetterReason.INVALID, DeadLetterReason.NO_OFFSET_IN_TIME)
)


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """One such line: `index` counts all lines of the history from 0, `error` says what is wrong with it."""

    index: int
    error: str
    value: bytes


@dataclass(slots=True)
class UnreadLines:
    """What was taken so far."""

    count: int = 0
    first: UnreadLine | None = None

    def take(self, letters: Iterable[DeadLetter]) -> None:
        """Counts those of the dead letters of a replay that could not be read as an event."""
        for letter in letters:
            headers = dict(letter.headers)
            if headers[HEADER_REASON] not in _NO_EVENT:
                continue
            index, error = int(headers[HEADER_OFFSET]), headers[HEADER_ERROR].decode()
            self.add(UnreadLine(index, error, letter.value or b""))

    def add(self, line: UnreadLine) -> None:
        """Counts one."""
        self.count += 1
        self.first = self.first or line
