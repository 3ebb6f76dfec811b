"""When to stop rather than set everything aside: limits on the poison in one partition."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.errors import DeadLetterLimit
from monitor.intake import SourceRecord
from schemas.dead_letters import HEADER_OFFSET, HEADER_REASON, DeadLetter
from schemas.reasons import DeadLetterReason

POISON: Final = frozenset(
    reason.value.encode()
    for reason in (
        DeadLetterReason.NOT_JSON,
        DeadLetterReason.INVALID,
        DeadLetterReason.NO_OFFSET_IN_TIME,
        DeadLetterReason.FROM_THE_FUTURE,
        DeadLetterReason.KEY_MISMATCH,
    )
)
"""What says that a source is broken. The other reasons are verdicts on single events: a history that is sent
again is `too_late` from end to end and stops nothing."""


@dataclass(frozen=True, slots=True)
class DeadLetterLimits:
    """At most `share` of the last `window` records may be poison, and fewer than `run` in a row."""

    share: float
    window: int
    run: int


class DeadLetterWatch:
    """Counts one partition's dead letters, step by step and before a step is written.

    The limit is checked before the step that reaches it is committed, so its records stay in the topic for
    the next start.
    """

    def __init__(self, partition: int, limits: DeadLetterLimits) -> None:
        self._partition = partition
        self._limits = limits
        self._steps: deque[tuple[int, int]] = deque()  # records and dead letters of each step of the window
        self._records = 0
        self._dead = 0
        self._run = 0

    def check(self, records: Sequence[SourceRecord], dead_letters: Sequence[DeadLetter]) -> None:
        """Counts a step; raises `DeadLetterLimit` when the partition must not go on."""
        offsets = {int(headers[HEADER_OFFSET]) for headers in self._poisoned(dead_letters)}
        self._count(len(records), len(offsets))
        limits = self._limits
        last = f"the last of them, offset {max(offsets)}" if offsets else "the last of them earlier"
        if self._records >= limits.window and self._dead > limits.share * self._records:
            what = f"{self._dead} of the last {self._records} records could not be read, {last}"
            self._stop(what, "SLA_DEAD_LETTER_SHARE")
        if self._longest_run(records, offsets) >= limits.run:
            self._stop(f"{limits.run} records in a row could not be read, {last}", "SLA_DEAD_LETTER_RUN")

    def _count(self, records: int, dead: int) -> None:
        self._steps.append((records, dead))
        self._records += records
        self._dead += dead
        while self._records - self._steps[0][0] >= self._limits.window:
            first_records, first_dead = self._steps.popleft()
            self._records -= first_records
            self._dead -= first_dead

    def _poisoned(self, dead_letters: Sequence[DeadLetter]) -> Iterator[dict[str, bytes]]:
        for letter in dead_letters:
            headers = dict(letter.headers)
            if headers[HEADER_REASON] in POISON:
                yield headers

    def _longest_run(self, records: Sequence[SourceRecord], poisoned: set[int]) -> int:
        """The longest run that touches this step; the run at its end goes on in the next."""
        if not poisoned:
            self._run = 0 if records else self._run
            return self._run
        run = longest = self._run
        for record in records:
            run = run + 1 if record.offset in poisoned else 0
            longest = max(longest, run)
        self._run = run
        return longest

    def _stop(self, what: str, setting: str) -> None:
        raise DeadLetterLimit(
            f"partition {self._partition}: {what}. Nothing was set aside for this step: look at the source, "
            f"then raise {setting} to let them pass"
        )
