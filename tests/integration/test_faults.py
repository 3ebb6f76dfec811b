"""Whatever happens to workers and broker, what is written is what an undisturbed worker writes, each once."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from monitor.kpi_rows import key_start
from tests.integration.disturbing import Supervised
from tests.integration.histories import seconds_policy, synthetic
from tests.integration.installation import Installation
from tests.integration.kafka_broker import KafkaBroker
from tests.integration.reading import settled
from tests.integration.undisturbed import Written
from tests.integration.waiting import until

pytestmark = pytest.mark.kafka

Install = Callable[[str], Installation]


@pytest.mark.parametrize(("step_records", "events"), [(1, 800), (250, 6_000), (2_000, 16_000)])
def test_killed_at_random_moments_a_worker_writes_what_it_would_have_written(
    install: Install, step_records: int, events: int
) -> None:
    installation = install(seconds_policy())
    installation.open(synthetic(events))
    expected = installation.expected()
    chance = random.Random(step_records)  # noqa: S311 - which moments are hit must not depend on the run
    variables = {"instance_id": "the-worker", **step_sizes(step_records)}
    with installation.followed() as outputs:
        for share in sorted(chance.uniform(0.0, 0.8) for _ in range(4)):
            worker = installation.start_worker(f"until-{share:.2f}", **variables)
            outputs.wait_judged(share * events, worker.must_run)
            worker.kill9()
        last = installation.start_worker("last", **variables)
        last.wait_logged("partition taken")
        outputs.wait_complete(expected, last.must_run)
    assert last.stop() == 0
    assert installation.written().differences(expected) == []


def test_a_broker_that_dies_and_a_second_worker_that_comes_and_goes_change_nothing(
    install: Install, kafka: KafkaBroker
) -> None:
    installation = install(seconds_policy())
    events = 1_500
    installation.open(synthetic(events))
    expected = installation.expected()
    with installation.followed() as outputs, Supervised(installation, **step_sizes(5)) as workers:
        workers.start("first")
        outputs.wait_judged(0.1 * events, workers.watch)
        workers.start("second")
        outputs.wait_judged(0.3 * events, workers.watch)
        kafka.kill9()
        kafka.start()
        outputs.wait_judged(0.6 * events, workers.watch)
        workers.stop("second")
        outputs.wait_complete(expected, workers.watch)
    assert installation.written().differences(expected) == []


def test_what_is_true_in_the_end_does_not_depend_on_workers_dying_while_events_come_in(
    install: Install,
) -> None:
    """When an alert is raised does depend on it; what was promised, kept and counted does not."""
    installation = install(seconds_policy())
    installation.open([])
    lines = synthetic(1_600)
    with installation.followed() as outputs, Supervised(installation) as workers:
        workers.start("worker")
        with installation.producing(lines, "200/s"):
            for number in (100, 600, 1_100):
                outputs.wait_judged(number, workers.watch)
                workers.kill9("worker")
        expected = installation.expected()
        outputs.wait_judged(len(lines), workers.watch)

        def told() -> bool:
            outputs.follower.look()
            return in_the_end(outputs.written) == in_the_end(expected)

        until(told, "the verdicts, figures and breaches of an undisturbed run", 20)
    assert revisions_out_of_order(installation.written()) == []


def in_the_end(written: Written) -> tuple[object, ...]:
    return verdicts(written), figures(written), breaches(written)


def figures(written: Written) -> dict[tuple[int, bytes], object]:
    """The KPI rows; which figures are corrections depends on what was late, and so on when it was judged (S57)."""
    rows = written.rows("kpis").items()
    return {place: row for place, row in rows if not place[1].startswith(key_start("correction"))}


def verdicts(written: Written) -> dict[tuple[str, str, int], dict[str, Any]]:
    logs = [log for (kind, _), log in written.logs.items() if kind == "results"]
    return settled(orjson.loads(value) for log in logs for _, value in log)


def breaches(written: Written) -> set[str]:
    """The alerts that stand as breached in the end: still, or until the ticket was resolved."""
    last = {alert["alert_id"]: alert for alert in alerts(written)}
    return {
        name
        for name, alert in last.items()
        if alert["state"] in {"breached", "resolved"} and alert["breached_at"] is not None
    }


def revisions_out_of_order(written: Written) -> list[str]:
    """The alerts of which a revision is missing or there twice."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for alert in alerts(written):
        numbers[alert["alert_id"]].append(alert["revision"])
    return [name for name, found in numbers.items() if found != list(range(1, len(found) + 1))]


def alerts(written: Written) -> Iterator[dict[str, Any]]:
    for (kind, _), log in written.logs.items():
        if kind == "alerts":
            yield from (alert for _, alert in log)


def step_sizes(records: int) -> dict[str, str]:
    return {"step_records": str(records), "step_records_live": str(min(records, 250))}
