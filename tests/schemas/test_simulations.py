"""A simulation says of each clock one thing."""

from __future__ import annotations

from typing import get_args

from schemas.simulations import ChangeCounts, ChangeKind


def test_every_kind_of_change_is_a_count() -> None:
    assert set(ChangeCounts.model_fields) == {"objective", "clocks", *get_args(ChangeKind)}
