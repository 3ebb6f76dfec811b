"""Takes the snapshots that `/metrics` and `/readyz` show, from the partitions' owners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol

from agents.counters import Counters
from agents.metered_engine import MeteredEngine
from agents.policies import Policies
from agents.source_watch import SourceWatch
from agents.worker_snapshot import PartitionView, PolicyView, Readiness, WorkerSnapshot
from monitor.current_windows import CurrentWindows
from monitor.policies import ALWAYS, Policy, PolicyBook
from schemas.instants import MINUTE, Micros

_WEIGH_EVERY: Final = MINUTE
"""The bytes of the state are added up at most so often: with a million tickets it takes 30 ms."""


class OwnerView(Protocol):
    """What is shown of a partition's owner; `agents.partition_owner.PartitionOwner` is the real one."""

    restored_rows: int
    restore_seconds: float | None
    next_offset: int

    @property
    def state(self) -> str:
        """One of `monitor.metrics.PARTITION_STATES`."""
        ...

    @property
    def lag(self) -> int | None:
        """Records behind the end of the partition; None while that is not known."""
        ...

    @property
    def engine(self) -> object:
        """The partition's `MeteredEngine`; anything else, or None, shows no sizes."""
        ...


class OwnershipView(Protocol):
    """What is shown of the ownership; `agents.ownership.Ownership` is the real one."""

    joined: bool

    @property
    def owners(self) -> Mapping[int, OwnerView]:
        """The owners by partition."""
        ...


class WorkerSource:
    """The `SnapshotSource` of a worker; lives as long as the process."""

    def __init__(
        self,
        ownership: OwnershipView,
        counters: Counters,
        windows: CurrentWindows,
        policies: Policies,
        sources: SourceWatch,
        *,
        now: Callable[[], Micros],
    ) -> None:
        self._ownership = ownership
        self._counters = counters
        self._windows = windows
        self._policies = policies
        self._now = now
        self._sources = sources
        self._weighed: dict[int, tuple[MeteredEngine, Micros, int]] = {}

    def readiness(self) -> Readiness:
        """Where the worker stands in its group; nothing is added up for it."""
        owners = sorted(self._ownership.owners.items())
        return Readiness(self._ownership.joined, [_view(number, owner) for number, owner in owners])

    def snapshot(self) -> WorkerSnapshot:
        """The worker as it is now."""
        now = self._now()
        owners = self._ownership.owners
        self._windows.retain(owners.keys())
        restored = [number for number, owner in owners.items() if _engine(owner) is not None]
        views = [
            _view(number, owner, self._weigh(number, owner, now)) for number, owner in sorted(owners.items())
        ]
        return WorkerSnapshot(
            readiness=Readiness(self._ownership.joined, views),
            counters={**self._counters.snapshot(), **self._policies.counts},
            distributions=self._counters.distributions(),
            open_tickets=self._windows.open_tickets(restored),
            windows=self._windows.figures(now, restored),
            policies=_versions(self._policies.book, now),
            policy_published=self._policies.published_at,
            policy_reload_failed=self._policies.reload_failed,
            goals=_goals(self._policies.book.version_at(now).policies),
            sources=self._sources.views(),
        )

    def _weigh(self, number: int, owner: OwnerView, now: Micros) -> int | None:
        engine = _engine(owner)
        if engine is None:
            self._weighed.pop(number, None)
            return None
        known = self._weighed.get(number)
        if known is None or known[0] is not engine or now - known[1] >= _WEIGH_EVERY:
            known = self._weighed[number] = (engine, now, engine.state_bytes)
        return known[2]


def _engine(owner: OwnerView) -> MeteredEngine | None:
    return owner.engine if isinstance(owner.engine, MeteredEngine) else None


def _view(number: int, owner: OwnerView, state_bytes: int | None = None) -> PartitionView:
    view = PartitionView(
        number,
        owner.state,
        lag=owner.lag,
        next_offset=owner.next_offset,
        restore_seconds=owner.restore_seconds,
        restored_rows=owner.restored_rows,
    )
    engine = _engine(owner)
    if engine is None:
        return view
    gauges = engine.gauges()
    return replace(
        view,
        watermark=gauges.watermark if gauges.watermark >= 0 else None,
        tickets=gauges.tickets,
        replanning=engine.replanning,
        deadlines=gauges.deadlines,
        state_rows=gauges.tickets,
        state_bytes=state_bytes,
        kpi_rows=gauges.kpi_rows,
    )


def _versions(book: PolicyBook, now: Micros) -> list[PolicyView]:
    """Each version once, though it may have come back: then its latest start counts."""
    in_force = book.version_at(now).version
    starts = {of.version: of.starts for of in book.versions}
    return [
        PolicyView(version, None if at == ALWAYS else at, in_force=version == in_force)
        for version, at in starts.items()
    ]


def _goals(policies: tuple[Policy, ...]) -> dict[tuple[str, str], float]:
    """The goals by policy and objective; of several tiers' hand-offs the highest."""
    goals = {}
    for policy in policies:
        for objective, rule in policy.objectives.items():
            if rule.goal is not None:
                goals[policy.name, objective] = rule.goal
        handoffs = [rule.goal for rule in policy.handoffs.values() if rule.goal is not None]
        if handoffs:
            goals[policy.name, "handoff"] = max(handoffs)
    return goals
