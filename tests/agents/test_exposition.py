"""`/metrics`: every figure of the snapshot, in both formats, as Prometheus and its linter read them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from agents.distributions import Distribution
from agents.exposition import Exposition
from agents.worker_snapshot import PartitionView, PolicyView, Readiness, WorkerSnapshot
from monitor.current_windows import TimeCounts, WindowFigures
from monitor.metrics import (
    ALERT_DELAY,
    CATALOGUE,
    OBJECTIVES,
    TIME_BOUNDS,
    TIME_WINDOWS,
    TIMES,
    VERDICT_WINDOWS,
)
from schemas.instants import SECOND
from tests.requirements import require

BUILD = {"version": "0.1.0", "python": "3.11.7", "faust": "0.15.3", "aiokafka": "0.14.0"}
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def page(snapshot: WorkerSnapshot, accept: str = "", *, customers: int = 250) -> str:
    return Exposition(BUILD, customers=customers).render(snapshot, accept)[1].decode()


def families(text: str, *, openmetrics: bool = False) -> dict[str, Metric]:
    parse = parse_openmetrics if openmetrics else parse_text
    return {family.name: family for family in parse(text)}


def series(text: str, *, openmetrics: bool = False) -> Series:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families(text, openmetrics=openmetrics).values()
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    return series(text)[name, frozenset(labels.items())]


def times(*seconds: float) -> TimeCounts:
    seen = Distribution(TIME_BOUNDS)
    for one in seconds:
        seen.observe(one)
    return TimeCounts(seen.counts, seen.total)


def figures(window: str = "24h", customer: str = "acme", priority: str = "P1") -> WindowFigures:
    return WindowFigures(
        window,
        customer,
        priority,
        {("first_response", "met"): 3, ("first_response", "missed"): 1, ("resolution", "missed"): 2},
        {"first_response": times(60, 300, 4000), "resolution": times(20_000)},
    )


def busy() -> WorkerSnapshot:
    delay = Distribution.of(ALERT_DELAY)
    delay.observe(0.04)
    live = PartitionView(
        0, "live", lag=0, watermark=1_795_000_000 * SECOND, next_offset=77, restore_seconds=1.5, state_bytes=9
    )
    return WorkerSnapshot(
        readiness=Readiness(joined=True, partitions=[live, PartitionView(1, "restoring", restored_rows=500)]),
        counters={("events", "created"): 5, ("alerts", "resolution", "breached"): 2, ("duplicates",): 1},
        distributions={ALERT_DELAY.name: delay},
        open_tickets={("acme", "P1"): 4, ('o"dd\\na\nme', "P2"): 1},
        windows=[figures(window) for window in VERDICT_WINDOWS] + [figures(customer='o"dd\\na\nme')],
        policies=[PolicyView("0123456789ab", None, in_force=True)],
        goals={("acme-gold", "first_response"): 0.95},
    )


def full() -> WorkerSnapshot:
    """A hundred customers with four priorities, all of whose figures exist."""
    customers = [(f"customer-{n}", f"P{p}") for n in range(100) for p in range(1, 5)]
    verdicts = {(objective, outcome): 1 for objective in OBJECTIVES for outcome in ("met", "missed")}
    both = dict.fromkeys(TIMES, times(60, 4000))
    return WorkerSnapshot(
        readiness=Readiness(
            joined=True,
            partitions=[
                PartitionView(n, "live", lag=0, watermark=0, next_offset=0, restore_seconds=0)
                for n in range(8)
            ],
        ),
        open_tickets=dict.fromkeys(customers, 1),
        windows=[
            WindowFigures(window, customer, priority, verdicts, both)
            for window in VERDICT_WINDOWS
            for customer, priority in customers
        ],
    )


def test_every_metric_of_the_catalogue_is_on_the_page_and_none_beside_it() -> None:
    text = page(busy())
    declared = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    ours = {name for name in declared if not name.startswith("process_")}
    parts = {metric.name + suffix for metric in TIMES.values() for suffix in ("_gcount", "_gsum")}
    assert ours == {metric.name for metric in CATALOGUE} | parts


def test_the_help_on_the_page_is_that_of_the_catalogue() -> None:
    of = families(page(busy()))
    for metric in CATALOGUE:
        assert of[metric.name.removesuffix("_total")].documentation == metric.help


def test_both_formats_show_the_same_series() -> None:
    exposition = Exposition(BUILD)
    of_process = {"process_", "sla_scrape_seconds"}

    def shown(text: str, *, openmetrics: bool) -> Series:
        found = series(text, openmetrics=openmetrics)
        return {key: found[key] for key in found if not any(key[0].startswith(name) for name in of_process)}

    _, text = exposition.render(busy(), "text/plain;version=0.0.4")
    content_type, openmetrics = exposition.render(busy(), OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert openmetrics.endswith(b"# EOF\n")
    assert shown(openmetrics.decode(), openmetrics=True) == shown(text.decode(), openmetrics=False)


def test_a_series_of_a_closed_list_is_zero_before_its_first_event() -> None:
    text = page(WorkerSnapshot())
    assert value(text, "sla_alerts_total", objective="handoff", state="breached") == 0
    assert value(text, "sla_dead_letters_total", reason="too_late") == 0
    assert value(text, "sla_duplicate_events_total") == 0
    assert value(text, "sla_alert_delay_seconds_count") == 0
    assert value(text, "sla_partitions", state="restoring") == 0


def test_what_the_worker_counted_is_shown() -> None:
    text = page(busy())
    assert value(text, "sla_events_total", type="created") == 5
    assert value(text, "sla_alerts_total", objective="resolution", state="breached") == 2
    assert value(text, "sla_alert_delay_seconds_bucket", le="0.05") == 1
    assert value(text, "sla_alert_delay_seconds_bucket", le="0.025") == 0


def test_a_count_that_no_metric_shows_is_refused() -> None:
    with pytest.raises(KeyError, match="guesses"):
        page(WorkerSnapshot(counters={("guesses",): 1}))


def test_a_partition_that_is_being_restored_reports_nothing_but_its_state() -> None:
    text = page(busy())
    assert value(text, "sla_partitions_owned") == 1
    assert value(text, "sla_partitions", state="restoring") == 1
    assert value(text, "sla_watermark_timestamp_seconds", partition="0") == 1_795_000_000
    assert value(text, "sla_caught_up", partition="0") == 1
    assert 'partition="1"' not in text


def test_buckets_are_cumulative_and_end_with_all() -> None:
    text = page(busy())
    labels = {"customer": "acme", "priority": "P1", "window": "24h"}
    name = "sla_window_first_response_seconds"
    assert value(text, name + "_bucket", le="300.0", **labels) == 2
    assert value(text, name + "_bucket", le="7200.0", **labels) == 3
    assert value(text, name + "_bucket", le="+Inf", **labels) == value(text, name + "_gcount", **labels) == 3
    assert value(text, name + "_gsum", **labels) == 4360


def test_an_objective_without_a_hit_shows_zero_hits() -> None:
    text = page(busy())
    labels = {"customer": "acme", "priority": "P1", "objective": "resolution", "window": "7d"}
    assert value(text, "sla_window_verdicts", outcome="met", **labels) == 0
    assert value(text, "sla_window_verdicts", outcome="missed", **labels) == 2
    judged = {dict(labels)["objective"] for name, labels in series(text) if name == "sla_window_verdicts"}
    assert judged == {"first_response", "resolution"}, "no data is shown as no data"


def test_times_are_shown_for_two_windows_only() -> None:
    shown = {
        labels for name, labels in series(page(busy())) if name == "sla_window_resolution_seconds_gcount"
    }
    assert {dict(labels)["window"] for labels in shown} == set(TIME_WINDOWS)


def test_the_same_customer_on_several_partitions_is_added_up() -> None:
    text = page(WorkerSnapshot(windows=[figures(), figures()]))
    labels = {"customer": "acme", "priority": "P1", "window": "24h"}
    verdicts = {**labels, "objective": "first_response"}
    assert value(text, "sla_window_verdicts", outcome="met", **verdicts) == 6
    assert value(text, "sla_window_first_response_seconds_bucket", le="300.0", **labels) == 4


def test_customers_beyond_the_limit_share_a_label_and_keep_their_sums() -> None:
    snapshot = WorkerSnapshot(
        open_tickets={("acme", "P1"): 1, ("bolt", "P1"): 2, ("cargo", "P1"): 3},
        windows=[figures(customer=name) for name in ("acme", "bolt", "cargo")],
    )
    text = page(snapshot, customers=1)
    assert value(text, "sla_open_tickets", customer="acme", priority="P1") == 1
    assert value(text, "sla_open_tickets", customer="__other__", priority="P1") == 5
    labels = {"customer": "__other__", "priority": "P1", "window": "24h", "objective": "first_response"}
    assert value(text, "sla_window_verdicts", outcome="met", **labels) == 6
    assert value(text, "sla_folded_customers") == 2


def test_a_hundred_customers_fit_into_50_000_series() -> None:
    samples = [line for line in page(full()).splitlines() if not line.startswith("#")]
    assert 35_000 < len(samples) <= 50_000


@pytest.mark.parametrize("snapshot", [WorkerSnapshot(), busy()], ids=["a new worker", "a busy worker"])
def test_promtool_finds_nothing_to_complain_about(snapshot: WorkerSnapshot) -> None:
    promtool = require(shutil.which("promtool"), "promtool (Debian: apt install prometheus)")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=page(snapshot).encode(), capture_output=True, check=False
    )
    assert checked.stdout + checked.stderr == b""
    assert checked.returncode == 0
