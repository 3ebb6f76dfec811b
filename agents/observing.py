"""What a worker shows of itself: the health server, its page of metrics, and the versions of what runs."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from agents.counters import Counters
from agents.exposition import Exposition
from agents.health import HealthServer
from agents.ownership import Ownership
from agents.policies import Policies
from agents.settings import Settings
from agents.source_watch import SourceWatch
from agents.wall_clock import WallClock
from agents.worker_source import WorkerSource
from monitor.current_windows import CurrentWindows


def health_server(
    settings: Settings,
    policies: Policies,
    *,
    ownership: Ownership,
    counters: Counters,
    windows: CurrentWindows,
    clock: WallClock,
    sources: SourceWatch,
) -> HealthServer:
    """The server of `/metrics`, `/livez` and `/readyz`; it answers before the first partition is restored.

    The watchdog ends a process that is stuck, so `/livez` fails only by not answering.
    """
    source = WorkerSource(ownership, counters, windows, policies, sources, now=clock.now)
    exposition = Exposition(build_versions(), customers=settings.metrics_max_customers)
    return HealthServer(source, exposition, lambda: None, host=settings.http_host, port=settings.http_port)


def build_versions() -> dict[str, str]:
    """The versions of the monitor and of what decides its behaviour, as labels of `sla_build_info`."""
    return {
        "version": _version("sla-monitor"),
        "python": platform.python_version(),
        "faust": _version("faust-streaming"),
        "aiokafka": _version("aiokafka"),
    }


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "unknown"
