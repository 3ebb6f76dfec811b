"""The policy of the demo: a real policy file, with promises in seconds and an office that is open now."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from monitor.synthetic import HANDOFF_SECONDS, PROMISES

# Around the world in steps of at most three hours, so that in one of them it is a quiet time of the morning.
_OFFICES: Final = (
    "Pacific/Auckland",
    "Asia/Tokyo",
    "Asia/Bangkok",
    "Asia/Karachi",
    "Europe/Istanbul",
    "Europe/Madrid",
    "Atlantic/Azores",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Honolulu",
)
_OPENS: Final = 8
_SETTLED: Final = 9  # the office is chosen where it is past nine, so that a demo of hours stays open

_POLICY: Final = """\
# acme buys round-the-clock service; globex has its office hours, at present those of {office}.
timezone: {office}
calendars:
  office:
    timezone: {office}
    hours: {{mon-sun: ["{opens:02}:00-18:00"]}}
priorities: [{priorities}]
policies:
  - name: acme-gold
    match: {{customer: acme}}
    objectives: &promises
      first_response: {{target: {{{first_response}}}, warn_at: [50%, 75%], goal: 90%}}
      next_response: {{target: {{{next_response}}}, warn_at: [75%], goal: 90%}}
      resolution: {{target: {{{resolution}}}, warn_at: [50%, 75%], goal: 90%}}
      handoff:
        - {{tier: 2, target: {handoff}s, warn_at: [75%]}}
        - {{tier: 3, target: {handoff}s, warn_at: [75%]}}
  - name: globex-office
    match: {{customer: globex}}
    calendar: office
    objectives: *promises
"""


def demo_policy(now: datetime) -> str:
    """The YAML of the demo's policy at an aware instant."""
    targets = {
        objective: ", ".join(
            f"{priority}: {getattr(promise, objective)}s" for priority, promise in PROMISES.items()
        )
        for objective in ("first_response", "next_response", "resolution")
    }
    return _POLICY.format(
        office=open_office(now),
        opens=_OPENS,
        priorities=", ".join(PROMISES),
        handoff=HANDOFF_SECONDS,
        **targets,
    )


def open_office(now: datetime) -> str:
    """The zone in which the office opened last, but at least an hour ago."""
    hours = {zone: now.astimezone(ZoneInfo(zone)).hour for zone in _OFFICES}
    return min(_OFFICES, key=lambda zone: (hours[zone] - _SETTLED) % 24)
