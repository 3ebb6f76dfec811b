"""What one version changes against another, in one sentence."""

from __future__ import annotations

import pytest
import yaml

from monitor.policies import PolicyVersion, compile_version
from monitor.policy_changes import what_changed
from schemas.policy import PolicyFile

TEXT = """
calendars: {office: {hours: {mon-fri: ["09:00-17:00"]}}}
policies:
  - {name: gold, calendar: office, match: {tags: gold}, objectives: {resolution: {target: 1h}}}
  - {name: all, objectives: {resolution: {target: 4h}, first_response: {target: 1h}}}
"""


def version(text: str) -> PolicyVersion:
    return compile_version(PolicyFile.model_validate(yaml.safe_load(text)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("target: 4h", "target: 8h", "policies changed: all (resolution)"),
        ("match: {tags: gold}", "match: {tags: vip}", "policies changed: gold (match)"),
        ("name: gold", "name: golden", "policies added: golden; policies removed: gold"),
        ("17:00", "18:00", "calendars changed: office"),
        ("policies:", "retention: 30 days\npolicies:", "settings changed: retention"),
        ("policies:", "effective: 2026-01-01\npolicies:", "nothing in what is promised"),
    ],
)
def test_a_change_is_named_by_what_it_touches(old: str, new: str, said: str) -> None:
    assert what_changed(version(TEXT), version(TEXT.replace(old, new))) == said


def test_another_order_is_a_change() -> None:
    lines = TEXT.splitlines()
    turned = "\n".join([*lines[:3], lines[4], lines[3]])
    assert what_changed(version(TEXT), version(turned)) == "policies in another order"


def test_the_first_version_changes_nothing() -> None:
    assert what_changed(None, version(TEXT)) == "the first version, with 2 policies"
