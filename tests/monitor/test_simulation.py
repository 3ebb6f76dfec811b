"""The same history under another policy: every kind of change, with exact figures."""

from __future__ import annotations

from collections import Counter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock_pairs import ClockPair
from monitor.periods import PeriodKind
from monitor.replay import replay
from monitor.simulation import History, change_line, compare, from_the_start, say_the_same
from schemas.simulations import Change, ChangeKind, Simulation
from tests.builders import book, lines
from tests.simulated_desk import DRAFT, MORNING, TODAY, judged, simulated

FLIPPED = {"met_to_missed": "missed_to_met", "missed_to_met": "met_to_missed"}
MIRRORED = FLIPPED | {
    "newly_judged": "no_longer_judged",
    "no_longer_judged": "newly_judged",
    "settled_to_open": "open_to_settled",
    "open_to_settled": "settled_to_open",
}


def counted(simulation: Simulation, objective: str) -> dict[str, int]:
    [row] = [row for row in simulation.changes if row.objective == objective]
    return {kind: count for kind, count in row.model_dump(exclude={"objective"}).items() if count}


def test_every_kind_of_change_is_counted_once() -> None:
    simulation = simulated(TODAY, DRAFT)
    assert counted(simulation, "first_response") == {
        "clocks": 10,
        "met_to_missed": 1,
        "missed_to_met": 1,
        "newly_judged": 2,
        "no_longer_judged": 1,
        "settled_to_open": 1,
        "open_to_settled": 1,
        "terms_only": 1,
        "open": 1,
        "not_judged": 1,
    }
    assert counted(simulation, "resolution") == {"clocks": 3, "same": 1, "open": 2}
    assert (simulation.before and simulation.before.unmatched, simulation.after.unmatched) == (2, 1)


def test_s50_attainment_before_and_after_with_the_change_in_points() -> None:
    rows = {
        (row.customer, row.priority): row
        for row in simulated(TODAY, DRAFT).attainment
        if row.objective == "first_response"
    }
    whole = rows[None, None]
    assert whole.before
    assert (whole.before.met, whole.before.missed, whole.before.attainment) == (3, 2, 0.6)
    assert (whole.after.met, whole.after.missed, whole.after.attainment) == (4, 2, 0.666667)
    assert whole.points == 6.6667
    gone = rows["globex", "P2"]
    assert (gone.after.attainment, gone.points) == (None, None)
    assert list(rows)[:4] == [(None, None), (None, "P1"), (None, "P2"), (None, "P3")]


def test_a_goal_is_reached_by_exact_shares() -> None:
    simulation = simulated(TODAY, DRAFT)
    [row] = simulation.goals
    assert row.before
    assert row.after
    assert (row.before.goal, row.before.reached) == (0.6, True)
    assert (row.after.goal, row.after.reached) == (0.9, False)
    assert simulation.before
    assert (simulation.before.goals_reached, simulation.after.goals_reached) == (1, 0)


def test_the_needed_target_is_the_time_that_the_goals_share_did_not_pass() -> None:
    rows = {row.priority: row for row in simulated(TODAY, DRAFT).needed_targets}
    # Of three, one is missed and not answered: 90 % of them cannot be reached by any target.
    assert (rows["P1"].target, rows["P1"].needed_seconds, rows["P1"].still_open) == ("30m", None, 1)
    assert (rows["P2"].target, rows["P2"].needed_seconds, rows["P2"].tally.attainment) == ("4h", 7200, 1)
    assert rows["P3"].needed_seconds == 1800


def test_the_needed_target_written_into_the_policy_keeps_the_goal_and_a_second_less_does_not() -> None:
    told = [f"2026-03-02T09:00:00+01:00 created A-{n} priority=P1" for n in range(20)]
    told += [f"2026-03-02T09:{2 * n:02}:07+01:00 responded A-{n}" for n in range(20)]
    [row] = simulated(None, DRAFT, told).needed_targets
    assert row.needed_seconds == 34 * 60 + 7
    for seconds, reached in ((34 * 60 + 7, True), (34 * 60 + 6, False)):
        tried = simulated(DRAFT, DRAFT.replace("30m", f"{seconds}s"), told)
        [goal] = tried.goals
        assert goal.after
        assert goal.after.reached is reached


