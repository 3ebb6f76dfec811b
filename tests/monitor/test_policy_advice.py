"""What is legal in a policy file but surely not meant."""

from __future__ import annotations

import pytest
import yaml

from monitor.policy_advice import advise
from schemas.policy import PolicyFile


def said(policies: str, rest: str = "timezone: UTC") -> list[tuple[str, str]]:
    """The findings as (place, message)."""
    file = PolicyFile.model_validate(yaml.safe_load(f"{rest}\npolicies: {policies}"))
    return [(".".join(map(str, place)), message) for place, message in advise(file)]


def test_s23_policies_below_a_fallback_are_never_reached() -> None:
    assert said("""
  - {name: all, objectives: {}}
  - {name: acme, match: {customer: acme}, objectives: {}}
  - {name: other, objectives: {}}
""") == [
        ("policies.1", "'acme' is never reached: 'all' above it matches every ticket"),
        ("policies.2", "'other' is never reached: 'all' above it matches every ticket"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "reached"),
    [
        ("", "effective: 2026-01-01,", False),
        ("effective: 2026-01-01,", "effective: 2026-01-01,", False),
        ("effective: 2026-01-01,", "effective: 2026-02-01,", False),
        ("effective: 2026-02-01,", "effective: 2026-01-01,", True),
        ("effective: 2026-01-01,", "", True),
    ],
)
def test_a_policy_that_begins_before_the_fallback_above_it_is_reached(
    first: str, second: str, reached: bool
) -> None:
    findings = said(f"[{{name: a, {first} objectives: {{}}}}, {{name: b, {second} objectives: {{}}}}]")
    assert (findings == []) is reached


def test_a_file_without_a_zone_is_told_that_it_reports_in_utc() -> None:
    assert said("[{name: all, objectives: {}}]", rest="") == [
        ("timezone", "left out: days, weeks and months are those of UTC")
    ]


@pytest.mark.parametrize(
    ("policy", "objective", "told"),
    [
        ("", "", True),
        ("calendar: 24x7,", "", False),
        ("", "calendar: 24x7,", False),
        ("", "calendar: {P1: 24x7},", True),
        ("", "calendar: {P1: 24x7, P2: 24x7, P3: 24x7, P4: 24x7},", False),
    ],
)
def test_a_promise_that_names_no_calendar_for_some_priority_is_told(
    policy: str, objective: str, told: bool
) -> None:
    findings = said(f"[{{name: a, {policy} objectives: {{resolution: {{{objective} target: 4h}}}}}}]")
    assert [place for place, _ in findings] == (["policies.0.objectives.resolution"] if told else [])


def test_a_setting_that_its_objective_does_not_read_is_told() -> None:
    findings = said("""
  - name: a
    calendar: 24x7
    objectives:
      first_response: {target: 1h, requires_response: true, reopen: ignore}
      resolution: {target: 4h, reopen: ignore, reopen_within: 4h, requires_response: true}
      handoff: {tier: 2, target: 1h, reopen_within: 4h}
""")
    assert findings == [
        ("policies.0.objectives.first_response.reopen", "has no effect here: only `resolution` reads it"),
        (
            "policies.0.objectives.resolution.requires_response",
            "has no effect here: only `first_response` reads it",
        ),
        ("policies.0.objectives.handoff.0.reopen_within", "has no effect here: only `resolution` reads it"),
    ]
