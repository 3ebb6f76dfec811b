"""Ticket histories as Hypothesis makes them: realistic at heart, nasty at the edges, and small to shrink.

A ticket is a birth and a list of moves, each a few minutes after the one before. The moves are of any type in any
order, so that holds overlap, tickets are answered after they ended and reopened before they were resolved; instants
tie, sequences differ, attributes move a ticket between policies and out of them, and what comes before `created`
comes. Arrival is another matter: `arrivals` delivers late, twice and out of order.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

import orjson
from hypothesis import strategies as st

from monitor.intake import StoredRecord
from monitor.policies import PolicyBook
from schemas.instants import MINUTE, Micros, iso, parse_iso
from tests.builders import book

# A Thursday; on Sunday the clocks of Madrid go forward.
BEGIN: Final[Micros] = parse_iso("2026-03-26T15:00:00Z")
_PARTITION: Final = 3

_POLICIES = """
timezone: Europe/Madrid
retention: {retention}
history_events: {history_events}
hold_reasons: {{"Wait - User": waiting_customer}}
calendars:
  office: {{timezone: Europe/Madrid, hours: {{mon-fri: ["09:00-14:00", "15:00-18:00"], sat: ["10:00-14:00"]}}}}
priorities: [P1, P2, P3]
policies:
  - name: acme
    match: {{customer: acme}}
    calendar: office
    objectives:
      first_response:
        {{target: {{P1: 15m, P2: 1h, P3: 4h}}, warn_at: [50%, 75%], pause_on: waiting_customer, requires_response: true}}
      next_response: {{target: 30m, warn_at: [75%]}}
      resolution:
        {{target: {{P1: 2h, P2: 8h, P3: 2 working days}}, calendar: {{P1: 24x7}}, warn_at: [50%, 90%], reopen_within: 2h}}
      handoff: [{{tier: 2, target: 1h, warn_at: [50%]}}, {{tier: 3, target: 30m}}]
  - name: beta
    match: {{customer: beta, tags: [gold]}}
    objectives:
      first_response: {{target: 30m, on_change: {on_change}}}
      resolution: {{target: {{P1: 1h, P2: 4h}}, warn_at: [50%, 75%, 90%], on_change: {on_change}, reopen: new_cycle}}
  - name: beta-plain
    match: {{customer: beta}}
    objectives:
      next_response: {{target: 20m, pause_on: any}}
      resolution: {{target: 6h, warn_at: [80%], pause_on: waiting_vendor, reopen: ignore, on_change: {on_change}}}
"""

# In force some days after the first events: running tickets meet it when something about them changes.
_LATER = """
timezone: Europe/Madrid
retention: {retention}
history_events: {history_events}
hold_reasons: {{"Wait - User": waiting_customer}}
calendars:
  office: {{timezone: Europe/Madrid, hours: {{mon-fri: ["09:00-14:00", "15:00-18:00"], sat: ["10:00-14:00"]}}}}
priorities: [P1, P2, P3]
policies:
  - name: acme
    effective: 2026-03-28
    match: {{customer: acme}}
    calendar: office
    objectives:
      first_response: {{target: 10m, warn_at: [50%]}}
      resolution: {{target: {{P1: 1h, P2: 4h}}, warn_at: [50%, 90%], pause_on: none}}
      handoff: {{tier: 2, target: 30m}}
  - {{name: rest, effective: 2026-03-28, objectives: {{next_response: {{target: 1h}}}}}}
"""


# One that both versions know, one that the later one withdraws, and one it brings for time already past.
_KNOWN = """
exclusions:
  - {from: "2026-03-27T09:30:00Z", to: "2026-03-27T11:00:00Z", match: {customer: acme}, reason: maintenance}
  - {from: "2026-03-28T10:00:00Z", to: "2026-03-28T11:30:00Z", match: {priority: [P1, P2]}, reason: storm}
  - {from: "2026-03-26T15:30:00Z", to: "2026-03-26T16:00:00Z", reason: withdrawn}
