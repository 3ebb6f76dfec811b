"""An alert on the wire: its model takes what the engine writes and nothing else."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from monitor.replay import replay
from schemas.alerts import Alert
from tests.builders import book, lines

TIMELINE = [
    "2026-03-02T09:00:00+01:00 created INC-1 priority=P1 queue=desk subject=VPN url=https://desk.example/1",
    "2026-03-02T09:20:00+01:00 responded INC-1",
]


def _alert() -> dict[str, Any]:
    alert: dict[str, Any] = orjson.loads(replay(lines(TIMELINE), book()).alerts[1])
    return alert


def test_an_alert_has_all_that_a_page_must_say() -> None:
    version = book().current_version
    assert _alert() == {
        "alert_id": "INC-1:first_response:1",
        "revision": 2,
        "episode": 1,
        "state": "breached",
        "threshold": 1.0,
        "ticket_id": "INC-1",
        "customer": "acme",
        "priority": "P1",
        "tier": 1,
        "queue": "desk",
        "assignee": None,
        "objective": "first_response",
        "cycle": 1,
        "due_at": "2026-03-02T08:15:00Z",
        "breached_at": "2026-03-02T08:15:00Z",
        "stopped_at": None,
        "detected_at": "2026-03-02T08:15:00Z",
        "elapsed_seconds": 900,
        "historical": True,
        "reason": "deadline",
        "doubtful": None,
        "policy": "standard",
        "policy_version": version,
        "subject": "VPN",
        "url": "https://desk.example/1",
    }


def test_the_model_reads_it_back_and_writes_the_same() -> None:
    text = orjson.dumps(_alert())
    assert orjson.loads(Alert.model_validate_json(text).model_dump_json()) == _alert()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "late"},
        {"revision": 0},
        {"episode": 0},
        {"objective": "solution"},
        {"extra": 1},
        {"due_at": "x"},
    ],
)
def test_another_alert_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Alert.model_validate_json(orjson.dumps(_alert() | fields))
