"""What a KPI table keeps and forgets: in its windows, in its log, and in memory."""

from __future__ import annotations

import gc
from types import FunctionType, ModuleType

import pytest

from monitor import kpis
from monitor.errors import StateUnreadable
from monitor.kpi_cells import Cell
from monitor.kpi_rows import TallyRow, VolumeRow
from monitor.kpis import KpiTable
from monitor.periods import Place, ReportingZone
from schemas.instants import DAY, HOUR, MINUTE, SECOND, Micros, parse_iso
from tests.monitor.kpi_table import MARCH, ZONE, fact, meaning, table, tallies


def decoded_cells(made: KpiTable) -> int:
    """How many decoded cells a table keeps in memory, wherever it refers to them."""
    seen: dict[int, object] = {}
    todo: list[object] = [made]
    while todo:
        each = todo.pop()
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType):
            seen[id(each)] = each
            todo += gc.get_referents(each)
    return sum(isinstance(each, Cell) for each in seen.values())


def test_hours_are_kept_35_days_days_400_days_and_months_ten_years() -> None:
    made = table([fact("created")])
    log = made.drain()

    def windows_at(watermark: Micros) -> list[str]:
        made.expire(watermark)
        log.extend(made.drain())
        assert meaning(log) == meaning(made.rows())
        return [row.window for row in tallies(made) if isinstance(row, TallyRow)]

    hour = MARCH + 35 * DAY
    assert windows_at(hour + 59 * MINUTE) == ["hour", "day", "month"]
    assert windows_at(hour + 60 * MINUTE) == ["day", "month"]
    day = MARCH + 400 * DAY
    assert windows_at(day) == ["day", "month"]
    assert windows_at(day + DAY) == ["month"]
    assert windows_at(parse_iso("2026-03-31T23:59:59+02:00")) == ["month"]
    assert windows_at(parse_iso("2026-04-01T00:00:00+02:00")) == []
    assert log[-1][1] is None


def test_a_fact_that_comes_too_late_for_its_hour_counts_in_its_day_and_month() -> None:
    made = table()
    made.expire(MARCH + 40 * DAY)
    made.add([fact("created"), fact("created:queue:desk"), fact("created", MARCH + 39 * DAY)])
    windows = [(row.window, row.start) for row in tallies(made) if isinstance(row, TallyRow | VolumeRow)]
    assert [window for window, start in windows if start == MARCH] == ["day", "day", "month", "month"]
    assert [window for window, start in windows if start > MARCH] == ["hour", "day", "month"]


def test_what_has_expired_does_not_come_back_when_an_earlier_time_is_told() -> None:
    made = table()
    made.expire(MARCH + 35 * DAY + HOUR)
    made.expire(MARCH + 35 * DAY + HOUR - 1)
    made.add([fact("created")])
    assert [row.window for row in tallies(made) if isinstance(row, TallyRow)] == ["day", "month"]


def test_what_expires_is_removed_in_the_order_of_the_rows() -> None:
    made = table(
        [fact("created:queue:desk"), fact("created", priority="urgent"), fact("created", priority="queue")]
    )
    made.drain()
    stood = [key for key, _ in made.rows()]
    made.expire(MARCH + 5000 * DAY)
    assert made.drain() == [(key, None) for key in stood]


def test_a_partition_that_has_seen_nothing_expires_nothing() -> None:
    made = table()
    made.expire(-(1 << 62))
    assert made.drain() == []
    made.add([fact("created")])
    assert len(made.drain()) == 3


def test_rows_that_were_never_written_expire_without_a_word() -> None:
    made = table([fact("created")])
    made.expire(MARCH + 5000 * DAY)
    assert made.drain() == []


def test_cells_out_of_use_are_put_to_rest_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kpis, "_DECODED", 3)
    facts = [fact("created", MARCH + number * HOUR) for number in range(30)]
    made = KpiTable(ZONE, 3)
    for each in facts:
        made.add([each])
        made.drain()
    made.add([fact("created", MARCH)])
    made.subtract([fact("created", MARCH + 5 * HOUR)])
    made.drain()
    assert made.rows() == table([*facts[:5], *facts[6:], facts[0]]).rows()


def test_cells_out_of_use_and_cells_that_are_gone_are_not_kept_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kpis, "_DECODED", 3)
    made = KpiTable(ZONE, 3)
    for number in range(40):
        passing = fact("created", MARCH + number * DAY, priority="P9")
        made.add([fact("created", MARCH + number * DAY), passing])
        made.drain()
        made.subtract([passing])
        made.drain()
    assert len(made) == 40 + 40 + 2
    assert decoded_cells(made) <= 20  # a quarter of them


def test_cells_of_windows_that_have_expired_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kpis, "_DECODED", 30)
    made = table(fact("created", MARCH + number * HOUR) for number in range(20))
    made.drain()
    made.expire(MARCH + 5000 * DAY)
    made.add(fact("created", MARCH + 5000 * DAY + number * HOUR) for number in range(20))
    made.drain()
    assert decoded_cells(made) == len(made)


def test_a_restored_table_from_which_everything_is_taken_back_is_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kpis, "_DECODED", 3)
    facts = [fact("created", MARCH + number * HOUR) for number in range(5)]
    log = table(facts).drain()
    made = KpiTable(ZONE, 3)
    made.restore(log)
    made.subtract(facts)
    assert made.drain() == [(key, None) for key, _ in log]
    assert (len(made), decoded_cells(made)) == (0, 0)


def test_a_quarter_of_an_hour_is_asked_of_the_zone_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Micros] = []
    place = ReportingZone.place

    def counted(zone: ReportingZone, at: Micros) -> Place:
        asked.append(at)
        return place(zone, at)

    monkeypatch.setattr(ReportingZone, "place", counted)
    quarter = MARCH + 45 * MINUTE  # the last of its hour
    made = table([fact("created", quarter)])
    first = len(asked)
    made.add(fact("created", quarter + second * SECOND) for second in range(900))
    assert len(asked) == first
    made.add([fact("created", quarter + 900 * SECOND)])
    assert len(asked) > first


def test_emptied_caches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = [
        each
        for number in range(9)
        for each in (
            fact("created", MARCH + number * HOUR),
            fact(f"created:queue:{number}", MARCH + number * HOUR),
        )
    ]
    expected = table(facts).rows()
    monkeypatch.setattr(kpis, "_CACHED", 2)
    assert table(facts).rows() == expected


def test_rows_of_other_windows_and_removals_of_what_is_not_there_are_passed_over() -> None:
    log = table([fact("created")]).drain()
    gone = [(key, None) for key, _ in table([fact("created", MARCH + 40 * DAY)]).drain()]
    made = table()
    made.restore(
        [
            (b'{"window":"stock","partition":3}', b"{}"),
            (b'{"window":"closed","partition":3}', None),
            *gone,
            *log,
        ]
    )
    assert made.rows() == log


def test_a_row_of_another_partition_is_refused() -> None:
    made = KpiTable(ZONE, 4)
    with pytest.raises(StateUnreadable, match="partition 4"):
        made.restore(table([fact("created")]).rows())
