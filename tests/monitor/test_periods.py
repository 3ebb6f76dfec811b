from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import periods
from monitor.periods import Period, PeriodKind, ReportingZone
from schemas.instants import DAY, HOUR, MINUTE, Micros, from_micros, iso, parse_iso, to_micros

ZONES = {
    name: ReportingZone(ZoneInfo(name))
    for name in (
        "UTC",
        "Europe/Madrid",
        "Europe/London",
        "America/New_York",
        "America/Sao_Paulo",  # midnight was skipped in spring
        "America/Havana",  # midnight comes twice in autumn
        "Asia/Kolkata",
        "Australia/Lord_Howe",  # half an hour of summer time
        "Pacific/Apia",  # no 2011-12-30
        "Pacific/Kiritimati",
    )
}
MADRID = ZONES["Europe/Madrid"]


def at(text: str) -> Micros:
    return parse_iso(text)


def test_a_day_starts_at_local_midnight() -> None:
    assert MADRID.day(at("2016-07-01T12:00:00Z")) == at("2016-07-01T00:00:00+02:00")
    assert MADRID.day(at("2016-06-30T22:00:00Z")) == at("2016-07-01T00:00:00+02:00")
    assert MADRID.day(at("2016-06-30T21:59:59.999999Z")) == at("2016-06-30T00:00:00+02:00")


def test_days_of_23_and_25_hours_when_the_clocks_change() -> None:
    for start, hours in (("2016-03-27T00:00:00+01:00", 23), ("2016-10-30T00:00:00+02:00", 25)):
        assert MADRID.next_day(at(start)) - at(start) == hours * HOUR


def test_the_hour_repeated_in_autumn_is_two_hours() -> None:
    first, second = at("2016-10-30T02:30:00+02:00"), at("2016-10-30T02:30:00+01:00")
    assert MADRID.hour(first) == at("2016-10-30T02:00:00+02:00")
    assert MADRID.hour(second) == at("2016-10-30T02:00:00+01:00")


def test_an_hour_starts_at_half_past_in_utc_where_the_zone_does() -> None:
    assert ZONES["Asia/Kolkata"].hour(at("2016-03-01T10:40:00Z")) == at("2016-03-01T16:00:00+05:30")


def test_an_hour_is_cut_where_the_clocks_go_back_by_half_an_hour() -> None:
    zone = ZONES["Australia/Lord_Howe"]
    change = at("2016-04-02T15:00:00Z")  # 02:00+11:00 becomes 01:30+10:30
    assert zone.hour(change - 1) == at("2016-04-03T01:00:00+11:00")
    assert zone.hour(change) == change
    assert zone.hour(change + 29 * MINUTE) == change
    assert zone.hour(change + 30 * MINUTE) == at("2016-04-03T02:00:00+10:30")


def test_an_hour_begins_with_the_change_that_skipped_its_beginning() -> None:
    zone = ZONES["Australia/Lord_Howe"]
    change = at("2016-10-01T15:30:00Z")  # 02:00+10:30 becomes 02:30+11:00
    assert zone.hour(change + 10 * MINUTE) == change


def test_a_day_whose_midnight_is_skipped_starts_at_the_change() -> None:
    zone = ZONES["America/Sao_Paulo"]
    assert zone.day(at("2017-10-15T12:00:00Z")) == at("2017-10-15T01:00:00-02:00")
    assert zone.next_day(at("2017-10-15T12:00:00Z")) - zone.day(at("2017-10-15T12:00:00Z")) == 23 * HOUR


def test_a_day_whose_midnight_comes_twice_starts_at_the_first() -> None:
    zone = ZONES["America/Havana"]
    assert zone.day(at("2016-11-06T12:00:00Z")) == at("2016-11-06T00:00:00-04:00")


def test_a_minute_past_midnight_belongs_to_its_day_though_the_clocks_then_go_back_to_yesterday() -> None:
    zone = ReportingZone(ZoneInfo("America/St_Johns"))
    midnight = at("2010-11-07T00:00:00-02:30")  # at 00:01 it becomes 23:01 of the 6th again
    assert zone.day(midnight + 30 * MINUTE) == midnight
    assert zone.day(midnight - 1) == midnight - DAY


def test_a_date_the_zone_skipped_has_no_time() -> None:
    zone = ZONES["Pacific/Apia"]
    thursday = at("2011-12-29T12:00:00-10:00")
    saturday = zone.next_day(thursday)
    assert saturday == at("2011-12-31T00:00:00+14:00")
    assert zone.day_start(zone.day_index(thursday) + 1) == saturday
    assert zone.day_index(saturday) - zone.day_index(thursday) == 2


