"""What a worker shows of itself at one moment: plain values that `/metrics` and `/readyz` are written from.

Everything here is taken on the event loop between two steps, so that no figure is half of one state and half
of the next, and is not changed afterwards: another thread may write it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agents.distributions import Distribution
from agents.source_watch import SourceView
from monitor.current_windows import WindowFigures
from monitor.metrics import PARTITION_STATES
from schemas.instants import Micros

RESTORED = frozenset({"catching_up", "live"})
"""The partition states in which state is whole: only such a partition's figures are reported."""


@dataclass(frozen=True, slots=True)
class PartitionView:
    """One assigned source partition; `state` is one of `monitor.metrics.PARTITION_STATES`.

    `watermark` is None before the first event, what is None otherwise is not known.
    """

    partition: int
    state: str
    lag: int | None = None
    watermark: Micros | None = None
    next_offset: int | None = None
    restore_seconds: float | None = None
    restored_rows: int = 0
    tickets: int = 0
    deadlines: int = 0
    replanning: int = 0
    state_rows: int = 0
    state_bytes: int | None = None
    kpi_rows: int = 0

    def __post_init__(self) -> None:
        if self.state not in PARTITION_STATES:
            raise ValueError(f"partition state {self.state!r} is none of {', '.join(PARTITION_STATES)}")

    @property
    def restored(self) -> bool:
        """Whether this worker holds the partition's whole state."""
        return self.state in RESTORED


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One version of the policy; `effective` is None when it has been in force always."""

    version: str
    effective: Micros | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class Readiness:
    """Where the worker stands in its group; `joined` once it has been given its partitions, perhaps none."""

    joined: bool = False
    partitions: Sequence[PartitionView] = ()

    @property
    def ready(self) -> bool:
        """Whether every partition it was given is restored."""
        return self.joined and all(partition.restored for partition in self.partitions)


@dataclass(frozen=True, slots=True)
class WorkerSnapshot:
    """The worker at one moment. `counters` is cumulative since the process started, keyed as `Step.counters`.

    `windows` and `open_tickets` cover the partitions owned here; rows with equal keys are added up.
    `distributions` is by metric name, `goals` by (policy, objective) from 0 to 1.
    """

    readiness: Readiness = Readiness()
    counters: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    open_tickets: Mapping[tuple[str, str], int] = field(default_factory=dict)
    windows: Sequence[WindowFigures] = ()
    policies: Sequence[PolicyView] = ()
    policy_published: Micros | None = None
    policy_reload_failed: bool = False
    goals: Mapping[tuple[str, str], float] = field(default_factory=dict)
    sources: Sequence[SourceView] = ()


class SnapshotSource(Protocol):
    """Whoever knows the worker; both methods are called on the event loop."""

    def readiness(self) -> Readiness:
        """Where the worker stands; asked every few seconds by probes, so it must be cheap."""
        ...

    def snapshot(self) -> WorkerSnapshot:
        """The worker as it is now; asked at each scrape, may take some ten milliseconds."""
        ...
