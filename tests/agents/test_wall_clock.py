"""Wall time: the broker's clock carried on by a steady one."""

from __future__ import annotations

from agents.wall_clock import WallClock, steady, system_time
from schemas.instants import HOUR, MINUTE, SECOND, Micros

NOON: Micros = 1_000 * HOUR


class Clocks:
    """A steady clock and a machine's clock that can be set apart from it."""

    def __init__(self, system: Micros = NOON) -> None:
        self.steady = 0
        self.system = system

    def pass_(self, span: Micros) -> None:
        self.steady += span
        self.system += span

    def clock(self) -> WallClock:
        return WallClock(steady=lambda: self.steady, system=lambda: self.system)


def test_before_any_record_the_machines_clock_is_used() -> None:
    clocks = Clocks()

    assert clocks.clock().now() == NOON


def test_a_fresh_record_anchors_it_to_the_brokers_clock() -> None:
    clocks = Clocks(system=NOON - 5 * MINUTE)
    clock = clocks.clock()

    clock.anchor(NOON)
    clocks.pass_(SECOND)

    assert clock.now() == NOON + SECOND


def test_setting_the_machines_clock_moves_nothing_once_it_is_anchored() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    clock.anchor(NOON)

    clocks.system += HOUR

    assert clock.now() == NOON


def test_it_never_goes_back() -> None:
    clocks = Clocks(system=NOON + 5 * MINUTE)
    clock = clocks.clock()
    before = clock.now()

    clock.anchor(NOON)

    assert clock.now() == before
    clocks.pass_(6 * MINUTE)
    assert clock.now() == NOON + 6 * MINUTE


def test_of_several_bounds_the_latest_counts() -> None:
    clocks = Clocks(system=NOON)
    clock = clocks.clock()
    clock.anchor(NOON)

    clock.anchor(NOON - 3 * SECOND)  # this one was long on its way

    assert clock.now() == NOON


def test_a_wrong_stamp_wears_off() -> None:
    clocks = Clocks(system=NOON)
    clock = clocks.clock()
    clock.anchor(NOON + SECOND)

    clocks.pass_(20 * MINUTE)
    clock.anchor(NOON + 20 * MINUTE)

    assert clock.now() == NOON + 20 * MINUTE


def test_the_real_clocks_run() -> None:
    assert steady() <= steady()
    assert system_time() > NOON
