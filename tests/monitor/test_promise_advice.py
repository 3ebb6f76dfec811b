"""What is legal in a promise but surely not meant."""

from __future__ import annotations

import pytest

from tests.monitor.advising import OFFICE, promise, said


@pytest.mark.parametrize(
    ("policy", "objective", "told"),
    [
        ("", "", True),
        ("calendar: 24x7,", "", False),
        ("", "calendar: 24x7,", False),
        ("", "calendar: {P1: 24x7},", True),
        ("match: {priority: P1},", "calendar: {P1: 24x7},", False),
        ("", "calendar: {P1: 24x7, P2: 24x7, P3: 24x7, P4: 24x7},", False),
    ],
)
def test_a_promise_that_names_no_calendar_for_some_priority_is_told(
    policy: str, objective: str, told: bool
) -> None:
    findings = said(f"[{{name: a, {policy} objectives: {{resolution: {{{objective} target: 4h}}}}}}]")
    assert [place for place, _ in findings] == (["policies.0.objectives.resolution"] if told else [])


def test_a_setting_that_its_objective_does_not_read_is_told() -> None:
    assert promise(
        """
      first_response: {target: 1h, requires_response: true, reopen: ignore}
      resolution: {target: 4h, reopen: ignore, reopen_within: 4h, requires_response: true}
      handoff: {tier: 2, target: 1h, reopen_within: 4h}
""".replace("\n      ", ", ")
        .strip(", \n")
        .join("{}")
    ) == [
        ("first_response.reopen", "has no effect here: only `resolution` reads it"),
        ("resolution.requires_response", "has no effect here: only `first_response` reads it"),
        ("handoff.0.reopen_within", "has no effect here: only `resolution` reads it"),
    ]


def test_s23_what_is_said_for_a_priority_that_the_match_keeps_out_is_told() -> None:
    objectives = "{resolution: {target: {P1: 4h, P3: 9h}, calendar: {P2: 24x7, P1: 24x7}}}"
    only = "is never used: the policy's `match` lets only P1 in"
    assert promise(objectives, match="{priority: P1}") == [
        ("resolution.target.P3", only),
        ("resolution.calendar.P2", only),
    ]
    assert promise("{resolution: {target: {P1: 4h}}}", match="{priority: P1}") == []


def test_s13_a_handoff_of_a_tier_that_the_match_keeps_out_is_told() -> None:
    handoff = "{handoff: {tier: 2, target: 2h}}"
    assert promise(handoff, match="{tier: [1, 3]}") == [
        ("handoff.0.tier", "is never reached: the policy's `match` lets only tier 1 and 3 in")
    ]
    assert promise(handoff, match="{tier: [1, 2]}") == []


def test_a_target_left_out_above_a_less_urgent_one_is_told() -> None:
    response = "first_response: {target: 1h}"
    assert promise(f"{{{response}, resolution: {{target: {{P1: 4h, P4: 9h}}}}}}") == [
        (
            "resolution.target",
            "leaves out P2 and P3 but has one for P4, which is less urgent: give P2 and P3 a target too",
        )
    ]
    assert promise(f"{{{response}, resolution: {{target: {{P1: 4h, P2: 9h}}}}}}") == []


def test_a_priority_that_is_taken_and_promised_nothing_is_told() -> None:
    ((place, message),) = promise("{resolution: {target: {P1: 4h, P2: 8h, P3: 9h}}}")
    assert place == "policies.0.objectives"
    assert message.startswith("promises P4 nothing, although the policy takes such tickets")
    assert promise("{resolution: {target: {P1: 4h, P2: 8h, P3: 9h}}}", match="{priority: [P1, P2, P3]}") == []
    assert promise("{}") == []  # promised nothing on purpose


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ("P1: 8h, P2: 4h", True),
        ("P1: 3 working days, P2: 2 working days", True),
        ("P1: 4h, P2: 4h", False),
        ("P1: 9h, P2: 1 working day", True),  # 8 open hours
        ("P1: 8h, P2: 1 working day", False),
        ("P1: 2 working days, P2: 15h", True),
        ("P1: 2 working days, P2: 16h", False),
    ],
)
def test_a_more_urgent_priority_with_more_time_is_told(targets: str, told: bool) -> None:
    findings = promise(f"{{resolution: {{target: {{{targets}}}}}}}", match="{priority: [P1, P2]}")
    assert [place for place, _ in findings] == (["resolution.target.P1"] if told else [])


