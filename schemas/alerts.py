"""Alerts: what people must hear about one clock, as written to `sla-alerts`, keyed by `alert_id`."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.events import ObjectiveName

AlertState = Literal["at_risk", "breached", "resolved", "retracted", "cancelled"]


class Alert(BaseModel):
    """One transition of one alert: the same id again with a higher revision replaces it."""

    model_config = ConfigDict(extra="forbid")

    alert_id: str = Field(description="derived from ticket, objective and cycle")
    revision: int = Field(ge=1)
    episode: int = Field(ge=1)
    state: AlertState
    threshold: float | None = Field(description="the share of the target that was passed; 1 is the deadline")
    ticket_id: str
    customer: str
    priority: str
    tier: int
    queue: str | None
    assignee: str | None
    objective: ObjectiveName
    cycle: int
    due_at: AwareDatetime | None
    breached_at: AwareDatetime | None
    stopped_at: AwareDatetime | None = Field(
        description="when the clock stopped: of a retracted alert, with `due_at`, the proof; null while it runs",
    )
    detected_at: AwareDatetime = Field(
        description="when a worker found it; in a replay when it happened, and when what ended it came"
    )
    elapsed_seconds: float
    historical: bool
    reason: str
    doubtful: Literal["source_silent"] | None = Field(
        description="a breach noticed while the ticket's source was silent (S39)"
    )
    policy: str
    policy_version: str
    subject: str | None
    url: str | None
