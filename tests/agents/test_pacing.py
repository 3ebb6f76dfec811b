"""Work that can wait leaves most of the time to what cannot."""

from __future__ import annotations

from agents.pacing import REST_PER_WORK, Pace


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
