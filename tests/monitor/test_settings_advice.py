"""What is legal in the settings of a file but surely not meant, and names with blanks."""

from __future__ import annotations

import pytest

from tests.monitor.advising import OFFICE, said

PLAIN = "[{name: a, objectives: {}}]"


def reopened(objective: str, settings: str, calendar: str = "office") -> list[tuple[str, str]]:
    """The findings for one resolution on a calendar and some settings of the file."""
    promises = f"{{resolution: {{target: 4h{objective}}}}}"
    return said(f"[{{name: a, calendar: {calendar}, objectives: {promises}}}]", f"{OFFICE}\n{settings}")


def test_s34_a_ticket_that_is_forgotten_before_it_may_be_reopened_is_told() -> None:
    assert reopened(", reopen_within: 30 working days", "retention: 20 days") == [
        (
            "retention",
            (
                "a ticket is forgotten 20 days after its last event (`retention`), before `reopen_within` (30 working "
                "days of office) has passed, and what comes then is set aside: make `retention` at least 42 days"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("objective", "settings", "places"),
    [
        ("", "retention: 7 days", []),  # the 5 working days that hold without being written
        ("", "retention: 6 days", ["retention"]),
        ("", "retention: 1 day\nreopen_within: 1h\nfcr_window: 0h1s", []),
        ("", "{retention: 2 days, reopen_within: 20h, fcr_window: 1h}", ["retention"]),  # 3.5 days
        ("", "{retention: 4 days, reopen_within: 20h}", []),
        ("", "{retention: 2 days, reopen_within: 1h}", ["retention"]),  # `fcr_window` is 3 days
        ("", "{reopen_within: 100 working days}", ["reopen_within"]),  # it is `retention` that is not written
        (", reopen_within: 100 working days", "", ["policies.0.objectives.resolution.reopen_within"]),
        (", reopen_within: 60 working days", "", []),
        (", reopen: ignore", "retention: 6 days", ["retention"]),
        (", reopen: new_cycle", "retention: 6 days", []),  # nothing to be too late for
        ("", "fcr_window: 91 days", ["fcr_window"]),
        ("", "period_grace: 91 days", ["period_grace"]),
        ("", "period_grace: 90 days", []),
    ],
)
def test_s34_what_retention_cuts_off_is_told_where_it_is_written(
    objective: str, settings: str, places: list[str]
) -> None:
    lines = settings.strip("{}").replace(", ", "\n")
    assert [place for place, _ in reopened(objective, lines)] == places


def test_s34_around_the_clock_time_is_what_it_says() -> None:
    around = "retention: 30 days\nreopen_within: 720h"
    assert [place for place, _ in reopened("", around, "24x7")] == ["calendars.office"]
    more = "retention: 30 days\nreopen_within: 721h"
    assert [place for place, _ in reopened("", more, "24x7")] == ["retention", "calendars.office"]
    days = "retention: 30 days\nreopen_within: 31 working days"
    assert "make `retention` at least 31 days" in reopened("", days, "24x7")[0][1]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("history_events: 49", "a ticket can be corrected in its latest 49 events only"),
        ("history_events: 50", None),
        (
            "max_skew: 25h",
            "one event with a wrong date, up to 25h ahead, takes the time of its partition along",
        ),
        ("max_skew: 1 day", None),
        ("fcr_window: 0s", "no reopen undoes a first contact resolution"),
        ("fcr_window: 1s", None),
    ],
)
def test_s35_s38_s52_a_setting_that_defeats_its_purpose_is_told(setting: str, told: str | None) -> None:
    findings = said(PLAIN, f"timezone: UTC\n{setting}")
    assert [place for place, _ in findings] == ([setting.partition(":")[0]] if told else [])
    assert all(message.startswith(told or "") for _, message in findings)


@pytest.mark.parametrize("name", ["'acme '", "' acme'", '"acme\\t"'])
def test_s23_a_name_with_a_blank_at_an_end_is_told(name: str) -> None:
    findings = said(
        f"[{{name: a, match: {{customer: [globex, {name}]}}, objectives: {{}}}}, {{name: b, objectives: {{}}}}]"
    )
    assert [place for place, _ in findings] == ["policies.0.match.customer"]
    assert findings[0][1].endswith("begins or ends with a blank and fits only events that have it: delete it")


def test_s23_a_blank_is_told_wherever_a_name_of_the_events_stands_and_inside_one_is_fine() -> None:
    rest = """
timezone: UTC
exclusions: [{from: 2026-03-16, to: 2026-03-17, match: {category: "net "}, reason: x}]
hold_reasons: {"Wait - User": waiting_customer, "Wait - Vendor ": waiting_vendor}
silence_after: {" zammad": 30m}
"""
    policies = "[{name: a, match: {queue: second level}, objectives: {}}, {name: b, objectives: {}}]"
    told = [place for place, message in said(policies, rest) if "blank" in message]
    assert told == ["exclusions.0.match.category", "hold_reasons.Wait - Vendor ", "silence_after. zammad"]
