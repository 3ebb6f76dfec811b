"""Dead letters: records that were set aside whole, with headers that say why and where they came from."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from schemas.reasons import DeadLetterReason

HEADER_REASON = "sla-reason"
HEADER_ERROR = "sla-error"
HEADER_TOPIC = "sla-source-topic"
HEADER_PARTITION = "sla-source-partition"
HEADER_OFFSET = "sla-source-offset"
HEADER_TIME = "sla-time"


class DeadLetter(NamedTuple):
    """A record for `tickets-dlq`: key, value and headers as bytes."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class DeadLetterLine(BaseModel):
    """One line of `dead_letters.jsonl`: the same as the record's headers, with key and value as text."""

    model_config = ConfigDict(extra="forbid")

    reason: DeadLetterReason
    error: str
    topic: str
    partition: int
    offset: int = Field(description="of the record in its topic; in a replay, the line's number from 0")
    key: str | None
    value: str | None = Field(description="UTF-8; bytes that are none are replaced")
