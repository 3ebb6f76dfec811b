"""A version that becomes known while tickets are judged ends as one that was known all the time (S22)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import engine as engine_module
from monitor import past
from monitor.engine import Engine
from monitor.policies import PolicyBook, compile_version
from monitor.step import Row, Step
from monitor.tickets import Clock
from schemas.instants import DAY, Micros
from tests.monitor.event_strategies import BEGIN, histories, records, strange_book

LATER: Micros = BEGIN + 30 * DAY
COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
_ANNOUNCED = ("next", "result_revision", "alert_revision", "alert_episode", "alert_state", "alert_share")

History = list[dict[str, Any]]
OLD, BOTH = PolicyBook(strange_book(versions=2).versions[:1]), strange_book(versions=2)
BACK = compile_version(OLD.versions[0].file, starts=BOTH.versions[1].starts + DAY, name="back")
THREE = PolicyBook([*BOTH.versions, BACK])


class Outcome:
    """What the steps of an engine leave: the last result of each clock, the last alert of each identity."""

    def __init__(self) -> None:
        self.results: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.alerts: dict[str, dict[str, Any]] = {}
        self.state: dict[bytes, bytes] = {}
        self.kpis: dict[bytes, bytes] = {}

    def take(self, step: Step) -> Step:
        for _, value in step.results:
            result = orjson.loads(value)
            self.results[result["ticket_id"], result["objective"], result["cycle"]] = result
        for _, value in step.alerts:
            alert = orjson.loads(value)
            self.alerts[alert["alert_id"]] = alert
        for kept, rows in ((self.state, step.state), (self.kpis, step.kpis)):
            _keep(kept, rows)
        return step

    def verdicts(self) -> dict[tuple[str, str, int], dict[str, Any]]:
        """Without how often they were corrected, and without those that are none any more."""
        return {
            key: {name: value for name, value in result.items() if name != "revision"}
            for key, result in self.results.items()
            if result["reason"] != "superseded" and result["outcome"] not in ("running", "paused")
        }


def _keep(kept: dict[bytes, bytes], rows: list[Row]) -> None:
    for key, value in rows:
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value


def _end(engine: Engine, outcome: Outcome, at: Micros) -> None:
    while outcome.take(engine.tick(at, replan=1)).more:
        pass
    assert engine.replanning == 0


def _must_end_alike(one: tuple[Engine, Outcome], other: tuple[Engine, Outcome], at: Micros) -> None:
    """Lets both run on to an instant and compares all that they say then."""
    for engine, outcome in (one, other):
        _end(engine, outcome, at)
    assert _clocks(other[0]) == _clocks(one[0])
    assert other[1].verdicts() == one[1].verdicts()
    first, second = one[0].ledger, other[0].ledger
    assert [*second.kpis.rows()] == [*first.kpis.rows()]
    assert [*second.backlog.rows()] == [*first.backlog.rows()]


def _clocks(engine: Engine) -> dict[tuple[Any, ...], tuple[Clock, tuple[str, str]]]:
    """All clocks with what they cite, without what was announced."""
    found = {}
    for ticket in engine.rows.tickets():
        for clock in past.all_clocks(ticket):
            terms = [
                (*msgspec.structs.astuple(term)[:2], *ticket.citations[term.policy]) for term in clock.terms
            ]
            plain = msgspec.structs.replace(clock, **dict.fromkeys(_ANNOUNCED, 0), policy=0, terms=terms)
            found[ticket.ticket_id, *clock.identity] = (plain, ticket.citations[clock.policy])
    return found


@pytest.fixture(autouse=True, scope="module")
def _looks_at_one_at_a_time() -> Iterator[None]:
    """Which tickets a turn concerns is found out in more than one part also at these desks, which have three."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "_LISTED", 1)
        patch.setattr(engine_module, "_REPLAN_BESIDE", 1)
        yield


@COMMON
@given(histories(tombstones=True), st.data())
def test_s22_a_version_known_late_ends_as_one_known_before(events: History, data: st.DataObject) -> None:
    batch = records(events)
    known, told = data.draw(st.integers(0, len(batch))), data.draw(st.sampled_from([0, 1, DAY, 4 * DAY]))
    before, late = (Outcome(), Outcome())
    knowing, learning = Engine(3, BOTH), Engine(3, OLD)
    knowing.start()
    learning.start()
    before.take(knowing.apply(batch, LATER))
    late.take(learning.apply(batch[:known], LATER))
    if known:  # wall time may have run on before the version was known
        _end(learning, late, learning.watermark + told)
    learning.adopt(BOTH)
    late.take(learning.apply(batch[known:], LATER))
    _must_end_alike((knowing, before), (learning, late), max(LATER, learning.watermark))


@COMMON
@given(histories(tombstones=True), st.data())
def test_s22_a_version_that_becomes_known_while_another_is_followed_ends_as_one_known_before(
    events: History, data: st.DataObject
) -> None:
    batch = records(events)
    known = data.draw(st.integers(0, len(batch)))
    until = data.draw(st.integers(known, len(batch)))
    before, late = Outcome(), Outcome()
    knowing, learning = Engine(3, THREE), Engine(3, OLD)
    knowing.start()
    learning.start()
    before.take(knowing.apply(batch, LATER))
    late.take(learning.apply(batch[:known], LATER))
    learning.adopt(BOTH)
    for record in batch[known:until]:
        late.take(learning.apply([record], LATER))
    if known:
        for _ in range(data.draw(st.integers(0, 3))):
            late.take(learning.tick(learning.watermark, replan=1))
    learning.adopt(THREE)
    for record in batch[until:]:
        late.take(learning.apply([record], LATER))
    _must_end_alike((knowing, before), (learning, late), max(LATER, learning.watermark))


@COMMON
@given(histories(tombstones=True), st.integers(1, 3))
def test_s22_an_owner_that_ends_in_the_middle_of_following_is_never_noticed(
    events: History, slices: int
) -> None:
    """The next owner starts with the book, whose newest version the former one had not worked off."""
    batch, whole, cut = records(events), Outcome(), Outcome()
    engine = Engine(3, OLD)
    engine.start()
    whole.take(engine.apply(batch, LATER))
    cut.state, cut.kpis = dict(whole.state), dict(whole.kpis)
    cut.results, cut.alerts = dict(whole.results), dict(whole.alerts)
    engine.adopt(BOTH)
    _end(engine, whole, max(LATER, engine.watermark))
    other = Engine(3, OLD)
    other.restore(cut.state.items())
    other.restore_kpis(cut.kpis.items())
    other.start()
    other.adopt(BOTH)
    for _ in range(slices):
        if other.replanning:
            cut.take(other.tick(other.watermark, replan=1))
    last = Engine(3, BOTH)
    last.restore(cut.state.items())
    last.restore_kpis(cut.kpis.items())
    last.start()
    _end(last, cut, max(LATER, engine.watermark))
    assert _clocks(last) == _clocks(engine)
    assert cut.verdicts() == whole.verdicts()
    assert [*last.ledger.kpis.rows()] == [*engine.ledger.kpis.rows()]
