"""A made-up service desk: plausible ticket lives as wire events, the same ones for the same seed.

Two customers, four priorities and three tiers, with what a real desk has: bursts on a Monday morning, holds,
reopened and escalated tickets, automatic acknowledgements, records that come twice and some that come late.
Its promises are kept in seconds, so that a demonstration shows within a minute what takes a desk a day.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import orjson

from schemas.instants import SECOND, Micros, iso

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Promise:
    """What the desk promises for a priority, in seconds of open time."""

    first_response: int
    next_response: int
    resolution: int


PROMISES: Final[Mapping[str, Promise]] = {
    "P1": Promise(15, 15, 60),
    "P2": Promise(25, 20, 90),
    "P3": Promise(40, 30, 150),
    "P4": Promise(60, 45, 240),
}
HANDOFF_SECONDS: Final = 45  # what tier 2 and tier 3 promise the tier before them
CUSTOMERS: Final = ("acme", "globex")

_SHARES: Final = {"P1": 12, "P2": 28, "P3": 40, "P4": 20}
_PEOPLE: Final = {1: ("Ana", "Bo", "Chen", "Dara"), 2: ("Emil", "Farah", "Goran"), 3: ("Hana",)}
_QUEUES: Final = {1: "service-desk", 2: "infrastructure", 3: "engineering"}
_REQUESTERS: Final = ("I. Novak", "J. Lindqvist", "K. Osei", "L. Marino", "M. Tanaka", "N. Duarte")
_TROUBLES: Final = (
    ("network", "VPN drops every few minutes"),
    ("network", "No Wi-Fi in the meeting rooms"),
    ("mail", "Mail arrives an hour late"),
    ("mail", "Shared mailbox asks for a password"),
    ("access", "New colleague has no account"),
    ("access", "Locked out after the holidays"),
    ("hardware", "Laptop does not wake up"),
    ("hardware", "Printer on floor 3 prints blanks"),
    ("application", "Invoices cannot be exported"),
    ("application", "The time sheet forgets my hours"),
)

_BURST_AFTER: Final = 4.0  # seconds from the start to the first burst
_BURST_EVERY: Final = 90.0
_BURST_LASTS: Final = 8.0
_BURST_RATE: Final = 4.0  # times the usual arrivals
_FIRST_NUMBER: Final = 1001


@dataclass(frozen=True, slots=True)
class Delivery:
    """One record of the topic; `at` is when it arrives there, which is never before it happened."""

    at: Micros
    key: bytes
    value: bytes


@dataclass(slots=True)
class _Ticket:
    """A ticket while its life is made up; `events` are seconds since its creation, type and fields."""

    number: int
    created_at: Micros
    customer: str
    priority: str
    busy: bool
    events: list[tuple[float, str, Fields]] = field(default_factory=list)
    tier: int = 1

    @property
    def name(self) -> str:
        return f"INC-{self.number}"

    @property
    def promise(self) -> Promise:
        return PROMISES[self.priority]

    def add(self, seconds: float, kind: str, **fields: object) -> None:
        self.events.append((seconds, kind, fields))


def deliveries(seed: int, start: Micros, *, tickets_per_second: float = 1.2) -> Iterator[Delivery]:
    """The endless stream of what such a desk sends from `start` on, in order of arrival.

    The same arguments give the same stream, to the byte. The caller decides how fast time goes: the demo
    waits for each `at`, a test does not.
    """
    chance = random.Random(seed)  # noqa: S311 (a story, not a secret)
    waiting: list[tuple[Micros, int, Delivery]] = []
    order = count()
    for ticket in _arrivals(chance, start, tickets_per_second):
        while waiting and waiting[0][0] <= ticket.created_at:
            yield heapq.heappop(waiting)[2]
        _live(chance, ticket)
        for delivery in _send(chance, ticket):
            heapq.heappush(waiting, (delivery.at, next(order), delivery))


def _arrivals(chance: random.Random, start: Micros, rate: float) -> Iterator[_Ticket]:
    """Tickets as they are opened: at random, more of them in a burst; the first one is urgent."""
    seconds = 0.5
    for number in count(_FIRST_NUMBER):
        busy = seconds >= _BURST_AFTER and (seconds - _BURST_AFTER) % _BURST_EVERY < _BURST_LASTS
        first = number == _FIRST_NUMBER
        yield _Ticket(
            number=number,
            created_at=start + int(seconds * SECOND),
            customer=CUSTOMERS[0] if first else chance.choice(CUSTOMERS),
            priority="P1" if first else chance.choices(list(_SHARES), list(_SHARES.values()))[0],
            busy=busy,
        )
        seconds += chance.expovariate(rate * (_BURST_RATE if busy else 1.0))


def _live(chance: random.Random, ticket: _Ticket) -> None:
    """Make up everything that happens to a ticket."""
    _open(chance, ticket)
    if chance.random() < 0.02:
        ticket.add(chance.uniform(3, 20), "cancelled")
        return
    answered = _answer(chance, ticket)
    solved = max(answered + 3, ticket.promise.resolution * chance.lognormvariate(-0.75, 0.5))
    solved = _hold(chance, ticket, answered, solved)
    _converse(chance, ticket, answered, solved)
    _escalate(chance, ticket, answered, solved)
    _finish(chance, ticket, solved)


def _open(chance: random.Random, ticket: _Ticket) -> None:
    """Creation, the automatic acknowledgement that is no response, and the first owner."""
    category, subject = chance.choice(_TROUBLES)
    if ticket.busy:
        category, subject = "network", "Nobody gets in this Monday morning"
    channel = chance.choice(("email", "portal", "phone", "chat"))
    ticket.add(
        0.0,
        "created",
        customer=ticket.customer,
        priority=ticket.priority,
        queue=_QUEUES[1],
        tier=1,
        channel=channel,
        category=category,
        subject=subject,
        url=f"https://desk.example/{ticket.name}",
        requester=chance.choice(_REQUESTERS),
        tags=["vip"] if chance.random() < 0.1 else [],
    )
    if channel in {"email", "portal"}:
        ticket.add(chance.uniform(0.2, 0.9), "responded", actor_kind="automation")
    ticket.add(chance.uniform(1, 6), "assigned", queue=_QUEUES[1], assignee=chance.choice(_PEOPLE[1]), tier=1)


def _answer(chance: random.Random, ticket: _Ticket) -> float:
    """The first response: mostly in time, in a burst less so; the first ticket's always comes too late."""
    share = chance.lognormvariate(-0.95, 0.55) * (1.9 if ticket.busy else 1.0)
    if ticket.number == _FIRST_NUMBER:
        share = 1.8
    answered = max(1.5, ticket.promise.first_response * share)
    ticket.add(answered, "responded", actor_kind="agent")
    return answered


