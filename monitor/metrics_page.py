"""The page `docs/metrics.md`, written from the catalogue so that it cannot fall behind it."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.metrics import CATALOGUE, Family, MetricDef, series_names

_INTRODUCTION = """\
# Metrics

<!-- Written by `python -m monitor.metrics_page > docs/metrics.md`; a test compares the two. -->

Every worker answers `/metrics` with the metrics below, in the Prometheus text format or in OpenMetrics, and
with the usual `process_*` ones (CPU, memory, open files). Ticket ids, requesters and assignees are never
labels.

Reading them right:

* Only parts that add up are exported. Sum over the workers first, then divide or take the quantile; never
  average a ratio or a percentile of several workers.
* A worker reports the partitions whose state it has restored, and nothing else. While partitions move, a sum
  over the workers is too small for a scrape or two; `sum(sla_partitions_owned)` tells: it equals the
  partition count of the tickets topic when the figures are whole.
* `le` is written as a float: `le="14400.0"` finds a bucket, `le="14400"` finds none.
* A counter starts with the process, and a replay or a catch-up makes it jump. Use the window metrics for
  figures about the service, the counters for figures about this program.
* Beyond the customer limit (`SLA_METRICS_MAX_CUSTOMERS`) further customers share the label
  `customer="__other__"`, and `sla_folded_customers` says how many.

Attainment of the last 30 days, by customer and objective:

```promql
  sum by (customer, objective) (sla_window_verdicts{window="30d", outcome="met"})
/ sum by (customer, objective) (sla_window_verdicts{window="30d"})
```

90th percentile of the first response in the last 24 hours, over all workers (no `rate()`: the buckets are
gauges):

```promql
histogram_quantile(0.9, sum by (le, customer) (sla_window_first_response_seconds_bucket{window="24h"}))
```
"""


def metrics_page() -> str:
    """The whole page as Markdown, ending in a newline."""
    chapters = ["\n".join(_chapter(family)) for family in Family]
    return "\n".join([_INTRODUCTION, *chapters])


def _chapter(family: Family) -> Iterator[str]:
    yield f"## {family.value}\n"
    yield "| metric | type | labels | meaning |"
    yield "|---|---|---|---|"
    metrics = [metric for metric in CATALOGUE if metric.family is family]
    yield from map(_row, metrics)
    yield ""
    yield from filter(None, map(_details, metrics))


def _row(metric: MetricDef) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    return f"| `{metric.name}` | {metric.type} | {labels} | {metric.help.replace('|', chr(92) + '|')} |"


def _details(metric: MetricDef) -> str:
    """The closed values of a metric's labels and its buckets; empty when there is nothing to say."""
    lines = [
        f"- `{label}`: {', '.join(f'`{value}`' for value in values)}"
        for label, values in zip(metric.labels, metric.closed, strict=False)
    ]
    if metric.buckets:
        names = ", ".join(f"`{name}`" for name in series_names(metric))
        bounds = ", ".join(f"{bound:g}" for bound in metric.buckets)
        lines.append(f"- series: {names}; buckets in {metric.unit}: {bounds}, +Inf")
    return f"`{metric.name}`\n\n" + "\n".join(lines) + "\n" if lines else ""


if __name__ == "__main__":
    import sys

    sys.stdout.write(metrics_page())
