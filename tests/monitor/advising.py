"""What is advised about a policy file that is given as YAML text."""

from __future__ import annotations

import yaml

from monitor.policies import PolicyVersion, compile_version
from monitor.policy_advice import advise
from schemas.instants import parse_iso
from schemas.policy import PolicyFile

NOW = parse_iso("2026-03-02T08:00:00Z")
OFFICE = """
timezone: Europe/Madrid
calendars: {office: {hours: {mon-fri: ["09:00-17:00"]}}}
"""


def version(text: str) -> PolicyVersion:
    """The compiled file."""
    return compile_version(PolicyFile.model_validate(yaml.safe_load(text)))


def said(policies: str, rest: str = "timezone: UTC") -> list[tuple[str, str]]:
    """The findings as (place, message), for policies and what else the file says."""
    return told(f"{rest}\npolicies: {policies}")


def told(text: str) -> list[tuple[str, str]]:
    """The findings as (place, message), for a whole file."""
    return [(".".join(map(str, place)), message) for place, message in advise(version(text), NOW)]


def promise(objectives: str, *, match: str = "{}", rest: str = "") -> list[tuple[str, str]]:
    """The findings for one policy that counts on an office, by their places below its objectives."""
    policies = f"[{{name: a, match: {match}, calendar: office, objectives: {objectives}}}]"
    findings = said(policies, f"{OFFICE}\n{rest}")
    return [(place.removeprefix("policies.0.objectives."), message) for place, message in findings]
