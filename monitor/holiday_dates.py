"""The `holidays` of a calendar: which dates have other hours than their weekday, and which (S6).

An entry speaks for its date from 00:00 to 24:00. Where several name the same date, one written date beats a
yearly one, which beats the `holidays` library; so a desk can open for some hours on a public holiday.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import holidays as library

from monitor.errors import CalendarError
from monitor.opening_hours import Spans, Week, parse_date_hours
from monitor.public_holidays import YEARS, PublicDates, dates_of_year, place_name, public_dates
from schemas.wording import did_you_mean

_CLOSED: Spans = ()
_COUNTRY_KEYS = ("country", "subdivision", "except")
_DATE_KEYS = ("date", "hours")
_YEARLY = re.compile(r"([0-9]{2})-([0-9]{2})", re.ASCII)
_LEAP_YEAR = 2024  # any: it has all the days that a yearly date may name


class Yearly(NamedTuple):
    """The same day every year; 29 February only in leap years."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"

    def in_year(self, year: int) -> date | None:
        """The date in a year, if that year has it."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of a country or subdivision by the `holidays` library, less the excepted dates."""

    country: str
    subdivision: str | None = None
    excepted: frozenset[date | Yearly] = frozenset()
    recorded: tuple[date, ...] | None = None
    """The dates in `public_holidays.YEARS` where a version brings its own; None leaves them to the library."""

    @property
    def place(self) -> str:
        """What the place is called in a version's record."""
        return place_name(self.country, self.subdivision)

    @property
    def dates(self) -> Sequence[date]:
        """All dates in `public_holidays.YEARS`, the excepted ones too."""
        return public_dates(self.country, self.subdivision) if self.recorded is None else self.recorded

    def in_year(self, year: int) -> set[date]:
        """The dates of a year."""
        if year in YEARS:
            named = [day for day in self.dates if day.year == year]
        else:
            named = list(dates_of_year(self.country, self.subdivision, year))
        return {day for day in named if not self.excepted & {day, Yearly(day.month, day.day)}}

    def name_of(self, day: date, language: str) -> str | None:
        """The name of a holiday, in the language if the library has it, else in the country's own."""
        spoken = library.country_holidays(self.country).supported_languages
        fitting = [code for code in spoken if code.split("_")[0] == language]
        own = library.country_holidays(self.country).default_language
        # Named always: left out, the library would follow the environment's language.
        named = library.country_holidays(
            self.country, subdiv=self.subdivision, years=day.year, language=fitting[0] if fitting else own
        )
        return named.get(day)

    def content_key(self, *, dated: bool = True) -> dict[str, Any]:
        """What was configured, in one canonical form, and the dates it stands for unless not `dated`."""
        key: dict[str, Any] = {
            "country": self.country,
            "subdivision": self.subdivision,
            "except": sorted(map(str, self.excepted)),
        }
        return {**key, "dates": list(map(str, self.dates))} if dated else key


@dataclass(slots=True)
class HolidayDates:
    """All that `holidays` says; lives as long as its calendar and does not change after it was parsed."""

    dates: dict[date, Spans] = field(default_factory=dict)
    yearly: dict[Yearly, Spans] = field(default_factory=dict)
    public: list[PublicHolidays] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.dates or self.yearly or self.public)

    def in_year(self, year: int, week: Week) -> dict[date, Spans]:
        """The dates of a year with the spans that replace those of their weekday."""
        replaced = {day: _CLOSED for public in self.public for day in public.in_year(year)}
        for yearly, spans in self.yearly.items():
            day = yearly.in_year(year)
            if day is not None:
                # "12-24 until 13:00" is no promise to open when that day is a Sunday.
                replaced[day] = spans if week[day.weekday()] else _CLOSED
        replaced.update((day, spans) for day, spans in self.dates.items() if day.year == year)
        return replaced

    def content_key(self, *, dated: bool = True) -> dict[str, Any]:
        """What was configured, in one canonical form, and unless not `dated` what the library makes of it."""
        return {
            "dates": {str(day): _minutes(spans) for day, spans in sorted(self.dates.items())},
            "yearly": {str(day): _minutes(spans) for day, spans in sorted(self.yearly.items())},
            "public": sorted((public.content_key(dated=dated) for public in self.public), key=repr),
        }


def parse_holidays(
    entries: object, key: str = "holidays", recorded: PublicDates | None = None
) -> HolidayDates:
    """Reads the list: `{country, subdivision, except}`, a date, `"MM-DD"`, or `{date, hours}`.

    A date is a `datetime.date` or its ISO text. `recorded` has the public holidays of every place, where they
    are not to come from the library. Raises `CalendarError` that names the first entry that is wrong.
    """
    found, faults = _read(entries, key, recorded)
    if faults:
        raise faults[0]
    return found


