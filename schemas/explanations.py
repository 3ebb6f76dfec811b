"""Explanations: how each figure about one ticket came about, as `sla-monitor explain --json` prints it.

Instants are RFC 3339 in the zone of the clock's calendar, with the offset of that moment; amounts are seconds.
A clock's rows add up: counted, paused, resolved and closed seconds are its wall-clock time.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.events import ObjectiveName
from schemas.results import Merged, Outcome

Seconds = int | float
Standing = Literal["judged", "provisional", "no_policy", "nothing_promised", "left_state", "published"]
IdleReason = Literal["not_promised", "no_such_cycle", "no_verdict", "undecided"]
RowKind = Literal["counted", "hold", "excluded", "resolved"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Origin(_Part):
    """Where the answer comes from."""

    kind: Literal["files", "state", "results"]
    places: list[str] = Field(description="the files, or the topic")
    partition: int | None = Field(None, description="of the topic")
    usual_partition: int | None = Field(
        None, description="where Kafka's default partitioner puts the ticket, if it was found elsewhere"
    )
    records: int = Field(description="lines replayed, or records of the topic that were read")
    judged_to: AwareDatetime | None = Field(
        None, description="the partition's time (S36): what was due before it has been judged"
    )
    counted_to: AwareDatetime | None = Field(None, description="up to which running clocks are counted here")


class Facts(_Part):
    """The ticket itself; null where the source does not say."""

    customer: str | None = None
    priority: str | None = None
    tier: int | None = None
    queue: str | None = None
    assignee: str | None = None
    source: str | None = None
    subject: str | None = None
    url: str | None = None
    created_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    ended: str | None = Field(None, description="cancelled, merged or deleted (S24)")
    merged_into: str | None = Field(None, description="of a merged ticket: the one that goes on")


class Remark(_Part):
    """Something about a row that a reader would ask about."""

    kind: Literal["closed_day", "holiday", "other_hours", "clock_change", "deadline", "breach"]
    name: str | None = Field(None, description="of a public holiday")
    hours: list[str] = Field([], description="of `other_hours`: when the day is open")
    at: AwareDatetime | None = Field(None, description="of a clock change, the deadline and the breach")
    shift_seconds: int | None = Field(None, description="of a clock change; positive in spring")


class Row(_Part):
    """What one clock did during one local day, or a part of it.

    Without the calendar at hand a row is a whole stretch, whatever its length.
    """

    date: date
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    kind: RowKind
    reason: str | None = Field(None, description="of a hold or an exclusion")
    wall_seconds: Seconds
    open_seconds: Seconds = Field(description="the calendar's open time inside: what the kind applies to")
    closed_seconds: Seconds
    remarks: list[Remark] = []


class Paused(_Part):
    """What the holds of one reason, or the exclusions of one, took out."""

    kind: Literal["hold", "excluded"]
    reason: str | None
    open_seconds: Seconds


class Sums(_Part):
    """The rows of a clock added up."""

    wall_seconds: Seconds
    counted_seconds: Seconds
    paused_seconds: Seconds
    resolved_seconds: Seconds = Field(description="open time between a `resolved` and the reopen after it")
    closed_seconds: Seconds
    paused: list[Paused] = []


class TargetBasis(_Part):
    """How the target was found.

    `open_time` and `working_days` are what the policy says; `source` was promised by the source system (S18);
    `scaled` by a change from now on (S20); `unknown` without the policy at hand.
    """

    kind: Literal["open_time", "working_days", "source", "scaled", "unknown"]
    promised: str | None = Field(None, description="as the policy says it, such as 8h or 3 working days")
    priority: str = Field(description="that it is promised to")
    counted_before_seconds: Seconds | None = Field(None, description="of `scaled`: counted before the change")
    share_left: float | None = Field(
        None,
        description="of `scaled`: the share of what is promised that was left; the target is the sum of both",
    )
    promised_seconds: Seconds | None = Field(
        None, description="of `scaled`: what is promised in open time, as it was at the change"
    )
    working_days: int | None = None
    counted_from: AwareDatetime | None = Field(
        None, description="of working days: the start, of `scaled` the change, or the next opening after it"
    )
    counted_to: AwareDatetime | None = Field(
        None, description="of working days: the same local time so many working days later (S2)"
    )


class TermLine(_Part):
    """A term the clock was judged under, and from when on (S20, S22)."""

    from_: AwareDatetime = Field(alias="from")
    change: Literal["started", "retroactive", "from_now"]
    policy: str
    policy_version: str
    priority: str
    calendar: str
    calendar_timezone: str
    target_seconds: Seconds


class Threshold(_Part):
    """A warning the policy asks for, and when that share of the target was or will be used up."""

    share: float
    at: AwareDatetime | None = Field(description="null when that was never reached, or not while paused")


class Discrepancy(_Part):
    """Figures that ought to agree and do not: the explanation then proves nothing."""

    check: Literal["counted", "paused", "interval", "gap", "calendar", "due", "target", "outcome"]
    stated_seconds: Seconds | None = None
    found_seconds: Seconds | None = None
    at: AwareDatetime | None = None


class ClockAccount(_Part):
    """One clock: its verdict, what it was judged under, and where its time went."""

    objective: ObjectiveName
    cycle: int
    tier: int
    customer: str
    priority: str
    outcome: Outcome
    reason: str
    revision: int = Field(description="how often the verdict was published; 0 when never")
    policy: str
    policy_version: str
    policy_known: bool = Field(description="whether that version was at hand")
    policy_since: AwareDatetime | None = Field(description="in force since; null when always, or not known")
    calendar: str | None
    calendar_timezone: str
    target_seconds: Seconds
    target_basis: TargetBasis
    terms: list[TermLine]
    thresholds: list[Threshold]
    started_at: AwareDatetime
    due_at: AwareDatetime | None
    stopped_at: AwareDatetime | None
    stop_reason: str | None = Field(description="what stopped a missed clock; null where `reason` says it")
    breached_at: AwareDatetime | None
    accounted_to: AwareDatetime = Field(description="where the rows end: the stop, the breach, or now")
    elapsed_seconds: Seconds
    paused_seconds: Seconds
    margin_seconds: Seconds = Field(description="open time left of the target; negative when exceeded")
    late_seconds: Seconds | None = Field(
        description="of a missed clock that still runs: open time counted beyond its target"
    )
    hold_overrun_seconds: Seconds = Field(description="0 for a clock that no hold for the customer pauses")
    doubtful: str | None
    waived: dict[str, str] | None
    by_day: bool = Field(description="whether the rows are days; else they are whole stretches")
    merged: Merged | None = Field(None, description="what comes before the rows, of a very long ticket (S38)")
    rows: list[Row]
    sums: Sums
    discrepancies: list[Discrepancy]


class Happening(_Part):
    """An event of the ticket."""

    at: AwareDatetime
    type: str
    data: dict[str, object]


class SetAside(_Part):
    """An event of the ticket that became a dead letter."""

    reason: str
    error: str
    place: str


class Nameless(_Part):
    """Records that became dead letters and do not say which ticket they are of: they may be this one's."""

    records: int
    first: SetAside


