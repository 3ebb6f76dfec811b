"""The collector: set for a state that only grows, and asked often to look at what is new."""

from __future__ import annotations

import gc
import weakref

from agents.collecting import collect_young


class _Node:
    """One end of a cycle."""

    def __init__(self) -> None:
        self.itself = self


def test_a_young_cycle_is_collected() -> None:
    gc.collect()
    watched = weakref.ref(_Node())
    collect_young()
    assert watched() is None


def test_what_is_old_is_not_looked_at() -> None:
    node = _Node()
    watched = weakref.ref(node)
    gc.collect()
    del node
    collect_young()
    assert watched() is not None
    gc.collect()
    assert watched() is None
