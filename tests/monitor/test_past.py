"""Tests of the packed past: a long life stays cheap and nothing that was said of it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from monitor.engine import Engine
from monitor.explanations import account_of
from monitor.facts import filed_of
from monitor.intake import StoredRecord
from monitor.past import all_clocks, all_holds, all_moments, pack, unpack
from monitor.tickets import Hold, Ticket
from monitor.verdict_lookup import Verdict
from schemas.instants import parse_iso
from tests.builders import book, event
from tests.monitor.engine_desk import Desk
from tests.monitor.long_life import BEGIN, life

POLICY = """
policies:
  - name: plain
    objectives:
      first_response: {target: 15m}
      next_response: {target: 20m}
      resolution: {target: 8h, warn_at: [50%]}
      handoff: [{tier: 1, target: 2h}, {tier: 2, target: 1h}]
"""
CYCLE: tuple[tuple[str, dict[str, object]], ...] = (
    ("responded", {}),
    ("customer_replied", {}),
    ("held", {"reason": "waiting_vendor"}),
    ("resumed", {}),
    ("responded", {}),
    ("escalated", {"tier": 2, "queue": "second"}),
    ("updated", {"subject": "x" * 300}),
    ("escalated", {"tier": 1, "queue": "first"}),
    ("resolved", {}),
    ("reopened", {}),
)


def _life(events: int) -> list[StoredRecord]:
    records = []
    for number in range(events):
        kind, fields = (
            ("created", {"customer": "acme", "priority": "P1"}) if not number else CYCLE[number % 10]
        )
        at = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(minutes=7 * number)
        event = {
            "event_id": f"e{number}",
            "type": kind,
            "ticket_id": "INC-1",
            "occurred_at": at.isoformat(),
            **fields,
        }
        records.append(StoredRecord("tickets", 0, number, None, b"INC-1", orjson.dumps(event)))
    return records


def _engine(records: list[StoredRecord], history_events: int) -> Engine:
    engine = Engine(0, book(f"history_events: {history_events}\n{POLICY}"), replay=True)
    engine.start()
    for first in range(0, len(records), 100):
        engine.apply(records[first : first + 100], 0)
    return engine


@pytest.mark.parametrize("history_events", [100, 1000])
def test_s38_a_life_of_thousands_of_events_keeps_a_small_row_and_the_same_figures(
    history_events: int,
) -> None:
    records = _life(3_000)
    long, short = _engine(records, 10_000), _engine(records, history_events)
    assert short.ledger.document() == long.ledger.document()
    assert short.rows.stored_bytes < 256 * 1024
    (ticket,) = short.rows.tickets()
    assert len(ticket.clocks) + len(ticket.holds) + len(ticket.spans) < 100


def test_s38_what_is_older_than_the_kept_history_is_too_late_and_a_repeat_is_known() -> None:
    records = _life(600)
    engine = _engine(records, 100)
    again = engine.apply([records[550]._replace(offset=600)], 0)
    assert again.counters["duplicates",] == 1
    event = orjson.loads(records[10].value or b"") | {"event_id": "new"}
    late = engine.apply([records[10]._replace(offset=601, value=orjson.dumps(event))], 0)
    assert late.counters["dead_letters", "too_late"] == 1


def test_s38_a_late_event_finds_the_packed_past() -> None:
    records = _life(200)
    late = records.pop(151)
    in_order, delayed = _engine(_life(200), 1000), _engine([*records, late], 1000)
    (expected,), (actual,) = in_order.rows.tickets(), delayed.rows.tickets()
    unpack(expected)
    unpack(actual)
    assert filed_of(actual) == filed_of(expected)
    assert delayed.ledger.document() == in_order.ledger.document()


def test_s59_a_corrected_customer_refiles_the_packed_past() -> None:
    records = _life(200)
    at = datetime(2026, 3, 9, 9, tzinfo=UTC)
    event = {
        "event_id": "c",
        "type": "updated",
        "ticket_id": "INC-1",
        "occurred_at": at.isoformat(),
        "customer": "globex",
    }
    engine = _engine([*records, StoredRecord("tickets", 0, 200, None, b"INC-1", orjson.dumps(event))], 1000)
    assert b'"acme"' not in orjson.dumps(engine.ledger.document())


def test_packing_keeps_everything_in_its_order() -> None:
    (ticket,) = _engine(_life(200), 1000).rows.tickets()
    assert any(ticket.past_counts)
    clocks, holds, moments = list(all_clocks(ticket)), list(all_holds(ticket)), list(all_moments(ticket))
    unpack(ticket)
    assert sorted(clock.identity for clock in ticket.clocks) == sorted(clock.identity for clock in clocks)
    assert (ticket.holds, ticket.moments) == (holds, moments)
    assert not unpack(ticket)
    assert pack(ticket)
    assert not pack(ticket)


REPROMISED = """
policies:
  - name: acme
    match: {customer: acme}
    objectives: {next_response: {target: 1h}, resolution: {target: 100h, reopen_within: 2h}}
