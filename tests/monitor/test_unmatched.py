"""Why no policy judges a ticket, policy by policy."""

from __future__ import annotations

import pytest

from monitor.tickets import Ticket
from monitor.unmatched import misses
from schemas.instants import parse_iso
from tests.builders import book

POLICIES = """
policies:
  - {name: gold, match: {customer: [acme, globex], tags: [vip, eu]}, objectives: {resolution: {target: 1h}}}
  - {name: night, match: {tier: 2, queue: night}, objectives: {resolution: {target: 1h}}}
  - {name: later, effective: 2026-06-01, objectives: {resolution: {target: 1h}}}
"""


def ticket(**more: object) -> Ticket:
    made = Ticket(
        "INC-1", created=parse_iso("2026-03-02T08:00:00Z"), customer="acme", priority="P2", tags=["vip"]
    )
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_s23_each_policy_says_the_first_thing_that_does_not_match() -> None:
    found = misses(ticket(tier=2), book(POLICIES))
    told = [(miss.policy, miss.in_force, miss.attribute, miss.wanted, miss.found) for miss in found]
    assert told == [
        ("gold", True, "tags", ["vip", "eu"], ["vip"]),
        ("night", True, "queue", ["night"], []),
        ("later", False, None, [], []),
    ]


@pytest.mark.parametrize(("customer", "attribute"), [("initech", "customer"), ("globex", "tags")])
def test_s23_one_of_the_values_is_enough_but_all_tags_are_needed(customer: str, attribute: str) -> None:
    assert misses(ticket(customer=customer), book(POLICIES))[0].attribute == attribute


def test_s23_a_policy_that_matches_names_no_attribute() -> None:
    assert misses(ticket(tags=["vip", "eu", "new"]), book(POLICIES))[0].attribute is None