def test_a_flip_says_how_close_it_was_and_both_sides() -> None:
    simulation = simulated(TODAY, DRAFT)
    lost, saved = simulation.flips
    assert (lost.kind, lost.ticket_id, saved.kind, saved.ticket_id) == (
        "met_to_missed",
        "A-1",
        "missed_to_met",
        "A-2",
    )
    assert lost.before
    assert lost.after
    assert (lost.before.outcome, lost.before.elapsed_seconds, lost.before.target_seconds) == (
        "met",
        2700,
        3600,
    )
    assert (lost.after.outcome, lost.after.elapsed_seconds, lost.after.target_seconds) == (
        "missed",
        2700,
        1800,
    )
    margins = {row.kind: row for row in simulation.margins}
    assert margins["met_to_missed"].median_seconds == 900
    assert margins["missed_to_met"].largest_seconds == 7200
    assert [bucket.up_to for bucket in margins["met_to_missed"].buckets if bucket.count] == [0.5]


def test_another_calendar_alone_changes_verdicts() -> None:
    around = DRAFT.replace("30m", "10h")
    office = around.replace("    objectives:", "    calendar: office\n    objectives:").replace(
        "policies:", 'calendars: {office: {hours: {mon-fri: ["09:00-17:00"]}}}\npolicies:'
    )
    night = ["2026-03-02T16:00:00+01:00 created A-1 priority=P1", "2026-03-03T10:00:00+01:00 responded A-1"]
    [flip] = simulated(around, office, night).flips
    assert flip.before
    assert flip.after
    assert (flip.before.elapsed_seconds, flip.after.elapsed_seconds) == (18 * 3600, 2 * 3600)
    assert flip.kind == "missed_to_met"


def test_both_sides_run_on_to_the_same_instant() -> None:
    simulation = simulated(TODAY, DRAFT, until="2026-03-02T18:00:00+01:00")
    assert "open" not in counted(simulation, "first_response")
    # A-5 waits for nine hours and A-6 for more than six: late by either policy. A-7 is late by both as well.
    assert counted(simulation, "first_response")["terms_only"] == 4


@pytest.mark.parametrize("policy", [TODAY, DRAFT])
def test_the_end_of_a_history_does_not_depend_on_the_policy(policy: str) -> None:
    short = "retention: 2 hours\n".replace("2 hours", "2h") + policy
    assert replay(lines(MORNING), book(short)).watermark == replay(lines(MORNING), book(TODAY)).watermark


def test_without_another_policy_there_is_one_side_only() -> None:
    simulation = simulated(None, DRAFT)
    assert (simulation.before, simulation.changes, simulation.flips) == (None, [], [])
    assert {row.before for row in simulation.attainment} == {None}
    assert {row.points for row in simulation.attainment} == {None}
    assert simulation.attainment[0].after.met == 4


def test_s56_periods_are_those_of_the_reporting_zone_by_settle_time() -> None:
    told = [
        "2026-03-31T20:00:00Z created A-1 priority=P1",
        "2026-03-31T20:10:00Z created A-2 priority=P1",
        "2026-03-31T20:20:00Z responded A-1",
        # Half an hour into April in Madrid; missed in March, when the half hour was over.
        "2026-03-31T22:20:00Z responded A-2",
    ]
    simulation = simulated(None, DRAFT, told, by=PeriodKind.MONTH)
    whole = [row for row in simulation.attainment if row.priority is None]
    assert [(row.period, row.after.met, row.after.missed) for row in whole] == [
        (None, 1, 1),
        ("2026-03", 1, 1),
    ]
    later = simulated(None, DRAFT.replace("30m", "3h"), told, by=PeriodKind.QUARTER)
    assert [(row.period, row.after.met) for row in later.attainment if row.priority is None] == [
        (None, 2),
        ("2026-Q1", 1),
        ("2026-Q2", 1),
    ]


def test_a_draft_that_takes_effect_later_is_tried_from_the_start() -> None:
    ahead = book(DRAFT.replace("    match", "    effective: 2027-01-01\n    match"))
    told = lines(MORNING)
    assert judged(told, ahead).unmatched == 10
    tried = judged(told, from_the_start(ahead))
    assert tried.unmatched == 1
    assert tried.versions == [ahead.current_version]