def test_working_days_are_compared_with_open_time_and_shown_so() -> None:
    objectives = "{resolution: {target: {P1: 3 working days, P2: 20h, P3: 2 working days}}}"
    less_urgent = "which is less urgent by `priorities`: swap them, or put `priorities` in order"
    assert promise(objectives, match="{priority: [P1, P2, P3]}") == [
        (
            "resolution.target.P1",
            f"P1 has longer (3 working days, mostly 24h open) than P2 (20h), {less_urgent}",
        ),
        (
            "resolution.target.P2",
            f"P2 has longer (20h) than P3 (2 working days, mostly 16h open), {less_urgent}",
        ),
    ]


def test_a_working_day_is_as_long_as_it_mostly_is() -> None:
    """The Fridays are short, and so is the day on which it is asked."""
    hours = '{mon-thu: ["09:00-17:00"], fri: ["09:00-13:00"]}'
    short = (
        f"timezone: UTC\ncalendars: {{desk: {{hours: {hours}, holidays: [{{date: 2026-03-02, hours: []}}]}}}}"
    )
    target = (
        "[{name: a, match: {priority: [P1, P2]}, calendar: desk, objectives: {resolution: {target: %s}}}]"
    )
    assert said(target % "{P1: 8h, P2: 1 working day}", short) == []
    assert [place for place, _ in said(target % "{P1: 1 working day, P2: 7h}", short)] == [
        "policies.0.objectives.resolution.target.P1"
    ]


def test_priorities_on_two_calendars_are_not_compared() -> None:
    objectives = "{resolution: {target: {P1: 8h, P2: 4h}, calendar: {P1: 24x7}}}"
    assert promise(objectives, match="{priority: [P1, P2]}") == []


def test_s10_a_resolution_due_before_its_first_response_is_told() -> None:
    swapped = "{first_response: {target: 4h}, resolution: {target: 1h}}"
    assert promise(swapped) == [
        (
            "resolution.target",
            "P1 is to be resolved in 1h, sooner than first answered in 4h: are the two swapped?",
        )
    ]
    two_units = "{first_response: {target: 1 working day}, resolution: {target: 7h}}"
    assert promise(two_units)[0][1].startswith(
        "P1 is to be resolved in 7h, sooner than first answered in 1 working day, mostly 8h open:"
    )
    assert promise("{first_response: {target: 1 working day}, resolution: {target: 8h}}") == []
    by_priority = "{first_response: {target: {P1: 2h, P2: 2h}}, resolution: {target: {P1: 1h, P2: 2h}}}"
    assert [place for place, _ in promise(by_priority, match="{priority: [P1, P2]}")] == [
        "resolution.target.P1"
    ]
    two_calendars = "{first_response: {target: 4h}, resolution: {target: 1h, calendar: 24x7}}"
    assert promise(two_calendars) == []


def test_s2_working_days_on_a_calendar_that_never_closes_are_told() -> None:
    told = (
        "3 working days on a calendar that never closes (24x7) count weekends too: write 72h, or name a calendar "
        "with opening hours"
    )
    assert promise("{resolution: {target: 3 working days, calendar: 24x7}}") == [("resolution.target", told)]
    by_priority = "{resolution: {target: {P1: 3 working days, P2: 4 working days}, calendar: {P1: 24x7}}}"
    assert promise(by_priority, match="{priority: [P1, P2]}") == [("resolution.target.P1", told)]
    assert promise("{resolution: {target: 3 working days}}") == []


