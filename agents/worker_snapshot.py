"""What a worker shows of itself at one moment: plain values that `/metrics` and `/readyz` are written from.

Everything here is taken on the event loop between two steps, so that no figure is half of one state and half
of the next, and is not changed afterwards: another thread may write it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from agents.distributions import Distribution
from monitor.metrics import PARTITION_STATES
from schemas.instants import Micros

RESTORED = frozenset({"catching_up", "live"})
"""The partition states in which state is whole: only such a partition's figures are reported."""


@dataclass(frozen=True, slots=True)
class PartitionView:
    """One assigned source partition; `state` is one of `monitor.metrics.PARTITION_STATES`."""

    partition: int
    state: str
    lag: int | None = None
    watermark: Micros | None = None
    next_offset: int | None = None
    restore_seconds: float | None = None
    restored_rows: int = 0
    tickets: int = 0
    deadlines: int = 0
    state_rows: int = 0
    state_bytes: int = 0
    kpi_rows: int = 0

    def __post_init__(self) -> None:
        if self.state not in PARTITION_STATES:
            raise ValueError(f"partition state {self.state!r} is none of {', '.join(PARTITION_STATES)}")

    @property
    def restored(self) -> bool:
        """Whether this worker holds the partition's whole state."""
        return self.state in RESTORED


class TimeCounts(NamedTuple):
    """The times of one objective; `seconds` is their sum.

    `counts` has one entry per bucket of `monitor.metrics.TIME_BOUNDS`, not cumulative, and a last one for
    what is above every bound.
    """

    counts: Sequence[int]
    seconds: float


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """What a window holds for one customer and priority, tiers added up, of one partition or of several.

    `verdicts` counts (objective, `met` or `missed`); `times` is by objective, of `monitor.metrics.TIMES`, and
    read only for `monitor.metrics.TIME_WINDOWS`.
    """

    window: str
    customer: str
    priority: str
    verdicts: Mapping[tuple[str, str], int]
    times: Mapping[str, TimeCounts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One version of the policy; `effective` is None when it has been in force always."""

    version: str
    effective: Micros | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class WorkerSnapshot:
    """The worker at one moment. `counters` is cumulative since the process started, keyed as `Step.counters`.

    `windows` and `open_tickets` cover the restored partitions only; rows with equal keys are added up.
    `distributions` is by metric name, `goals` by (policy, objective) from 0 to 1.
    """

    joined: bool = False
    partitions: Sequence[PartitionView] = ()
    counters: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    open_tickets: Mapping[tuple[str, str], int] = field(default_factory=dict)
    windows: Sequence[WindowFigures] = ()
    policies: Sequence[PolicyView] = ()
    goals: Mapping[tuple[str, str], float] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether the group has assigned the partitions (perhaps none) and each of them is restored."""
        return self.joined and all(partition.restored for partition in self.partitions)


class SnapshotSource(Protocol):
    """Whoever knows the worker: takes a snapshot, on the event loop, within a few milliseconds."""

    def snapshot(self) -> WorkerSnapshot:
        """The worker as it is now."""
        ...
