"""Results: the verdict on one clock of one ticket, as written to `sla-results` and by `replay`."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.events import ObjectiveName

Outcome = Literal["met", "missed", "running", "paused", "cancelled", "waived"]
SETTLED: frozenset[str] = frozenset({"met", "missed", "cancelled", "waived"})


class Interval(BaseModel):
    """One stretch of a clock's life; `to` is null while it lasts."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: str = Field(description="counted, a hold's reason, excluded, or resolved (the gap before a reopen)")
    reason: str | None = Field(None, description="of an exclusion")
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None
    open_seconds: float = Field(description="the calendar's open time inside")


class Term(BaseModel):
    """Under what a clock was judged from an instant on: at its start, and after each change of it (S20, S22).

    A `retroactive` term counts from the clock's start, and those before it are kept as history only. A term `from_now`
    leaves what was counted before it as it was.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: AwareDatetime = Field(alias="from")
    change: Literal["started", "retroactive", "from_now"]
    policy: str
    policy_version: str
    priority: str
    calendar: str
    calendar_timezone: str
    target_seconds: float = Field(description="of the whole clock, as it stood from then on")


class Merged(BaseModel):
    """What a clock had counted by the instant up to which the ticket's holds and reopens are no longer kept (S38)."""

    model_config = ConfigDict(extra="forbid")

    to: AwareDatetime
    counted_seconds: float
    paused_seconds: float


class Evidence(BaseModel):
    """What a verdict rests on, complete enough to explain it after the ticket has left the state."""

    model_config = ConfigDict(extra="forbid")

    intervals: list[Interval] = Field(description="from the start, or from where `merged` ends")
    merged: Merged | None = Field(None, description="of a ticket with hundreds of holds or reopens")
    terms: list[Term] = Field([], description="the latest 16; the last one is in force")
    calendar_timezone: str
    due_from_source: bool = Field(
        default=False, description="the source promised the due time, not the policy (S18)"
    )
    stop_reason: str | None = Field(
        None, description="what stopped the clock, where `reason` says why it was missed"
    )
    hold_overrun_seconds: float = Field(
        0,
        description="counted after replies that ended a hold, up to its resume (S16); without what is merged",
    )
    doubtful: Literal["source_silent"] | None = Field(
        None, description="a breach noticed while the ticket's source was silent (S39)"
    )
    waived: dict[str, str] | None = None


class ResultLine(BaseModel):
    """One line of `results.jsonl`: a clock as it stands."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: str
    customer: str
    priority: str = Field(description="at the instant that dates the verdict")
    tier: int
    objective: ObjectiveName
    cycle: int = Field(ge=1)
    started_at: AwareDatetime
    target_seconds: float
    due_at: AwareDatetime | None = Field(description="null while paused")
    stopped_at: AwareDatetime | None
    elapsed_seconds: float
    paused_seconds: float
    outcome: Outcome
    breached_at: AwareDatetime | None
    reason: str
    policy: str
    policy_version: str


class Result(ResultLine):
    """A record of `sla-results`: the line, how often it was corrected, and its evidence."""

    revision: int = Field(ge=1)
    evidence: Evidence
