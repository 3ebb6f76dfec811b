"""Policies as versions on a real Kafka: every worker judges by the same one from the same instant (S22)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest

from tests.integration.installation import Installation, Worker
from tests.integration.reading import read_topic
from tests.integration.waiting import until

pytestmark = pytest.mark.kafka

Install = Callable[[str], Installation]

FIRST = """\
policies:
  - name: standard
    objectives:
      first_response: {target: 1h}
"""
SECOND = FIRST.replace("target: 1h", "target: 2h")
BROKEN = FIRST.replace("target: 1h", "targit: 1h")

QUICK = {"policy_poll_seconds": "0.1", "policy_lead_seconds": "1"}


def listed(installation: Installation) -> list[Mapping[str, Any]]:
    """The published versions, the oldest first."""
    versions: list[Mapping[str, Any]] = orjson.loads(installation.succeed("policies", "list", "--json"))
    return versions


def metric(worker: Worker, name: str) -> float:
    """The one series of a metric."""
    status, page = worker.answer("/metrics")
    assert status == 200
    found = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", page.decode(), re.MULTILINE)
    assert found, name
    return float(found[1])


def series(worker: Worker, name: str) -> list[float]:
    """All series of a metric."""
    _, page = worker.answer("/metrics")
    return [float(value) for value in re.findall(rf"^{name}{{[^}}]*}} (\S+)$", page.decode(), re.MULTILINE)]


def adopted(worker: Worker) -> list[tuple[str, str]]:
    """The versions that a worker has adopted, in its order, with their starts."""
    lines = [orjson.loads(line) for line in worker.log.read_text().splitlines() if line.startswith("{")]
    return [
        (line["version"], line["starts"]) for line in lines if line["message"] == "policy version adopted"
    ]


def started(installation: Installation, name: str, policy: str, **variables: str) -> Worker:
    """A worker with a policy file of its own."""
    file = installation.folder / f"{name}.yaml"
    file.write_text(policy, encoding="utf-8")
    command = [*installation.run_command, "--policy", str(file)]
    worker = installation.start(name, command, **{**QUICK, **variables})
    until(lambda: worker.readiness().get("joined"), f"{name} to join")
    return worker


def created(number: int) -> bytes:
    """A ticket that is opened now."""
    from agents.wall_clock import system_time
    from schemas.instants import iso

    event = {
        "event_id": f"e{number}",
        "type": "created",
        "ticket_id": f"T-{number}",
        "occurred_at": iso(system_time()),
        "customer": "acme",
        "priority": "P2",
    }
    return orjson.dumps(event)


def test_s22_two_workers_judge_by_the_same_version_from_the_same_instant(install: Install) -> None:
    installation = install(FIRST)
    installation.open([])
    one, other = started(installation, "one", FIRST), started(installation, "other", FIRST)
    [first] = listed(installation)

    (installation.folder / "one.yaml").write_text(SECOND, encoding="utf-8")
    until(lambda: len(adopted(one)) == len(adopted(other)) == 2, "both workers to adopt the change")

    _, second = listed(installation)
    assert adopted(one) == adopted(other)
    assert adopted(one)[1] == (second["version"], second["starts"])
    assert second["starts"] > second["published_at"]
    assert first["starts"] is None
    published = "sla_policy_published_timestamp_seconds"
    assert metric(one, published) == metric(other, published) > 0

    until(lambda: listed(installation)[1]["in_force"], "the change to be in force")
    installation.send([created(number) for number in range(40)])
    rows = until(lambda: state_rows(installation, 40), "40 tickets in the state")
    assert {version_of(row, (first["version"], second["version"])) for row in rows} == {second["version"]}


def test_two_workers_that_watch_the_same_file_publish_a_change_once(install: Install) -> None:
    installation = install(FIRST)
    installation.open([])
    workers = [installation.start_worker(name, **QUICK) for name in ("one", "other")]
    until(lambda: all(of.readiness().get("joined") for of in workers), "both to join")

    installation.policy.write_text(SECOND, encoding="utf-8")
    until(lambda: all(len(adopted(of)) == 2 for of in workers), "both to adopt the change")
    installation.policy.write_text(FIRST, encoding="utf-8")
    until(lambda: all(len(adopted(of)) == 3 for of in workers), "both to adopt the change back")
    installation.policy.write_text(SECOND, encoding="utf-8")  # time for a second publication to show
    until(lambda: all(len(adopted(of)) == 4 for of in workers), "both to adopt the change once more")

    first, second, third, fourth = listed(installation)
    assert first["version"] == third["version"] != second["version"] == fourth["version"]
    assert adopted(workers[0]) == adopted(workers[1])


def state_rows(installation: Installation, count: int) -> list[bytes] | None:
    """The rows of that many tickets, once they are there."""
    rows = {
        record.key: record.value
        for record in read_topic(installation.broker.address, installation.topics.state)
        if record.key and record.key.startswith(b"T-") and record.value
    }
    return list(rows.values()) if len(rows) == count else None


def version_of(row: bytes, known: tuple[str, ...]) -> str:
    """The version that a ticket's row cites."""
    [version] = [version for version in known if version.encode() in row]
    return version


