"""The topics: their names are held, and their settings keep what must be kept."""

from __future__ import annotations

from schemas.topics import Topics, topic_specs


def test_the_names_are_those_that_others_rely_on() -> None:
    assert Topics().all() == (
        "tickets",
        "sla-alerts",
        "sla-results",
        "tickets-dlq",
        "sla-kpis",
        "sla-state",
        "sla-policies",
    )


def test_every_topic_has_a_spec_under_its_own_name() -> None:
    topics = Topics(tickets="a.tickets", alerts="b", results="c", dead_letters="d", kpis="e", state="f")
    assert [spec.name for spec in topic_specs(topics)] == list(topics.all())


def test_the_source_has_the_brokers_time_and_the_state_is_only_compacted() -> None:
    configs = {spec.name: spec.config() for spec in topic_specs(Topics())}
    assert configs["tickets"]["message.timestamp.type"] == "LogAppendTime"
    assert configs["tickets"]["cleanup.policy"] == "delete"
    for name in ("sla-kpis", "sla-state", "sla-policies"):
        assert (configs[name]["cleanup.policy"], configs[name]["retention.ms"]) == ("compact", "-1")
    assert "message.timestamp.type" not in configs["sla-alerts"]


def test_the_policies_are_one_history_dated_by_the_broker() -> None:
    *others, policies = topic_specs(Topics())
    assert policies.partitions == 1
    assert policies.log_append_time
    assert {spec.partitions for spec in others} == {None}


def test_each_retention_is_as_documented() -> None:
    days = {
        spec.name: spec.retention_ms / 86_400_000 for spec in topic_specs(Topics()) if spec.retention_ms > 0
    }
    assert days == {"tickets": 90, "sla-alerts": 400, "sla-results": 400, "tickets-dlq": 30}
    specs = {spec.name: spec.cleanup for spec in topic_specs(Topics())}
    assert specs["sla-alerts"] == "compact,delete"
