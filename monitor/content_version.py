"""The name of a policy version: a hash over what the file says and the public holidays it counts on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import orjson

from monitor.calendars import Calendar
from schemas.policy import PolicyFile


def content_version(file: PolicyFile, calendars: Mapping[str, Calendar], *, dated: bool = True) -> str:
    """12 hex digits of the SHA-256 over what the whole file says, in one canonical form.

    Comments, the order of keys, other ways to write the same amount and defaults written out change nothing,
    nor does the file's own `effective`: a version is named after its content, and its record says from when on
    it holds. The dates of public holidays are in it, so that a `holidays` library with other dates makes
    another version; without them (not `dated`) it names the wording alone.
    """
    content = file.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, exclude={"calendars", "effective"}
    )
    content["calendars"] = {name: calendar.content_key(dated=dated) for name, calendar in calendars.items()}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
