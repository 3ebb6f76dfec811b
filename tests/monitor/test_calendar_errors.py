"""What is said of an entry of `calendars:` that is none: the whole sentence, as the one who wrote it reads it."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.calendars import Calendar
from monitor.errors import CalendarError

HOURS = {"hours": "24x7"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("24x7", "'24x7' is no mapping with the keys timezone, hours, holidays"),
        (
            {"timezone": "UTC"},
            'hours: missing; for example hours: {mon-fri: ["09:00-17:00"]}, or hours: 24x7',
        ),
        (
            {**HOURS, "holiday": []},
            "holiday: unknown key; known are timezone, hours, holidays; did you mean holidays?",
        ),
        ({**HOURS, "timezone": 3600}, "timezone: 3600 is no time zone such as Europe/Madrid"),
        (
            {**HOURS, "timezone": "Europe/Madird"},
            "timezone: 'Europe/Madird' is no time zone such as Europe/Madrid; did you mean Europe/Madrid?",
        ),
        (
            {**HOURS, "timezone": "../UTC"},
            "timezone: '../UTC' is no time zone such as Europe/Madrid; did you mean UTC?",
        ),
        ({**HOURS, "timezone": "Qqq"}, "timezone: 'Qqq' is no time zone such as Europe/Madrid"),
    ],
)
def test_s4_what_is_wrong_with_a_calendar_is_said_in_a_sentence(entry: Any, said: str) -> None:
    with pytest.raises(CalendarError) as caught:
        Calendar.from_config(entry)
    assert str(caught.value) == said
