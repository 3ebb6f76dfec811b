"""A ticket with a life beyond reason: thousands of events, hundreds of holds, a hundred reopens (S38)."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.instants import MINUTE, SECOND, Micros, iso, parse_iso
from tests.builders import event

BEGIN = parse_iso("2026-03-02T09:00:00Z")


def life(events: int = 10_000, holds: int = 500, reopens: int = 100, ticket: str = "INC-1") -> list[bytes]:
    """The events of one ticket in order; holds and reopens are spread evenly over them."""
    told = list(_life(events, events // holds, events // reopens, ticket))
    return [event(line, number) for number, line in enumerate(told)]


def _life(events: int, between_holds: int, between_reopens: int, ticket: str) -> Iterator[str]:
    at: Micros = BEGIN
    yield f"{iso(at)} created {ticket} priority=P3 queue=desk"
    for number in range(1, events):
        at += MINUTE + number % 7 * SECOND
        yield f"{iso(at)} {_kind(number, between_holds, between_reopens)}".replace("@", ticket)


def _kind(number: int, between_holds: int, between_reopens: int) -> str:
    place = number % between_reopens
    if place in {between_reopens - 2, between_reopens - 1}:
        return "resolved @" if place == between_reopens - 2 else "reopened @"
    place = number % between_holds
    if place in {3, 5}:
        return (
            f"{'held' if place == 3 else 'resumed'} @ reason=waiting_{'vendor' if number % 2 else 'customer'}"
        )
    return (
        "responded @",
        "customer_replied @",
        f"assigned @ assignee=agent-{number % 9}",
        "updated @ category=network",
        f"priority_changed @ priority=P{1 + number // 50 % 3}",
    )[number % 5]


def normal_lives(tickets: int) -> list[bytes]:
    """As many tickets as a desk has, each with the ten events of an ordinary life, one after the other."""
    told = []
    for number in range(tickets):
        at, ticket = BEGIN + number * MINUTE, f"INC-{number}"
        for step, kind in enumerate(
            (
                "created @ priority=P3 queue=desk",
                "assigned @ assignee=ann",
                "responded @",
                "customer_replied @",
                "responded @",
                "held @ reason=waiting_customer",
                "resumed @ reason=waiting_customer",
                "updated @ category=network",
                "resolved @",
                "closed @",
            )
        ):
            told.append(
                (at + step * 7 * MINUTE, f"{iso(at + step * 7 * MINUTE)} {kind}".replace("@", ticket))
            )
    told.sort(key=lambda line: line[0])
    return [event(line, number) for number, (_, line) in enumerate(told)]
