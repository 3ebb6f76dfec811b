"""A partition that is caught up: the clock fires its deadlines a few at a time, while records go on between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any, Final

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import engine as engine_module
from monitor import judge as judge_module
from monitor import past
from monitor.policies import PolicyBook
from schemas.instants import DAY, Micros
from tests.builders import book
from tests.monitor.engine_desk import Desk, at
from tests.monitor.engine_outputs import Topics, decided_clocks, engine_of
from tests.monitor.event_strategies import BEGIN, histories, records, strange_book

LATER: Final[Micros] = BEGIN + 30 * DAY
COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
PLAIN = """
policies:
  - name: plain
    objectives:
      first_response: {target: 1h, warn_at: [50%]}
      resolution: {target: 8h}
"""

History = list[dict[str, Any]]


@pytest.fixture(autouse=True, scope="module")
def _short_lives_have_a_past() -> Iterator[None]:
    """Packs the settled past of tickets (S38) as early as it goes, since these histories are short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(past, "_AT_HAND", 1)
        patch.setattr(judge_module, "_LONG", 2)
        patch.setattr(engine_module, "_REPLAN_BESIDE", 1000)  # a few at a time: test_adoption_properties
        yield


def test_s36_a_record_of_a_live_partition_fires_what_its_own_ticket_owes_and_leaves_the_rest_to_ticks() -> (
    None
):
    desk = Desk(book(PLAIN))
    desk.tell(*[f"2026-03-02T10:00:00Z created INC-{number}" for number in range(5)])
    record = desk.record("2026-03-02T11:30:00Z resolved INC-3")
    desk.take(record, live=True)
    assert {alert["ticket_id"] for alert in desk.alerts} == {"INC-3"}
    assert desk.engine.watermark == at("2026-03-02T11:30:00Z")
    assert not desk.tick("2026-03-02T11:30:00Z").more
    behind = Desk(desk.policies)
    behind.tell(*[f"2026-03-02T10:00:00Z created INC-{number}" for number in range(5)])
    behind.take(record)
    assert desk.facts("INC-3") == behind.facts("INC-3")
    last = [{alert["ticket_id"]: alert["state"] for alert in one.alerts} for one in (desk, behind)]
    assert (
        last[0]
        == last[1]
        == {f"INC-{number}": "resolved" if number == 3 else "breached" for number in range(5)}
    )


def test_s57_a_period_of_a_live_partition_closes_with_the_record_that_passes_its_grace_as_in_a_replay() -> None:
    made = [f"2026-03-{day}T10:00:00Z created INC-{day}" for day in (27, 28, 29)]
    # The grace after the week ends with the last but one of these; then comes what belongs into that week.
    after = ["2026-03-31T09:00:00Z created INC-31", "2026-03-27T10:30:00Z responded INC-27"]
    kpis = []
    for live in (False, True):
        desk = Desk(book(PLAIN))
        desk.tell(*made)
        desk.take(*map(desk.record, after), live=live)
        desk.tick("2026-03-31T10:00:00Z")
        kpis.append({key: orjson.loads(row) for key, row in desk.kpis.items()})
    assert kpis[0] == kpis[1]
    assert any(b'"correction' in key for key in kpis[1])


@COMMON
@given(
    histories(tombstones=True),
    st.sampled_from([strange_book(), strange_book(retention="3 days", versions=2)]),
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=5),
)
def test_s36_deadlines_that_a_live_partition_fires_a_few_at_a_time_end_the_same(
    events: History, policies: PolicyBook, beside: list[tuple[int, bool]]
) -> None:
    backlog, live, topics = engine_of(policies), engine_of(policies), Topics()
    batch = records(events)
    backlog.apply(batch, LATER)
    for record, (limit, restart) in zip(batch, cycle(beside), strict=False):
        topics.write(live.apply([record], LATER, live=True))
        topics.write(live.tick(live.watermark, limit))
        if restart:
            live = engine_of(policies, topics.state.items(), topics.kpis.items())
    for engine in (backlog, live):
        engine.tick(max(LATER, live.watermark))
    assert [*live.ledger.kpis.rows()] == [*backlog.ledger.kpis.rows()]
    assert live.ledger.kpis.correction_rows() == backlog.ledger.kpis.correction_rows()
    assert [*live.ledger.backlog.rows()] == [*backlog.ledger.backlog.rows()]
    assert decided_clocks(live) == decided_clocks(backlog)
