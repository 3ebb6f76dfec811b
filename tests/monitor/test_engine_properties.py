"""What holds for every history whatever: of cuts, restarts, orders of arrival, recounts, evidence and facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle, pairwise
from typing import Any, Final

import msgspec
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import clocks, history, past
from monitor import engine as engine_module
from monitor import judge as judge_module
from monitor.engine import Engine
from monitor.facts import filed_of, life_facts, spans_of, verdict_facts
from monitor.fold import CREATED, Fold
from monitor.intake import StoredRecord, read
from monitor.policies import PolicyBook
from monitor.replay import replay
from monitor.step import Row, Step
from monitor.tickets import ALERT_STATES, AT_RISK, COUNTING, FIRST, MISSED, OPEN, Clock, Event, Ticket
from monitor.verdicts import result_line, to_json
from schemas.alerts import Alert
from schemas.dead_letters import DeadLetter
from schemas.instants import DAY, HOUR, Micros
from schemas.results import Result
from tests.monitor.engine_desk import compact
from tests.monitor.event_strategies import (
    BEGIN,
    arrivals,
    histories,
    records,
    strange_book,
    wire_line,
)

LATER: Final[Micros] = BEGIN + 30 * DAY
COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

OPEN_STATES = ("at_risk", "breached")

History = list[dict[str, Any]]


@pytest.fixture(autouse=True, scope="module")
def _short_lives_have_a_past() -> Iterator[None]:
    """Packs the settled past of tickets (S38) as early as it goes, since these histories are short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(past, "_AT_HAND", 1)
        patch.setattr(judge_module, "_LONG", 2)
        patch.setattr(engine_module, "_REPLAN_BESIDE", 1000)  # a few at a time: test_adoption_properties
        patch.setattr(engine_module, "_FIRED_BEFORE", 0)  # where there is a leeway
        yield


def _engine(policies: PolicyBook, state: Iterable[Row] = (), kpis: Iterable[Row] = ()) -> Engine:
    engine = Engine(3, policies)
    engine.restore(state)
    engine.restore_kpis(kpis)
    engine.start()
    return engine


class Topics:
    """What the steps of an engine leave on the topics: the compacted ones as mappings, the others as lists."""

    def __init__(self) -> None:
        self.state: dict[bytes, bytes] = {}
        self.kpis: dict[bytes, bytes] = {}
        self.alerts: list[Row] = []
        self.results: list[Row] = []
        self.dead_letters: list[DeadLetter] = []

    def write(self, step: Step) -> None:
        compact(self.state, step.state)
        compact(self.kpis, step.kpis)
        self.alerts += step.alerts
        self.results += step.results
        self.dead_letters += step.dead_letters

    def all(self) -> tuple[object, ...]:
        """Everything, with the KPI rows as what they say: the order of the names inside a row is free."""
        sort = orjson.OPT_SORT_KEYS
        kpis = {key: orjson.dumps(orjson.loads(row), option=sort) for key, row in self.kpis.items()}
        return self.state, kpis, self.alerts, self.results, self.dead_letters


def _cut(batch: Sequence[StoredRecord], size: int) -> list[Sequence[StoredRecord]]:
    return [batch[n : n + size] for n in range(0, len(batch), size)]


def _run(engine: Engine, topics: Topics, batch: Sequence[StoredRecord], size: int) -> None:
    for part in _cut(batch, size):
        topics.write(engine.apply(part, LATER))


@COMMON
@given(
    histories(tombstones=True),
    st.sampled_from([strange_book(), strange_book(retention="3 days", history_events=2, versions=2)]),
)
def test_s36_the_cut_into_steps_changes_nothing(events: History, policies: PolicyBook) -> None:
    batch = records(events)
    seen = []
    for size in (1, 2, 7, 250, 2000):
        topics, engine = Topics(), _engine(policies)
        _run(engine, topics, batch, size)
        rows = [*engine.ledger.kpis.rows(), *engine.ledger.backlog.rows()]
        seen.append((*topics.all(), rows))
    for one, other in pairwise(seen):
        assert one == other