"""


@pytest.mark.parametrize("pairs", [1, 10, 22])
def test_s38_the_latest_cycle_is_never_packed_also_when_it_begins_before_others(pairs: int) -> None:
    """A reopen too late (cycle 2), a customer without a promise, promised again from the creation (cycle 3)."""
    answers = [
        f"2026-03-02T{10 + n // 6:02}:{n % 6 * 10 + m:02}:00Z {kind} INC-1"
        for n in range(pairs)
        for m, kind in ((0, "customer_replied"), (5, "responded"))
    ]
    told = [
        "2026-03-02T09:00:00Z created INC-1",
        "2026-03-02T09:01:00Z responded INC-1",
        *answers,
        "2026-03-03T09:00:00Z resolved INC-1",
        "2026-03-03T15:00:00Z reopened INC-1",
        "2026-03-03T16:00:00Z updated INC-1 customer=other",
        "2026-03-03T16:10:00Z updated INC-1 customer=acme",
        "2026-03-03T17:00:00Z resolved INC-1",
        "2026-03-03T17:10:00Z waived INC-1 objective=next_response cycle=1 reason=storm approved_by=ann revoked=false",
        "2026-03-03T17:30:00Z reopened INC-1",
        "2026-03-03T18:00:00Z resolved INC-1",
    ]
    desk = Desk(book(REPROMISED))
    desk.tell(*told)
    clocks = [clock for clock in all_clocks(desk.ticket()) if clock.name == "resolution"]
    assert sorted(clock.cycle for clock in clocks) == [1, 2, 3]
    assert desk.results[-1]["cycle"] == 3
    assert desk.results[-1]["stopped_at"] == "2026-03-03T18:00:00Z"


@pytest.mark.parametrize("resumed", [None, 70])
def test_of_the_packed_holds_those_that_reach_past_an_instant_are_there(resumed: int | None) -> None:
    ticket = Ticket(ticket_id="INC-1")
    ticket.holds = [
        Hold("vendor", 10, 50, resumed=resumed),
        *(Hold("vendor", n, n + 1) for n in range(20, 40)),
    ]
    whole = list(ticket.holds)
    assert pack(ticket)
    last = resumed or 50
    assert all_holds(ticket) == all_holds(ticket, last - 1) == whole
    assert all_holds(ticket, last) == ticket.holds
    ticket.holds.append(Hold("vendor", 80))
    assert all_holds(ticket, 90)[-1] == Hold("vendor", 80)


def test_s38_ten_thousand_events_five_hundred_holds_and_a_hundred_reopens_keep_the_row_small() -> None:
    engine = Engine(0, book(), replay=True)
    engine.start()
    records = [StoredRecord("tickets", 0, n, None, None, line) for n, line in enumerate(life())]
    largest, counted = 0, 0
    for first in range(0, len(records), 250):
        step = engine.apply(records[first : first + 250], 0)
        largest = max(largest, *(len(row or b"") for _, row in step.state))
        counted += sum(count for name, count in step.counters.items() if name[0] == "events")
        assert not step.dead_letters
    assert counted == len(records) == 10_000
    assert largest < 256 * 1024
    counts = engine.ledger.document()["totals"]["overall"]["counts"]
    assert (counts["reopened"], counts["created"]) == (100, 1)


HELD_OFTEN = """
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-17:00"]}}
policies:
  - name: plain
    calendar: office
    objectives:
      resolution: {target: {P1: 100h, P2: 300h, P3: 200h}, calendar: {P1: 24x7}, pause_on: waiting_vendor}
