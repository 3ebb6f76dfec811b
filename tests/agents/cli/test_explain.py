"""`sla-monitor explain` as people call it: files in, an account or a sentence out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console

from agents.cli.explain import Question, document
from agents.cli.explain_texts import CATALOGUE
from agents.cli.explain_view import ExplanationView
from agents.cli.main import main
from agents.cli.texts import Texts
from monitor.explained_tickets import Explainer
from monitor.policies import PolicyBook
from monitor.ticket_history import play
from schemas.explanations import Explanation, Origin
from tests.builders import OFFICE, book, lines

CREATED = "2026-03-02T09:00:00+01:00 created INC-1"
TIMELINE = (
    CREATED,
    "2026-03-02T09:10:00+01:00 responded INC-1",
    "2026-03-02T10:00:00+01:00 resolved INC-1",
    "2026-03-02T10:00:00+01:00 created INC-2 tier=77",
)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The arguments that explain from a small history."""
    events, policy = tmp_path / "events.jsonl", tmp_path / "policy.yaml"
    events.write_bytes(b"\n".join(lines(TIMELINE)))
    policy.write_text(OFFICE, encoding="utf-8")
    return ["--events", str(events), "--policy", str(policy)]


def test_the_json_is_the_document_its_schema_describes(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "INC-1", *files, "--json"]) == 0
    told = capsys.readouterr().out
    explanation = Explanation.model_validate_json(told)
    assert explanation.consistent
    content: dict[str, Any] = orjson.loads(told)
    row = content["clocks"][0]["rows"][0]
    assert (row["from"], row["to"]) == ("2026-03-02T09:00:00+01:00", "2026-03-02T09:10:00+01:00")
    assert row["open_seconds"] == 600


def test_an_unknown_ticket_is_told_with_the_nearest_and_what_to_try(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "INC-11", *files, "--lang", "en"]) == 1
    error = capsys.readouterr().err
    assert "(did you mean INC-1?)" in error
    assert "dead_letters.jsonl" in error
    assert main(["explain", "INC-11", *files, "--lang", "es"]) == 1
    assert "(¿quiso decir INC-1?)" in capsys.readouterr().err