def test_the_same_content_in_other_words_is_the_same_policy() -> None:
    assert say_the_same(book(TODAY), book(TODAY.replace("P1: 1h", "P1: 60m")))
    assert not say_the_same(book(TODAY), book(DRAFT))


def test_without_any_event_there_is_no_data() -> None:
    simulation = simulated(TODAY, DRAFT, [])
    assert (simulation.until, simulation.changes, simulation.attainment) == (None, [], [])
    assert simulation.goals[0].after
    assert simulation.goals[0].after.reached is None


def test_a_change_is_told_with_its_line() -> None:
    told = lines(MORNING)
    changes: list[Change] = []

    def keep(kind: ChangeKind, pair: ClockPair) -> None:
        changes.append(Change.model_validate_json(change_line(kind, pair)))

    compare(
        History(len(told), 10, None), judged(told, book(TODAY)), judged(told, book(DRAFT)), on_change=keep
    )
    assert [(change.ticket_id, change.kind) for change in changes] == [
        ("A-1", "met_to_missed"),
        ("A-2", "missed_to_met"),
        ("A-4", "newly_judged"),
        ("A-5", "settled_to_open"),
        ("A-6", "open_to_settled"),
        ("G-1", "no_longer_judged"),
        ("I-1", "newly_judged"),
    ]
    assert changes[2].before is None
    assert changes[5].after is None


@st.composite
def timelines(draw: st.DrawFn) -> list[str]:
    """A few tickets of both customers within two days, in order of time."""
    told: list[tuple[int, int, str]] = []
    for number in range(draw(st.integers(1, 5))):
        customer, priority = draw(st.sampled_from(["acme", "globex", "initech"])), draw(st.integers(1, 3))
        start = draw(st.integers(0, 2000))
        told.append((start, 0, f"created T-{number} customer={customer} priority=P{priority}"))
        steps = st.lists(
            st.tuples(st.integers(1, 700), st.sampled_from(["responded", "resolved", "reopened"]))
        )
        for after, kind in draw(steps.map(lambda found: found[:4])):
            start += after
            told.append((start, 1, f"{kind} T-{number}"))
    return [
        f"2026-03-{2 + at // 1440:02}T{at % 1440 // 60:02}:{at % 60:02}:00Z {rest}"
        for at, _, rest in sorted(told)
    ]


@given(timelines(), st.sampled_from([TODAY, DRAFT]))
def test_a_policy_against_itself_changes_nothing(timeline: list[str], policy: str) -> None:
    simulation = simulated(policy, policy, timeline)
    assert simulation.identical
    for row in simulation.changes:
        assert row.clocks == row.same + row.open + row.not_judged
    assert all(row.before == row.after for row in simulation.attainment)
    assert simulation.flips == []


@given(timelines())
def test_swapping_the_policies_mirrors_the_tables(timeline: list[str]) -> None:
    there, back = simulated(TODAY, DRAFT, timeline), simulated(DRAFT, TODAY, timeline)
    for row, mirror in zip(there.changes, back.changes, strict=True):
        counts = row.model_dump()
        assert {MIRRORED.get(name, name): count for name, count in counts.items()} == mirror.model_dump()
    assert [(row.before, row.after) for row in there.attainment] == [
        (row.after, row.before) for row in back.attainment
    ]
    assert [row.points and -row.points for row in there.attainment] == [row.points for row in back.attainment]


@given(timelines())
def test_s50_attainment_is_the_recount_of_the_results(timeline: list[str]) -> None:
    told = lines(timeline)
    results = [orjson.loads(line) for line in replay(told, book(DRAFT)).results]
    found = Counter((one["objective"], one["customer"], one["priority"], one["outcome"]) for one in results)
    rows = [row for row in simulated(TODAY, DRAFT, timeline).attainment if row.customer is not None]
    for outcome in ("met", "missed"):
        recount = {key[:3]: count for key, count in found.items() if key[3] == outcome}
        said = {
            (row.objective, row.customer, row.priority): getattr(row.after, outcome)
            for row in rows
            if getattr(row.after, outcome)
        }
        assert said == recount
