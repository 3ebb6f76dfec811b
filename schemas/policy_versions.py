"""Policy versions on their topic: one record per publication of a policy file, the newest last.

The topic is compacted, but every record has a key of its own, so that none is ever replaced: a verdict can name
the text that judged it as long as the topic lives. All records lie in partition 0, whose order is the history.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

POLICIES_PARTITION: Final = 0
LARGEST_RECORD: Final = 1_000_000
"""Bytes; brokers refuse a batch of more than 1,048,588 unless told otherwise."""


class PublishedPolicy(BaseModel):
    """A policy file as it was published. Fields that a later release adds are passed over."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    version: str = Field(description="the hash of what the file says, which verdicts cite", min_length=1)
    starts: AwareDatetime | None = Field(description="from when on it holds; null is always")
    at_once: bool = Field(
        description="whether it was to hold as soon as possible, which `starts` then says in instants"
    )
    published_at: AwareDatetime
    published_by: str = Field(description="the host and the worker or user")
    publication: str = Field(description="the same for files that were published together")
    file: str = Field(description="what the file was called")
    text: str = Field(description="the file's YAML, whole")
    holidays: dict[str, list[date]] = Field(
        description="public holidays of each place that the calendars name (`ES`, `ES/MD`), from 2000 to 2059"
    )
    holidays_library: str = Field(description="the release of the `holidays` library that gave them")
