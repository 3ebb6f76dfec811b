"""What every published result and every KPI row owe each other, recounted from what is published alone.

A result does not say under which priority and tier a clock stopped that had been missed before (the KPI tables file its
time under those), nor whether it was stopped or cut off (only a stop files a time). So the times of missed results
are recounted over all priorities and tiers, and in histories in which nothing is cut off; all others everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from monitor import engine as engine_module
from monitor import kpis
from monitor.calendars import Calendar
from monitor.checkpoint import CHECKPOINT_KEY
from monitor.histograms import bucket_of
from monitor.policies import PolicyBook
from schemas.instants import DAY, SECOND, Micros, iso, parse_iso
from schemas.results import Interval, Result
from tests.builders import book
from tests.monitor.engine_desk import Desk
from tests.monitor.event_strategies import BEGIN, histories, plain, records, strange_book

LATER = iso(BEGIN + 60 * DAY)
COMMON = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
BOOKS = st.sampled_from([strange_book(), strange_book(versions=2)])
ZONE = ZoneInfo("Europe/Madrid")
TIMES = tuple(sorted(kpis.TIMES))
CUT_OFF = ("cancelled", "merged", "deleted")
# Nothing in it ends a clock without a verdict.
LASTING = book(
    """
timezone: Europe/Madrid
retention: 3650 days
calendars:
  office: {timezone: Europe/Madrid, hours: {mon-fri: ["09:00-14:00", "15:00-18:00"], sat: ["10:00-14:00"]}}
exclusions:
  - {from: "2026-03-26T15:30:00Z", to: "2026-03-26T16:30:00Z", reason: maintenance}
  - {from: "2026-03-27T09:00:00Z", to: "2026-03-28T10:30:00Z", match: {tier: [1, 2]}, reason: storm}
policies:
  - name: lasting
    calendar: office
    objectives:
      first_response: {target: 1h, pause_on: any, requires_response: true}
      next_response: {target: 30m, calendar: 24x7}
      resolution: {target: 4h, reopen_within: 2h}
      handoff: [{tier: 2, target: 1h}, {tier: 3, target: 30m}]
"""
)

History = list[dict[str, Any]]


@pytest.fixture(autouse=True, scope="module")
def _no_ticket_waits_to_follow_a_turn() -> Iterator[None]:
    """A ticket that waits for its slice follows, and its row is written, with whatever record comes next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "_REPLAN_BESIDE", 1000)  # a few at a time: test_adoption_properties
        yield


def _told(events: History, policies: PolicyBook) -> Desk:
    desk = Desk(policies)
    desk.take(*records(events), now=LATER)
    return desk


def _results(desk: Desk) -> list[dict[str, Any]]:
    """The last revision of each result."""
    last = {(line["ticket_id"], line["objective"], line["cycle"]): line for line in desk.results}
    return list(last.values())


# Time that is accounted for.


@COMMON
@given(
    histories(),
    st.sampled_from([strange_book(versions=2), strange_book(versions=2, on_change="retroactive")]),
)
def test_counted_paused_excluded_resolved_and_closed_time_are_the_wall_time(
    events: History, policies: PolicyBook
) -> None:
    for line in _told(events, policies).results:
        result = Result.model_validate(line)
        account = result.evidence.intervals
        ends = [interval.to or interval.from_ for interval in account]
        edges = [result.started_at, *ends]
        assert [interval.from_ for interval in account] == edges[:-1]  # no gap, no overlap
        assert edges[-1] == max(result.stopped_at or result.breached_at or edges[-1], result.started_at)
        spent = Counter[str]()
        for interval in account:
            spent[interval.kind] += round(interval.open_seconds * SECOND)
            spent["closed"] += _closed(interval, _calendar(result, interval.from_, policies))
        assert timedelta(microseconds=spent.total()) == edges[-1] - result.started_at
        assert spent["counted"] == round(result.elapsed_seconds * SECOND)
        held = spent.total() - spent["counted"] - spent["closed"] - spent["resolved"]
        assert held == round(result.paused_seconds * SECOND)


def _calendar(result: Result, at: datetime, policies: PolicyBook) -> Calendar:
    """The calendar of the term in force; one that is retroactive has replaced those before it."""
    terms = result.evidence.terms
    first = max(number for number, term in enumerate(terms) if term.change != "from_now")
    later = [term for term in terms[first + 1 :] if term.from_ <= at]
    term = [terms[first], *later][-1]
    version = next(version for version in policies.versions if version.version == term.policy_version)
    policy = next(policy for policy in version.policies if policy.name == term.policy)
    rules = [*policy.objectives.values(), *policy.handoffs.values()]
    return next(rule.calendars[term.calendar] for rule in rules if term.calendar in rule.calendars)


def _closed(interval: Interval, calendar: Calendar) -> Micros:
    """What lies between the opening hours, inside an interval of the evidence."""
    assert interval.to is not None
    since, to = (parse_iso(at.isoformat()) for at in (interval.from_, interval.to))
    edges = [since, *(edge for span in calendar.open_intervals(since, to) for edge in span), to]
    return sum(after - before for before, after in zip(edges[::2], edges[1::2], strict=True))


# Tables that are recounted.


class Cell(NamedTuple):
    """Where a fact is filed."""

    window: str
    start: str
    customer: str
    priority: str
    tier: int


Table = Counter[tuple[Any, ...]]  # (cell, what) -> how often, or how many microseconds


