"""The models of the policy file: strict, complete with their defaults, and JSON-able both ways."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from schemas.amounts import Amount
from schemas.csfs import kpi_number
from schemas.instants import DAY, HOUR, MINUTE
from schemas.policy import Objective, PolicyFile
from schemas.policy_names import Match

GOOD = sorted((Path(__file__).parents[1] / "policies" / "good").glob("*.yaml"))


def policy_file(text: str) -> PolicyFile:
    return PolicyFile.model_validate(yaml.safe_load(text))


def with_objectives(objectives: str, rest: str = "") -> PolicyFile:
    return policy_file(f"policies: [{{name: all, objectives: {objectives}}}]\n{rest}")


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_file_survives_the_way_through_json(path: Path) -> None:
    written = policy_file(path.read_text()).model_dump_json(by_alias=True)
    assert PolicyFile.model_validate_json(written).model_dump_json(by_alias=True) == written


def test_settings_that_are_left_out_have_the_defaults_of_the_rules() -> None:
    file = with_objectives("{}")
    assert file.retention == 90 * DAY
    assert file.max_skew == 5 * MINUTE
    assert file.alert_horizon == 15 * MINUTE
    assert file.reopen_within == Amount(working_days=5)
    assert file.history_events == 1000
    assert file.fcr_window == 72 * HOUR
    assert file.period_grace == 24 * HOUR
    assert file.silence_after == {}


def test_one_value_stands_for_a_list_of_one() -> None:
    file = policy_file("""
policies:
  - name: all
    match: {customer: acme, tier: 2, tags: gold}
    objectives: {handoff: {tier: 2, target: 2h, warn_at: 75%, pause_on: waiting_vendor}}
""")
    policy = file.policies[0]
    assert policy.match == Match(customer=("acme",), tier=(2,), tags=("gold",))
    (handoff,) = policy.objectives.handoff
    assert handoff.warn_at == (750,)
    assert handoff.pause_on == ("waiting_vendor",)


def test_a_match_of_nothing_matches_everything() -> None:
    file = policy_file("policies: [{name: all, match: {}, objectives: {}}]")
    assert file.policies[0].match.everything
    assert not Match(customer=("acme",)).everything


def test_thresholds_are_put_in_order() -> None:
    file = with_objectives("{resolution: {target: 4h, warn_at: [90%, 50%, 75%]}}")
    assert promised(file).warn_at == (500, 750, 900)


@pytest.mark.parametrize(
    ("text", "reasons"), [("none", ()), ("[]", ()), ("any", ("any",)), ("[a, b]", ("a", "b")), ("a", ("a",))]
)
def test_s15_pause_on_is_a_list_or_any_or_none(text: str, reasons: tuple[str, ...]) -> None:
    assert promised(with_objectives(f"{{resolution: {{target: 4h, pause_on: {text}}}}}")).pause_on == reasons


def test_s15_pause_on_that_is_left_out_is_told_from_none() -> None:
    assert promised(with_objectives("{resolution: {target: 4h}}")).pause_on is None


@pytest.mark.parametrize(
    "objectives",
    [
        "{resolution: {target: 4h, requires_response: 1}}",
        "{resolution: {target: 4h, reopen: later}}",
        "{handoff: {tier: 2.0, target: 4h}}",
        "{handoff: {tier: 10, target: 4h}}",
        "{resolution: {target: {}}}",
        "{resolution: {target: 4h, extra: 1}}",
    ],
)
def test_nothing_is_turned_into_what_it_is_not(objectives: str) -> None:
    with pytest.raises(ValidationError):
        with_objectives(objectives)


def test_names_are_checked_against_the_files_own_lists() -> None:
    with pytest.raises(ValidationError) as refused:
        policy_file("""
calendars: {office: {hours: 24x7}}
priorities: [high, low]
policies:
  - {name: a, calendar: ofice, match: {priority: P1}, objectives: {resolution: {target: {hihg: 4h}}}}
csfs: [{name: c, kpis: [{kpi: csat, priority: medium, min: 90%}]}]
""")
    places = [".".join(str(step) for step in fault["loc"]) for fault in refused.value.errors()]
    assert places == [
        "policies.0.match.priority.0",
        "policies.0.calendar",
        "policies.0.objectives.resolution.target.by_priority.hihg.[key]",
        "csfs.0.kpis.0.priority",
    ]


def test_lists_of_names_that_cannot_be_read_are_the_only_fault_reported() -> None:
    with pytest.raises(ValidationError) as refused:
        policy_file("{priorities: 7.5, calendars: [], policies: [{name: a, calendar: b, objectives: {}}]}")
    assert [fault["loc"][0] for fault in refused.value.errors()] == ["calendars"]


def test_a_part_of_a_file_can_be_read_without_its_lists_of_names() -> None:
    objective = Objective.model_validate({"target": {"urgent": "4h"}, "calendar": "elsewhere"})
    assert objective.target == {"urgent": Amount(open_time=4 * HOUR)}


def test_each_kpi_of_a_csf_is_bounded_in_its_own_unit() -> None:
    assert kpi_number("first_response_p90", "30m") == 30 * MINUTE
    assert kpi_number("csat", "90%") == 0.9
    assert kpi_number("kill_rate", "110%") == 1.1
    assert kpi_number("backlog", 150) == 150


@pytest.mark.parametrize(
    "fault",
    [
        "timezone: Mars/Olympus",
        "timezone: ../etc/passwd",
        "timezone: Europe",
        "routes: [{to: []}]",
        "routes: [{to: [slack]}]",
        "storm_limit: 0",
        "silence_after: {zammad: 0s}",
        "hold_reasons: {'': waiting_customer}",
        "exclusions: [{from: 2026-01-02, to: 2026-01-02, reason: maintenance}]",
        "csfs: [{name: a, kpis: []}]",
    ],
)
def test_a_fault_in_any_part_refuses_the_file(fault: str) -> None:
    with_objectives("{}")
    with pytest.raises(ValidationError):
        with_objectives("{}", fault)


def test_the_json_schema_describes_every_setting_as_people_write_it() -> None:
    schema = PolicyFile.model_json_schema()
    assert schema["additionalProperties"] is False
    assert schema["properties"]["retention"]["default"] == "90 days"
    assert schema["properties"]["calendars"]["additionalProperties"]["required"] == ["hours"]
    pattern = re.compile(schema["$defs"]["Objective"]["properties"]["reopen_within"]["anyOf"][0]["pattern"])
    assert [bool(pattern.match(text)) for text in ("15m", "1h30m", "3 working days", "1d", "")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_the_json_schema_is_json() -> None:
    assert json.loads(json.dumps(PolicyFile.model_json_schema()))["title"] == "PolicyFile"


def promised(file: PolicyFile) -> Any:
    return file.policies[0].objectives.resolution
