"""Business-time cases as other engines' own tests state them, against ours.

The file is not part of this repository. It is looked for in `SLA_SHARED_DATA`, else in `../shared/data`.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.calendars import Calendar
from monitor.errors import CalendarError

REPOSITORY = Path(__file__).parents[2]
FILE = (
    Path(os.environ.get("SLA_SHARED_DATA", REPOSITORY.parent / "shared" / "data")) / "calendar_vectors.json"
)

# Where engines disagree, the rule that decides and what follows from it.
DECIDED = {
    "zammad-16": "S3: the closing instant, as stated",
    "btd-04": "S3: the closing instant, as stated",
    "erpnext-13": "S1: nothing elapsed is 0 seconds, as stated, without a floor of one",
    "chatwoot-12": "S4: a calendar without open time is refused",
    "glpi-03": "S15: a first response does not pause, so its clock hands no holds to the calendar",
    "glpi-24": "S2: the same clock time seven working days later, not the end of that day",
}
REFUSED = {"chatwoot-12"}
NOT_PAUSED = {"glpi-03"}
OTHER_DEADLINE = {"glpi-24": "2018-11-28 10:00:00"}

Vector = dict[str, Any]


def vectors() -> list[Any]:
    if not FILE.is_file():
        reason = f"{FILE} is missing: set SLA_SHARED_DATA to its folder"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="no-vectors")]
    return [pytest.param(vector, id=vector["id"]) for vector in json.loads(FILE.read_text())]


def configured(calendar: dict[str, Any]) -> dict[str, Any]:
    """A vector's calendar as an entry of the policy file."""
    return {
        "timezone": calendar["tz"],
        "hours": {
            day: ["-".join(interval) for interval in intervals]
            for day, intervals in calendar["hours"].items()
        },
        "holidays": [*(calendar.get("holidays") or []), *calendar.get("holidays_recurring", [])],
    }


def instant(vector: Vector, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(vector["input_timezone"]))


def holds(vector: Vector) -> list[tuple[datetime, datetime]]:
    if vector["id"] in NOT_PAUSED:
        return []
    return [(instant(vector, begin), instant(vector, end)) for begin, end in vector.get("holds", [])]


def deadline(calendar: Calendar, vector: Vector) -> datetime:
    start = instant(vector, vector["start"])
    if vector["kind"] == "deadline_working_days":
        return calendar.deadline_working_days(start, vector["target_working_days"], holds(vector))
    return calendar.deadline(start, timedelta(seconds=vector["target_seconds"]), holds(vector))


@pytest.mark.parametrize("vector", vectors())
def test_the_vectors_of_other_engines_agree(vector: Vector) -> None:
    name, entry = vector["id"], configured(vector["calendar"])
    if name in REFUSED:
        with pytest.raises(CalendarError, match="no open time"):
            Calendar.from_config(entry)
        return
    calendar = Calendar.from_config(entry)
    if vector["kind"] == "elapsed":
        start, end = instant(vector, vector["start"]), instant(vector, vector["end"])
        elapsed = calendar.elapsed(start, end, holds(vector))
        assert elapsed == timedelta(seconds=vector["expected_elapsed_seconds"])
    else:
        expected = instant(vector, OTHER_DEADLINE.get(name) or vector["expected_deadline"])
        assert deadline(calendar, vector) == expected


@pytest.mark.skipif(not FILE.is_file(), reason=f"{FILE} is missing: set SLA_SHARED_DATA to its folder")
def test_each_disagreement_of_the_vectors_is_decided_by_a_rule() -> None:
    marks = {"engines_disagree", "end_of_working_day"}
    disputed = {vector["id"] for vector in json.loads(FILE.read_text()) if marks & vector.keys()}
    assert disputed == DECIDED.keys()
