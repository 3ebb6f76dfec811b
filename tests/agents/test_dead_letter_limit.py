"""When a partition stops rather than set everything aside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from agents.dead_letter_limit import DeadLetterLimits, DeadLetterWatch
from monitor.errors import DeadLetterLimit
from monitor.intake import SourceRecord
from schemas.dead_letters import HEADER_OFFSET, HEADER_REASON, DeadLetter
from tests.agents.fakes import FakeRecord


def records(start: int, end: int) -> Sequence[SourceRecord]:
    return [FakeRecord(offset) for offset in range(start, end)]


def dead(offsets: Iterable[int], reason: str = "invalid") -> list[DeadLetter]:
    return [
        DeadLetter(b"", b"", [(HEADER_REASON, reason.encode()), (HEADER_OFFSET, b"%d" % offset)])
        for offset in offsets
    ]


def watch(share: float = 0.5, window: int = 10, run: int = 1_000) -> DeadLetterWatch:
    return DeadLetterWatch(3, DeadLetterLimits(share, window, run))


def test_a_few_dead_letters_are_nothing() -> None:
    watched = watch()

    for start in range(0, 100, 10):
        watched.check(records(start, start + 10), dead([start, start + 1]))


def test_more_than_the_share_of_a_window_stops_it() -> None:
    watched = watch()
    watched.check(records(0, 10), dead(range(5)))

    with pytest.raises(DeadLetterLimit, match="partition 3: 6 of the last 10 records"):
        watched.check(records(10, 20), dead(range(10, 16)))


def test_the_share_is_not_taken_of_less_than_a_window() -> None:
    watch().check(records(0, 9), dead(range(9)))


def test_old_steps_leave_the_window() -> None:
    watched = watch()
    watched.check(records(0, 9), dead(range(4)))
    for start in range(9, 40):
        watched.check(records(start, start + 1), dead([start] if start % 2 else []))


def test_a_run_stops_it_whatever_the_share() -> None:
    watched = watch(share=1.0, run=3)
    watched.check(records(0, 10), dead([1, 2, 4, 5]))

    with pytest.raises(DeadLetterLimit, match="3 records in a row"):
        watched.check(records(10, 20), dead([12, 13, 14]))


def test_a_run_goes_on_from_step_to_step() -> None:
    watched = watch(share=1.0, run=3)
    watched.check(records(0, 2), dead([0, 1]))

    with pytest.raises(DeadLetterLimit):
        watched.check(records(2, 3), dead([2]))


def test_a_good_record_ends_a_run() -> None:
    watched = watch(share=1.0, run=3)
    watched.check(records(0, 2), dead([0, 1]))
    watched.check(records(2, 3), [])
    watched.check(records(3, 5), dead([3, 4]))


def test_letters_of_earlier_records_belong_to_no_run() -> None:
    watched = watch(share=1.0, run=2)

    watched.check(records(100, 102), dead([7, 8, 9]))  # orphans, given up at last


@pytest.mark.parametrize("reason", ["too_late", "orphan", "identity_clash"])
def test_verdicts_on_single_events_stop_nothing_however_many(reason: str) -> None:
    watched = watch(run=5)

    for start in range(0, 100, 10):
        watched.check(records(start, start + 10), dead(range(start, start + 10), reason))


@pytest.mark.parametrize(
    "reason", ["not_json", "invalid", "no_offset_in_time", "from_the_future", "key_mismatch"]
)
def test_what_a_broken_source_sends_stops_it(reason: str) -> None:
    with pytest.raises(DeadLetterLimit):
        watch().check(records(0, 10), dead(range(10), reason))