def test_a_ticket_whose_events_were_refused_says_why(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "INC-2", *files, "--lang", "en"]) == 1
    error = capsys.readouterr().err
    assert "its events were set aside" in error
    assert f"{files[1]}:4 invalid" in error
    more = Path(files[1]).with_name("more.jsonl")
    more.write_bytes(b"\n")
    assert main(["explain", "INC-2", "--events", str(more), *files, "--lang", "en"]) == 1
    assert f"{files[1]}:4 invalid" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "One record could not be read and does not say which ticket it is of"),
        ("es", "Un registro no se pudo leer y no dice de qué ticket es"),
    ],
)
def test_a_torn_line_without_a_ticket_is_told_of_every_ticket(
    files: list[str], language: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(files[1]).open("ab") as file:
        file.write(b'\n{"event_id": "e9", "tick\n')
    assert main(["explain", "INC-1", *files, "--lang", language]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert said in told
    assert ":5 not_json" in told
    assert main(["explain", "INC-1", *files, "--json"]) == 0
    doubt = orjson.loads(capsys.readouterr().out)["nameless"]
    assert (doubt["records"], doubt["first"]["place"]) == (1, f"{files[1]}:5")
    assert main(["explain", "INC-77", *files, "--lang", language]) == 1
    assert said in capsys.readouterr().err
    with Path(files[1]).open("ab") as file:
        file.write(b"nothing\n")
    assert main(["explain", "INC-1", *files, "--lang", "en"]) == 0
    assert "2 records could not be read" in " ".join(capsys.readouterr().out.split())


def test_a_file_in_which_nothing_is_an_event_says_so(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files[1]).write_bytes(b"nothing\n")
    assert main(["explain", "INC-1", *files, "--lang", "en"]) == 1
    error = capsys.readouterr().err
    assert f"the only line is no event: {files[1]}:1: not JSON" in error
    assert "sla-monitor schema event" in error


def test_where_nothing_is_an_event_a_tickets_own_lines_come_first(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files[1]).write_bytes(b'nothing\n{"ticket_id": "INC-7", "type": "resolvd"}\n')
    assert main(["explain", "INC-7", *files, "--lang", "en"]) == 1
    error = capsys.readouterr().err
    assert f"its events were set aside.\n  {files[1]}:2 invalid" in error
    assert "One record could not be read and does not say which ticket it is of" in error


def test_an_array_over_several_lines_is_told_as_one_though_they_name_the_ticket(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files[1]).write_bytes(b"[\n" + b",\n".join(lines(TIMELINE)) + b"\n]\n")
    assert main(["explain", "INC-1", *files, "--lang", "en"]) == 1
    assert "jq -c '.[]' FILE makes such lines" in capsys.readouterr().err


def test_a_created_that_was_set_aside_is_not_called_missing(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(files[1]).open("ab") as file:
        file.write(b"\n" + lines(["2026-03-02T10:05:00+01:00 responded INC-2"])[0])
    assert main(["explain", "INC-2", *files, "--lang", "en"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "its `created` event has not come or was set aside" in told
    assert ":4 invalid" in told


def test_events_without_a_policy_ask_for_one(
    files: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLA_POLICIES", raising=False)
    assert main(["explain", "INC-1", *files[:2], "--lang", "en"]) == 1
    assert "give --policy FILE, or set SLA_POLICIES" in capsys.readouterr().err


def test_the_policies_of_the_installation_are_used_when_none_is_given(
    files: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLA_POLICIES", files[3])
    assert main(["explain", "INC-1", *files[:2], "--lang", "en"]) == 0
    assert "standard, version" in capsys.readouterr().out


def test_the_language_follows_the_locale(
    files: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    assert main(["explain", "INC-1", *files]) == 0
    assert "CUMPLIDO con 20m de margen" in capsys.readouterr().out


def test_an_until_before_the_end_is_told_to_change_nothing(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "INC-1", *files, "--lang", "en", "--until", "2026-03-02T09:30:00+01:00"]) == 0
    assert "--until lies before what was judged already" in capsys.readouterr().err


def explained(*timeline: str, policies: PolicyBook | None = None) -> Explanation:
    policies = policies or book()
    found = play(lines(timeline), "INC-1", policies)
    assert found.ticket is not None
    origin = Origin(kind="state", places=["sla-state"], partition=2, usual_partition=1, records=9)
    return Explainer(policies, "en", found.letters).of_ticket(found.ticket, origin, found.watermark)


def shown(explanation: Explanation, width: int = 100) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(ExplanationView(Texts("en", CATALOGUE), width).screen(explanation), highlight=False)
    return captured.get()


def test_what_does_not_add_up_is_shown_first_and_ends_with_one(
    files: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = explained(*TIMELINE[:3])
    clock = found.clocks[0]
    wrong = {"check": "counted", "stated_seconds": 60, "found_seconds": 120}
    clock = type(clock).model_validate(clock.model_dump() | {"discrepancies": [wrong]})
    broken = found.model_copy(update={"clocks": [clock], "consistent": False})
    text = shown(broken)
    assert text.index("DOES NOT ADD UP") < text.index("policy")
    assert "the verdict says 1m elapsed, its evidence counts 2m" in text
    monkeypatch.setattr("agents.cli.explain.from_files", lambda *_: broken)
    assert main(["explain", "INC-1", *files, "--lang", "en"]) == 1
    assert "DOES NOT ADD UP" in capsys.readouterr().out


def test_a_ticket_found_elsewhere_says_where_it_ought_to_be() -> None:
    text = " ".join(shown(explained(CREATED)).replace("│", "").split())
    assert "found in partition 2, not in 1 where Kafka's default partitioner puts this id" in text


def test_what_was_set_aside_and_what_is_missing_is_named() -> None:
    found = explained(CREATED)
    letter = {"reason": "too_late", "error": "older", "place": "tickets:7"}
    more = {"set_aside": [letter], "missing_cycles": ["next_response:1"], "standing": "published"}
    text = shown(Explanation.model_validate(found.model_dump() | more))
    assert "tickets:7 too_late: older" in text
    assert "next_response:1" in text
    assert "only its published verdicts" in " ".join(text.split())


def test_a_subject_with_brackets_and_escapes_is_shown_as_it_is() -> None:
    found = explained(f'{CREATED} subject="[red]\\u001b[2J"')
    assert "· [red] [2J" in shown(found)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_row_of_the_table_is_wider_than_it_must_be(width: int) -> None:
    table = [line for line in shown(explained(*TIMELINE[:3]), width).splitlines() if "09:10:00" in line]
    assert table
    assert max(map(len, table)) <= max(width, 92)


def test_a_late_worker_is_told_where_a_deadline_passed_unjudged() -> None:
    found = explained(CREATED)
    clock = found.clocks[0]
    late = clock.model_copy(
        update={"due_at": clock.started_at, "accounted_to": clock.started_at.replace(hour=10)}
    )
    text = " ".join(shown(found.model_copy(update={"clocks": [late]})).split())
    assert "RUNNING PAST ITS DEADLINE" in text
    assert "passed 1h ago, and no breach is recorded" in text


def test_a_question_answers_in_its_language() -> None:
    question = Question("INC-1", [], [], None, "es", None, 1.0)
    assert question.texts("sum") == "suma"


def test_the_document_is_the_same_whatever_reads_it() -> None:
    found = explained(*TIMELINE[:3])
    assert Explanation.model_validate_json(document(found)) == found


def test_the_help_says_that_a_live_installation_is_explained_with_what_it_published(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "live: the published ones; else SLA_POLICIES" in said


@pytest.mark.parametrize(
    ("objective", "end", "said"),
    [
        ("first response", "responded INC-1", "a person answered (S10, S11)"),
        ("resolution", "resolved INC-1", "the ticket was resolved (S12)"),
        ("resolution", "closed INC-1", "closed without `resolved` before it (S12)"),
        ("hand-off of tier 1", "escalated INC-1 tier=2", "the ticket left the support tier (S13)"),
        ("resolution", "priority_changed INC-1 priority=P9", "no longer promised this to the ticket (S21)"),
        ("resolution", "updated INC-1 customer=none", "no policy matched the ticket any more (S21)"),
        ("resolution", "cancelled INC-1", "the ticket was cancelled (S24)"),
        ("resolution", "merged INC-1 into=INC-2", "the ticket was merged into another (S24)"),
    ],
)
def test_a_missed_clock_says_what_stopped_it(objective: str, end: str, said: str) -> None:
    policy = """
policies:
  - name: plain
    match: {customer: acme}
    objectives:
      first_response: {target: {P2: 1h}}
      resolution: {target: {P2: 1h}}
      handoff: {tier: 1, target: {P2: 1h}}
"""
    timeline = ("2026-03-02T09:00:00Z created INC-1", f"2026-03-02T11:00:00Z {end}")
    text = shown(explained(*timeline, policies=book(policy)))
    account = text[text.index(f"{objective} · cycle 1 · MISSED") :]
    assert said in " ".join(account[: account.index("counted")].split())


def test_a_met_clock_gives_one_reason_only() -> None:
    (clock,) = explained(*TIMELINE[:2]).clocks[:1]
    assert (clock.outcome, clock.reason, clock.stop_reason) == ("met", "responded", None)


def test_s07_a_clock_that_moves_to_another_zone_says_so_at_the_row() -> None:
    policy = """
timezone: Europe/Madrid
calendars:
  madrid: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-17:00"]}}
  tokyo: {timezone: Asia/Tokyo, hours: {mon-fri: ["09:00-17:00"]}}
policies:
  - name: here
    match: {customer: acme}
    calendar: madrid
    objectives: &o {resolution: {target: 8h, on_change: from_now}}
  - {name: there, match: {customer: globex}, calendar: tokyo, objectives: *o}
"""
    timeline = (
        "2026-03-02T09:00:00+01:00 created INC-1",
        "2026-03-02T11:00:00+01:00 updated INC-1 customer=globex",
        "2026-03-03T10:00:00+09:00 resolved INC-1",
    )
    told = [
        " ".join(line.split()) for line in shown(explained(*timeline, policies=book(policy))).splitlines()
    ]
    here = next(number for number, line in enumerate(told) if line.startswith("Mon 2026-03-02 +01:00"))
    assert told[here + 1].startswith("Mon 2026-03-02 +09:00 19:00:00 24:00:00")
    assert told[here + 2] == "from here on at +09:00"
    assert told[here + 3].startswith("Tue 2026-03-03 +09:00")