@COMMON
@given(histories(tombstones=True), BOOKS)
def test_s50_the_kept_and_broken_promises_of_the_kpi_tables_are_a_recount_of_the_results(
    events: History, policies: PolicyBook
) -> None:
    desk = _told(events, policies)
    recount: Table = Counter()
    for line in _results(desk):
        if line["outcome"] in {"met", "missed", "waived"}:
            settled = line["stopped_at"] if line["breached_at"] is None else line["breached_at"]
            for cell in _cells(settled, line):
                recount[cell, f"{line['outcome']}:{line['objective']}"] += 1
    assert recount == _of(_table(desk), "met:", "missed:", "waived:")


@COMMON
@given(histories(tombstones=True), BOOKS)
def test_s51_the_times_of_kept_promises_are_in_the_kpi_tables(events: History, policies: PolicyBook) -> None:
    desk = _told(events, policies)
    kept = [line for line in _results(desk) if line["breached_at"] is None]
    assert _times(kept) <= _of(_table(desk), *TIMES)


@COMMON
@given(histories().map(plain))
def test_s51_all_times_of_the_kpi_tables_are_a_recount_of_the_results(events: History) -> None:
    desk = _told([event for event in events if event["type"] not in CUT_OFF], LASTING)
    assert _anyone(_times(_results(desk))) == _anyone(_of(_table(desk), *TIMES))


def _times(results: Iterable[dict[str, Any]]) -> Table:
    """The times of results: how many in each bucket of S51, and their exact sums."""
    recount: Table = Counter()
    for line in results:
        if line["stopped_at"] is None or line["outcome"] == "cancelled":
            continue
        wall = parse_iso(line["stopped_at"]) - parse_iso(line["started_at"])
        taken_out = _taken_out(line)
        durations = {f"{line['objective']}_time": (round(line["elapsed_seconds"] * SECOND), wall)}
        if taken_out[1]:
            durations["excluded_time"] = taken_out
        for cell in _cells(line["stopped_at"], line):
            for name, pair in durations.items():
                for kind, duration in zip(("open", "wall"), pair, strict=True):
                    recount[cell, f"{name} {kind} {bucket_of(duration)}"] += 1
                    recount[cell, f"{name} {kind} us"] += duration
    return _of(+recount, *TIMES)


def _taken_out(line: dict[str, Any]) -> tuple[Micros, Micros]:
    """The open and the wall time of the exclusions (S26)."""
    spans = [interval for interval in line["evidence"]["intervals"] if interval["kind"] == "excluded"]
    wall = sum(parse_iso(interval["to"]) - parse_iso(interval["from"]) for interval in spans)
    return sum(round(interval["open_seconds"] * SECOND) for interval in spans), wall


def _cells(at: str, line: dict[str, Any]) -> Iterator[Cell]:
    """The hour, the day and the month of an instant on the clocks of the reporting zone."""
    local = datetime.fromisoformat(at).astimezone(ZONE)
    hour = local.replace(minute=0, second=0, microsecond=0)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    for window, start in (("hour", hour), ("day", day), ("month", day.replace(day=1))):
        instant: Micros = parse_iso(start.isoformat())
        yield Cell(window, iso(instant), line["customer"], line["priority"], line["tier"])


def _table(desk: Desk) -> Table:
    """What the rows on the topic say, read as anybody would."""
    table: Table = Counter()
    for text, value in desk.kpis.items():
        key, row = orjson.loads(text), orjson.loads(value)
        if key["window"] not in {"hour", "day", "month"} or "dimension" in key:
            continue
        cell = Cell(*(key[name] for name in Cell._fields))
        for name, count in row.get("counts", {}).items():
            table[cell, name] += count
        for name, times in row.get("times", {}).items():
            for kind in ("open", "wall"):
                table[cell, f"{name} {kind} us"] += times[f"{kind}_us"]
                for bucket, count in times[kind].items():
                    table[cell, f"{name} {kind} {bucket}"] += count
    return +table


def _of(table: Table, *starts: str) -> Table:
    return Counter({key: count for key, count in table.items() if key[1].startswith(starts)})


def _anyone(table: Table) -> Table:
    """The same over all priorities and tiers."""
    merged: Table = Counter()
    for (cell, name), count in table.items():
        merged[cell[:3], name] += count
    return merged


# What comes twice.


@COMMON
@given(st.data(), histories(tombstones=True), BOOKS, st.booleans())
def test_s30_what_came_before_changes_nothing_when_it_comes_again(
    data: st.DataObject, events: History, policies: PolicyBook, restart: bool
) -> None:
    desk = Desk(policies)
    assume(not desk.take(*records(events)).dead_letters)  # what was set aside may be sent again
    known = set(desk.state) - {CHECKPOINT_KEY}
    before = {key: desk.state[key] for key in known}, dict(desk.kpis)
    if restart:
        desk = desk.restarted()
    again = [event for event in events if event["type"] != "deleted"]
    repeated = data.draw(st.lists(st.sampled_from(again), max_size=5), label="repeated") if again else []
    step = desk.take(*(record._replace(offset=record.offset + len(events)) for record in records(repeated)))
    assert (step.alerts, step.results, step.kpis, step.dead_letters) == ([], [], [], [])
    assert step.counters["duplicates",] == len(repeated)
    assert ({key: desk.state[key] for key in known}, desk.kpis) == before