def holiday_faults(
    entries: object, key: str = "holidays", recorded: PublicDates | None = None
) -> list[CalendarError]:
    """What `parse_holidays` says against each entry that is wrong."""
    return _read(entries, key, recorded)[1]


def _read(
    entries: object, key: str, recorded: PublicDates | None
) -> tuple[HolidayDates, list[CalendarError]]:
    """The entries that can be used, and what is wrong with the others."""
    found, faults = HolidayDates(), []
    for index, entry in enumerate(_list(entries, key)):
        try:
            _read_entry(found, entry, f"{key}[{index}]", recorded)
        except CalendarError as error:
            faults.append(error)
    return found, faults


def _read_entry(found: HolidayDates, entry: object, key: str, recorded: PublicDates | None) -> None:
    if not isinstance(entry, Mapping):
        _add_date(found, _parse_date(entry, key), _CLOSED, key)
    elif "country" in entry:
        _refuse_unknown(entry, _COUNTRY_KEYS, key)
        public = _parse_country(entry, key, recorded or {})
        if recorded is not None and public.recorded is None:
            raise CalendarError(f"{key}: the version brings no public holidays of {public.place}")
        found.public.append(public)
    elif "date" in entry:
        _refuse_unknown(entry, _DATE_KEYS, key)
        hours = entry.get("hours")
        spans = _CLOSED if hours is None else parse_date_hours(hours, f"{key}.hours")
        _add_date(found, _parse_date(entry["date"], f"{key}.date"), spans, key)
    else:
        _refuse_unknown(entry, (*_COUNTRY_KEYS, *_DATE_KEYS), key)
        raise CalendarError(f"{key}: an entry names a 'country' or a 'date'")


def _add_date(found: HolidayDates, day: date | Yearly, spans: Spans, key: str) -> None:
    before = (
        found.yearly.setdefault(day, spans) if isinstance(day, Yearly) else found.dates.setdefault(day, spans)
    )
    if before != spans:
        raise CalendarError(f"{key}: {day} stands twice, with other hours")


def _parse_date(value: object, key: str) -> date | Yearly:
    # A datetime is a date to isinstance, but its hour would be lost here.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str):
            yearly = _YEARLY.fullmatch(value)
            if yearly is None:
                return date.fromisoformat(value)
            day = Yearly(int(yearly[1]), int(yearly[2]))
            date(_LEAP_YEAR, *day)
            return day
    except ValueError as error:
        raise CalendarError(f"{key}: {value!r} is no date: {error}") from error
    raise CalendarError(f'{key}: {value!r} is no date such as 2026-12-24, nor a yearly one such as "12-24"')


def _parse_country(entry: Mapping[str, object], key: str, recorded: PublicDates) -> PublicHolidays:
    country, subdivision = entry["country"], entry.get("subdivision")
    code = None if subdivision is None else str(subdivision)
    dates = recorded.get(place_name(str(country), code))
    if dates is None:  # a place that is recorded may be one that only another release of the library knows
        _check_country(country, f"{key}.country")
        if subdivision is not None:
            known = library.list_supported_countries()[str(country)]
            _check_subdivision(str(country), subdivision, known, f"{key}.subdivision")
    excepted = entry.get("except")
    days = _list([] if excepted is None else excepted, f"{key}.except")
    return PublicHolidays(
        str(country),
        code,
        frozenset(_parse_date(day, f"{key}.except[{index}]") for index, day in enumerate(days)),
        None if dates is None else tuple(dates),
    )


def _check_country(country: object, key: str) -> None:
    if country is False:
        raise CalendarError(f'{key}: YAML reads a bare NO as "false"; for Norway write "NO"')
    known = library.list_supported_countries()
    if not isinstance(country, str) or country not in known:
        hint = did_you_mean(country, known)
        raise CalendarError(f"{key}: {country!r} is no country code that the holidays library knows{hint}")


def _check_subdivision(country: str, subdivision: object, known: Iterable[str], key: str) -> None:
    if not isinstance(subdivision, str):
        raise CalendarError(f"{key}: {subdivision!r} is no text; write the code in quotes")
    try:
        library.country_holidays(country, subdiv=subdivision)
    except NotImplementedError as error:
        codes = ", ".join(known) or "none"
        hint = did_you_mean(subdivision, known)
        raise CalendarError(f"{key}: {country} has no {subdivision!r}; it has {codes}{hint}") from error


def _list(value: object, key: str) -> Sequence[object]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise CalendarError(f"{key}: {value!r} is no list")
    return value


def _refuse_unknown(entry: Mapping[str, object], known: Sequence[str], key: str) -> None:
    for name in entry:
        if name not in known:
            raise CalendarError(
                f"{key}: unknown key {name!r}; known are {', '.join(known)}{did_you_mean(name, known)}"
            )


def _minutes(spans: Spans) -> list[list[int]]:
    return [[span.opens, span.closes] for span in spans]
