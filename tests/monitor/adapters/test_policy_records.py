"""A published policy as a record, and back: with its own public holidays, whatever the library here says."""

from __future__ import annotations

from datetime import date

import orjson
import pytest

from monitor.adapters.policy_file import parse_policy
from monitor.adapters.policy_records import (
    Announcement,
    PolicyTooLarge,
    PublicationUnreadable,
    publication_record,
    read_publication,
)
from monitor.calendar_shelf import CalendarShelf
from monitor.policies import ALWAYS, compile_version
from monitor.public_holidays import YEARS
from schemas.instants import HOUR, Micros, parse_iso
from schemas.policy_versions import LARGEST_RECORD

NOW = parse_iso("2026-11-25T12:00:00Z")
TEXT = """\
calendars:
  office: {hours: {mon-fri: ["09:00-17:00"]}, holidays: [{country: DE, subdivision: BY}]}
policies:
  - name: all  # of them
    calendar: office
    objectives: {resolution: {target: 4h}}
"""


def record(text: str = TEXT, starts: Micros = ALWAYS) -> bytes:
    loaded = parse_policy(text, "folder/policy.yaml")
    said = Announcement(starts, at_once=False, now=NOW, by="desk/1", publication="p")
    return publication_record(loaded, compile_version(loaded.file), said)


def changed(**fields: object) -> bytes:
    return orjson.dumps({**orjson.loads(record()), **fields})


def test_a_record_has_the_text_as_it_was_written_and_reads_back() -> None:
    found = read_publication(record(starts=NOW + HOUR), appended_at=NOW)
    assert found.record.text == TEXT
    assert found.record.file == "policy.yaml"
    assert (found.asked, found.known_at) == (NOW + HOUR, NOW)
    assert found.compiled.version == compile_version(parse_policy(TEXT, "x").file).version


def test_s22_a_version_is_judged_by_the_public_holidays_of_its_record() -> None:
    monday, christmas = parse_iso("2026-12-21T00:00:00Z"), parse_iso("2026-12-25T00:00:00Z")
    there = read_publication(changed(holidays={"DE/BY": ["2026-12-21"]})).compiled.calendars["office"]
    here = read_publication(record()).compiled.calendars["office"]
    assert (
        there.open_between(monday, monday + 24 * HOUR),
        here.open_between(monday, monday + 24 * HOUR),
    ) == (
        0,
        8 * HOUR,
    )
    assert there.open_between(christmas, christmas + 24 * HOUR) == 8 * HOUR
    assert here.open_between(christmas, christmas + 24 * HOUR) == 0


def test_s22_other_public_holidays_are_another_version_of_the_same_wording() -> None:
    file = parse_policy(TEXT, "x").file
    here, there = compile_version(file), compile_version(file, holidays={"DE/BY": [date(2026, 12, 21)]})
    assert here.version != there.version
    assert here.wording == there.wording


def test_years_beyond_the_record_are_those_of_the_library() -> None:
    found = read_publication(changed(holidays={"DE/BY": []})).compiled.calendars["office"]
    for year, is_open in ((2026, True), (YEARS.stop, False)):
        new_year = parse_iso(f"{year}-01-01T00:00:00Z")
        assert bool(found.open_between(new_year, new_year + 24 * HOUR)) is is_open


def test_the_name_is_the_recorded_one_even_if_another_release_would_hash_otherwise() -> None:
    found = read_publication(changed(version="0123456789ab")).compiled
    assert found.version == "0123456789ab"
    assert {policy.version for policy in found.policies} == {"0123456789ab"}


def test_what_a_later_release_adds_to_a_record_is_passed_over() -> None:
    assert read_publication(changed(reviewed_by="ana")).record.text == TEXT


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "no published policy"),
        (b"{", "no published policy: the record: invalid JSON"),
        (b"{}", "no published policy: version: is missing"),
        (changed(format=2), "no published policy: format"),
        (changed(text="policies: 7"), "cannot use the text of version"),
        (changed(holidays={}), "the version brings no public holidays of DE/BY"),
    ],
)
def test_a_damaged_record_says_why_it_cannot_be_used(value: bytes | None, why: str) -> None:
    with pytest.raises(PublicationUnreadable, match=why):
        read_publication(value)


def test_a_policy_that_does_not_fit_a_record_is_refused_with_what_takes_the_room() -> None:
    with pytest.raises(PolicyTooLarge, match=r"makes a record of 1,\d+,\d+ bytes.*Shorten the text"):
        record(TEXT + "#" * LARGEST_RECORD)


def test_equal_calendars_of_two_versions_are_one_object() -> None:
    shelf = CalendarShelf()
    one = read_publication(record(), shelf=shelf).compiled
    other = read_publication(record(TEXT.replace("4h", "8h")), shelf=shelf).compiled
    assert one.version != other.version
    assert one.calendars["office"] is other.calendars["office"]


def test_a_calendar_is_warm_for_the_years_around_now() -> None:
    shelf = CalendarShelf()
    office = read_publication(record(), shelf=shelf).compiled.calendars["office"]
    shelf.warm(NOW)
    assert {2025, 2026, 2027} <= set(office._years)
