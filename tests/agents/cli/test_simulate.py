"""`sla-monitor simulate` as people run it: two policies in, one account out, in both languages."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.cli.main import main
from schemas.simulations import Change, Simulation
from tests.builders import lines
from tests.simulated_desk import DRAFT, MORNING, TODAY

GOLDEN = Path(__file__).parent / "golden"
FILES = ("simulation.json", "attainment.csv", "changes.csv", "changes.jsonl")


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a history and two policies, and a terminal of 100 columns."""
    for name, text in (("today.yaml", TODAY), ("draft.yaml", DRAFT)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "history.jsonl").write_bytes(b"\n".join(lines(MORNING)) + b"\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("SLA_POLICIES", raising=False)
    for variable in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def simulate(*arguments: str, history: str = "history.jsonl") -> int:
    return main(["simulate", history, "--policy", "draft.yaml", *arguments])


def trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_a_person_reads(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate("--against", "today.yaml", "--by", "half", "--lang", language) == 0
    shown = trimmed(capsys.readouterr().out)
    assert shown == (GOLDEN / f"simulate.{language}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for language in ("en", "es"):
        simulate("--against", "today.yaml", "--lang", language)
        shown = capsys.readouterr().out
        assert max(map(len, trimmed(shown).splitlines())) <= columns
        assert "…" not in shown.replace("¿Y si…?", "")


def test_a_miss_by_seconds_does_not_look_met(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = ["2026-03-02T09:00:00+01:00 created A-1", "2026-03-02T13:00:20+01:00 responded A-1"]
    (desk / "history.jsonl").write_bytes(b"\n".join(lines(late)))
    (desk / "today.yaml").write_text(TODAY.replace("P2: 1h", "P2: 5h"), encoding="utf-8")
    simulate("--against", "today.yaml")
    [flip] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("A-1")]
    assert "4h of 5h" in flip
    assert "4h 01m of 4h" in flip


def test_the_language_follows_the_locale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANG", "es_ES.UTF-8")
    simulate()
    assert "Para compararla" in capsys.readouterr().out


def test_the_same_as_data_and_the_same_bytes_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate("--against", "today.yaml", "--json") == 0
    first = capsys.readouterr().out
    simulate("--against", "today.yaml", "--json")
    assert capsys.readouterr().out == first
    simulation = Simulation.model_validate_json(first)
    assert (simulation.events, simulation.tickets) == (18, 10)
    assert [flip.ticket_id for flip in simulation.flips] == ["A-1", "A-2"]


def test_every_change_is_written(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulate("--against", "today.yaml", "--out", "out", "--show", "0")
    shown = capsys.readouterr().out
    assert "A-1" not in shown
    assert shown.splitlines()[-1] == "Written to out: " + ", ".join(FILES)
    out = desk / "out"
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    changes = [Change.model_validate_json(line) for line in (out / "changes.jsonl").read_bytes().splitlines()]
    rows = list(csv.DictReader(io.StringIO((out / "changes.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["ticket_id"], row["kind"]) for row in rows] == [
        (change.ticket_id, change.kind) for change in changes
    ]
    assert (rows[0]["before_outcome"], rows[0]["after_elapsed_seconds"]) == ("met", "2700")
    assert rows[2]["before_outcome"] == ""
    document = Simulation.model_validate_json((out / "simulation.json").read_bytes())
    written = list(csv.DictReader(io.StringIO((out / "attainment.csv").read_text(encoding="utf-8-sig"))))
    assert [row["after_met"] for row in written] == [str(row.after.met) for row in document.attainment]


def test_a_customer_who_is_called_a_formula_is_none(desk: Path) -> None:
    evil = ["2026-03-02T09:00:00+01:00 created -1 customer==1+1", "2026-03-02T09:05:00+01:00 responded -1"]
    (desk / "history.jsonl").write_bytes(b"\n".join(lines(evil)))
    (desk / "draft.yaml").write_text(DRAFT.replace("initech", "=1+1"), encoding="utf-8")
    simulate("--against", "today.yaml", "--out", "out")
    [row] = csv.DictReader(io.StringIO((desk / "out" / "changes.csv").read_text(encoding="utf-8-sig")))
    assert (row["ticket_id"], row["customer"]) == ("'-1", "'=1+1")
    [line] = (desk / "out" / "changes.jsonl").read_bytes().splitlines()
    assert orjson.loads(line)["customer"] == "=1+1"


def test_standard_input_is_read_once_and_judged_twice(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulate("--against", "today.yaml", "--json")
    expected = capsys.readouterr().out
    piped = gzip.compress((desk / "history.jsonl").read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
    assert simulate("--against", "today.yaml", "--json", history="-") == 0
    assert capsys.readouterr().out == expected


def test_what_is_configured_is_compared_with(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulate("--against", "today.yaml", "--json")
    expected = capsys.readouterr().out
    monkeypatch.setenv("SLA_POLICIES", "today.yaml")
    simulate("--json")
    assert capsys.readouterr().out == expected


def test_alone_it_reports_and_says_how_to_compare(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate() == 0
    shown = capsys.readouterr().out
    assert "The history under draft.yaml" in shown
    assert "--against OLD, or set SLA_POLICIES" in shown
    assert "before" not in shown


def test_the_same_content_is_said_and_is_no_error(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = desk / "again.yaml"
    other.write_text("# a comment\n" + DRAFT.replace("P1: 30m", "P1: 1800s"), encoding="utf-8")
    assert simulate("--against", "again.yaml") == 0
    assert "Both policies say the same" in capsys.readouterr().out
    simulate("--against", "again.yaml", "--json")
    document: dict[str, Any] = orjson.loads(capsys.readouterr().out)
    assert document["identical"]
    assert document["before"]["policy_versions"] == document["after"]["policy_versions"]
    assert all(row["clocks"] == row["same"] + row["open"] + row["not_judged"] for row in document["changes"])


def test_a_draft_for_next_year_says_how_to_try_it(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ahead = DRAFT.replace("    match", "    effective: 2027-01-01\n    match")
    (desk / "draft.yaml").write_text(ahead, encoding="utf-8")
    simulate("--against", "today.yaml")
    shown = " ".join(capsys.readouterr().out.split())
    assert "draft.yaml takes effect on 2027-01-01 and promises nothing before; --from-start" in shown
    simulate("--against", "today.yaml", "--from-start", "--json")
    tried = Simulation.model_validate_json(capsys.readouterr().out)
    assert (tried.after.unmatched, tried.after.in_force_from) == (1, None)


def test_the_problems_of_all_policies_are_told_at_once(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("today.yaml", TODAY), ("draft.yaml", DRAFT)):
        (desk / name).write_text(text.replace("P1: 8h", "P1: 1d"), encoding="utf-8")
    assert simulate("--against", "today.yaml", "--out", "out") == 1
    error = capsys.readouterr().err
    assert "today.yaml:9: policies[0].objectives.resolution.target" in error
    assert "draft.yaml:9: policies[0].objectives.resolution.target" in error
    assert not (desk / "out").exists()


def test_a_history_that_is_missing_is_told_before_any_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(history="nowhere.jsonl") == 1
    assert "nowhere.jsonl: No such file" in capsys.readouterr().err


def test_an_until_before_the_end_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    simulate("--against", "today.yaml", "--until", "2026-01-01T00:00:00Z")
    told = capsys.readouterr().err
    assert told == "--until lies before the last event (2026-03-02T11:00:00Z) and changes nothing\n"


def test_a_history_without_events_is_said(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "history.jsonl").write_bytes(b"\n")
    assert simulate("--against", "today.yaml") == 0
    assert "No event was read" in capsys.readouterr().out


def test_a_temporary_folder_without_room_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "/scratch/sla-monitor-1")

    monkeypatch.setattr("agents.cli.simulate.TemporaryDirectory", full)
    assert simulate("--against", "today.yaml") == 1
    assert capsys.readouterr().err == "error: /scratch/sla-monitor-1: No space left on device\n"


def test_lines_that_are_no_events_are_counted_out_loud(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = (desk / "history.jsonl").read_bytes()
    (desk / "some-bad.jsonl").write_bytes(history + b'{"type": "creatd"}\nno JSON\n')
    assert simulate(history="some-bad.jsonl") == 0
    assert "Lines set aside as they are no events that can be judged: 2" in capsys.readouterr().out


def test_a_file_in_which_nothing_is_an_event_ends_with_one(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "array.json").write_bytes(b"[" + b",".join(lines(MORNING)) + b"]")
    assert simulate("--out", "out", history="array.json") == 1
    error = capsys.readouterr().err
    assert "the only line is no event: array.json:1: " in error
    assert "jq -c '.[]' FILE" in error
    assert not (desk / "out").exists()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\nno JSON\nneither\n")))
    assert simulate("--lang", "es", history="-") == 1
    assert "ninguna de las 2 líneas es un evento; la primera es -:2: not JSON" in capsys.readouterr().err
