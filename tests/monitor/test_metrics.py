"""The catalogue of metrics keeps Prometheus' conventions, and its page is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.metrics import (
    ALERTS,
    CATALOGUE,
    COUNTED,
    DEAD_LETTERS,
    LAG,
    OPEN_TICKETS,
    TIME_BOUNDS,
    TIME_WINDOWS,
    TIMES,
    VERDICT_WINDOWS,
    Family,
    MetricDef,
    series_names,
)
from monitor.metrics_page import metrics_page
from schemas.reasons import DeadLetterReason

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_a_metric_is_named_by_the_conventions(metric: MetricDef) -> None:
    assert metric.name.startswith("sla_")
    assert metric.name.endswith("_total") == (metric.type == "counter")
    assert metric.name.endswith("_info") == (metric.type == "info")
    assert metric.unit == "" or metric.name.endswith("_" + metric.unit)
    assert metric.unit in {"", "seconds", "bytes", "ratio", "records"}


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_a_metric_is_explained_in_a_sentence(metric: MetricDef) -> None:
    assert metric.help.endswith(".")
    assert "\n" not in metric.help


def test_a_name_is_given_once() -> None:
    names = [name for metric in CATALOGUE for name in series_names(metric)]
    assert len(names) == len(set(names))


def test_a_person_or_a_ticket_is_never_a_label() -> None:
    labels = {label for metric in CATALOGUE for label in metric.labels}
    assert labels.isdisjoint({"ticket", "ticket_id", "alert_id", "requester", "assignee", "subject"})


def test_every_counter_starts_all_its_series_at_zero() -> None:
    for metric in CATALOGUE:
        if metric.type == "counter":
            assert list(metric.zero_series()), metric.name
    assert ("handoff", "breached") in set(ALERTS.zero_series())
    assert {labels[0] for labels in DEAD_LETTERS.zero_series()} == set(DeadLetterReason)


def test_an_open_list_of_labels_has_no_series_to_start_with() -> None:
    assert not list(OPEN_TICKETS.zero_series())
    assert not list(LAG.zero_series())


def test_the_worker_counts_under_the_words_of_the_step() -> None:
    assert set(COUNTED) == {
        "events",
        "dead_letters",
        "duplicates",
        "late_events",
        "alerts",
        "results",
        "unmatched",
        "policy_reloads",
        "policy_records_skipped",
    }


def test_buckets_ascend() -> None:
    for metric in CATALOGUE:
        assert list(metric.buckets) == sorted(set(metric.buckets))


def test_a_worker_with_a_hundred_customers_stays_within_50_000_series() -> None:
    combinations = 100 * 4
    per_time = len(TIME_BOUNDS) + 3  # +Inf, the count and the sum
    windows = (
        combinations * len(VERDICT_WINDOWS) * 4 * 2 + combinations * len(TIMES) * len(TIME_WINDOWS) * per_time
    )
    rest = sum(len(list(metric.zero_series())) + 64 for metric in CATALOGUE)
    assert windows + combinations + rest <= 50_000


def test_the_page_is_written_from_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == metrics_page(), (
        "python -m monitor.metrics_page > docs/metrics.md"
    )


def test_the_page_shows_every_metric_in_its_chapter() -> None:
    page = metrics_page()
    assert all(f"| `{metric.name}` |" in page for metric in CATALOGUE)
    assert all(f"## {family.value}\n" in page for family in Family)
