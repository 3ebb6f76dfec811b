"""The cyclic garbage collector of a worker: rarely over everything, often over little."""

from __future__ import annotations

import gc


def calm_collector() -> None:
    """Sets the collector to a process whose state only grows and has no cycles.

    With the defaults every 25 % of growth walks the whole state, seconds at a million tickets, and stalls all.
    """
    gc.set_threshold(50_000, 50, 1_000)


def collect_young() -> None:
    """Looks at what came since the last time, a millisecond or less when that is not long ago.

    The collector itself counts what comes less what goes. Tickets that are decoded while as many are let go count
    as nothing, so it would wait until all of them are new, and then look at hundreds of thousands at once.
    """
    gc.collect(0)
