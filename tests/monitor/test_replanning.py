"""Which tickets of a partition have yet to follow a turn of the policies."""

from __future__ import annotations

from monitor.replanning import Replanning
from monitor.tickets import NEVER, Ticket
from schemas.instants import Micros

KEYS = [b"%d" % number for number in range(10)]


def _is_even(key: bytes, _due: Micros = NEVER) -> bool:
    return int(key) % 2 == 0


def _worked_off(left: Replanning, chunk: int) -> list[bytes]:
    taken: list[bytes] = []
    while left:
        left.list_some(_is_even, chunk)
        while (key := left.take()) is not None:
            assert key in left
            left.discard(key)
            taken.append(key)
    return taken


def test_all_that_are_concerned_are_taken_once_however_few_are_looked_at_at_once() -> None:
    for chunk in (1, 3, 10, 100):
        left = Replanning()
        left.begin(list(KEYS))
        assert sorted(_worked_off(left, chunk)) == KEYS[::2]
        assert not any(key in left for key in KEYS)
        assert left.take() is None


def test_those_looked_at_together_come_in_their_order() -> None:
    left = Replanning()
    left.begin(list(reversed(KEYS)))
    assert _worked_off(left, len(KEYS)) == KEYS[::2]


def test_a_ticket_counts_as_left_until_it_follows_or_is_found_not_to_be_concerned() -> None:
    left = Replanning()
    left.begin(list(KEYS))
    assert all(key in left for key in KEYS)
    left.discard(b"8")  # it was touched, so it has followed
    assert b"8" not in left
    left.list_some(_is_even, 2)  # 9 and 8
    assert left.take() is None
    assert len(left) == 8
    assert b"8" not in left
    assert sorted(_worked_off(left, 3)) == [b"0", b"2", b"4", b"6"]


def test_another_turn_in_the_middle_concerns_all_again() -> None:
    left = Replanning()
    left.begin(list(KEYS))
    left.list_some(_is_even, 5)
    first = left.take()
    assert first is not None
    left.discard(first)
    left.begin(list(KEYS))
    assert first in left
    assert sorted(_worked_off(left, 4)) == KEYS[::2]


def test_what_was_to_be_folded_again_still_is_after_another_turn() -> None:
    judged = Ticket(ticket_id="a", created=5, settled_to=50)
    left = Replanning()
    left.begin(list(KEYS), again_from=40, due_from=90)
    assert left.must_fold(judged)
    left.begin(list(KEYS))
    assert left.must_fold(judged)
    left.list_some(lambda _key, due: due == 90, 100)
    assert len(left) == len(KEYS)
    while (key := left.take()) is not None:
        left.discard(key)
    left.begin(list(KEYS))
    assert not left.must_fold(judged)
