"""The windows of `/metrics`: always the sum of the facts inside them, whatever came, changed and went."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import pytest

from monitor.backlog import Backlog, Span
from monitor.current_windows import CurrentWindows, WindowFigures
from monitor.kpis import Fact, KpiTable
from monitor.metrics import TIME_BOUNDS
from monitor.periods import ReportingZone
from schemas.instants import DAY, HOUR, MINUTE, SECOND, Micros, parse_iso

ZONE = ReportingZone(ZoneInfo("Europe/Madrid"))
NOW = parse_iso("2026-11-23T12:20:00+01:00")
OWNED = (0, 1)


def met(at: Micros, customer: str = "acme", priority: str = "P1", tier: int = 1) -> Fact:
    return Fact("met:resolution", at, customer, priority, tier)


def took(open_time: Micros, at: Micros = NOW) -> Fact:
    return Fact("resolution_time", at, "acme", "P1", 1, open_time, 2 * open_time)


class Desk:
    """KPI tables of two partitions, whose rows the windows are shown as a worker shows them."""

    def __init__(self) -> None:
        self.tables = [KpiTable(ZONE, number) for number in OWNED]
        self.windows = CurrentWindows(ZONE, NOW)

    def file(self, *facts: Fact, partition: int = 0) -> None:
        self.tables[partition].add(facts)
        self.windows.take(partition, self.tables[partition].drain())

    def take_back(self, *facts: Fact, partition: int = 0) -> None:
        self.tables[partition].subtract(facts)
        self.windows.take(partition, self.tables[partition].drain())

    def figures(self, at: Micros = NOW, partitions: Sequence[int] = OWNED) -> dict[str, WindowFigures]:
        """By window, of the one customer and priority there is."""
        shown = self.windows.figures(at, partitions)
        found = {of.window: of for of in shown}
        assert len(found) == len(shown)
        return found

    def met(self, at: Micros = NOW, partitions: Sequence[int] = OWNED) -> dict[str, int]:
        return {
            window: of.verdicts["resolution", "met"] for window, of in self.figures(at, partitions).items()
        }


def test_s57_a_correction_is_no_verdict_of_its_own() -> None:
    desk = Desk()
    desk.tables[0].close_periods(NOW + 2 * DAY, DAY)
    desk.file(met(NOW))
    assert desk.met() == {"24h": 1, "7d": 1, "30d": 1, "month": 1}


def test_a_verdict_of_now_is_in_every_window() -> None:
    desk = Desk()
    desk.file(met(NOW))
    assert desk.met() == {"24h": 1, "7d": 1, "30d": 1, "month": 1}


@pytest.mark.parametrize(
    ("at", "windows"),
    [
        ("2026-11-22T13:00:00+01:00", {"24h", "7d", "30d", "month"}),
        ("2026-11-22T12:59:59+01:00", {"7d", "30d", "month"}),
        ("2026-11-17T00:00:00+01:00", {"7d", "30d", "month"}),
        ("2026-11-16T23:59:59+01:00", {"30d", "month"}),
        ("2026-11-01T00:00:00+01:00", {"30d", "month"}),
        ("2026-10-31T23:59:59+01:00", {"30d"}),
        ("2026-10-25T00:00:00+02:00", {"30d"}),
        ("2026-10-24T23:59:59+02:00", set()),
    ],
)
def test_a_window_begins_with_an_hour_or_a_day_of_the_reporting_zone(at: str, windows: set[str]) -> None:
    desk = Desk()
    desk.file(met(parse_iso(at)))
    assert set(desk.met()) == windows


def test_a_window_moves_on_with_the_clock_though_nothing_arrives() -> None:
    desk = Desk()
    desk.file(met(NOW))
    assert set(desk.met(NOW + DAY)) == {"7d", "30d", "month"}
    assert set(desk.met(NOW + 7 * DAY)) == {"30d", "month"}
    assert set(desk.met(NOW + 8 * DAY)) == {"30d"}
    assert desk.met(NOW + 40 * DAY) == {}


def test_what_no_window_shows_any_more_is_forgotten() -> None:
    desk = Desk()
    desk.file(met(NOW))
    cells = desk.windows._partitions[0].cells
    assert len(desk.met()) == 4
    assert {kind for kind, _ in cells} == {"hour", "day"}
    desk.met(NOW + DAY)
    assert {kind for kind, _ in cells} == {"day"}
    desk.met(NOW + 30 * DAY)
    assert not cells


def test_what_came_while_only_a_clock_ahead_of_the_brokers_was_known_is_shown_by_the_brokers() -> None:
    broker = parse_iso("2026-10-31T23:59:59+01:00")
    restored = Desk()
    restored.windows = CurrentWindows(ZONE, broker + SECOND)  # by which a day and a month have begun
    first_of_month, hour_ending = parse_iso("2026-10-01T00:00:00+02:00"), broker - DAY + SECOND
    restored.tables[0].add([met(first_of_month), met(hour_ending), took(HOUR, hour_ending)])
    restored.windows.restore(0, restored.tables[0].rows())
    assert restored.met(broker) == {"24h": 1, "7d": 1, "30d": 1, "month": 2}
    assert restored.figures(broker)["24h"].times["resolution"].seconds == 3600
    assert restored.met(broker + SECOND) == {"7d": 1, "30d": 1}


def test_a_correction_is_taken_back_from_every_window() -> None:
    desk = Desk()
    desk.file(met(NOW), took(HOUR))
    desk.take_back(met(NOW), took(HOUR))
    assert desk.figures() == {}


def test_tiers_and_partitions_are_added_up() -> None:
    desk = Desk()
    desk.file(met(NOW, tier=1), met(NOW, tier=2))
    desk.file(met(NOW), partition=1)
    assert desk.met()["7d"] == 3


def test_a_partition_that_is_given_away_leaves_the_windows() -> None:
    desk = Desk()
    desk.file(met(NOW))
    desk.file(met(NOW), partition=1)
    desk.windows.retain([1])
    assert desk.met()["7d"] == 1
    assert desk.met(partitions=[0]) == {}


def test_a_partition_that_is_dropped_begins_anew_and_one_never_seen_may_be() -> None:
    desk = Desk()
    desk.windows.drop(0)
    desk.file(met(NOW))
    assert desk.met()["7d"] == 1
    desk.windows.drop(0)
    assert desk.met() == {}
    desk.windows.restore(0, desk.tables[0].rows())
    assert desk.met()["7d"] == 1


def test_a_partition_that_is_being_restored_is_not_shown_yet() -> None:
    desk = Desk()
    desk.file(met(NOW))
    assert desk.met(partitions=[1]) == {}
    assert desk.met()["7d"] == 1


def test_a_time_falls_into_the_bucket_it_does_not_exceed() -> None:
    desk = Desk()
    desk.file(took(10 * MINUTE), took(3 * HOUR), took(30 * DAY))
    times = desk.figures()["30d"].times["resolution"]
    assert times.counts[TIME_BOUNDS.index(900.0)] == 1
    assert times.counts[TIME_BOUNDS.index(4 * 3600.0)] == 1
    assert times.counts[-1] == 1
    assert times.seconds == (10 * MINUTE + 3 * HOUR + 30 * DAY) / SECOND


def test_volumes_and_excluded_times_are_neither_verdicts_nor_times_of_an_objective() -> None:
    desk = Desk()
    desk.file(Fact("created:queue:vpn", NOW, "acme", "P1", 1), Fact("created", NOW, "acme", "P1", 1))
    desk.file(took(HOUR)._replace(kind="excluded_time"))
    assert desk.figures() == {}


def test_restoring_gives_the_same_windows_as_living_through_it() -> None:
    lived = Desk()
    for days in (0, 1, 20, 60):
        lived.file(met(NOW - days * DAY), took(HOUR, NOW - days * DAY))
    restored = CurrentWindows(ZONE, NOW)
    restored.restore(0, lived.tables[0].rows())
    assert restored.figures(NOW, [0]) == lived.windows.figures(NOW, [0])


def test_an_old_history_costs_nothing_but_is_not_shown() -> None:
    desk = Desk()
    desk.tables[0].add([met(NOW - 400 * DAY), met(NOW - 90 * DAY)])
    desk.windows.restore(0, desk.tables[0].rows())
    assert not desk.windows._partitions[0].cells
    assert desk.met() == {}


def test_changed_rows_do_not_pile_up_while_nobody_looks() -> None:
    desk = Desk()
    customers = [f"customer-{number}" for number in range(3_400)]  # three rows each: more than may wait
    desk.file(*(met(NOW, customer) for customer in customers))
    assert not desk.windows._partitions[0].changed
    assert {of.customer for of in desk.windows.figures(NOW, OWNED)} == set(customers)


def test_open_tickets_follow_the_ledger() -> None:
    backlog = Backlog(ZONE, 0)
    windows = CurrentWindows(ZONE, NOW)
    span = Span(NOW, None, "acme", "P1", 1, NOW)
    ended = Span(NOW, NOW + HOUR, "acme", "P1", 1, NOW)
    backlog.close_days(NOW)
    backlog.change([], [span])
    windows.take(0, backlog.drain())
    assert windows.open_tickets([0]) == {("acme", "P1"): 1}
    assert windows.open_tickets([]) == {}
    backlog.change([span], [ended])
    windows.take(0, backlog.drain())
    assert windows.open_tickets([0]) == {("acme", "P1"): 0}


def test_open_tickets_of_all_days_tiers_and_partitions_are_added_up() -> None:
    windows = CurrentWindows(ZONE, NOW)
    for partition in OWNED:
        backlog = Backlog(ZONE, partition)
        backlog.close_days(NOW)
        created = ((NOW, 1), (NOW, 2), (NOW - DAY, 1), (NOW - 90 * DAY, 1))
        backlog.change([], [Span(at, None, "acme", "P1", tier, at) for at, tier in created])
        windows.take(partition, backlog.drain())
    assert windows.open_tickets([1]) == {("acme", "P1"): 4}
    assert windows.open_tickets(OWNED) == {("acme", "P1"): 8}


@pytest.mark.parametrize("seed", range(5))
def test_the_windows_are_the_facts_inside_them(seed: int) -> None:
    """Facts filed and taken back in any order, while the clock moves on, against a plain recount."""
    dice = random.Random(seed)  # noqa: S311  the same dice each time
    desk = Desk()
    filed: list[tuple[int, Fact]] = []
    now = NOW
    for _ in range(300):
        now += dice.randrange(3 * HOUR)
        if filed and dice.random() < 0.3:
            partition, fact = filed.pop(dice.randrange(len(filed)))
            desk.take_back(fact, partition=partition)
        else:
            partition = dice.choice(OWNED)
            at = now - dice.choice((0, 0, dice.randrange(2 * DAY), dice.randrange(40 * DAY)))
            kind = dice.choice(("met:resolution", "missed:resolution", "met:first_response"))
            fact = Fact(kind, at, dice.choice(("acme", "bolt")), dice.choice(("P1", "P2")), 1)
            filed.append((partition, fact))
            desk.file(fact, partition=partition)
        if dice.random() < 0.1:
            assert shown(desk.windows, now) == recount([fact for _, fact in filed], now)
    assert shown(desk.windows, now) == recount([fact for _, fact in filed], now)


Counts = Counter[tuple[str, str, str, str]]


def shown(windows: CurrentWindows, now: Micros) -> Counts:
    counts: Counts = Counter()
    for of in windows.figures(now, OWNED):
        for (objective, outcome), count in of.verdicts.items():
            counts[of.window, of.customer, of.priority, f"{outcome}:{objective}"] += count
    return counts


def recount(facts: Sequence[Fact], now: Micros) -> Counts:
    today = ZONE.day_index(now)
    inside: dict[str, Callable[[Micros], bool]] = {
        "24h": lambda at: at >= ZONE.hour(now) - 23 * HOUR,
        "7d": lambda at: ZONE.day_index(at) > today - 7,
        "30d": lambda at: ZONE.day_index(at) > today - 30,
        "month": lambda at: ZONE.month(at) == ZONE.month(now),
    }
    return Counter(
        (window, fact.customer, fact.priority, fact.kind)
        for window, holds in inside.items()
        for fact in facts
        if holds(fact.at)
    )
