"""Publications as they lie on their topic: a record's bytes to a compiled version, and a file to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from pydantic import ValidationError

from monitor.adapters.policy_file import LoadedPolicy, PolicyFileError, parse_policy
from monitor.calendar_shelf import CalendarShelf
from monitor.errors import PolicyError
from monitor.policies import ALWAYS, PolicyVersion, compile_version
from monitor.policy_history import Publication
from monitor.public_holidays import library_version
from schemas.faults import fault_text
from schemas.instants import Micros, from_micros
from schemas.policy_versions import LARGEST_RECORD, PublishedPolicy


class PublicationUnreadable(PolicyError):
    """A record of the policies topic that this release cannot read: whoever runs the workers must see to it."""


class PolicyTooLarge(PolicyError):
    """A policy that does not fit a record: its author must make it smaller."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a publication says besides the file: `starts` is `ALWAYS` for always; `publication` joins files."""

    starts: Micros
    at_once: bool
    now: Micros
    by: str
    publication: str


def read_publication(
    value: bytes | None, *, appended_at: Micros | None = None, shelf: CalendarShelf | None = None
) -> Publication:
    """The publication of a record; raises `PublicationUnreadable`, which says why it cannot be one here."""
    try:
        record = PublishedPolicy.model_validate_json(value or b"")
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise PublicationUnreadable(
            f"it is no published policy: {place or 'the record'}: {fault_text(fault)}"
        ) from error
    try:
        loaded = parse_policy(record.text, record.file, public_dates=record.holidays)
        compiled = compile_version(loaded.file, holidays=record.holidays, shelf=shelf, name=record.version)
    except PolicyFileError as error:
        raise PublicationUnreadable(
            f"this release cannot use the text of version {record.version}; if a newer one published it, update "
            f"this worker: {error}"
        ) from error
    return Publication(record, compiled, appended_at)


def publication_record(loaded: LoadedPolicy, compiled: PolicyVersion, said: Announcement) -> bytes:
    """The record of a file that is published; raises `PolicyTooLarge` with what takes the room."""
    record = PublishedPolicy(
        version=compiled.version,
        starts=None if said.starts == ALWAYS else from_micros(said.starts),
        at_once=said.at_once,
        published_at=from_micros(said.now),
        published_by=said.by,
        publication=said.publication,
        file=PurePath(loaded.name).name,
        text=loaded.text,
        holidays=compiled.public_dates,
        holidays_library=library_version(),
    )
    value = record.model_dump_json().encode()
    if len(value) > LARGEST_RECORD:
        raise PolicyTooLarge(
            f"{loaded.name} makes a record of {len(value):,} bytes, and {LARGEST_RECORD:,} is the most: the text "
            f"has {len(loaded.text.encode()):,}, the rest are the public holidays of {len(record.holidays)} places. "
            "Shorten the text, or write the dates of rarely used places out as `holidays`"
        )
    return value
