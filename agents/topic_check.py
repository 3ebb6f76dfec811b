"""Whether the topics are as the monitor needs them: what is wrong, how bad it is and who mends it.

A fatal finding stops a worker before it starts; the others are told and lived with, for the operator may have
reasons (a longer retention, a single broker).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.errors import TopicsMissing
from schemas.topics import Topics, topic_specs

CREATE: Final = "sla-monitor topics create"
IN_SYNC: Final = 2
"""`min.insync.replicas` where a topic has three replicas: a step then survives the loss of one broker."""

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as the broker describes it; `config` is None where the broker does not tell."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, as a sentence for whoever runs Kafka."""

    topic: str
    problem: str
    message: str
    fatal: bool = False


def check_topics(topics: Topics, found: Mapping[str, FoundTopic], brokers: int) -> list[Finding]:
    """Everything that is not as `topics create` would have made it, in the order of `topic_specs`."""
    findings = []
    for spec in topic_specs(topics):
        topic = found.get(spec.name)
        if topic is None:
            findings.append(
                Finding(spec.name, "missing", f"{spec.name} does not exist: run `{CREATE}`", fatal=True)
            )
            continue
        source = found.get(topics.tickets)
        if source is not None and spec.partitions is None:
            findings += _partitions(topic, source)
        findings += _replication(topic, brokers)
        if topic.config is not None:
            lasting = spec.name in (topics.state, topics.kpis, topics.policies)
            findings += _cleanup(topic, topic.config, spec.cleanup, lasting=lasting)
            findings += _retention(topic, topic.config, spec.retention_ms)
            findings += _timestamps(topic, topic.config, log_append_time=spec.log_append_time)
    return findings


def require_topics(topics: Topics, findings: Sequence[Finding]) -> None:
    """Raise `TopicsMissing` when a worker must not start, with every reason."""
    missing = [finding.topic for finding in findings if finding.problem == "missing"]
    others = [finding.message for finding in findings if finding.fatal and finding.problem != "missing"]
    reasons = [f"missing: {', '.join(missing)}. Create what is missing with `{CREATE}`"] if missing else []
    if reasons or others:
        first = f"Topics of this installation (tickets come on {topics.tickets}) are not as they must be:"
        raise TopicsMissing("\n  ".join([first, *reasons, *others]))


def _partitions(topic: FoundTopic, source: FoundTopic) -> Iterator[Finding]:
    if topic.partitions == source.partitions:
        return
    yield Finding(
        topic.name,
        "partitions",
        f"{topic.name} has {topic.partitions} partitions and {source.name} has {source.partitions}; they "
        "must be "
        f"equal. Delete {topic.name} and run `{CREATE}`; state and KPIs are then built again from "
        f"{source.name}, "
        "as far back as it reaches",
        fatal=True,
    )


def _replication(topic: FoundTopic, brokers: int) -> Iterator[Finding]:
    if topic.replication < min(3, brokers):
        yield Finding(
            topic.name,
            "replication",
            f"{topic.name} has {topic.replication} of {min(3, brokers)} possible replicas: the loss of a "
            "broker "
            "may lose it",
        )
    if topic.replication < 3 or topic.config is None:
        return
    in_sync = int(topic.config.get("min.insync.replicas", IN_SYNC))
    if in_sync < IN_SYNC:
        yield Finding(
            topic.name,
            "in_sync",
            f"{topic.name} has min.insync.replicas={in_sync}: a write that only one broker holds counts as "
            "safe; "
            f"set it to {IN_SYNC}",
        )


def _cleanup(
    topic: FoundTopic, config: Mapping[str, str], wanted: str, *, lasting: bool
) -> Iterator[Finding]:
    """`lasting` topics hold rows that count until they are replaced: there, a deletion by age is a loss."""
    policy = config.get("cleanup.policy", wanted)
    if _words(policy) == _words(wanted):
        return
    fatal = lasting and "delete" in _words(policy)
    harm = ": rows that still count would be deleted by age" if fatal else ""
    yield Finding(
        topic.name,
        "cleanup",
        f"{topic.name} has cleanup.policy={policy} instead of {wanted}{harm}",
        fatal=fatal,
    )


def _words(policy: str) -> set[str]:
    return {word.strip() for word in policy.split(",") if word.strip()}


def _retention(topic: FoundTopic, config: Mapping[str, str], wanted: int) -> Iterator[Finding]:
    """Only where age deletes, and only what is kept for less long: more is the operator's choice."""
    kept = int(config.get("retention.ms", wanted))
    if "delete" in _words(config.get("cleanup.policy", "")) and 0 <= kept < wanted:
        yield Finding(
            topic.name,
            "retention",
            f"{topic.name} keeps {kept / _DAY_MS:g} days instead of {wanted / _DAY_MS:g} "
            f"(retention.ms={kept})",
        )


def _timestamps(topic: FoundTopic, config: Mapping[str, str], *, log_append_time: bool) -> Iterator[Finding]:
    given = config.get("message.timestamp.type", "LogAppendTime")
    if log_append_time and given != "LogAppendTime":
        yield Finding(
            topic.name,
            "timestamps",
            f"{topic.name} has message.timestamp.type={given}: its records are dated by their producers' clocks, "
            "and what comes from the future is recognised only as well as these go; set it to LogAppendTime",
        )
