"""`sla-monitor policies`: what it prints for people and machines, on the embedded broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer

from agents.cli.main import main
from monitor.adapters.embedded_broker import EmbeddedBroker
from schemas.topics import Topics
from tests.agents.policy_texts import BROKEN, FIRST, SECOND, THIRD

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A broker on which all topics are there already."""
    with EmbeddedBroker() as broker:
        producer = Producer({"bootstrap.servers": broker.address, "log_level": 0})
        for name in Topics().all():
            if name != Topics().policies:
                producer.produce(name, b"{}")
        producer.list_topics(Topics().policies, 5)
        assert producer.flush(5) == 0
        monkeypatch.setenv("SLA_BROKERS", broker.address)
        monkeypatch.setenv("SLA_FETCH_WAIT_MS", "20")
        yield


def file(folder: Path, text: str) -> str:
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def succeed(capsys: Out, *arguments: str) -> str:
    capsys.readouterr()
    assert main(["policies", *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def listed(capsys: Out) -> list[dict[str, Any]]:
    versions: list[dict[str, Any]] = orjson.loads(succeed(capsys, "list", "--json"))
    return versions


def test_an_empty_list_says_how_to_fill_it(capsys: Out) -> None:
    assert "nothing was published yet" in succeed(capsys, "list")


def test_the_first_version_holds_as_it_is_written(tmp_path: Path, capsys: Out) -> None:
    said = succeed(capsys, "publish", file(tmp_path, FIRST))
    [version] = listed(capsys)
    assert said.splitlines()[0] == f"{version['version']} is published and holds from the beginning on"
    assert (version["starts"], version["in_force"], version["state"]) == (None, True, "in force")


def test_a_later_one_says_why_it_begins_after_now(tmp_path: Path, capsys: Out) -> None:
    succeed(capsys, "publish", file(tmp_path, FIRST))
    said = succeed(capsys, "publish", file(tmp_path, SECOND))
    assert "no `effective` is given, so it begins as soon as every worker knows it" in said
    assert "policies changed: standard (first_response)" in said
    past = succeed(capsys, "publish", file(tmp_path, "effective: 2020-01-01\n" + THIRD))
    assert "its `effective`, 2020-01-01T00:00:00Z, is over, so it begins" in past


def test_a_version_may_be_published_for_later(tmp_path: Path, capsys: Out) -> None:
    succeed(capsys, "publish", file(tmp_path, FIRST))
    assert "holds from 2100-01-01T00:00:00Z on" in succeed(
        capsys, "publish", file(tmp_path, SECOND), "--effective", "2100-01-01"
    )
    assert [version["state"] for version in listed(capsys)] == ["in force", "to come"]
    succeed(capsys, "publish", file(tmp_path, THIRD), "--effective", "2100-01-01")
    assert [version["state"] for version in listed(capsys)] == ["in force", "replaced", "to come"]
    table = succeed(capsys, "list")
    assert "2100-01-01T00:00:00Z" in table


def test_what_a_publication_leaves_to_come_or_withdraws_is_told(tmp_path: Path, capsys: Out) -> None:
    succeed(capsys, "publish", file(tmp_path, FIRST))
    succeed(capsys, "publish", file(tmp_path, SECOND), "--effective", "2100-01-01")
    moved = succeed(capsys, "publish", file(tmp_path, SECOND), "--effective", "2101-01-01")
    assert "nothing in what is promised" in moved
    assert (
        "note: the start of this version that was announced before, 2100-01-01T00:00:00Z, is withdrawn"
        in moved
    )
    left = succeed(capsys, "publish", file(tmp_path, THIRD))
    assert f"note: version {listed(capsys)[2]['version']} still takes over on 2101-01-01T00:00:00Z" in left
    [again] = orjson.loads(succeed(capsys, "publish", file(tmp_path, FIRST), "--json"))["published"]
    assert "still takes over on 2101-01-01T00:00:00Z" in again["notes"][-1]


def test_what_says_the_same_is_not_published_again(tmp_path: Path, capsys: Out) -> None:
    succeed(capsys, "publish", file(tmp_path, FIRST))
    said = succeed(capsys, "publish", file(tmp_path, "# A word.\n" + FIRST))
    assert "is the newest version already" in said
    assert len(listed(capsys)) == 1


def test_a_broken_file_is_told_line_by_line_and_not_published(tmp_path: Path, capsys: Out) -> None:
    assert main(["policies", "publish", file(tmp_path, BROKEN)]) == 1
    assert (
        "policy.yaml:5: policies[0].objectives.first_response.targit: unknown key" in capsys.readouterr().err
    )
    assert listed(capsys) == []


def test_what_check_warns_of_is_told(tmp_path: Path, capsys: Out) -> None:
    assert main(["policies", "publish", file(tmp_path, FIRST)]) == 0
    assert "timezone: left out" in capsys.readouterr().err


def test_a_date_that_is_none_is_wrong_usage(tmp_path: Path, capsys: Out) -> None:
    assert main(["policies", "publish", file(tmp_path, FIRST), "--effective", "soon"]) == 2
    assert "'soon' is not a date" in capsys.readouterr().err


def test_a_text_is_shown_as_it_was_written(tmp_path: Path, capsys: Out) -> None:
    succeed(capsys, "publish", file(tmp_path, FIRST))
    [version] = listed(capsys)
    assert succeed(capsys, "show", version["version"][:5]) == FIRST
    shown = orjson.loads(succeed(capsys, "show", version["version"], "--json"))
    assert (shown["text"], shown["holidays"], shown["file"]) == (FIRST, {}, "policy.yaml")


def test_a_version_that_nobody_published_is_an_error_with_those_there_are(
    tmp_path: Path, capsys: Out
) -> None:
    succeed(capsys, "publish", file(tmp_path, FIRST))
    [version] = listed(capsys)
    assert main(["policies", "show", "xyz"]) == 1
    assert f"those published are {version['version']}" in capsys.readouterr().err
    succeed(capsys, "publish", file(tmp_path, SECOND))
    assert main(["policies", "show", ""]) == 1
    assert "the beginning of several versions" in capsys.readouterr().err


def test_exported_files_can_be_checked_and_replayed_together(tmp_path: Path, capsys: Out) -> None:
    assert main(["policies", "export", str(tmp_path / "out")]) == 1
    succeed(capsys, "publish", file(tmp_path, FIRST))
    succeed(capsys, "publish", file(tmp_path, SECOND))
    paths = succeed(capsys, "export", str(tmp_path / "out")).split()
    assert paths == [str(path) for path in sorted((tmp_path / "out").iterdir())]
    assert main(["check", *paths]) == 0
    written = orjson.loads(succeed(capsys, "export", str(tmp_path / "out"), "--json"))
    assert [entry["same"] for entry in written] == [True, True]
