"""Work that can wait leaves most of the time to what cannot."""

from __future__ import annotations

from agents.pacing import LONGEST_REST, REST_PER_COMMIT, REST_PER_WORK, Pace


def test_after_a_slice_the_others_have_their_time() -> None:
    now = 100.0
    pace = Pace(lambda: now)
    assert pace.wait <= 0

    began = pace.now
    now += 0.03
    pace.worked(began)
    assert abs(pace.wait - 0.03 * REST_PER_WORK) < 1e-9

    now += 0.03 * REST_PER_WORK
    assert pace.wait <= 1e-9


def test_a_slow_broker_gets_a_longer_rest() -> None:
    now = 100.0
    pace = Pace(lambda: now)
    began = pace.now
    now += 0.01
    pace.worked(began)
    now += 0.01 * REST_PER_WORK / 2
    pace.committed(0.001)  # a quick one changes nothing
    assert abs(pace.wait - 0.01 * REST_PER_WORK / 2) < 1e-9
    pace.committed(1.0)
    assert abs(pace.wait - LONGEST_REST) < 1e-9


def test_the_rest_grows_with_the_time_of_the_transaction() -> None:
    pace = Pace(lambda: 100.0)
    pace.committed(LONGEST_REST / REST_PER_COMMIT / 2)
    assert abs(pace.wait - LONGEST_REST / 2) < 1e-9
