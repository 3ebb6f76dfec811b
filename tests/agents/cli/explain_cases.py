"""Hand-made tickets whose accounts are kept as text, one for each thing a reader may ask about."""

from __future__ import annotations

from typing import Final, NamedTuple

POLICY: Final = """
timezone: Europe/Madrid
calendars:
  office:
    timezone: Europe/Madrid
    hours: {mon-fri: ["09:00-17:00"]}
    holidays: [{country: ES, subdivision: MD}, {date: 2026-12-24, hours: ["09:00-13:00"]}, 2026-12-07]
priorities: [P1, P2, P3]
policies:
  - name: gold
    match: {customer: [acme, globex]}
    calendar: office
    objectives:
      first_response: {target: {P1: 15m, P2: 30m, P3: 4h}, warn_at: [75%]}
      next_response: {target: 1h}
      resolution:
        target: {P1: 12h, P2: 8h, P3: 3 working days}
        calendar: {P1: 24x7}
        warn_at: [50%, 90%]
  - name: from-now-on
    match: {customer: hooli}
    calendar: office
    objectives: {resolution: {target: {P1: 12h, P2: 8h}, calendar: {P1: 24x7}, on_change: from_now}}
exclusions:
  - {from: 2026-03-10T08:00:00+01:00, to: 2026-03-10T11:30:00+01:00, reason: power cut}
"""


class Case(NamedTuple):
    """A timeline in the short form of `tests.builders`, and until when the clock runs on."""

    timeline: tuple[str, ...]
    until: str | None = None


CASES: Final = {
    "holds_over_closing_time": Case(
        (
            "2026-03-02T16:00:00+01:00 created INC-1",
            "2026-03-02T16:10:00+01:00 responded INC-1",
            "2026-03-02T16:30:00+01:00 held INC-1 reason=waiting_customer",
            "2026-03-02T16:45:00+01:00 held INC-1 reason=waiting_vendor",
            "2026-03-03T09:30:00+01:00 resumed INC-1 reason=waiting_vendor",
            "2026-03-03T10:00:00+01:00 customer_replied INC-1",
            "2026-03-03T10:30:00+01:00 responded INC-1",
            "2026-03-03T11:00:00+01:00 resumed INC-1",
            "2026-03-04T09:20:00+01:00 resolved INC-1",
        )
    ),
    "night_of_the_clock_change": Case(
        (
            "2026-03-28T22:00:00+01:00 created INC-1 priority=P1",
            "2026-03-29T04:00:00+02:00 responded INC-1",
            "2026-03-29T10:59:59+02:00 resolved INC-1",
        )
    ),
    "holidays_and_a_short_day": Case(
        (
            "2026-12-22T12:00:00+01:00 created INC-1 priority=P3",
            "2026-12-22T15:00:00+01:00 responded INC-1",
            "2026-12-28T13:00:01+01:00 resolved INC-1",
        )
    ),
    "reopened": Case(
        (
            "2026-03-02T09:00:00+01:00 created INC-1",
            "2026-03-02T11:00:00+01:00 resolved INC-1",
            "2026-03-03T10:00:00+01:00 reopened INC-1",
            "2026-03-03T12:00:00+01:00 resolved INC-1",
        )
    ),
    "waived": Case(
        (
            "2026-03-02T09:00:00+01:00 created INC-1",
            "2026-03-02T10:00:00+01:00 responded INC-1",
            "2026-03-02T11:00:00+01:00 resolved INC-1",
            (
                '{"event_id":"w","type":"waived","ticket_id":"INC-1","occurred_at":"2026-03-04T11:00:00+01:00",'
                '"objective":"first_response","reason":"the line was down","approved_by":"Eva"}'
            ),
        )
    ),
    "missed_and_still_open": Case(
        ("2026-03-02T09:00:00+01:00 created INC-1", "2026-03-02T09:10:00+01:00 responded INC-1"),
        "2026-03-04T12:00:00+01:00",
    ),
    "paused": Case(
        (
            "2026-03-02T09:00:00+01:00 created INC-1",
            "2026-03-02T09:10:00+01:00 responded INC-1",
            "2026-03-02T10:00:00+01:00 held INC-1 reason=waiting_vendor",
        ),
        "2026-03-03T12:00:00+01:00",
    ),
    "months_on_hold": Case(
        (
            "2026-01-12T09:00:00+01:00 created INC-1",
            "2026-01-12T09:10:00+01:00 responded INC-1",
            "2026-01-12T10:00:00+01:00 held INC-1 reason=waiting_vendor",
            "2026-06-10T10:00:00+02:00 resumed INC-1",
        ),
        "2026-06-10T12:00:00+02:00",
    ),
    "promised_by_the_source": Case(
        (
            '2026-03-02T09:00:00+01:00 created INC-1 due={"resolution":"2026-03-03T12:00:00+01:00"}',
            "2026-03-02T09:10:00+01:00 responded INC-1",
            "2026-03-03T11:00:00+01:00 resolved INC-1",
        )
    ),
    "changed_retroactively": Case(
        (
            "2026-03-02T09:00:00+01:00 created INC-1",
            "2026-03-02T09:10:00+01:00 responded INC-1",
            "2026-03-02T16:00:00+01:00 priority_changed INC-1 priority=P1",
            "2026-03-02T22:00:00+01:00 resolved INC-1",
        )
    ),
    "changed_from_now_on": Case(
        (
            "2026-03-02T13:00:00+01:00 created INC-1 customer=hooli",
            "2026-03-03T09:00:00+01:00 priority_changed INC-1 priority=P1",
            "2026-03-03T13:00:00+01:00 held INC-1 reason=waiting_vendor",
            "2026-03-03T14:00:00+01:00 resumed INC-1",
            "2026-03-03T15:00:00+01:00 resolved INC-1",
        )
    ),
    "excluded": Case(
        (
            "2026-03-09T16:00:00+01:00 created INC-1",
            "2026-03-09T16:10:00+01:00 responded INC-1",
            "2026-03-10T13:00:00+01:00 resolved INC-1",
        )
    ),
    "cancelled": Case(
        ("2026-03-02T09:00:00+01:00 created INC-1", "2026-03-02T09:10:00.250000+01:00 cancelled INC-1")
    ),
    "provisional": Case(("2026-03-02T09:10:00+01:00 responded INC-1",)),
    "without_a_policy": Case(("2026-03-02T09:00:00+01:00 created INC-1 customer=initech",)),
}
