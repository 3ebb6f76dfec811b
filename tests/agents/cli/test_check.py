"""`sla-monitor check`: what it prints about good, doubtful and broken policy files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from agents.cli.check import check
from schemas.instants import parse_iso

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "deploy" / "policies" / "example.yaml"
BROKEN = ROOT / "tests" / "policies" / "broken" / "several-faults.yaml"

DOUBTFUL = """
timezone: UTC
policies:
  - name: all
    calendar: 24x7
    objectives: {resolution: {target: 4h, pause_on: none}}
  - {name: acme, effective: 2026-01-01, match: {customer: [acme, globex], tags: [a, b]}, objectives: {}}
"""


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    path = tmp_path / "doubtful.yaml"
    path.write_text(DOUBTFUL)
    return path


def test_a_valid_file_shows_whom_each_policy_matches_and_what_it_promises(
    capsys: pytest.CaptureFixture[str],
) -> None:
    check([EXAMPLE])
    shown = capsys.readouterr().out
    assert "example.yaml is valid; version " in shown
    assert ", always in force\n" in shown
    assert "1. acme-gold: customer acme, tags gold; on extended" in shown
    assert "public holidays: holidays " in shown
    assert "first_response  15m (24x7)  30m  4h" in shown
    assert "resolution: warns at 50%, 75%, 90%; paused by waiting_customer" in shown
    assert "no promise" in shown
    assert "every other ticket; on office" in shown
    assert shown.count("warning ") == 1  # the routes, which are not delivered yet


EXCLUDING = """\
timezone: Europe/Madrid
effective: 2026-05-01
calendars: {office: {hours: {mon-fri: ["09:00-18:00"]}}}
exclusions:
  - {from: "2026-08-03T07:30:00Z", to: 2026-08-04, reason: core switch, match: {customer: [acme, globex]}}
  - {from: 2026-12-24, to: 2026-12-27, reason: strike}
policies: [{name: all, calendar: office, objectives: {resolution: {target: 4h}}}]
"""


def test_a_file_shows_from_when_it_holds_and_what_it_excludes_in_its_own_zone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "excluding.yaml"
    path.write_text(EXCLUDING)
    check([path])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(", days of Europe/Madrid, in force from 2026-05-01")
    assert lines[-2:] == [
        "excluded: 2026-08-03T09:30:00+02:00 to 2026-08-04 (core switch), customer acme or globex",
        "excluded: 2026-12-24 to 2026-12-27 (strike), every ticket",
    ]
    check([path], as_json=True)
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert file["effective"] == "2026-05-01"
    assert [entry["reason"] for entry in file["exclusions"]] == ["core switch", "strike"]


def test_what_is_surely_not_meant_is_a_warning_with_its_line(
    doubtful: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check([doubtful])
    shown = capsys.readouterr().out
    assert f"warning {doubtful}:7: policies[1]: 'acme' is never reached" in shown
    assert "customer acme or globex, tags a and b; from 2026-01-01" in shown
    assert "warns at no share; paused by nothing" in shown


def test_a_broken_file_prints_every_problem_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        check([BROKEN])
    assert ended.value.exit_code == 1
    lines = capsys.readouterr().out.splitlines()
    expected = BROKEN.with_suffix(".txt").read_text().splitlines()
    assert [line.removeprefix("error ").partition("several-faults.yaml:")[2] for line in lines[:-1]] == [
        line.partition("several-faults.yaml:")[2] for line in expected
    ]
    assert lines[-1] == f"{len(expected)} problems; nothing was taken over"


def test_json_says_the_same_to_a_machine(doubtful: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check([doubtful], as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["valid"] is True
    assert said["problems"] == []
    assert [(warning["line"], warning["key"]) for warning in said["warnings"]] == [(7, "policies[1]")]
    (file,) = said["files"]
    assert (file["effective"], file["exclusions"]) == (None, [])
    assert file["policies"][0] == {
        "name": "all",
        "effective": None,
        "match": {},
        "objectives": {
            "resolution": {
                "targets": dict.fromkeys(("P1", "P2", "P3", "P4"), "4h"),
                "calendars": dict.fromkeys(("P1", "P2", "P3", "P4"), "24x7"),
                "warn_at": [],
                "pause_on": [],
                "goal": None,
            }
        },
    }
    assert file["policies"][1]["effective"] == "2026-01-01"


def test_json_lists_the_problems_of_a_broken_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        check([BROKEN], as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["valid"] is False
    assert said["problems"][0] == {
        "file": str(BROKEN),
        "line": 1,
        "key": "timezone",
        "message": "unknown time zone 'Europe/Madird'; did you mean Europe/Madrid?",
    }


def test_files_are_also_checked_as_versions_of_each_other(
    doubtful: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = doubtful.with_name("twin.yaml")
    twin.write_text(DOUBTFUL.replace("4h", "5h"))
    with pytest.raises(typer.Exit):
        check([doubtful, twin])
    assert "are both in force always" in capsys.readouterr().out


def test_strict_makes_a_warning_an_error_and_says_the_same(
    doubtful: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check([doubtful])
    lenient = capsys.readouterr().out
    with pytest.raises(typer.Exit) as ended:
        check([doubtful], strict=True)
    assert ended.value.exit_code == 1
    assert capsys.readouterr().out == lenient
    with pytest.raises(typer.Exit):
        check([doubtful], strict=True, as_json=True)
    assert json.loads(capsys.readouterr().out)["valid"] is True


def test_strict_lets_a_file_without_warnings_pass(doubtful: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doubtful.write_text("timezone: UTC\npolicies: [{name: all, objectives: {}}]")
    check([doubtful], strict=True)
    assert "warning" not in capsys.readouterr().out


def test_calendars_are_looked_at_over_the_year_that_begins_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("""
timezone: UTC
calendars: {office: {hours: {mon-fri: ["09:00-17:00"]}, holidays: [2026-12-25]}}
policies: [{name: all, calendar: office, objectives: {}}]
""")
    check([path], now=parse_iso("2026-12-25T23:00:00Z"))
    assert "warning" not in capsys.readouterr().out
    check([path], now=parse_iso("2026-12-26T00:00:00Z"))
    assert (
        f"warning {path}:3: calendars.office.holidays: the last one was on 2026-12-25"
        in capsys.readouterr().out
    )


def test_what_a_shared_part_says_twice_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shared.yaml"
    path.write_text("""
timezone: UTC
policies:
  - {name: a, match: {customer: a}, calendar: 24x7, objectives: &same {resolution: {target: 4h, goal: 90%}}}
  - {name: b, calendar: 24x7, objectives: *same}
""")
    check([path])
    assert capsys.readouterr().out.count("without `warn_at`") == 1


def test_warnings_of_several_files_stand_in_the_order_of_the_files(
    doubtful: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = doubtful.with_name("newer.yaml")
    newer.write_text("timezone: UTC\npolicies: [{name: all, effective: 2025-01-01, objectives: {}}]")
    check([newer, doubtful], as_json=True)
    warnings = json.loads(capsys.readouterr().out)["warnings"]
    assert [(warning["file"], warning["key"]) for warning in warnings] == [
        (str(doubtful), "policies[1]"),
        (str(doubtful), "policies[1].effective"),
    ]
