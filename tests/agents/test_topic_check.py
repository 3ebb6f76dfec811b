"""What is said about topics that are not as they should be, and what stops a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from agents.topic_check import Finding, FoundTopic, check_topics, require_topics
from monitor.errors import TopicsMissing
from schemas.topics import Topics, topic_specs

TOPICS = Topics()
Found = Mapping[str, FoundTopic]


def as_created(replication: int = 3) -> dict[str, FoundTopic]:
    in_sync = {"min.insync.replicas": "2" if replication == 3 else "1"}
    return {
        spec.name: FoundTopic(spec.name, 12, replication, {**spec.config(), **in_sync})
        for spec in topic_specs(TOPICS)
    }


def with_config(found: Found, topic: str, **config: str) -> dict[str, FoundTopic]:
    dotted = {name.replace("_", "."): value for name, value in config.items()}
    before = found[topic]
    return {**found, topic: replace(before, config={**(before.config or {}), **dotted})}


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_topics_as_they_are_created_are_fine() -> None:
    assert check_topics(TOPICS, as_created(), brokers=3) == []
    assert check_topics(TOPICS, as_created(replication=1), brokers=1) == []
    require_topics(TOPICS, [])


def test_missing_topics_are_named_with_the_command_that_creates_them() -> None:
    found = as_created()
    del found[TOPICS.state], found[TOPICS.kpis]
    with pytest.raises(TopicsMissing, match=r"missing: sla-kpis, sla-state\..*sla-monitor topics create"):
        require_topics(TOPICS, check_topics(TOPICS, found, brokers=3))


def test_another_partition_count_than_that_of_tickets_stops_the_worker() -> None:
    found = as_created()
    found[TOPICS.results] = replace(found[TOPICS.results], partitions=6)
    finding = only(check_topics(TOPICS, found, brokers=3))
    assert "sla-results has 6 partitions and tickets has 12" in finding.message
    with pytest.raises(TopicsMissing, match="sla-results has 6"):
        require_topics(TOPICS, [finding])


@pytest.mark.parametrize("topic", [TOPICS.state, TOPICS.kpis])
def test_a_state_that_is_deleted_by_age_stops_the_worker(topic: str) -> None:
    found = with_config(as_created(), topic, cleanup_policy="compact,delete", retention_ms="-1")
    assert only(check_topics(TOPICS, found, brokers=3)).fatal


def test_the_order_of_cleanup_policies_does_not_matter() -> None:
    found = with_config(as_created(), TOPICS.alerts, cleanup_policy="delete, compact")
    assert check_topics(TOPICS, found, brokers=3) == []


def test_a_source_that_is_compacted_is_told_but_lived_with() -> None:
    finding = only(
        check_topics(TOPICS, with_config(as_created(), TOPICS.tickets, cleanup_policy="compact"), 3)
    )
    assert finding.problem == "cleanup"
    assert not finding.fatal


def test_a_source_with_its_producers_time_stamps_is_told() -> None:
    found = with_config(as_created(), TOPICS.tickets, message_timestamp_type="CreateTime")
    finding = only(check_topics(TOPICS, found, brokers=3))
    assert "LogAppendTime" in finding.message
    assert not finding.fatal


def test_a_shorter_retention_is_told_and_a_longer_one_is_not() -> None:
    week, years = str(7 * 86_400_000), str(4_000 * 86_400_000)
    shorter = with_config(as_created(), TOPICS.results, retention_ms=week)
    assert "sla-results keeps 7 days instead of 400" in only(check_topics(TOPICS, shorter, 3)).message
    for longer in (years, "-1"):
        assert check_topics(TOPICS, with_config(as_created(), TOPICS.results, retention_ms=longer), 3) == []


def test_too_few_replicas_are_told_only_where_there_are_more_brokers() -> None:
    found = {**as_created(), TOPICS.state: replace(as_created()[TOPICS.state], replication=1)}
    assert only(check_topics(TOPICS, found, brokers=5)).problem == "replication"


def test_three_replicas_of_which_one_suffices_are_told() -> None:
    found = with_config(as_created(), TOPICS.state, min_insync_replicas="1")
    assert only(check_topics(TOPICS, found, brokers=3)).problem == "in_sync"


def test_a_broker_that_does_not_tell_its_settings_is_taken_at_its_word() -> None:
    found = {name: replace(topic, config=None) for name, topic in as_created().items()}
    assert check_topics(TOPICS, found, brokers=3) == []