def _hold(chance: random.Random, ticket: _Ticket, answered: float, solved: float) -> float:
    """A wait for the customer or a vendor now and then; returns the instant of the solution, moved by it."""
    draw = chance.random()
    if draw > 0.25:
        return solved
    begun = chance.uniform(answered + 0.5, solved - 0.5)
    ended = begun + chance.uniform(10, 40)
    ticket.add(begun, "held", reason="waiting_customer" if draw < 0.18 else "waiting_vendor")
    if draw < 0.09:
        ticket.add(ended - 2, "customer_replied")
    ticket.add(ended, "resumed")
    return solved + ended - begun


def _converse(chance: random.Random, ticket: _Ticket, answered: float, solved: float) -> None:
    """The customer writes again and someone answers, most often in time."""
    if chance.random() > 0.35 or solved - answered < 10:
        return
    asked = chance.uniform(answered + 1, solved - 5)
    ticket.add(asked, "customer_replied")
    reply = asked + ticket.promise.next_response * chance.lognormvariate(-0.9, 0.6)
    if reply < solved:
        ticket.add(reply, "responded", actor_kind="agent")


def _escalate(chance: random.Random, ticket: _Ticket, answered: float, solved: float) -> None:
    """Up a tier, seldom two; now and then someone notices that it is more urgent than it looked."""
    at = answered
    for likelihood in (0.2, 0.15):
        if chance.random() > likelihood or solved - at < 8:
            return
        at = chance.uniform(at + 1, solved - 5)
        ticket.tier += 1
        ticket.add(at, "escalated", tier=ticket.tier, queue=_QUEUES[ticket.tier])
        owner = chance.choice(_PEOPLE[ticket.tier])
        ticket.add(at + 1.5, "assigned", assignee=owner, queue=_QUEUES[ticket.tier], tier=ticket.tier)
        if ticket.priority in {"P3", "P4"} and chance.random() < 0.2:
            ticket.add(at + 2, "priority_changed", priority="P2")


def _finish(chance: random.Random, ticket: _Ticket, solved: float) -> None:
    """The solution and what comes after it: a reopening, a waived verdict, a rating, the closing."""
    ticket.add(solved, "resolved")
    done = solved
    if chance.random() < 0.06:
        ticket.add(solved + 5, "reopened")
        done = solved + 5 + chance.uniform(8, 40)
        ticket.add(done, "resolved")
    elif solved > 1.4 * ticket.promise.resolution and chance.random() < 0.15:
        ticket.add(
            solved + 6,
            "waived",
            objective="resolution",
            cycle=1,
            reason="the customer asked for a later date",
            approved_by="service delivery",
        )
    if chance.random() < 0.3:
        score = chance.choices((1, 2, 3, 4, 5), (3, 4, 10, 33, 50))[0]
        ticket.add(done + chance.uniform(2, 15), "rated", score=score, scale_max=5)
    if chance.random() < 0.8:
        ticket.add(done + 20, "closed")


def _send(chance: random.Random, ticket: _Ticket) -> Iterator[Delivery]:
    """The ticket's events as records: some come late, out of order, and some come twice."""
    key = ticket.name.encode()
    for sequence, (seconds, kind, fields) in enumerate(sorted(ticket.events, key=lambda event: event[0])):
        occurred_at = ticket.created_at + int(seconds * SECOND)
        event = {
            "event_id": f"{ticket.name}-{sequence}",
            "type": kind,
            "ticket_id": ticket.name,
            "occurred_at": iso(occurred_at),
            "sequence": sequence,
            "source": "synthetic:desk",
            **fields,
        }
        value = orjson.dumps(event)
        at = occurred_at + int(_delay(chance, kind) * SECOND)
        yield Delivery(at, key, value)
        if chance.random() < 0.02:
            yield Delivery(at + int(chance.uniform(0.5, 4) * SECOND), key, value)


def _delay(chance: random.Random, kind: str) -> float:
    """Seconds from the event to its record; a response that comes late can prove a breach wrong."""
    draw = chance.random()
    if kind == "responded" and draw < 0.04:
        return chance.uniform(4, 12)
    return chance.uniform(1, 3) if draw < 0.02 else 0.0