"""
_BROUGHT = """
exclusions:
  - {from: "2026-03-28T10:00:00Z", to: "2026-03-28T11:30:00Z", match: {priority: [P1, P2]}, reason: storm}
  - {from: "2026-03-26T16:00:00Z", to: "2026-03-26T17:00:00Z", match: {customer: acme}, reason: outage}
  - {from: "2026-03-29T08:00:00Z", to: "2026-03-30T08:00:00Z", match: {tier: 2}, reason: strike}
"""


@cache
def strange_book(
    *,
    retention: str = "3650 days",
    history_events: int = 1000,
    versions: int = 1,
    on_change: str = "from_now",
) -> PolicyBook:
    """Policies with every kind of objective, change, pause and reopen; a third customer has none.

    Two versions exclude time as well, each of its own.
    """
    settings = {"retention": retention, "history_events": history_events, "on_change": on_change}
    texts = [text.format(**settings) for text in (_POLICIES, _LATER)[:versions]]
    if versions > 1:
        texts = [text + more for text, more in zip(texts, (_KNOWN, _BROUGHT), strict=True)]
    return book(*texts)


class Move(NamedTuple):
    """One thing that happens to a ticket, `gap` after what happened before it."""

    gap: Micros
    kind: str
    fields: dict[str, Any]
    sequence: int


_PRIORITIES = st.sampled_from(["P1", "P2", "P3"])
_CUSTOMERS = st.sampled_from(["acme", "acme", "beta", "none"])
_TIERS = st.sampled_from([1, 1, 2, 2, 3])
_REASONS = st.sampled_from(["waiting_customer", "waiting_vendor", "Wait - User"])
_QUEUES = st.sampled_from(["desk", "network"])
_TAGS = st.sampled_from([[], ["gold"], ["gold", "vip"]])
_OBJECTIVES = st.sampled_from(["first_response", "next_response", "resolution", "handoff"])
_GAPS = st.sampled_from([0, 0, 1, 5, 14, 15, 16, 30, 60, 61, 120, 480, 1440, 4320]).map(MINUTE.__mul__)
_SHORT_GAPS = st.sampled_from([0, 1, 5, 10, 15, 30, 60]).map(MINUTE.__mul__)
# Promised times in minutes from the beginning: passed, near and far.
_DUE = st.dictionaries(
    _OBJECTIVES,
    st.sampled_from([-60, 0, 20, 60, 300, 1500, 5000]).map(lambda m: iso(BEGIN + m * MINUTE)),
    min_size=1,
    max_size=2,
)


def _sometimes(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_FIELDS: Final[dict[str, st.SearchStrategy[dict[str, Any]]]] = {
    "assigned": _sometimes({"queue": _QUEUES, "assignee": st.just("ann"), "tier": _TIERS}),
    "responded": _sometimes({"actor_kind": st.sampled_from(["agent", "automation"])}),
    "customer_replied": st.just({}),
    "held": st.fixed_dictionaries({"reason": _REASONS}),
    "resumed": _sometimes({"reason": _REASONS}),
    "priority_changed": st.fixed_dictionaries({"priority": _PRIORITIES}),
    "escalated": st.fixed_dictionaries({"tier": _TIERS}, optional={"queue": _QUEUES}),
    "updated": _sometimes(
        {
            "customer": _CUSTOMERS,
            "priority": _PRIORITIES,
            "tier": _TIERS,
            "tags": _TAGS,
            "due": _DUE,
            "subject": st.just("VPN down"),
        }
    ),
    "resolved": st.just({}),
    "reopened": st.just({}),
    "closed": st.just({}),
    "cancelled": st.just({}),
    "merged": st.just({"into": "INC-0"}),
    "waived": st.fixed_dictionaries(
        {
            "objective": _OBJECTIVES,
            "cycle": st.sampled_from([1, 1, 2]),
            "reason": st.just("storm"),
            "approved_by": st.just("ann"),
            "revoked": st.sampled_from([False, False, True]),
        }
    ),
    "rated": st.fixed_dictionaries({"score": st.sampled_from([0, 3, 4, 5])}),
    "deleted": st.just({}),  # on the topic a record without a value
}
_BIRTH = st.fixed_dictionaries(
    {"customer": _CUSTOMERS, "priority": _PRIORITIES},
    optional={"tier": _TIERS, "queue": _QUEUES, "tags": _TAGS, "due": _DUE, "channel": st.just("email")},
)
# What ends a ticket is drawn less often than what a working ticket goes through.
_OFTEN = [
    "responded",
    "customer_replied",
    "held",
    "resumed",
    "resolved",
    "reopened",
    "updated",
    "escalated",
    "priority_changed",
]
_KINDS = [
    *_OFTEN,
    *_OFTEN,
    "assigned",
    "closed",
    "cancelled",
    "merged",
    "waived",
    "waived",
    "rated",
    "deleted",
]


def _moves(*, tombstones: bool, gaps: st.SearchStrategy[Micros]) -> st.SearchStrategy[list[Move]]:
    kinds = st.sampled_from([kind for kind in _KINDS if tombstones or kind != "deleted"])
    one = kinds.flatmap(
        lambda kind: st.builds(Move, gaps, st.just(kind), _FIELDS[kind], st.sampled_from([0, 0, 0, 1]))
    )
    return st.lists(one, max_size=10)


@st.composite
def _ticket(draw: st.DrawFn, number: int, *, tombstones: bool) -> list[dict[str, Any]]:
    """The events of one ticket in the order in which they happened."""
    at = BEGIN + draw(_GAPS)
    early = draw(st.lists(_SHORT_GAPS, max_size=1))  # how long before `created` something else happened
    moves = draw(_moves(tombstones=tombstones, gaps=draw(st.sampled_from([_GAPS, _SHORT_GAPS]))))
    ticket_id = f"INC-{number}"
    events: list[dict[str, Any]] = []

    def say(instant: Micros, kind: str, fields: dict[str, Any], sequence: int = 0) -> None:
        head = {"event_id": f"{number}.{len(events)}", "type": kind, "ticket_id": ticket_id}
        events.append(head | {"occurred_at": iso(instant), "sequence": sequence} | fields)

    for before, move in zip(early, moves[:1], strict=False):
        say(at - before, move.kind, move.fields, move.sequence)
    say(at, "created", draw(_BIRTH))
    for move in moves:
        at += move.gap
        say(at, move.kind, move.fields, move.sequence)
    return events


@st.composite
def histories(
    draw: st.DrawFn, *, tickets: int = 3, tombstones: bool = False, late: bool = True
) -> list[dict[str, Any]]:
    """The events of a few tickets in order of arrival: mostly as they happened, some late, some twice."""
    events = [
        event
        for number in range(1, draw(st.integers(1, tickets)) + 1)
        for event in draw(_ticket(number, tombstones=tombstones))
    ]
    events.sort(key=lambda event: (event["occurred_at"], event["sequence"]))
    if late:
        for position, distance in draw(
            st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=4)
        ):
            if position < len(events):
                event = events[position]
                if distance < 11:  # else it comes twice
                    del events[position]
                events.insert(position + distance, event)
    return events


def plain(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same history for one customer and priority, without promised times and waivers."""
    kept = [event for event in events if event["type"] not in ("updated", "priority_changed", "waived")]
    told = [{name: event[name] for name in event if name not in ("due", "tags")} for event in kept]
    return [
        event | {"customer": "acme", "priority": "P2"} if event["type"] == "created" else event
        for event in told
    ]


def arrivals(events: list[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Any order of arrival, with some events twice."""
    twice = st.lists(st.sampled_from(events), max_size=3)
    return twice.flatmap(lambda again: st.permutations([*events, *again]))


def instant_of(event: dict[str, Any]) -> Micros:
    """When an event happened."""
    return parse_iso(event["occurred_at"])


def wire_line(event: dict[str, Any]) -> bytes:
    """An event as a line of a file."""
    return orjson.dumps(event)


def records(events: list[dict[str, Any]]) -> list[StoredRecord]:
    """Events as records of the topic in this order; a deletion is one without a value, at its instant."""
    return [
        StoredRecord(
            "tickets",
            _PARTITION,
            offset,
            instant_of(event) // 1000 if event["type"] == "deleted" else None,
            event["ticket_id"].encode(),
            None if event["type"] == "deleted" else wire_line(event),
        )
        for offset, event in enumerate(events)
    ]