def test_a_broken_file_changes_nothing_and_shows(install: Install) -> None:
    installation = install(FIRST)
    installation.open([])
    worker = started(installation, "worker", FIRST)
    assert metric(worker, "sla_policy_reload_failed") == 0

    file = installation.folder / "worker.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    worker.wait_logged("the policy file cannot be used")
    assert worker.logged("worker.yaml:4: policies[0].objectives.first_response.targit: unknown key")
    assert metric(worker, "sla_policy_reload_failed") == 1
    assert len(listed(installation)) == 1

    file.write_text(SECOND, encoding="utf-8")
    until(lambda: len(listed(installation)) == 2, "the mended file to be published")
    until(lambda: metric(worker, "sla_policy_reload_failed") == 0, "the gauge to fall")


def test_a_restart_with_an_old_file_does_not_bring_it_back(install: Install) -> None:
    installation = install(FIRST)
    installation.open([])
    worker = started(installation, "worker", FIRST)
    installation.succeed("policies", "publish", written(installation, SECOND), **QUICK)
    until(lambda: len(adopted(worker)) == 2, "the worker to adopt what was published")
    worker.stop()

    again = started(installation, "again", FIRST)
    again.wait_logged("older than the newest published version")
    assert listed(installation)[0]["state"] == "was in force"
    assert len(listed(installation)) == 2


def written(installation: Installation, policy: str) -> str:
    """A policy file that no worker watches."""
    file = installation.folder / "unwatched.yaml"
    file.write_text(policy, encoding="utf-8")
    return str(file)


def test_state_judged_by_versions_that_no_file_has_any_more_restarts_from_the_topic(
    install: Install,
) -> None:
    installation = install(FIRST)
    installation.open([created(1)])
    worker = started(installation, "worker", FIRST)
    until(lambda: state_rows(installation, 1), "the ticket in the state")
    worker.kill9()
    (installation.folder / "worker.yaml").unlink()

    again = installation.start("again", installation.run_command, **QUICK)
    again.wait_live()
    installation.send([created(2)])
    until(lambda: state_rows(installation, 2), "the next ticket in the state")


def test_what_was_published_before_a_kill_is_adopted_after_it(install: Install) -> None:
    installation = install(FIRST)
    installation.open([])
    worker = started(installation, "worker", FIRST)
    worker.freeze()  # it can no longer adopt anything
    installation.succeed("policies", "publish", written(installation, SECOND), **QUICK)
    worker.kill9()

    again = started(installation, "again", FIRST)
    assert [version for version, _ in adopted(again)] == [of["version"] for of in listed(installation)]
    assert len(adopted(again)) == 2


def test_the_commands_say_what_is_published(install: Install) -> None:
    installation = install(FIRST)
    installation.open([])
    assert "nothing was published yet" in installation.succeed("policies", "list")
    first = installation.succeed("policies", "publish", written(installation, FIRST))
    assert "holds from the beginning on" in first
    again = installation.call("policies", "publish", written(installation, FIRST))
    assert "nothing to publish" in again.stdout
    later = installation.succeed(
        "policies", "publish", written(installation, SECOND), "--effective", "2100-01-01"
    )
    assert "from 2100-01-01T00:00:00Z on" in later
    assert "policies changed: standard (first_response)" in later

    versions = listed(installation)
    assert [of["state"] for of in versions] == ["in force", "to come"]
    assert installation.succeed("policies", "show", versions[0]["version"][:6]) == FIRST
    out = installation.folder / "out"
    paths = installation.succeed("policies", "export", str(out)).split()
    assert [path.read_text().splitlines()[1] for path in sorted(out.iterdir())] == [
        "policies:",
        "effective: 2100-01-01T00:00:00Z",
    ]
    assert installation.call("check", *paths).returncode == 0
    unknown = installation.call("policies", "show", "nothing")
    assert unknown.returncode == 1
    assert versions[0]["version"] in unknown.stderr
