"""Replay: a history from lines, the same bytes for the same input."""

from __future__ import annotations

import orjson
import pytest

from monitor.replay import replay
from schemas.dead_letters import DeadLetterLine
from schemas.instants import parse_iso
from tests.builders import book, lines

PLAIN = """
retention: 10 days
policies:
  - name: plain
    objectives:
      first_response: {target: 1h, warn_at: [50%]}
      next_response: {target: 1h}
      resolution: {target: 8h}
"""
TIMELINE = [
    "2026-03-02T10:00:00Z created INC-2",
    "2026-03-02T10:00:00Z created INC-10",
    "2026-03-02T10:10:00Z responded INC-2",
    "2026-03-02T12:00:00Z customer_replied INC-2",
    "2026-03-02T12:30:00Z held INC-10",
]


def test_each_clock_has_one_line_as_it_stands_by_ticket_objective_and_cycle() -> None:
    outcome = replay(lines(TIMELINE), book(PLAIN))
    shown = [orjson.loads(line) for line in outcome.results]
    assert [
        (one["ticket_id"], one["objective"], one["outcome"], one["elapsed_seconds"]) for one in shown
    ] == [
        ("INC-10", "first_response", "missed", 3600),
        ("INC-10", "resolution", "paused", 9000),
        ("INC-2", "first_response", "met", 600),
        ("INC-2", "next_response", "running", 1800),
        ("INC-2", "resolution", "running", 9000),
    ]
    assert outcome.watermark == parse_iso("2026-03-02T12:30:00Z")


def test_until_lets_the_clock_run_on_and_never_back() -> None:
    later = replay(lines(TIMELINE), book(PLAIN), until=parse_iso("2026-03-02T19:00:00Z"))
    assert [orjson.loads(line)["outcome"] for line in later.results] == [
        "missed",
        "paused",
        "met",
        "missed",
        "missed",
    ]
    earlier = replay(lines(TIMELINE), book(PLAIN), until=parse_iso("2026-03-01T00:00:00Z"))
    assert earlier == replay(lines(TIMELINE), book(PLAIN))


def test_running_on_tells_what_more_events_would_have_told() -> None:
    end = "2026-03-02T19:00:00Z"
    ran_on = replay(lines(TIMELINE), book(PLAIN), until=parse_iso(end))
    went_on = replay(lines([*TIMELINE, f"{end} created INC-3"]), book(PLAIN))
    assert ran_on.alerts == went_on.alerts
    assert ran_on.results == [line for line in went_on.results if b"INC-3" not in line]


def test_without_lines_there_is_nothing_whatever_the_clock() -> None:
    outcome = replay([b"", b"  \n"], book(PLAIN), until=parse_iso("2026-03-02T19:00:00Z"))
    assert (outcome.results, outcome.alerts, outcome.dead_letters, dict(outcome.counters)) == ([], [], [], {})


@pytest.mark.parametrize("step_records", [1, 3])
def test_the_same_input_gives_the_same_bytes_however_it_is_cut(step_records: int) -> None:
    assert replay(lines(TIMELINE), book(PLAIN), step_records=step_records) == replay(
        lines(TIMELINE), book(PLAIN)
    )


def test_progress_is_told_after_each_step() -> None:
    done: list[int] = []
    replay(lines(TIMELINE), book(PLAIN), step_records=2, progress=done.append)
    assert done == [2, 4, 5]


def test_a_dead_letter_names_the_line_by_its_number_from_zero() -> None:
    told = [b"{\xff", b"\n", *lines(["2026-03-02T10:00:00 created INC-1"])]
    letters = [DeadLetterLine.model_validate_json(line) for line in replay(told, book(PLAIN)).dead_letters]
    assert [(one.reason, one.offset, one.key) for one in letters] == [
        ("not_json", 0, None),
        ("no_offset_in_time", 2, None),
    ]
    assert letters[0].value == "{\ufffd"
    assert (letters[0].topic, letters[0].partition) == ("tickets", 0)


