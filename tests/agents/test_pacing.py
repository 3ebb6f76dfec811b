"""Work that can wait leaves most of the time to what cannot."""

from __future__ import annotations

import pytest

from agents.pacing import (
    FREE_PER_WORK,
    LONGEST_COMMIT_REST,
    LONGEST_LONELY_REST,
    LONGEST_REST,
    REST_PER_COMMIT,
    STALLED,
    Pace,
)


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

    def slice(self, seconds: float, *, alone: bool = False) -> None:
        """A slice of work that can wait; whether no records go with it."""
        began = self.pace.now
        self.busy(seconds)
        self.pace.worked(began, alone=alone)

    def transaction(self, seconds: float, *, planned: bool, error: Exception | None = None) -> None:
        """A transaction, waited for; it fails with an error, if one is given."""
        with self.pace.transaction(planned=planned):
            self.idle(seconds)
            if error is not None:
                raise error


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
    process.transaction(0.001, planned=True)  # a quick one changes nothing
    assert process.pace.wait == pytest.approx(0.01 * FREE_PER_WORK - 0.001)
    process.transaction(1.0, planned=True)
    assert process.pace.wait == pytest.approx(LONGEST_COMMIT_REST)


def test_the_rest_grows_with_the_time_of_the_transaction(process: Process) -> None:
    process.transaction(LONGEST_COMMIT_REST / REST_PER_COMMIT / 2, planned=True)
    assert process.pace.wait == pytest.approx(LONGEST_COMMIT_REST / 2)


def test_a_transaction_of_records_alone_asks_for_no_rest(process: Process) -> None:
    process.transaction(LONGEST_COMMIT_REST, planned=False)
    assert process.pace.wait <= 0


def test_while_a_transaction_takes_far_longer_than_usual_nothing_is_added_to_what_waits(
    process: Process,
) -> None:
    for _ in range(100):
        process.transaction(0.01, planned=False)
    process.slice(0.0)
    with process.pace.transaction(planned=False):
        process.idle(0.01 * STALLED * 0.75)
        process.transaction(0.0, planned=False)  # of another partition
        assert process.pace.wait <= 0
        process.idle(0.01 * STALLED * 0.75)
        assert process.pace.wait > 0


def test_after_a_transaction_that_took_far_longer_than_usual_what_waited_goes_first(process: Process) -> None:
    for _ in range(100):
        process.transaction(0.01, planned=False)
    process.slice(0.0)
    process.transaction(0.01 * STALLED * 1.5, planned=False)
    assert process.pace.wait == pytest.approx(0.01 * STALLED * 1.5 * REST_PER_COMMIT, rel=0.01)


def test_where_slow_ones_never_cease_it_goes_on_all_the_same(process: Process) -> None:
    process.slice(0.0)
    for seconds in (0.001, 0.1) * 5:
        process.transaction(seconds, planned=False)
    assert process.pace.wait <= 0


def test_a_transaction_that_never_ends_does_not_hold_the_others_up_for_good(process: Process) -> None:
    process.slice(0.0)
    with process.pace.transaction(planned=False):
        process.idle(LONGEST_REST - 0.01)
        assert 0 < process.pace.wait <= 0.01 + 1e-9
        process.idle(0.01)
        assert process.pace.wait <= 1e-9


def test_what_a_slow_broker_takes_for_all_is_usual_after_a_while(process: Process) -> None:
    for _ in range(100):
        process.transaction(1.0, planned=False)
    process.slice(0.0)
    with process.pace.transaction(planned=False):
        process.idle(1.5)
        process.slice(0.0)
        assert process.pace.wait <= 0


def test_a_transaction_for_a_slice_alone_waits_for_the_others(process: Process) -> None:
    process.slice(0.0, alone=True)
    with process.pace.transaction(planned=False):
        assert process.pace.wait <= 0
        assert process.pace.wait_alone > 0
    assert process.pace.wait_alone <= 0


def test_where_the_others_never_end_a_slice_alone_has_its_turn_all_the_same(process: Process) -> None:
    process.slice(0.0, alone=True)
    process.idle(LONGEST_LONELY_REST)
    process.slice(0.0)  # one beside records takes it from nobody
    with process.pace.transaction(planned=False):
        assert process.pace.wait_alone <= 1e-9


def test_a_transaction_that_failed_stands_in_nobodys_way(process: Process) -> None:
    with pytest.raises(RuntimeError, match="the broker is gone"):
        process.transaction(10.0, planned=True, error=RuntimeError("the broker is gone"))
    assert process.pace.wait <= 0