class TestLongerThanAMonth:
    def test_s2_open_time_of_more_than_a_month_is_told_with_how_long_it_takes(self) -> None:
        assert promise("{resolution: {target: 720h}}") == [
            (
                "resolution.target",
                (
                    "720h is open time, and office is open for about 174h a month: P1 is due after 4.1 months; write "
                    "working days to say so; if 720h around the clock are meant, name the calendar 24x7"
                ),
            )
        ]

    def test_each_priority_is_told_on_its_calendar(self) -> None:
        objectives = "{resolution: {target: 720h, calendar: {P1: 24x7, P2: office, P3: 24x7, P4: 24x7}}}"
        ((place, message),) = promise(objectives)
        assert place == "resolution.target"
        assert "P2 is due after 4.1 months" in message

    def test_less_than_a_month_working_days_and_the_clock_around_are_not(self) -> None:
        assert promise("{resolution: {target: 170h}}") == []
        assert promise("{resolution: {target: 40 working days}}") == []
        assert promise("{resolution: {target: 1440h, calendar: 24x7}}") == []

    def test_s6_holidays_are_closed_in_the_month_too(self) -> None:
        closed = OFFICE.replace("}}}", "}, holidays: [{country: ES}]}}")
        policies = "[{name: a, calendar: office, objectives: {resolution: {target: 172h}}}]"
        assert said(policies, OFFICE) == []
        assert "open for about 169h a month" in said(policies, closed)[0][1]

    def test_a_calendar_that_closes_on_some_holidays_only_counts_hours_as_people_do(self) -> None:
        nearly = "timezone: UTC\ncalendars: {nearly: {hours: 24x7, holidays: [12-25]}}"
        policies = "[{name: a, calendar: nearly, objectives: {resolution: {target: 1440h}}}]"
        assert said(policies, nearly) == []


@pytest.mark.parametrize(
    ("target", "warn_at", "told"),
    [
        (
            "1m",
            "[75%, 80%]",
            "for a target of 1m 75% and 80% lie 3s apart, too close to act in between: keep one of them",
        ),
        (
            "1s",
            "[50.1%, 50.2%]",
            (
                "for a target of 1s 50.1% and 50.2% lie at the same instant, too close to act in between: "
                "keep one of them"
            ),
        ),
        ("5m", "[0.1%, 50%]", "for a target of 5m 0.1% falls together with the start: leave it out"),
        ("15m", "[50%, 99.9%]", "for a target of 15m 99.9% falls together with the deadline: leave it out"),
    ],
)
def test_s41_thresholds_that_coincide_are_told(target: str, warn_at: str, told: str) -> None:
    findings = promise(f"{{next_response: {{target: {target}, warn_at: {warn_at}}}}}")
    assert ("next_response.warn_at", told) in findings


def test_s41_thresholds_are_told_for_the_priorities_they_coincide_for() -> None:
    objectives = (
        "{next_response: {target: {P1: 10m, P2: 15m, P3: 4h, P4: 1 working day}, warn_at: [75%, 80%]}}"
    )
    assert [message.partition(" 75%")[0] for _, message in promise(objectives)] == [
        "for P1 (10m)",
        "for P2 (15m)",
    ]


def test_s41_thresholds_a_minute_apart_are_fine() -> None:
    assert promise("{next_response: {target: 20m, warn_at: [75%, 80%, 99%]}}") == []
    assert promise("{next_response: {target: 1s}}") == []


def test_a_goal_without_any_warning_is_told() -> None:
    assert [place for place, _ in promise("{resolution: {target: 4h, goal: 90%}}")] == ["resolution.goal"]
    assert promise("{resolution: {target: 4h, goal: 90%, warn_at: [75%]}}") == []


@pytest.mark.parametrize(
    ("pause_on", "told"),
    [
        (
            "waiting_custmer",
            "'waiting_custmer' is nothing that `hold_reasons` yields; did you mean waiting_customer?",
        ),
        (
            "Waiting-Customer",
            "'Waiting-Customer' is nothing that `hold_reasons` yields; did you mean waiting_customer?",
        ),
        (
            "Wait - User",
            "'Wait - User' never holds: `hold_reasons` turns it into 'waiting_customer'; write that",
        ),
    ],
)
def test_s15_a_reason_that_hold_reasons_spells_otherwise_is_told(pause_on: str, told: str) -> None:
    rest = "hold_reasons: {Wait - User: waiting_customer, L2: waiting_l2}"
    assert promise(f"{{resolution: {{target: 4h, pause_on: [{pause_on}]}}}}", rest=rest) == [
        ("resolution.pause_on", told)
    ]


@pytest.mark.parametrize("pause_on", ["waiting_customer", "waiting_vendor", "waiting_l3", "any", "none"])
def test_s15_a_reason_that_a_source_may_send_itself_is_not(pause_on: str) -> None:
    rest = "hold_reasons: {Wait - User: waiting_customer, L2: waiting_l2}"
    assert promise(f"{{resolution: {{target: 4h, pause_on: {pause_on}}}}}", rest=rest) == []