@settings(deadline=None)
@given(
    st.sampled_from(sorted(ZONES)),
    st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_an_instant_lies_in_its_hour_its_day_and_its_month(name: str, moment: datetime) -> None:
    zone, instant = ZONES[name], to_micros(moment)
    place = zone.place(instant)
    local = moment.astimezone(zone.zone)
    assert place.month <= place.day <= place.hour <= instant < place.hour + HOUR
    assert instant < zone.next_day(instant)
    assert from_micros(place.day).astimezone(zone.zone).date() == local.date()
    assert from_micros(place.month).astimezone(zone.zone).date() == local.date().replace(day=1)
    assert zone.day(place.hour) == zone.day(zone.next_day(instant) - 1) == place.day
    assert (zone.hour(instant), zone.day(instant), zone.month(instant)) == place[:3]
    assert place.day_index == zone.day_index(instant) == (local.date() - datetime(1970, 1, 1).date()).days  # noqa: DTZ001


@settings(deadline=None)
@given(st.sampled_from(sorted(ZONES)), st.integers(-900_000, 3_000_000))
def test_days_follow_each_other_without_gap_in_any_year(name: str, index: int) -> None:
    zone = ZONES[name]
    start = zone.day_start(index)
    following = zone.day_start(index + 1)
    assert start <= following
    if start < following:
        assert zone.day(start) == zone.day(following - 1) == start
        assert zone.next_day(start) == following


@pytest.mark.parametrize("name", sorted(ZONES))
@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_last_instant_of_the_calendar_have_their_place(name: str, text: str) -> None:
    zone, instant = ZONES[name], at(text)
    place = zone.place(instant)
    assert place.day <= place.hour <= instant < zone.next_day(instant)
    assert [parse_iso(iso(start)) for start in place[:3]] == list(place[:3])
    assert zone.period(PeriodKind.YEAR, instant).start <= instant
    zone.months_before(instant, 120)


def test_days_are_found_again_after_the_memory_of_them_was_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periods, "_CACHED_DAYS", 2)
    zone = ReportingZone(ZoneInfo("Europe/Madrid"))
    days = [at("2016-01-01T12:00:00Z") + number * DAY for number in range(5)]
    assert [zone.day(day) for day in days] == [MADRID.day(day) for day in days]


def test_s56_periods_are_calendar_periods_of_the_reporting_zone() -> None:
    instant = at("2016-08-31T22:30:00Z")  # 1 September in Madrid
    expected = {
        "2016-09-01": ("2016-08-31T22:00:00Z", "2016-09-01T22:00:00Z"),
        "2016-W35": ("2016-08-28T22:00:00Z", "2016-09-04T22:00:00Z"),
        "2016-09": ("2016-08-31T22:00:00Z", "2016-09-30T22:00:00Z"),
        "2016-Q3": ("2016-06-30T22:00:00Z", "2016-09-30T22:00:00Z"),
        "2016-H2": ("2016-06-30T22:00:00Z", "2016-12-31T23:00:00Z"),
        "2016": ("2015-12-31T23:00:00Z", "2016-12-31T23:00:00Z"),
    }
    found = [MADRID.period(kind, instant) for kind in PeriodKind]
    assert {period.label: (iso(period.start), iso(period.end)) for period in found} == expected
    starts = [MADRID.day, MADRID.week, MADRID.month, MADRID.quarter, MADRID.half, MADRID.year]
    assert [period.start for period in found] == [start(instant) for start in starts]


def test_s56_weeks_are_iso_weeks() -> None:
    week = MADRID.period(PeriodKind.WEEK, at("2016-01-02T12:00:00Z"))
    assert week.label == "2015-W53"
    assert MADRID.previous(week).label == "2015-W52"


@pytest.mark.parametrize(
    ("kind", "text", "previous", "year_before"),
    [
        (PeriodKind.DAY, "2016-03-01", "2016-02-29", "2015-03-01"),
        (PeriodKind.DAY, "2016-02-29", "2016-02-28", None),
        (PeriodKind.WEEK, "2016-03-01", "2016-W08", "2015-W09"),
        (PeriodKind.WEEK, "2016-01-01", "2015-W52", None),
        (PeriodKind.MONTH, "2016-01-15", "2015-12", "2015-01"),
        (PeriodKind.QUARTER, "2016-01-15", "2015-Q4", "2015-Q1"),
        (PeriodKind.HALF, "2016-07-15", "2016-H1", "2015-H2"),
        (PeriodKind.YEAR, "2016-07-15", "2015", "2015"),
    ],
)
def test_s56_a_period_is_compared_with_the_one_before_and_the_same_a_year_ago(
    kind: PeriodKind, text: str, previous: str, year_before: str | None
) -> None:
    period = MADRID.period(kind, at(f"{text}T12:00:00Z"))
    earlier = MADRID.year_before(period)
    assert MADRID.previous(period).label == previous
    assert (earlier and earlier.label) == year_before


def test_a_week_is_the_sum_of_days_and_a_quarter_of_months() -> None:
    quarter = MADRID.period(PeriodKind.QUARTER, at("2016-05-05T12:00:00Z"))
    assert MADRID.period(PeriodKind.WEEK, quarter.start).window == "day"
    assert quarter.window == "month"
    assert [iso(month) for month in MADRID.months_between(quarter.start, quarter.end)] == [
        "2016-03-31T22:00:00Z",
        "2016-04-30T22:00:00Z",
        "2016-05-31T22:00:00Z",
    ]


def test_months_between_leaves_out_a_month_that_has_begun() -> None:
    start = at("2016-05-05T12:00:00Z")
    assert MADRID.months_between(start, start + 40 * DAY) == [at("2016-05-31T22:00:00Z")]


def test_months_are_counted_back_across_years() -> None:
    assert MADRID.months_before(at("2016-01-15T12:00:00Z"), 2) == at("2015-10-31T23:00:00Z")


def test_the_last_period_of_the_calendar_has_an_end() -> None:
    last = ZONES["UTC"].period(PeriodKind.YEAR, at("9999-12-31T12:00:00Z"))
    assert last == Period(PeriodKind.YEAR, "9999", at("9999-01-01T00:00:00Z"), at("9999-12-31T00:00:00Z"))