def test_a_deleted_record_has_no_place_in_a_file_but_an_orphan_has_its_key() -> None:
    told = lines(["2026-03-02T10:00:00Z responded INC-1"])
    outcome = replay(told, book(PLAIN), until=parse_iso("2026-04-02T10:00:00Z"))
    [letter] = [orjson.loads(line) for line in outcome.dead_letters]
    assert (letter["reason"], letter["key"], letter["value"]) == ("orphan", "INC-1", told[0].decode())


def test_verdicts_of_a_ticket_that_was_let_go_are_still_there() -> None:
    told = lines(
        [
            "2026-03-02T10:00:00Z created INC-1",
            "2026-03-02T12:00:00Z resolved INC-1",
            "2026-05-02T12:00:00Z created INC-2",
        ]
    )
    shown = [orjson.loads(line) for line in replay(told, book(PLAIN)).results]
    assert [(one["ticket_id"], one["outcome"]) for one in shown][:2] == [
        ("INC-1", "missed"),
        ("INC-1", "met"),
    ]
    assert "evidence" not in shown[0]
    assert "revision" not in shown[0]


def test_a_clock_that_never_was_has_no_line() -> None:
    told = lines(
        [
            "2026-03-02T10:00:00Z created INC-1",
            "2026-03-02T10:10:00Z responded INC-1",
            "2026-03-02T11:00:00Z customer_replied INC-1",
            "2026-03-02T13:00:00Z responded INC-1",
            "2026-03-02T10:50:00Z closed INC-1",
        ]
    )
    outcome = replay(told, book(PLAIN))
    assert [orjson.loads(line)["objective"] for line in outcome.results] == ["first_response", "resolution"]
    assert outcome.counters["results", "next_response", "cancelled"] == 1


def test_the_figures_are_one_json_document_that_says_what_it_counted() -> None:
    document = orjson.loads(replay(lines(TIMELINE), book(PLAIN)).kpis)
    assert document
    assert b'"created"' in replay(lines(TIMELINE), book(PLAIN)).kpis


def test_tickets_are_counted_once_and_those_without_created_apart() -> None:
    twice = replay(lines([*TIMELINE, *TIMELINE]), book(PLAIN))
    assert (twice.tickets, twice.provisional) == (2, 0)
    again = replay(lines([*TIMELINE, "2026-03-02T12:40:00Z created INC-2"]), book(PLAIN))
    assert (again.tickets, again.lines) == (2, 6)
    years = [
        f"{year}-03-02T10:00:00Z {kind} A-{year}"
        for year in range(2000, 2026)
        for kind in ("created", "closed")
    ]
    assert replay(lines(years), book(PLAIN)).tickets == 26
    halves = replay(lines([TIMELINE[0], *TIMELINE[2:]]), book(PLAIN))
    assert (halves.tickets, halves.provisional) == (1, 1)


def test_an_answer_that_comes_late_ends_a_warning_after_it_was_given() -> None:
    timeline = [TIMELINE[0], "2026-03-02T10:45:00Z created INC-3", "2026-03-02T10:20:00Z responded INC-2"]
    told = [orjson.loads(line) for line in replay(lines(timeline), book(PLAIN)).alerts]
    assert [(one["state"], one["detected_at"]) for one in told] == [
        ("at_risk", "2026-03-02T10:30:00Z"),
        ("resolved", "2026-03-02T10:45:00Z"),
    ]


@pytest.mark.parametrize("step_records", [1, 2000])
def test_s33_a_retraction_is_found_when_its_proof_came_and_names_it(step_records: int) -> None:
    late = "2026-03-02T10:20:00Z responded INC-10"
    outcome = replay(lines([*TIMELINE, late]), book(PLAIN), step_records=step_records)
    told = [orjson.loads(line) for line in outcome.alerts]
    ends = {name: one for one in told for name in ("breached", "retracted") if one["state"] == name}
    assert ends["breached"]["detected_at"] == "2026-03-02T11:00:00Z"
    assert ends["breached"]["stopped_at"] is None
    proof = {
        name: ends["retracted"][name] for name in ("stopped_at", "due_at", "detected_at", "elapsed_seconds")
    }
    assert proof == {
        "stopped_at": "2026-03-02T10:20:00Z",
        "due_at": "2026-03-02T11:00:00Z",
        "detected_at": "2026-03-02T12:30:00Z",
        "elapsed_seconds": 1200,
    }
