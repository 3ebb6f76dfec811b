"""What holds of ratings for every history whatever and in any order of arrival: a ticket answers the survey once."""

from __future__ import annotations

from typing import Any, Final

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.replay import replay
from schemas.instants import HOUR, MINUTE, iso, parse_iso
from tests.builders import book
from tests.monitor.event_strategies import arrivals, wire_line

_CREATED = parse_iso("2026-03-31T22:00:00Z")
_PLAIN = book("policies: [{name: plain, objectives: {}}]")
_KINDS = st.sampled_from(["resolved", "reopened", "rated", "rated"])
# Also before the creation, where all is clamped to one instant (S17), and into the next month.
_TIMES = st.sampled_from([-2 * HOUR, -HOUR, -MINUTE, 0, MINUTE, HOUR, 2 * HOUR, 3 * HOUR])
_MOVES = st.lists(st.tuples(_TIMES, st.integers(0, 2), _KINDS), max_size=9)


_SAID: Final[dict[str, dict[str, Any]]] = {
    "created": {"customer": "acme", "priority": "P2"},
    "rated": {"score": 4},
}


def _told(ticket: int, moves: list[tuple[int, int, str]]) -> list[dict[str, Any]]:
    """The events of one ticket, in the order in which they happened to it."""
    lines = [(0, 0, "created"), *sorted(moves, key=lambda move: (*move[:2], move[2] == "rated"))]
    return [
        {"event_id": f"{ticket}.{number:02}", "type": kind, "ticket_id": f"INC-{ticket}"}
        | {"occurred_at": iso(_CREATED + gap), "sequence": sequence}
        | _SAID.get(kind, {})
        for number, (gap, sequence, kind) in enumerate(lines)
    ]


def _standing(events: list[dict[str, Any]]) -> int:
    """How many ratings of a ticket stand: one of each stretch between two reopens."""
    resolved, fresh, ratings = False, True, 0
    for kind in (event["type"] for event in _in_order(events)):
        if kind == "reopened" and resolved:
            resolved, fresh = False, True
        elif kind == "rated":
            ratings, fresh = ratings + fresh, False
        resolved = resolved or kind == "resolved"
    return ratings


def _in_order(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ranks = ["created", "resolved", "reopened", "rated"]
    return sorted(
        events, key=lambda event: (event["occurred_at"], event["sequence"], ranks.index(event["type"]))
    )


@settings(deadline=None, max_examples=150)
@given(st.data(), st.lists(_MOVES, min_size=1, max_size=3))
def test_s55_each_standing_rating_counts_and_each_rated_ticket_once(
    data: st.DataObject, moves: list[list[tuple[int, int, str]]]
) -> None:
    tickets = [_told(number, of) for number, of in enumerate(moves)]
    arrived = data.draw(arrivals([event for ticket in tickets for event in ticket]), label="arrived")
    counts = orjson.loads(replay(map(wire_line, arrived), _PLAIN).kpis)["totals"]["overall"]["counts"]
    standing = [_standing(ticket) for ticket in tickets]
    assert counts.get("rated", 0) == sum(standing)
    assert counts.get("rated", 0) - counts.get("rated_again", 0) == sum(map(bool, standing))