class IdleWaiver(_Part):
    """A waiver that hits no verdict (S25).

    `not_promised`: the policy has no such objective for the ticket; `no_such_cycle`: it was not started so often;
    `no_verdict`: that clock was cancelled; `undecided`: it takes effect with the verdict, and nobody must act.
    """

    objective: ObjectiveName
    cycle: int
    at: AwareDatetime | None = Field(description="of the event; null when that is no longer kept")
    reason: str
    approved_by: str = Field(description="who must say which verdict was meant")
    why: IdleReason
    cycles_started: int = Field(description="of this objective, so far")


class PolicyMiss(_Part):
    """Why one policy does not judge the ticket."""

    policy: str
    policy_version: str
    in_force: bool
    attribute: str | None = Field(None, description="the first attribute that does not match")
    wanted: list[str] = []
    found: list[str] = []


class Explanation(_Part):
    """All that is known of how one ticket is judged."""

    ticket_id: str
    origin: Origin
    standing: Standing = Field(
        description="left_state: only its published verdicts are left; published: only they could be explained"
    )
    timezone: str = Field(
        description="of all that belongs to no calendar: the first clock's, else of reports"
    )
    ticket: Facts
    policies: list[str] = Field(description="versions at hand")
    misses: list[PolicyMiss] = Field(description="of a ticket without policy: why none matched (S23)")
    kept_until: AwareDatetime | None = Field(
        None, description="of a provisional ticket: when its events are set aside as orphans (S32)"
    )
    clocks: list[ClockAccount]
    missing_cycles: list[str] = Field(description="objective:cycle of clocks that have left the state")
    idle_waivers: list[IdleWaiver] = Field([], description="waivers of the ticket that hit no verdict (S25)")
    happenings: list[Happening] = Field(description="the ticket's events, as far as they are kept")
    set_aside: list[SetAside]
    nameless: Nameless | None = Field(
        None,
        description="what was set aside and may be of this ticket; null when nothing was, or not looked for",
    )
    consistent: bool = Field(description="whether all figures agree")
