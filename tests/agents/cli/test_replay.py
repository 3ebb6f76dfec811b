"""Replay as people run it: files in, four files, a table and a checksum out."""

from __future__ import annotations

import gzip
import hashlib
from itertools import takewhile
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.cli.demo_policy import demo_policy
from agents.cli.main import main
from monitor.synthetic import deliveries
from schemas.instants import MINUTE, from_micros, iso, parse_iso
from tests.builders import lines

START = parse_iso("2026-11-23T09:00:00Z")
FILES = ("results.jsonl", "alerts.jsonl", "kpis.json", "dead_letters.jsonl")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six minutes of the made-up desk, and a line that is no event."""
    file = tmp_path_factory.mktemp("history") / "events.jsonl"
    sent = takewhile(lambda delivery: delivery.at < START + 6 * MINUTE, deliveries(1, START))
    file.write_bytes(b"\n".join([*(delivery.value for delivery in sent), b"not an event"]) + b"\n")
    return file


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("policy") / "demo.yaml"
    file.write_text(demo_policy(from_micros(START)), encoding="utf-8")
    return file


def replay(history: Path, policy: Path, out: Path, *more: str) -> int:
    return main(["replay", str(history), "--policy", str(policy), "--out", str(out), *more])


def test_a_replay_writes_four_files_and_names_their_checksums_last(
    history: Path, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(history, policy, tmp_path / "out") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    sums = {name: hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() for name in FILES}
    assert last == "sha256 " + " ".join(f"{name}={digest}" for name, digest in sums.items())


def test_the_table_counts_verdicts_alerts_and_dead_letters(
    history: Path, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replay(history, policy, tmp_path)
    shown = capsys.readouterr().out
    for word in ("first_response", "attainment", "met", "missed", "breached", "not_json 1"):
        assert word in shown


def test_the_report_for_a_machine_agrees_with_the_files(
    history: Path, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(history, policy, tmp_path, "--json") == 0
    report: dict[str, Any] = orjson.loads(capsys.readouterr().out)
    results = [orjson.loads(line) for line in (tmp_path / "results.jsonl").read_bytes().splitlines()]
    met = sum(line["objective"] == "resolution" and line["outcome"] == "met" for line in results)
    assert report["objectives"]["resolution"]["met"] == met > 0
    assert report["dead_letters"] == {"not_json": 1}
    assert report["alerts"]["breached"] > 0
    assert 0 < report["objectives"]["first_response"]["attainment"] < 1


def test_plain_and_gzip_in_pieces_or_whole_give_the_same_bytes(
    history: Path, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = history.read_bytes().splitlines(keepends=True)
    first, rest = tmp_path / "first.jsonl", tmp_path / "rest.jsonl.gz"
    first.write_bytes(b"".join(lines[:500]))
    rest.write_bytes(gzip.compress(b"".join(lines[500:])))
    replay(history, policy, tmp_path / "whole")
    whole = capsys.readouterr().out.splitlines()[-1]
    main(["replay", str(first), str(rest), "--policy", str(policy), "--out", str(tmp_path / "pieces")])
    assert capsys.readouterr().out.splitlines()[-1] == whole


def test_the_clock_runs_on_until_an_instant(
    history: Path, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replay(history, policy, tmp_path / "now", "--json")
    now = orjson.loads(capsys.readouterr().out)
    replay(history, policy, tmp_path / "later", "--json", "--until", iso(START + 60 * MINUTE))
    later = orjson.loads(capsys.readouterr().out)
    assert later["alerts"]["breached"] > now["alerts"]["breached"]
    assert later["objectives"]["resolution"]["running"] == 0 < now["objectives"]["resolution"]["running"]


def test_a_policy_with_a_mistake_is_told_with_its_line_and_nothing_is_written(
    history: Path, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(policy.read_text(encoding="utf-8").replace("P1: 15s", "P1: 1d"), encoding="utf-8")
    assert replay(history, broken, tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert "broken.yaml:" in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_a_history_that_is_missing_is_told_with_its_name(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(tmp_path / "nowhere.jsonl", policy, tmp_path / "out") == 1
    assert "nowhere.jsonl: No such file" in capsys.readouterr().err


def test_lines_that_are_no_events_are_not_counted_as_such(
    history: Path, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replay(history, policy, tmp_path, "--json")
    report = orjson.loads(capsys.readouterr().out)
    assert report["no_events"] == 1
    replay(history, policy, tmp_path)
    told = f"{report['records'] - 1:,} events, and 1 line that is none"
    assert capsys.readouterr().out.startswith(told)


def test_tickets_without_their_created_are_named(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cut.jsonl"
    file.write_bytes(
        b"\n".join(lines(["2026-03-02T09:00:00Z responded A", "2026-03-02T09:00:00Z created B"]))
    )
    assert replay(file, policy, tmp_path / "out") == 0
    assert "1 without `created`: what came of them waits" in capsys.readouterr().out
    replay(file, policy, tmp_path / "out", "--json")
    report = orjson.loads(capsys.readouterr().out)
    assert (report["tickets"], report["without_created"]) == (1, 1)


def test_a_file_in_which_nothing_is_an_event_ends_with_one_and_writes_nothing(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pretty.json"
    file.write_text('\n{\n  "type": "created"\n}\n', encoding="utf-8")
    assert replay(file, policy, tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert f"none of the 3 lines is an event; the first is {file}:2: not JSON" in error
    assert "jq -c . FILE" in error
    assert not (tmp_path / "out").exists()


def test_an_empty_history_is_no_mistake(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "empty.jsonl"
    file.write_bytes(b"\n")
    assert replay(file, policy, tmp_path / "out") == 0
    assert capsys.readouterr().out.splitlines()[0].strip() == "0 events"
