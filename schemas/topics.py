"""The Kafka topics: their names, what cleans them up and how long they keep.

Every name is written out here and never derived from a module path, so that moving code renames nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Topics:
    """The names of one installation's topics; all have the partition count of `tickets`, but `policies`."""

    tickets: str = "tickets"
    alerts: str = "sla-alerts"
    results: str = "sla-results"
    dead_letters: str = "tickets-dlq"
    kpis: str = "sla-kpis"
    state: str = "sla-state"
    policies: str = "sla-policies"

    def all(self) -> tuple[str, ...]:
        """Every name, the source topic first."""
        return (
            self.tickets,
            self.alerts,
            self.results,
            self.dead_letters,
            self.kpis,
            self.state,
            self.policies,
        )


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How a topic is created: `cleanup` is Kafka's `cleanup.policy`, `retention_ms` -1 keeps for ever.

    `partitions` is None where they are as many as those of `tickets`.
    """

    name: str
    cleanup: str
    retention_ms: int
    log_append_time: bool = False
    partitions: int | None = None

    def config(self) -> dict[str, str]:
        """The topic's settings by their Kafka names."""
        entries = {"cleanup.policy": self.cleanup, "retention.ms": str(self.retention_ms)}
        if self.log_append_time:
            entries["message.timestamp.type"] = "LogAppendTime"
        return entries


def topic_specs(topics: Topics) -> tuple[TopicSpec, ...]:
    """What `sla-monitor topics create` makes of each topic.

    `tickets` takes the broker's append time, so that an event from the future shows as one, and so do the
    policies, which hold from when everyone could know them. The state is only ever compacted: a retention would
    delete tickets that still run. The policies are one history, so they lie in one partition.
    """
    return (
        TopicSpec(topics.tickets, "delete", 90 * _DAY_MS, log_append_time=True),
        TopicSpec(topics.alerts, "compact,delete", 400 * _DAY_MS),
        TopicSpec(topics.results, "delete", 400 * _DAY_MS),
        TopicSpec(topics.dead_letters, "delete", 30 * _DAY_MS),
        TopicSpec(topics.kpis, "compact", -1),
        TopicSpec(topics.state, "compact", -1),
        TopicSpec(topics.policies, "compact", -1, log_append_time=True, partitions=1),
    )
