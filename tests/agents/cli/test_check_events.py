"""`sla-monitor check --events`: recorded events against the policies, for people and for machines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from agents.cli.check_events import read_events
from agents.cli.check_events_view import percent
from agents.cli.main import main
from tests.builders import book, lines

POLICY = """\
timezone: UTC
priorities: [P1, P2]
policies:
  - {name: acme, match: {customer: acme}, calendar: 24x7, objectives: {resolution: {target: 4h}}}
  - {name: globex, match: {customer: globbex}, calendar: 24x7, objectives: {resolution: {target: 4h}}}
  - {name: later, match: {tags: [x]}, effective: 2027-01-01, objectives: {}}
silence_after: {zammad: 30m}
"""
TIMELINE = (
    "2026-03-03T09:00:00Z created A-1 priority=P1 source=zammad",
    "2026-03-03T09:01:00Z created A-2 priority=P2 source=zammad",
    "2026-03-04T09:02:00Z created G-1 priority=P2 customer=globex source=zammad",
    "2026-03-04T09:02:00Z created G-2 priority=P9 customer=globex source=zammad",
)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join([*lines(TIMELINE), b"", b"no event"]) + b"\n")
    return path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["check", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def coverage(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(shown(capsys, *arguments, "--json"))["coverage"]
    return said


def rows(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_each_policy_is_told_with_what_it_catches_and_what_nobody_does(
    policy: Path, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(capsys, policy, "--events", history)
    table = rows(text)
    assert "4 tickets, created from 2026-03-03 to 2026-03-04, in 4 events of 1 file" in table
    assert "Matched as of creation; later changes may move a ticket to another policy." in table
    assert "policy tickets share P1 P2 other" in table
    assert "acme 2 50.0% 1 1 -" in table
    assert "globex 0 0.0% - - -" in table
    assert "no policy 2 50.0% - 1 1" in table
    assert "Catches none: globex, later (in force from 2027-01-01, after the last" in text
    assert "1 customer globex, tags none" not in table
    assert "2 customer globex, tags none" in table
    assert f"1 line is no event; the first is {history}:6: not JSON" in text


def test_names_that_do_not_meet_are_told_with_their_line_and_what_was_meant(
    policy: Path, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(capsys, policy, "--events", history)
    assert "priorities: P9 (1)" in text
    assert "customers: globex (2)" in text
    assert f"{policy}:5: customer globbex; did you mean globex?" in text
    assert f"{policy}:6: tag x" in text
    assert f"warning {policy}:2: priorities: the events have others" in text


def test_json_says_the_same_to_a_machine(
    policy: Path, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = coverage(capsys, policy, "--events", history)
    assert (said["as_of"], said["events"], said["tickets"]) == ("creation", 4, 4)
    assert (said["first_created"], said["last_created"]) == ("2026-03-03T09:00:00Z", "2026-03-04T09:02:00Z")
    assert said["no_events"]["lines"] == 1
    assert said["no_events"]["first"]["line"] == 6
    version = said["policies"][0].pop("version")
    assert len(version) == 12
    assert said["policies"][0] == {
        "file": str(policy),
        "name": "acme",
        "tickets": 2,
        "share": 0.5,
        "by_priority": {"P1": 1, "P2": 1},
        "other_priorities": 0,
    }
    assert said["no_policy"] == {
        "tickets": 2,
        "share": 0.5,
        "by_priority": {"P1": 0, "P2": 1},
        "other_priorities": 1,
        "before_any_policy": 0,
        "commonest": [{"attributes": {"customer": "globex", "tags": None}, "tickets": 2}],
    }


def test_json_tells_the_names_that_do_not_meet(
    policy: Path, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = coverage(capsys, policy, "--events", history)
    assert said["not_named"]["customer"] == {
        "names": [{"name": "globex", "events": 2}],
        "more_names": 0,
        "events_beyond": 0,
    }
    assert said["never_met"] == [
        {
            "file": str(policy),
            "line": 5,
            "key": "policies[1].match.customer",
            "kind": "customer",
            "name": "globbex",
            "hint": "did you mean globex?",
        },
        {
            "file": str(policy),
            "line": 6,
            "key": "policies[2].match.tags",
            "kind": "tags",
            "name": "x",
            "hint": None,
        },
    ]


def test_several_files_count_together_plain_and_gzip(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, zipped = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_bytes(b"\n".join(lines(TIMELINE[:1])))
    zipped.write_bytes(gzip.compress(b"\n".join(lines(TIMELINE[1:]))))
    said = coverage(capsys, policy, "--events", plain, "--events", zipped)
    assert (said["tickets"], said["no_events"]) == (4, {"lines": 0, "first": None})


def test_events_without_a_ticket_have_no_share(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    assert coverage(capsys, policy, "--events", empty)["policies"][0]["share"] is None
    text = shown(capsys, policy, "--events", empty)
    assert "0 tickets, in 0 events of 1 file" in text
    assert "policy     tickets" not in text
    assert "in no event" not in text
    assert "warning" not in text


def test_tickets_older_than_every_policy_are_told(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "new.yaml"
    policy.write_text("timezone: UTC\npolicies: [{name: all, effective: 2026-03-04, objectives: {}}]")
    text = shown(capsys, policy, "--events", history)
    assert "2 tickets are older than the first policy, which begins 2026-03-04" in text


def test_policies_of_several_files_are_told_apart_by_their_version(
    policy: Path, history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = tmp_path / "newer.yaml"
    newer.write_text("timezone: UTC\npolicies: [{name: acme, effective: 2026-03-04, objectives: {}}]")
    said = coverage(capsys, policy, newer, "--events", history)
    assert [
        (caught["file"], caught["tickets"]) for caught in said["policies"] if caught["name"] == "acme"
    ] == [
        (str(policy), 2),
        (str(newer), 2),
    ]
    table = rows(shown(capsys, policy, newer, "--events", history))
    assert any(row.startswith(f"acme ({said['policies'][0]['version']}) 2 50.0%") for row in table)


@pytest.mark.parametrize("name", ["never.jsonl", "cut.jsonl.gz"])
def test_events_that_cannot_be_read_end_the_check_with_a_sentence(
    policy: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines(TIMELINE)))[:40])
    assert main(["check", str(policy), "--events", str(tmp_path / name)]) == 1
    assert str(tmp_path / name) in capsys.readouterr().err


def test_many_names_and_combinations_are_summed_up(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = tmp_path / "many.jsonl"
    customers = [f"c{number}" for number in range(9)]
    created = [f"2026-03-03T09:00:00Z created {name} customer={name}" for name in (*customers, "c8")]
    many.write_bytes(b"\n".join(lines(created)))
    text = shown(capsys, policy, "--events", many)
    assert "customers: c8 (2), c0 (1), c1 (1), c2 (1), c3 (1) and 4 more" in text
    assert "4 in 4 other combinations" in rows(text)


def test_names_with_brackets_are_shown_as_they_are(
    tmp_path: Path, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        'timezone: UTC\npriorities: ["[P1]", P2]\npolicies: [{name: "[bold]gold", objectives: {}}]'
    )
    table = rows(shown(capsys, policy, "--events", history))
    assert "policy tickets share [P1] P2 other" in table
    assert "[bold]gold 4 100.0% - 2 2" in table


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.0, "0.0%"), (0.0004, "<0.1%"), (0.5, "50.0%"), (0.9996, ">99.9%"), (1.0, "100.0%")]
)
def test_a_share_that_is_not_all_does_not_read_as_all(ratio: float, text: str) -> None:
    assert percent(ratio) == text


def test_of_very_many_names_that_never_meet_the_first_are_shown(
    tmp_path: Path, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.yaml"
    customers = ", ".join(f"globex{number}" for number in range(300))
    policy.write_text(
        f"priorities: [P1, P2]\npolicies: [{{name: a, match: {{customer: [{customers}]}}, objectives: {{}}}}]"
    )
    text = shown(capsys, policy, "--events", history)
    assert text.count(f"{policy}:2: customer globex") == 20
    assert "and 280 more; --json lists them all" in text
    hints = [never["hint"] for never in coverage(capsys, policy, "--events", history)["never_met"]]
    assert hints == ["did you mean globex?"] * 200 + [None] * 100


@pytest.mark.parametrize("year", ["9999-12-31T23:59:00-10:00", "0001-01-01T00:00:00+10:00"])
def test_a_ticket_of_an_impossible_year_is_no_event_here_either(year: str, tmp_path: Path) -> None:
    line = {
        "event_id": "e",
        "type": "created",
        "ticket_id": "T",
        "occurred_at": year,
        "customer": "a",
        "priority": "P2",
    }
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(line), encoding="utf-8")
    read = read_events([file], book())
    assert (read.unread.count, read.coverage.tickets) == (1, 0)
    assert read.unread.first is not None
    assert "no ticket is of that year" in read.unread.first.error


def test_keys_that_are_ignored_are_told_with_what_was_meant(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "keys.jsonl"
    timeline = (*TIMELINE, "2026-03-04T10:00:00Z held A-1 raeson=waiting_customer")
    path.write_bytes(b"\n".join(lines(timeline)))
    text = shown(capsys, policy, "--events", path)
    assert "Keys of events that are ignored (how many events):" in text
    assert "   'raeson' (1); did you mean reason?" in text
    said = coverage(capsys, policy, "--events", path)
    assert said["ignored_keys"] == {
        "keys": [{"key": "raeson", "meant": "reason", "events": 1}],
        "more_keys": 0,
        "uses_beyond": 0,
    }


def test_many_keys_that_are_ignored_are_summed_up(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "keys.jsonl"
    path.write_bytes(lines([f"{TIMELINE[0]} " + " ".join(f"x{number}=1" for number in range(7))])[0])
    assert "   and 2 more; --json lists the commonest" in shown(capsys, policy, "--events", path)


def test_a_key_that_could_steer_the_terminal_is_shown_harmless_and_cut(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "keys.jsonl"
    strange = {"\x1b[31mred\n": 1, "z" * 500: 2, "": 3}
    content = json.loads(lines(TIMELINE)[0]) | strange
    path.write_text(json.dumps(content), encoding="utf-8")
    text = shown(capsys, policy, "--events", path)
    assert "   ' [31mred ' (1)" in text
    assert f"   '{'z' * 60}…' (1)" in text
    assert "   '' (1)" in text


def test_a_file_in_which_nothing_is_an_event_ends_with_one_after_all_was_said(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id;priority\n1;P1\n", encoding="utf-8")
    assert main(["check", str(policy), "--events", str(path)]) == 1
    told = capsys.readouterr()
    assert "is valid" in told.out
    assert f"none of the 2 lines is an event; the first is {path}:1: not JSON" in told.err
