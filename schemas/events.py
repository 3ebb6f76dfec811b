"""Ticket lifecycle events: what a source system says about one ticket, one model per `type`.

The wire is JSON on the topic `tickets`, keyed by `ticket_id`, plain or as CloudEvents 1.0 (binary mode puts the
same object into the value; structured mode wraps it as `data`). Unknown fields are allowed and ignored.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

import orjson
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, from_json

from schemas.faults import fault_text
from schemas.reasons import DeadLetterReason

Identifier = Annotated[
    str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$")
]
Word = Annotated[str, Field(min_length=1, max_length=256)]
Text = Annotated[str, Field(max_length=4096)]
Tier = Annotated[int, Field(ge=1, le=9)]
ObjectiveName = Literal["first_response", "next_response", "resolution", "handoff"]


_SHORTEST = len("2026-11-23T09:00")


def _written_as_a_date(value: object) -> object:
    """Refuses a number, also in quotes, which pydantic would take for seconds since 1970 (S1)."""
    if not isinstance(value, datetime) and (
        not isinstance(value, str) or value[4:5] != "-" or len(value) < _SHORTEST
    ):
        raise ValueError("write a time like 2026-11-23T09:00:00+01:00")
    return value


# Not strict, for a validator before it is handed the text and not JSON.
Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_as_a_date)]


class _Event(BaseModel):
    """What every event carries."""

    model_config = ConfigDict(extra="ignore", strict=True)

    event_id: Identifier = Field(description="Idempotency key: the same id again changes nothing.")
    ticket_id: Identifier = Field(description="Unique on the topic, and the record's key.")
    occurred_at: Instant = Field(description="RFC 3339 with an offset.")
    sequence: int = Field(0, ge=0, lt=1 << 53, description="Breaks ties of occurred_at inside one ticket.")
    source: Word | None = Field(None, description="The system that says so, for example zammad:desk.")


class _Attributes(_Event):
    """The attributes of a ticket that any of several events may set; null means not given."""

    customer: Word | None = None
    priority: Word | None = None
    queue: Word | None = None
    tier: Tier | None = None
    channel: Word | None = None
    category: Word | None = None
    subject: Text | None = None
    url: Text | None = None
    requester: Word | None = None
    assignee: Word | None = None
    tags: Annotated[list[Word], Field(max_length=50)] | None = None
    due: dict[ObjectiveName, Instant] | None = Field(
        None, description="Times promised by the source system; they override computed deadlines."
    )


class Created(_Attributes):
    """The ticket exists."""

    type: Literal["created"]
    customer: Word
    priority: Word
    tier: Tier | None = Field(None, description="1 when not given")


class Assigned(_Event):
    """The owner changed."""

    type: Literal["assigned"]
    queue: Word | None = None
    assignee: Word | None = None
    tier: Tier | None = None


class Responded(_Event):
    """A public answer to the customer; automation never stops a response clock."""

    type: Literal["responded"]
    actor_kind: Literal["agent", "automation"] = "agent"


class CustomerReplied(_Event):
    """The customer wrote."""

    type: Literal["customer_replied"]


class Held(_Event):
    """A hold begins; clocks whose `pause_on` names the reason pause."""

    type: Literal["held"]
    reason: Word = "unspecified"


class Resumed(_Event):
    """A hold ends; without a reason, all of them."""

    type: Literal["resumed"]
    reason: Word | None = None


class PriorityChanged(_Event):
    """Another priority holds from now on."""

    type: Literal["priority_changed"]
    priority: Word


class Escalated(_Event):
    """Moved to another support tier."""

    type: Literal["escalated"]
    tier: Tier
    queue: Word | None = None


class Updated(_Attributes):
    """Attributes changed."""

    type: Literal["updated"]
    status: Word | None = None


class Resolved(_Event):
    """The fault is mended."""

    type: Literal["resolved"]


class Reopened(_Event):
    """The ticket is open again."""

    type: Literal["reopened"]


class Closed(_Event):
    """The ticket is closed; without `resolved` before it, this resolves."""

    type: Literal["closed"]


class Cancelled(_Event):
    """No longer judged."""

    type: Literal["cancelled"]


class Merged(_Event):
    """Continued in another ticket; no longer judged."""

    type: Literal["merged"]
    into: Identifier


class Waived(_Event):
    """A verdict is excluded from attainment, with who and why; `revoked` brings it back."""

    type: Literal["waived"]
    objective: ObjectiveName
    cycle: int = Field(1, ge=1)
    reason: Text
    approved_by: Word
    revoked: bool = False


class Rated(_Event):
    """A customer satisfaction (CSAT) score."""

    type: Literal["rated"]
    score: float = Field(ge=0, allow_inf_nan=False)
    scale_max: float = Field(5, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _within_its_scale(self) -> Self:
        if self.score > self.scale_max:
            raise ValueError(f"the score {self.score:g} is above its scale of {self.scale_max:g}")
        return self


TicketEvent = (
    Created
    | Assigned
    | Responded
    | CustomerReplied
    | Held
    | Resumed
    | PriorityChanged
    | Escalated
    | Updated
    | Resolved
    | Reopened
    | Closed
    | Cancelled
    | Merged
    | Waived
    | Rated
)

TICKET_EVENT: Final[TypeAdapter[TicketEvent]] = TypeAdapter(
    Annotated[TicketEvent, Field(discriminator="type")]
)

_EVERY_EVENT: Final = frozenset({"event_id", "ticket_id", "occurred_at"})

# The order of events of one ticket at the same instant and sequence (S31).
EVENT_TYPES: Final = (
    "created",
    "assigned",
    "responded",
    "customer_replied",
    "held",
    "resumed",
    "priority_changed",
    "escalated",
    "updated",
    "resolved",
    "reopened",
    "closed",
    "cancelled",
    "merged",
    "waived",
    "rated",
)


class InvalidEvent(ValueError):
    """A record's value that is no ticket event; lives for one decision."""

    def __init__(self, reason: DeadLetterReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


# The adapter's own method resolves its options anew at each call, a tenth of the time of a decode.
_validate_json = TICKET_EVENT.validator.validate_json


def decode_event(value: bytes) -> TicketEvent:
    """The event in a record's value; raises `InvalidEvent` with the reason and what to mend."""
    try:
        event: TicketEvent = _validate_json(value)
    except ValidationError as error:
        data = _cloud_event_data(value)
        if data is None:
            raise _invalid(error) from None
    else:
        return event
    try:
        return TICKET_EVENT.validate_json(orjson.dumps(data))
    except ValidationError as error:
        raise _invalid(error) from None
    except TypeError as error:  # orjson writes 254 levels and reads more
        raise InvalidEvent(DeadLetterReason.INVALID, f"event: its `data` cannot be read: {error}") from None


def body_of(value: bytes, event: TicketEvent) -> dict[str, Any]:
    """The object that an event was read from, with the keys that it ignores; of a CloudEvents envelope its `data`."""
    try:
        content: dict[str, Any] = orjson.loads(value)
    except orjson.JSONDecodeError:  # what only pydantic's parser reads, NaN say
        content = from_json(value)
    if content.keys() >= _EVERY_EVENT and content.get("type") == event.type:
        return content
    data: dict[str, Any] = content["data"]
    return data


def _cloud_event_data(value: bytes) -> Any | None:
    """The `data` of a CloudEvents 1.0 envelope (structured mode), None when it is none."""
    try:
        envelope = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise InvalidEvent(DeadLetterReason.NOT_JSON, f"not JSON: {error}") from None
    if isinstance(envelope, dict) and "specversion" in envelope and "data" in envelope:
        return envelope["data"]
    return None


def _invalid(error: ValidationError) -> InvalidEvent:
    problems = error.errors(include_url=False)
    detail = "; ".join(f"{_field(problem)}: {fault_text(problem)}" for problem in problems)
    # Only an event whose sole fault is the missing offset says so: anything else must be mended first.
    if all(p["type"] == "timezone_aware" for p in problems):
        return InvalidEvent(DeadLetterReason.NO_OFFSET_IN_TIME, detail)
    return InvalidEvent(DeadLetterReason.INVALID, detail)


def _field(problem: ErrorDetails) -> str:
    """The field that a fault is in; the location begins with the event's type, if that is known."""
    if problem["type"].startswith("union_tag"):
        return "type"
    return ".".join(str(part) for part in problem["loc"][1:] if part != "[key]") or "event"
