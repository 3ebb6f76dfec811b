"""Policies that differ in one thing each."""

from __future__ import annotations

FIRST = """\
# The first.
policies:
  - name: standard
    objectives:
      first_response: {target: 1h}
"""
SECOND = FIRST.replace("target: 1h", "target: 2h")
THIRD = FIRST.replace("target: 1h", "target: 3h")
BROKEN = FIRST.replace("target: 1h", "targit: 1h")