@COMMON
@given(
    histories(tombstones=True),
    st.sampled_from([strange_book(), strange_book(retention="3 days", history_events=2, versions=2)]),
    st.integers(1, 5),
)
def test_a_restart_after_any_step_is_never_seen(events: History, policies: PolicyBook, size: int) -> None:
    topics, engine = Topics(), _engine(policies)
    batch = _cut(records(events), size)
    for part in batch:
        restarted = _engine(policies, list(topics.state.items()), list(topics.kpis.items()))
        assert (restarted.watermark, restarted.next_offset) == (engine.watermark, engine.next_offset)
        expected, actual = engine.apply(part, LATER), restarted.apply(part, LATER)
        assert _written(actual) == _written(expected)
        topics.write(expected)
    restarted = _engine(policies, topics.state.items(), topics.kpis.items())
    assert _written(restarted.tick(LATER)) == _written(engine.tick(LATER))


def _written(step: Step) -> tuple[Step, dict[bytes, Any]]:
    """A step and what its KPI rows say: on a compacted topic neither they nor the names inside have an order."""
    assert len(dict(step.kpis)) == len(step.kpis)
    return replace(step, kpis=[]), {key: value and orjson.loads(value) for key, value in step.kpis}


@COMMON
@given(st.data(), histories(late=False))
def test_s31_any_order_of_arrival_ends_the_same(data: st.DataObject, events: History) -> None:
    policies = strange_book()
    arrived = data.draw(arrivals(events), label="arrived")
    told, shuffled = (replay(map(wire_line, lines), policies) for lines in (events, arrived))
    assert shuffled.dead_letters == told.dead_letters == []
    assert shuffled.results == told.results
    assert shuffled.kpis == told.kpis
    assert _kpi_rows(arrived, policies) == _kpi_rows(events, policies)


def _kpi_rows(events: History, policies: PolicyBook) -> list[Row]:
    engine = _engine(policies)
    engine.apply(records(events), LATER)
    return [*engine.ledger.kpis.rows(), *engine.ledger.backlog.rows()]


@COMMON
@given(
    histories(tombstones=True),
    st.sampled_from([strange_book(), strange_book(versions=2)]),
    st.lists(st.tuples(st.sampled_from([0, 1, HOUR, DAY]), *[st.booleans()] * 2), min_size=1, max_size=5),
)
def test_ticks_leeway_and_restarts_in_between_change_no_figure(
    events: History, policies: PolicyBook, pauses: list[tuple[Micros, bool, bool]]
) -> None:
    backlog, caught_up, topics = _engine(policies), _engine(policies), Topics()
    batch = records(events)
    backlog.apply(batch, LATER)
    for record, (pause, leeway, restart) in zip(batch, cycle(pauses), strict=False):
        topics.write(caught_up.apply([record], LATER, leeway=leeway * LATER))
        topics.write(caught_up.tick(caught_up.watermark + pause, limit=1))  # what is left waits for the next
        if restart:
            caught_up = _engine(policies, topics.state.items(), topics.kpis.items())
    for engine in (backlog, caught_up):
        engine.tick(max(LATER, caught_up.watermark))
    assert [*caught_up.ledger.kpis.rows()] == [*backlog.ledger.kpis.rows()]
    assert [*caught_up.ledger.backlog.rows()] == [*backlog.ledger.backlog.rows()]
    assert _clocks(caught_up) == _clocks(backlog)


def _clocks(engine: Engine) -> dict[tuple[Any, ...], Clock]:
    """All clocks by ticket and identity, without what was announced: packing decides their order in a ticket."""
    pairs = [(ticket, clock) for ticket in engine.rows.tickets() for clock in past.all_clocks(ticket)]
    return {(ticket.ticket_id, *clock.identity): _decided(clock) for ticket, clock in pairs}


def _decided(clock: Clock) -> Clock:
    return msgspec.structs.replace(
        clock, next=0, result_revision=0, alert_revision=0, alert_episode=0, alert_state=0, alert_share=0
    )


def _settled_engine(events: History, policies: PolicyBook) -> tuple[Engine, Topics]:
    topics, engine = Topics(), _engine(policies)
    topics.write(engine.apply(records(events), LATER))
    return engine, topics


