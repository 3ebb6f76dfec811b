"""The engine's verdicts against those of a slow oracle that reads the rules for itself."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.policies import PolicyBook
from monitor.replay import replay
from schemas.instants import SECOND, parse_iso
from tests.builders import book
from tests.monitor.event_strategies import arrivals, histories, instant_of, plain, wire_line
from tests.monitor.verdict_oracle import Oracle, Verdict

_PLAIN = """
timezone: Europe/Madrid
retention: 3650 days
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-14:00", "15:00-18:00"], sat: ["10:00-14:00"]}}
priorities: [P2]
hold_reasons: {"Wait - User": "Wait - User"}
policies:
  - name: plain
    calendar: office
    objectives:
      first_response: {target: 1h, pause_on: [waiting_customer], requires_response: %s}
      next_response: {target: 30m, pause_on: [waiting_vendor], calendar: 24x7}
      resolution: {target: %s, reopen: %s, reopen_within: 2h}
      handoff: [{tier: 2, target: 1h}, {tier: 3, target: 30m, pause_on: none}]
"""
_VARIANTS = [
    book(_PLAIN % variant)
    for variant in (
        ("false", "4h", "continue"),
        ("true", "1 working days", "new_cycle"),
        ("true", "90m", "ignore"),
    )
]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), histories(late=False).map(plain), st.sampled_from(_VARIANTS))
def test_s10_to_s19_the_verdicts_are_those_of_a_slow_oracle(
    data: st.DataObject, events: list[dict[str, Any]], policies: PolicyBook
) -> None:
    arrived = data.draw(arrivals(events), label="arrived")
    now = max(instant_of(event) for event in events)
    policy = policies.versions[0].policies[0]
    lines = map(orjson.loads, replay(map(wire_line, arrived), policies).results)
    told = {(line["ticket_id"], line["objective"], line["cycle"]): _verdict(line) for line in lines}
    expected = {
        (ticket_id, *identity): verdict
        for ticket_id in {event["ticket_id"] for event in events}
        for identity, verdict in Oracle(policy, "P2")
        .verdicts([event for event in events if event["ticket_id"] == ticket_id], now)
        .items()
    }
    assert told == expected


def _verdict(line: dict[str, Any]) -> Verdict:
    stopped, breached = (line[name] and parse_iso(line[name]) for name in ("stopped_at", "breached_at"))
    return Verdict(line["outcome"], stopped, breached, round(line["elapsed_seconds"] * SECOND))
