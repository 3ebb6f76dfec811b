"""Silence of a source: who was heard when, and which breaches are in doubt."""

from __future__ import annotations

import orjson
import pytest

from monitor.engine import Engine
from monitor.sources import Sources
from schemas.instants import HOUR, MINUTE
from tests.builders import book
from tests.monitor.engine_desk import Desk, at

POLICY = """
silence_after: {zammad: 30m}
policies: [{name: plain, objectives: {resolution: {target: 1h}}}]
"""
NOON = at("2026-03-02T12:00:00Z")


def _desk() -> Desk:
    desk = Desk(book(POLICY))
    desk.tell(
        "2026-03-02T10:00:00Z created INC-1 source=zammad",
        "2026-03-02T10:00:00Z created INC-2 source=other",
    )
    return desk


def _doubt(desk: Desk) -> dict[str, tuple[str | None, str | None]]:
    """What alert and evidence say of each breach."""
    alerts = {alert["ticket_id"]: alert["doubtful"] for alert in desk.alerts if alert["state"] == "breached"}
    evidence = {result["ticket_id"]: result["evidence"].get("doubtful") for result in desk.results}
    return {ticket: (alerts[ticket], evidence[ticket]) for ticket in alerts}


def test_s39_a_breach_during_the_silence_of_its_source_is_doubtful_and_says_so() -> None:
    desk = _desk()
    desk.tick("2026-03-02T11:30:00Z")
    assert _doubt(desk) == {"INC-1": ("source_silent", "source_silent"), "INC-2": (None, None)}


def test_s39_a_source_that_is_heard_is_not_silent_also_by_events_that_do_not_name_it() -> None:
    desk = _desk()
    desk.tell(
        "2026-03-02T10:40:00Z created INC-3 source=other", "2026-03-02T10:41:00Z assigned INC-1 queue=vpn"
    )
    desk.tick("2026-03-02T11:30:00Z")
    assert _doubt(desk)["INC-1"] == (None, None)


def test_s39_the_mark_stays_when_a_late_event_leaves_the_breach_as_it_was() -> None:
    desk = _desk()
    desk.tick("2026-03-02T11:30:00Z")
    desk.tell("2026-03-02T10:10:00Z held INC-1 reason=waiting_vendor", "2026-03-02T10:10:00Z resumed INC-1")
    desk.tell("2026-03-02T12:30:00Z resolved INC-1")
    last = desk.results[-1]
    assert (last["outcome"], last["evidence"]["doubtful"]) == ("missed", "source_silent")


def test_s39_a_late_event_that_proves_the_clock_met_takes_the_doubt_with_it() -> None:
    desk = _desk()
    desk.tick("2026-03-02T11:30:00Z")
    desk.tell("2026-03-02T10:50:00Z resolved INC-1")
    last = desk.results[-1]
    assert (last["outcome"], "doubtful" in last["evidence"]) == ("met", False)
    assert (desk.alerts[-1]["state"], desk.alerts[-1]["doubtful"]) == ("retracted", None)


def test_s39_the_silence_is_remembered_across_a_restart() -> None:
    desk = _desk().restarted()
    desk.tick("2026-03-02T11:30:00Z")
    assert _doubt(desk)["INC-1"] == ("source_silent", "source_silent")


def test_s39_what_another_partition_of_the_process_heard_counts() -> None:
    shared = Sources()
    engine = Engine(0, book(POLICY), sources=shared)
    engine.start()
    desk = Desk(book(POLICY))
    desk.engine = engine
    desk.tell("2026-03-02T10:00:00Z created INC-1 source=zammad")
    shared.hear("zammad", at("2026-03-02T10:45:00Z"))
    desk.tick("2026-03-02T11:30:00Z")
    assert _doubt(desk) == {"INC-1": (None, None)}


def test_s39_it_is_off_by_default() -> None:
    desk = Desk(book(POLICY.replace("silence_after: {zammad: 30m}", "")))
    step = desk.tell("2026-03-02T10:00:00Z created INC-1 source=zammad")
    assert "heard" not in orjson.loads(step.state[-1][1] or b"")
    desk.tick("2026-03-02T11:30:00Z")
    assert _doubt(desk) == {"INC-1": (None, None)}


@pytest.mark.parametrize(
    ("source", "after", "silent"),
    [
        ("a", 30 * MINUTE, False),
        ("a", 30 * MINUTE + 1, True),
        ("b", HOUR, False),
        (None, HOUR, False),
        ("never heard", HOUR, False),
    ],
)
def test_s39_silent_is_longer_than_the_limit_of_that_source(
    source: str | None, after: int, *, silent: bool
) -> None:
    sources = Sources()
    sources.hear("a", NOON - HOUR)
    sources.hear("a", NOON)
    sources.hear("a", NOON - MINUTE)
    sources.hear(None, NOON)
    is_silent = sources.silence_before(lambda _: {"a": 30 * MINUTE, "never heard": MINUTE})
    assert is_silent(source, NOON + after) is silent
