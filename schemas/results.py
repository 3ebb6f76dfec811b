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

    kind: str = Field(description="counted, a hold's reason, or resolved (the gap before a reopen)")
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None
    open_seconds: float = Field(description="the calendar's open time inside")


class Evidence(BaseModel):
    """What a verdict rests on, complete enough to explain it after the ticket has left the state."""

    model_config = ConfigDict(extra="forbid")

    intervals: list[Interval]
    calendar_timezone: str
    hold_overrun_seconds: float = 0
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
