"""How much of a partition is known whole, and since when."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.partition_tail import FRESH_SECONDS, TailWatch
from tests.agents.fakes import FakeTail


@dataclass
class Watched:
    """A watch with a clock and a broker that answer as told."""

    tail: FakeTail = field(default_factory=FakeTail)
    now: float = 100.0

    def __post_init__(self) -> None:
        self.watch = TailWatch(lambda: self.tail.tail, steady=lambda: self.now)

    def answer(self, stable: int, after: float = 0.5) -> None:
        """After some seconds the broker says where the partition ends, and the watch looks."""
        self.now += after
        self.tail.answer(stable)
        self.watch.look()


def test_nothing_is_known_before_the_first_answer() -> None:
    watched = Watched()
    watched.watch.look()

    assert watched.watch.behind(0) is None
    assert watched.watch.lag(0) is None
    assert watched.watch.age is None


def test_one_answer_is_not_enough_since_it_may_be_old() -> None:
    watched = Watched()
    watched.answer(10)

    assert watched.watch.behind(10) is None
    assert watched.watch.lag(4) == 6


def test_at_the_end_after_two_answers_nothing_is_behind() -> None:
    watched = Watched()
    watched.answer(10)
    watched.answer(10)

    assert watched.watch.behind(10) == 0.0
    assert watched.watch.age == 0.5


def test_far_from_the_end_nothing_is_known_whole() -> None:
    watched = Watched()
    watched.answer(10)
    watched.answer(1_000)
    watched.answer(1_010)

    assert watched.watch.behind(10) is None


def test_in_a_steady_flow_the_near_past_is_known_whole() -> None:
    watched = Watched()
    for end in (10, 20, 30, 40):
        watched.answer(end, after=0.1)

    # The end 20 was asked for after the answer at 100.1 had come; now it is 100.4.
    assert round(watched.watch.behind(25) or 0.0, 6) == 0.3
    assert round(watched.watch.behind(39) or 0.0, 6) == 0.2


def test_a_process_that_was_frozen_knows_nothing_until_two_new_answers() -> None:
    watched = Watched()
    watched.answer(10)
    watched.answer(10)
    watched.now += 60
    watched.watch.look()
    assert watched.watch.behind(10) is None

    watched.answer(10, after=0.0)  # it had waited in the socket: its end is a minute old
    assert watched.watch.behind(10) is None

    watched.answer(25)
    assert watched.watch.behind(10) is None
    assert watched.watch.behind(25) == 0.0


def test_a_broker_that_falls_silent_makes_the_knowledge_old() -> None:
    watched = Watched()
    watched.answer(10)
    watched.answer(10)

    watched.now += FRESH_SECONDS
    watched.watch.look()

    assert watched.watch.behind(10) is None
    assert watched.watch.age == FRESH_SECONDS + 0.5


def test_a_new_assignment_forgets_what_was_known() -> None:
    watched = Watched()
    watched.answer(10)
    watched.answer(10)
    watched.tail.tail = FakeTail().tail
    watched.watch.look()

    assert watched.watch.behind(10) is None
    watched.answer(10)
    assert watched.watch.behind(10) is None


def test_a_long_backlog_keeps_a_bounded_number_of_marks() -> None:
    watched = Watched()
    for end in range(1_000, 3_000):
        watched.answer(end, after=0.01)

    assert len(watched.watch._marks) <= 256
    assert watched.watch.behind(5) is None