@COMMON
@given(histories(), st.sampled_from([strange_book(), strange_book(versions=2)]))
def test_s40_an_alert_lives_from_risk_to_breach_to_one_end(events: History, policies: PolicyBook) -> None:
    engine, topics = _settled_engine(events, policies)
    topics.write(engine.tick(LATER))
    lives: dict[str, list[Alert]] = {}
    for _, value in topics.alerts:
        alert = Alert.model_validate_json(value or b"")
        lives.setdefault(alert.alert_id, []).append(alert)
    for life in lives.values():
        assert [alert.revision for alert in life] == list(range(1, len(life) + 1))
        for before, after in pairwise([None, *life]):
            assert _may_follow(before, after), (before, after)


def _may_follow(before: Alert | None, after: Alert | None) -> bool:
    assert after is not None
    if before is not None and before.threshold == 1 and after.state == "retracted":
        return after.episode == before.episode  # a breach that proves to be none, also after its end (S33)
    if before is None or before.state not in OPEN_STATES:
        episode = 1 if before is None else before.episode + 1
        return after.state in OPEN_STATES and after.episode == episode
    if after.episode != before.episode:
        return False
    if before.state == "at_risk" and after.state == "at_risk":
        return (after.threshold or 0) > (before.threshold or 0)
    return (
        after.state in ("breached", "resolved", "cancelled")
        if before.state == "at_risk"
        else (after.state in ("resolved", "retracted", "cancelled"))
    )


@COMMON
@given(histories(), st.sampled_from([strange_book(), strange_book(versions=2)]))
def test_s41_the_open_alerts_are_what_is_true_of_the_clocks(events: History, policies: PolicyBook) -> None:
    engine, _ = _settled_engine(events, policies)
    for ticket in engine.rows.tickets():
        for clock in ticket.clocks:
            assert ALERT_STATES[clock.alert_state] in _true_states(engine, ticket, clock), clock


