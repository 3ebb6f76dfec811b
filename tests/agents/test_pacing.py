"""Work that can wait leaves most of the time to what cannot."""

from __future__ import annotations

import pytest

from agents.pacing import FREE_PER_WORK, LONGEST_COMMIT, LONGEST_REST, REST_PER_COMMIT, Pace


class Process:
    """A process whose time passes as told, and a pace that goes by it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.used = 7.0
        self.pace = Pace(lambda: self.now, lambda: self.used)

    def idle(self, seconds: float) -> None:
        """Time in which it has nothing to do."""
        self.now += seconds

    def busy(self, seconds: float) -> None:
        """Time in which it works."""
        self.now += seconds
        self.used += seconds

    def slice(self, seconds: float) -> None:
        """A slice of work that can wait."""
        began = self.pace.now
        self.busy(seconds)
        self.pace.worked(began)


@pytest.fixture
def process() -> Process:
    """A process that has done nothing yet."""
    return Process()


def test_the_first_slice_has_nothing_to_wait_for(process: Process) -> None:
    assert process.pace.wait <= 0


def test_after_a_slice_the_others_have_their_time(process: Process) -> None:
    process.slice(0.03)
    assert process.pace.wait == pytest.approx(0.03 * FREE_PER_WORK)
    process.idle(0.03 * FREE_PER_WORK)
    assert process.pace.wait <= 1e-9


def test_time_in_which_the_process_is_busy_is_nobodys_rest(process: Process) -> None:
    process.slice(0.03)
    process.busy(0.03 * FREE_PER_WORK)
    assert process.pace.wait == pytest.approx(0.03 * FREE_PER_WORK)
    process.idle(0.03)
    assert process.pace.wait == pytest.approx(0.03 * (FREE_PER_WORK - 1))


def test_in_a_process_that_is_always_busy_it_goes_on_all_the_same(process: Process) -> None:
    process.slice(0.03)
    process.busy(LONGEST_REST - 0.01)
    assert process.pace.wait == pytest.approx(0.01)
    process.busy(0.01)
    assert process.pace.wait <= 1e-9


def test_a_slow_broker_gets_a_longer_rest(process: Process) -> None:
    process.slice(0.01)
    process.idle(0.01)
    process.pace.committed(0.001)  # a quick one changes nothing
    assert process.pace.wait == pytest.approx(0.01 * (FREE_PER_WORK - 1))
    process.pace.committed(1.0)
    assert process.pace.wait == pytest.approx(LONGEST_COMMIT)


def test_the_rest_grows_with_the_time_of_the_transaction(process: Process) -> None:
    process.pace.committed(LONGEST_COMMIT / REST_PER_COMMIT / 2)
    assert process.pace.wait == pytest.approx(LONGEST_COMMIT / 2)