"""


def _often(kinds: tuple[str, str], pairs: int, *last: str) -> list[StoredRecord]:
    """A ticket that is held and resumed, or resolved and reopened, every ten minutes, and what comes after that."""
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    told = [f"{at.isoformat()} created INC-1 priority=P2"]
    for number in range(2 * pairs):
        at += timedelta(minutes=5)
        told.append(
            f"{at.isoformat()} {kinds[number % 2].format(reason=('vendor', 'user')[number // 2 % 2])}"
        )
    for line in last:
        at += timedelta(minutes=5)
        told.append(f"{at.isoformat()} {line}")
    return [StoredRecord("tickets", 0, n, None, None, event(line, n)) for n, line in enumerate(told)]


HELD = ("held INC-1 reason=waiting_{reason}", "resumed INC-1")
HELD_IN_MANY_WORDS = (f"held INC-1 reason={{reason}}_{'x' * 90}", "resumed INC-1")
REOPENED = ("resolved INC-1", "reopened INC-1")
CHANGES = tuple(f"priority_changed INC-1 priority={name}" for name in ("P1", "P3", "P2"))


def _verdict(records: list[StoredRecord], history_events: int, policy: str = HELD_OFTEN) -> dict[str, Any]:
    """The last result on the resolution, after a row that is never too large."""
    engine = Engine(0, book(f"history_events: {history_events}\n{policy}"), replay=True)
    engine.start()
    results: list[dict[str, Any]] = []
    for first in range(0, len(records), 100):
        step = engine.apply(records[first : first + 100], 0)
        assert max(len(row or b"") for _, row in step.state) < 256 * 1024
        results += [orjson.loads(value) for _, value in step.results]
    return [result for result in results if result["objective"] == "resolution"][-1]


def _figures(result: dict[str, Any]) -> dict[str, Any]:
    """Without what cites the policy, which the length of the history is a part of, and without the revision."""
    evidence = {**result["evidence"], "terms": [_uncited(term) for term in result["evidence"]["terms"]]}
    return _uncited(result) | {"revision": 0, "evidence": evidence}


def _uncited(cited: dict[str, Any]) -> dict[str, Any]:
    return {**cited, "policy_version": ""}


@pytest.mark.parametrize(("kinds", "pairs"), [(HELD, 500), (REOPENED, 150)])
@pytest.mark.parametrize("changes", [CHANGES[:n] for n in range(4)])
def test_s38_hundreds_of_holds_or_reopens_are_counted_again_as_if_all_events_were_kept(
    kinds: tuple[str, str], pairs: int, changes: tuple[str, ...]
) -> None:
    records = _often(kinds, pairs, *changes, "resolved INC-1")
    short, whole = _verdict(records, 100), _verdict(records, 100_000)
    assert _figures(short) == _figures(whole)
    assert "merged" not in short["evidence"]


@pytest.mark.parametrize(("kinds", "pairs"), [(HELD, 1500), (REOPENED, 300)])
@pytest.mark.parametrize("changes", [CHANGES[:0], CHANGES[1:]])
def test_s38_where_holds_or_reopens_are_too_many_what_was_counted_by_then_is_kept(
    kinds: tuple[str, str], pairs: int, changes: tuple[str, ...]
) -> None:
    records = _often(kinds, pairs, *changes, "resolved INC-1")
    short, whole = _verdict(records, 100), _verdict(records, 100_000)
    merged = short["evidence"].pop("merged")
    begins = parse_iso(merged["to"])
    assert BEGIN < begins < parse_iso(short["stopped_at"])
    kept = [one for one in whole["evidence"].pop("intervals") if parse_iso(one["from"]) >= begins]
    assert short["evidence"].pop("intervals")[-len(kept) :] == kept
    assert _figures(short) == _figures(whole)
    assert merged["counted_seconds"] > 0
    assert (merged["paused_seconds"] > 0) == (kinds == HELD)


def test_s38_holds_in_many_words_make_no_large_row_and_change_no_figure() -> None:
    policy = HELD_OFTEN.replace("waiting_vendor", "any")
    said, short = (
        _verdict(_often(kinds, 1500, "resolved INC-1"), 1000, policy) for kinds in (HELD_IN_MANY_WORDS, HELD)
    )
    for name in ("elapsed_seconds", "paused_seconds", "due_at", "outcome"):
        assert said[name] == short[name]


def test_s38_an_account_with_a_merged_past_adds_up() -> None:
    result = _verdict(_often(HELD, 1500, "resolved INC-1"), 100)
    found = account_of(Verdict.of(result), book(f"history_events: 100\n{HELD_OFTEN}"), "en")
    assert found.discrepancies == []
    merged = found.merged
    assert merged is not None
    assert merged.counted_seconds + found.sums.counted_seconds == found.elapsed_seconds
    assert merged.paused_seconds + found.sums.paused_seconds == found.paused_seconds
    assert merged.to == found.rows[0].from_
