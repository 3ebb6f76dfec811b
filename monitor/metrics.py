"""The one catalogue of metrics: names, types, labels and help.

The exporter, `docs/metrics.md`, the dashboards, the Prometheus rules and their tests all read it; nothing
else spells a metric name. Conventions are those of https://prometheus.io/docs/practices/naming/: base units,
`_total` on counters, and only parts that can be added up, so that PromQL divides and takes quantiles over all
workers. Three families of time live side by side (see `Family`): a replay must not look like an hour of
breaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final, Literal, get_args

from schemas.alerts import AlertState
from schemas.events import EVENT_TYPES, ObjectiveName
from schemas.reasons import DeadLetterReason
from schemas.results import Outcome

MetricType = Literal["counter", "gauge", "histogram", "gaugehistogram", "info"]

OBJECTIVES: Final[tuple[str, ...]] = get_args(ObjectiveName)
ALERT_STATES: Final[tuple[str, ...]] = get_args(AlertState)
OUTCOMES: Final[tuple[str, ...]] = get_args(Outcome)
VERDICTS: Final = ("met", "missed")
COUNTED_EVENTS: Final = (*EVENT_TYPES, "deleted")
"""What an applied record is counted as: the type of its event, or `deleted` for a tombstone."""

PARTITION_STATES: Final = ("claiming", "restoring", "catching_up", "live")

VERDICT_WINDOWS: Final = ("24h", "7d", "30d", "month")
"""Windows of the attainment counts; `month` is the current calendar month of the reporting zone."""

TIME_WINDOWS: Final = ("24h", "30d")
"""Windows of the time histograms: two, since each costs 17 series per customer, priority and measure."""

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0

TIME_BOUNDS: Final = (
    # The targets people promise, in open time: minutes and hours, then working days of eight hours (16 h,
    # 40 h and 80 h are two, five and ten of them) beside whole days of a 24x7 desk.
    *(n * _MINUTE for n in (5, 15, 30)),
    *(n * _HOUR for n in (1, 2, 4, 8, 16, 24, 40, 48, 80, 120, 240)),
)
"""Upper bounds in seconds of the response and resolution time histograms, without the last, +Inf."""


class Family(StrEnum):
    """Which time a metric speaks of; also the chapters of `docs/metrics.md`."""

    PROCESS = "Since this process started"
    STATE = "As it is now"
    WINDOW = "Windows by the events' own time"


@dataclass(frozen=True, slots=True)
class MetricDef:
    """One metric; lives as long as the program.

    `closed` holds all the values each label can take, or is empty when the list is open. `buckets` are
    the finite upper bounds of a histogram, in `unit`. `counted` is the first word of the key under which the
    worker counts it (the rest of the key are the label values, in the order of `labels`).
    """

    name: str
    type: MetricType
    family: Family
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    closed: tuple[tuple[str, ...], ...] = ()
    buckets: tuple[float, ...] = ()
    counted: str = ""

    def zero_series(self) -> Iterator[tuple[str, ...]]:
        """The label values that exist from the first scrape on; none when a label's list is open.

        A series that appears with its first event loses that event to `increase()`.
        """
        if len(self.closed) == len(self.labels):
            yield from product(*self.closed)


def _counter(name: str, counted: str, help_: str, **labels: tuple[str, ...]) -> MetricDef:
    return MetricDef(
        name,
        "counter",
        Family.PROCESS,
        help_,
        labels=tuple(labels),
        closed=tuple(labels.values()),
        counted=counted,
    )


def _histogram(name: str, unit: str, buckets: tuple[float, ...], help_: str) -> MetricDef:
    return MetricDef(name, "histogram", Family.PROCESS, help_, unit=unit, buckets=buckets)


def _gauge(name: str, help_: str, *labels: str, unit: str = "", family: Family = Family.STATE) -> MetricDef:
    return MetricDef(name, "gauge", family, help_, labels=labels, unit=unit)


EVENTS: Final = _counter(
    "sla_events_total",
    "events",
    "Ticket events applied, by type; `deleted` is a tombstone.",
    type=COUNTED_EVENTS,
)
DEAD_LETTERS: Final = _counter(
    "sla_dead_letters_total",
    "dead_letters",
    "Records set aside on the dead-letter topic, by reason.",
    reason=tuple(reason.value for reason in DeadLetterReason),
)
DUPLICATES: Final = _counter(
    "sla_duplicate_events_total",
    "duplicates",
    "Events whose event_id was already known: they changed nothing.",
)
LATE_EVENTS: Final = _counter(
    "sla_late_events_total",
    "late_events",
    "Events older than one already applied to their ticket, which was therefore folded again.",
)
ALERTS: Final = _counter(
    "sla_alerts_total",
    "alerts",
    "Alert transitions written to the alerts topic.",
    objective=OBJECTIVES,
    state=ALERT_STATES,
)
RESULTS: Final = _counter(
    "sla_results_total",
    "results",
    "Verdicts written to the results topic, corrections included; attainment comes from sla_window_verdicts.",
    objective=OBJECTIVES,
    outcome=OUTCOMES,
)
UNMATCHED: Final = _counter(
    "sla_unmatched_tickets_total",
    "unmatched",
    "Tickets to which nothing is promised: no policy matches, or it names no target for their priority.",
)
POLICY_RELOADS: Final = _counter(
    "sla_policy_reloads_total",
    "policy_reloads",
    "Policy files of this worker that were found new or changed: published, refused since they cannot be used, "
    "or unchanged in what they say.",
    outcome=("published", "refused", "unchanged"),
)
POLICY_SKIPPED: Final = _counter(
    "sla_policy_records_skipped_total",
    "policy_records_skipped",
    "Records of the policies topic that this worker cannot use; while others can, workers judge differently.",
)

STEP_RECORDS: Final = _histogram(
    "sla_step_records",
    "records",
    (1.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2000.0),
    "Source records taken by one step: at most 250 when nearly caught up, up to 2,000 in backlog.",
)
STEP_COMMIT: Final = _histogram(
    "sla_step_commit_seconds",
    "seconds",
    (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0),
    "Time from handing a step's rows to the producer until its transaction was committed.",
)
ALERT_DELAY: Final = _histogram(
    "sla_alert_delay_seconds",
    "seconds",
    (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0),
    "Time from a deadline until its alert was committed; alerts marked historical are left out.",
)

JOINED: Final = _gauge(
    "sla_joined",
    "1 while this worker has its place in the consumer group and has taken its partitions, else 0.",
)
PARTITIONS_OWNED: Final = _gauge(
    "sla_partitions_owned",
    "Source partitions whose state this worker has restored and reports; summed over all workers it is the "
    "partition count of the tickets topic, and figures are whole only while it is.",
)
PARTITIONS: Final = MetricDef(
    "sla_partitions",
    "gauge",
    Family.STATE,
    "Source partitions assigned to this worker, by what it is doing with them.",
    labels=("state",),
    closed=(PARTITION_STATES,),
)
LAG: Final = _gauge(
    "sla_lag_records",
    "Records between the consumer's position and the end of the source partition that committed readers see.",
    "partition",
    unit="records",
)
CAUGHT_UP: Final = _gauge(
    "sla_caught_up",
    "1 while wall time fires this partition's deadlines, 0 while the backlog's own time does.",
    "partition",
)
WATERMARK: Final = _gauge(
    "sla_watermark_timestamp_seconds",
    "The partition's time: the largest occurred_at seen.",
    "partition",
    unit="seconds",
)
NEXT_OFFSET: Final = _gauge(
    "sla_next_offset",
    "Source offset of the last committed checkpoint: where the next owner begins.",
    "partition",
)
RESTORE: Final = _gauge(
    "sla_restore_seconds",
    "How long this worker took to read the partition's state when it took it over.",
    "partition",
    unit="seconds",
)
DEADLINES: Final = _gauge(
    "sla_pending_deadlines", "Deadlines and alert thresholds waiting in the heap.", "partition"
)
TICKETS: Final = _gauge(
    "sla_tracked_tickets", "Tickets in state, open ones and ended ones kept for the retention.", "partition"
)
REPLANNING: Final = _gauge(
    "sla_replanning_tickets",
    "Tickets that a change of the policies has still to reach, at most: ended ones count until they are looked at.",
    "partition",
)
STATE_ROWS: Final = _gauge(
    "sla_state_rows", "Rows in state, by the topic that keeps them: `state` or `kpis`.", "partition", "topic"
)
STATE_BYTES: Final = _gauge(
    "sla_state_bytes", "Size of the partition's state rows, keys included.", "partition", unit="bytes"
)
OPEN_TICKETS: Final = _gauge("sla_open_tickets", "Tickets open now.", "customer", "priority")
CUSTOMERS_FOLDED: Final = _gauge(
    "sla_folded_customers",
    'Customers beyond the metrics\' customer limit, reported together under customer="__other__".',
)
GOAL: Final = _gauge(
    "sla_goal_ratio",
    "The attainment a policy in force promises for an objective, from 0 to 1.",
    "policy",
    "objective",
    unit="ratio",
)
SCRAPE: Final = _gauge("sla_scrape_seconds", "How long the scrape before this one took.", unit="seconds")
POLICY_INFO: Final = MetricDef(
    "sla_policy_info",
    "info",
    Family.STATE,
    "1 for each version of the policy this worker holds; in_force says whether it judges now.",
    labels=("version", "in_force"),
)
POLICY_EFFECTIVE: Final = _gauge(
    "sla_policy_effective_timestamp_seconds",
    "From when on a policy version is in force; 0 means since always.",
    "version",
    unit="seconds",
)
POLICY_PUBLISHED: Final = _gauge(
    "sla_policy_published_timestamp_seconds",
    "When the newest policy version known to this worker was published; where workers differ for longer than a "
    "moment, one of them is cut off. 0 without any.",
    unit="seconds",
)
POLICY_RELOAD_FAILED: Final = _gauge(
    "sla_policy_reload_failed",
    "1 while a policy file of this worker cannot be used as it is: the published versions stay in force.",
)
SOURCE_SILENT: Final = _gauge(
    "sla_source_silent",
    "1 while a source was silent for longer than its `silence_after`, as far as this worker's partitions show once "
    "they are caught up; it is silent where the minimum over all workers is 1.",
    "source",
)
SOURCE_LAST_EVENT: Final = _gauge(
    "sla_source_last_event_timestamp_seconds",
    "The latest event of a source that has a `silence_after`, on this worker's partitions; absent before the first.",
    "source",
    unit="seconds",
)
SOURCE_SILENCE_AFTER: Final = _gauge(
    "sla_source_silence_after_seconds",
    "The silence of a source that raises an alarm, as the policy in force says.",
    "source",
    unit="seconds",
)
BUILD_INFO: Final = MetricDef(
    "sla_build_info",
    "info",
    Family.STATE,
    "1, labelled with the versions that run.",
    labels=("version", "python", "faust", "aiokafka"),
)

WINDOW_VERDICTS: Final = _gauge(
    "sla_window_verdicts",
    "Clocks that settled inside the window, by outcome, on partitions this worker owns; attainment is "
    "met / (met + missed).",
    "customer",
    "priority",
    "objective",
    "outcome",
    "window",
    family=Family.WINDOW,
)


def _times(name: str, what: str) -> MetricDef:
    return MetricDef(
        name,
        "gaugehistogram",
        Family.WINDOW,
        f"{what}, in open time of the clock's calendar, of tickets filed inside the window; take quantiles "
        "without rate().",
        labels=("customer", "priority", "window"),
        unit="seconds",
        buckets=TIME_BOUNDS,
    )


WINDOW_RESPONSE: Final = _times("sla_window_first_response_seconds", "Time to the first response")
WINDOW_RESOLUTION: Final = _times("sla_window_resolution_seconds", "Time to the resolution")

TIMES: Final = {"first_response": WINDOW_RESPONSE, "resolution": WINDOW_RESOLUTION}
"""The histogram of each objective that has one."""

CATALOGUE: Final[tuple[MetricDef, ...]] = (
    EVENTS,
    DEAD_LETTERS,
    DUPLICATES,
    LATE_EVENTS,
    ALERTS,
    RESULTS,
    UNMATCHED,
    POLICY_RELOADS,
    POLICY_SKIPPED,
    STEP_RECORDS,
    STEP_COMMIT,
    ALERT_DELAY,
    JOINED,
    PARTITIONS_OWNED,
    PARTITIONS,
    LAG,
    CAUGHT_UP,
    WATERMARK,
    NEXT_OFFSET,
    RESTORE,
    DEADLINES,
    TICKETS,
    REPLANNING,
    STATE_ROWS,
    STATE_BYTES,
    OPEN_TICKETS,
    CUSTOMERS_FOLDED,
    GOAL,
    SCRAPE,
    POLICY_INFO,
    POLICY_EFFECTIVE,
    POLICY_PUBLISHED,
    POLICY_RELOAD_FAILED,
    SOURCE_SILENT,
    SOURCE_LAST_EVENT,
    SOURCE_SILENCE_AFTER,
    BUILD_INFO,
    WINDOW_VERDICTS,
    WINDOW_RESPONSE,
    WINDOW_RESOLUTION,
)
"""Every metric of ours, in the order in which `/metrics` and the documentation show them."""

COUNTED: Final = {metric.counted: metric for metric in CATALOGUE if metric.counted}
"""The counters by the first word of the key under which a worker counts them."""


def series_names(metric: MetricDef) -> tuple[str, ...]:
    """The names under which Prometheus stores the series of a metric."""
    if metric.type == "histogram":
        return tuple(metric.name + suffix for suffix in ("_bucket", "_count", "_sum"))
    if metric.type == "gaugehistogram":
        return tuple(metric.name + suffix for suffix in ("_bucket", "_gcount", "_gsum"))
    return (metric.name,)