def _true_states(engine: Engine, ticket: Ticket, clock: Clock) -> set[str]:
    ended = {"", "resolved", "retracted", "cancelled"}
    if not clock.live:
        return {"resolved", "cancelled"} if clock.outcome == MISSED else ended
    if clock.outcome == MISSED:
        return {"breached"}
    rule = engine.fold.promises.rule_of(ticket, clock)
    calendar = rule.calendar_for(clock.priority)
    used = clocks.counted_at(clock, calendar, engine.watermark)
    passed = [share for share in rule.warn_at if clock.target * share // 1000 < used]
    if not passed:
        return ended | {"at_risk"}
    if clock.alert_state == AT_RISK:
        assert clock.alert_share == passed[-1]
    return {"at_risk"} if clock.mode == COUNTING else ended | {"at_risk"}  # nothing fires on hold (S42)


@COMMON
@given(histories())
def test_s51_the_evidence_adds_up_to_what_was_counted(events: History) -> None:
    _, topics = _settled_engine(events, strange_book(on_change="retroactive"))
    for _, value in topics.results:
        result = Result.model_validate_json(value or b"")
        spent = dict.fromkeys(("counted", "resolved", "held"), 0.0)
        for interval in result.evidence.intervals:
            spent[interval.kind if interval.kind in spent else "held"] += interval.open_seconds
        assert spent["counted"] == result.elapsed_seconds
        assert spent["held"] == result.paused_seconds


@COMMON
@given(histories(), st.sampled_from([strange_book(), strange_book(versions=2)]))
def test_the_last_published_verdict_is_the_one_that_stands(events: History, policies: PolicyBook) -> None:
    engine, topics = _settled_engine(events, policies)
    published: dict[tuple[str, str, int], dict[str, Any]] = {}
    revisions: Counter[tuple[str, str, int]] = Counter()
    for _, value in topics.results:
        result = orjson.loads(value or b"")
        key = (result["ticket_id"], result["objective"], result["cycle"])
        assert result.pop("revision") == revisions[key] + 1
        del result["evidence"]
        published[key] = result
        revisions[key] += 1
    for ticket in engine.rows.tickets():
        for clock in past.all_clocks(ticket):
            line = published.get((ticket.ticket_id, clock.name, clock.cycle))
            assert clock.outcome == OPEN or line is not None
            if clock.outcome != OPEN:
                calendar = engine.fold.promises.calendar_of(ticket, clock)
                assert orjson.loads(to_json(result_line(ticket, clock, calendar, engine.watermark))) == line


@COMMON
@given(histories(), st.sampled_from([strange_book(), strange_book(versions=2)]))
def test_s59_taking_back_the_facts_of_all_tickets_leaves_nothing(
    events: History, policies: PolicyBook
) -> None:
    engine, _ = _settled_engine(events, policies)
    for ticket in engine.rows.tickets():
        past.unpack(ticket)
        filed = filed_of(ticket)
        engine.ledger.kpis.subtract(life_facts(filed.life))
        for (objective, _), verdict in filed.verdicts.items():
            engine.ledger.kpis.subtract(verdict_facts(objective, verdict))
        engine.ledger.backlog.change(spans_of(filed.life), [])
    engine.ledger.drain()
    assert engine.ledger.kpis.rows() == []
    assert [key for key, _ in engine.ledger.backlog.rows() if b'"closed"' not in key] == []


@COMMON
@given(
    st.data(), histories(tickets=1, late=False), st.sampled_from([strange_book(), strange_book(versions=2)])
)
def test_s31_a_fold_in_order_and_a_fold_again_for_each_event_agree(
    data: st.DataObject, events: History, policies: PolicyBook
) -> None:
    arrived = data.draw(st.permutations(events), label="arrived")
    fold = Fold(policies)
    assert _what_happened(_folded_again(fold, arrived)) == _what_happened(_folded_in_order(fold, events))


@COMMON
@given(
    st.data(),
    histories(tickets=1, late=False),
    st.sampled_from([strange_book(), strange_book(versions=2)]),
    st.integers(1, 6),
)
def test_s38_a_fold_from_the_base_is_the_fold_of_all(
    data: st.DataObject, events: History, policies: PolicyBook, keep: int
) -> None:
    fold = Fold(policies)
    told = _told_in_order(events)
    candidates = [event for event in told[-keep:] if event["type"] != "created"]
    one = st.lists(st.sampled_from(candidates), max_size=1) if candidates else st.just([])
    late = data.draw(one, label="late")
    in_order = _folded_in_order(fold, [event for event in told if event not in late])
    ticket = fold.shorten(in_order, keep - 1)
    for event in _events(late):
        ticket = fold.again(ticket, event)
    assert _what_happened(ticket) == _what_happened(_folded_in_order(fold, told))


@COMMON
@given(histories(late=False, tombstones=True), st.sampled_from([1, 2]))
def test_s38_a_short_history_shows_nowhere_while_events_come_in_order(events: History, versions: int) -> None:
    short, whole = (
        _settled_engine(_told_in_order(events), strange_book(history_events=length, versions=versions))
        for length in (1, 1000)
    )
    assert _said(short[1].all()[1:]) == _said(whole[1].all()[1:])


def _said(written: tuple[object, ...]) -> str:
    """What was written, whatever the version that the length of the history gives the policy."""
    return re.sub(r"[0-9a-f]{12}", "", repr(written))


def _told_in_order(wire: History) -> History:
    pairs = zip(wire, _events(wire), strict=True)
    return [told for told, _ in sorted(pairs, key=lambda pair: pair[1].order)]


def _events(wire: History) -> list[Event]:
    return [read(record, 0, keyed=True)[1] for record in records(wire)]


def _folded_in_order(fold: Fold, wire: History) -> Ticket:
    events = sorted(_events(wire), key=lambda event: event.order)
    ticket = Ticket(ticket_id="INC-1")
    for event in sorted(events, key=lambda event: event.rank != CREATED):
        fold.apply(ticket, event)
    history.replace(ticket, events)
    return ticket


def _folded_again(fold: Fold, wire: History) -> Ticket:
    ticket = Ticket(ticket_id="INC-1")
    for event in _events(wire):
        ticket = fold.again(ticket, event)
    return ticket


def _what_happened(ticket: Ticket) -> Ticket:
    """A ticket without its history, and without the clocks that it once seemed to have."""
    return msgspec.structs.replace(
        ticket, history=b"", history_count=0, base=None, base_order=FIRST, forgotten=b"", ghosts=[]
    )
