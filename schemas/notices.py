"""What people say about notices: that they have seen an alert, and what they do not want to hear for a while."""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from schemas.events import ObjectiveName


class Acknowledgement(BaseModel):
    """Somebody has seen an alert: it is not repeated, until a later revision of it says something new."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alert_id: str
    revision: int = Field(ge=1, description="the revision that was seen; earlier ones are seen with it")
    by: str


class Mute(BaseModel):
    """What nobody is notified of until an end: every key that is given must fit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mute_id: str = Field(
        min_length=1, description="the same id again replaces it; an end in the past lifts it"
    )
    until: AwareDatetime
    by: str
    customer: str | None = None
    ticket_id: str | None = None
    objective: ObjectiveName | None = None

    @model_validator(mode="after")
    def _mutes_something(self) -> Self:
        if self.customer is None and self.ticket_id is None and self.objective is None:
            raise ValueError(
                "a mute names a customer, a ticket or an objective: it never silences everything"
            )
        return self
