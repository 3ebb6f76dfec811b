"""Moving a recorded history in time as a whole, so that it can be produced as if it happened just now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import orjson

from schemas.instants import Micros, to_micros


def ticket_event(line: bytes) -> dict[str, Any] | None:
    """The event in a line, inside a CloudEvents envelope too; None for what is no JSON object."""
    return _event_of(_loads(line))


def latest(lines: Iterable[bytes]) -> Micros | None:
    """The instant of the last event of a history; None when no line has one."""
    found = None
    for line in lines:
        event = ticket_event(line)
        moment = _moment(event.get("occurred_at")) if event is not None else None
        if moment is not None and (found is None or to_micros(moment) > found):
            found = to_micros(moment)
    return found


def shifted(line: bytes, by: Micros) -> bytes:
    """The line with `occurred_at`, every promised time of `due` and an envelope's `time` moved by the same.

    Times keep their UTC offset. What is no event, and what is no time, stays as it is.
    """
    outer = _loads(line)
    event = _event_of(outer)
    if event is None:
        return line
    _move(event, "occurred_at", by)
    due = event.get("due")
    for objective in due if isinstance(due, dict) else ():
        _move(due, objective, by)
    if event is not outer:
        _move(outer, "time", by)
    return orjson.dumps(outer)


def _loads(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _event_of(outer: Any) -> dict[str, Any] | None:
    if isinstance(outer, dict) and "specversion" in outer and "type" in outer and "data" in outer:
        return outer["data"] if isinstance(outer["data"], dict) else None
    return outer if isinstance(outer, dict) else None


def _move(holder: Any, key: str, by: Micros) -> None:
    moment = _moment(holder.get(key))
    if moment is not None:
        holder[key] = (moment + timedelta(microseconds=by)).isoformat()


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
