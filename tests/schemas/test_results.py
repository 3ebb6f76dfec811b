"""A result on the wire: its models take what the engine writes and nothing else."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from monitor.engine import Engine
from monitor.intake import StoredRecord
from monitor.replay import replay
from schemas.results import SETTLED, Result, ResultLine
from tests.builders import book, lines

TIMELINE = [
    "2026-03-02T09:00:00+01:00 created INC-1 priority=P3",
    "2026-03-02T10:00:00+01:00 held INC-1 reason=waiting_customer",
    "2026-03-02T11:00:00+01:00 customer_replied INC-1",
    "2026-03-02T11:30:00+01:00 resumed INC-1",
    "2026-03-02T12:00:00+01:00 resolved INC-1",
    "2026-03-02T14:00:00+01:00 waived INC-1 objective=resolution reason=storm approved_by=ann",
]


def _records() -> list[dict[str, Any]]:
    engine = Engine(0, book(), replay=True)
    engine.start()
    step = engine.apply(
        [StoredRecord("tickets", 0, n, None, None, line) for n, line in enumerate(lines(TIMELINE))], 0
    )
    return [orjson.loads(value) for _, value in step.results]


def test_a_line_has_the_names_that_others_rely_on() -> None:
    first = orjson.loads(replay(lines(TIMELINE), book()).results[0])
    assert list(first) == list(ResultLine.model_fields)
    assert first["outcome"] in SETTLED


def test_a_record_is_a_line_with_its_revision_and_evidence() -> None:
    *_, record = _records()
    assert list(record) == [*ResultLine.model_fields, "revision", "evidence"]
    assert (
        orjson.loads(
            Result.model_validate_json(orjson.dumps(record)).model_dump_json(
                by_alias=True, exclude_unset=True
            )
        )
        == record
    )


def test_s16_s25_the_evidence_tells_holds_overrun_and_waiver() -> None:
    *_, record = _records()
    assert (record["outcome"], record["revision"]) == ("waived", 2)
    assert record["evidence"] == {
        "intervals": [
            {
                "kind": "counted",
                "from": "2026-03-02T08:00:00Z",
                "to": "2026-03-02T09:00:00Z",
                "open_seconds": 3600,
            },
            {
                "kind": "waiting_customer",
                "from": "2026-03-02T09:00:00Z",
                "to": "2026-03-02T10:00:00Z",
                "open_seconds": 3600,
            },
            {
                "kind": "counted",
                "from": "2026-03-02T10:00:00Z",
                "to": "2026-03-02T11:00:00Z",
                "open_seconds": 3600,
            },
        ],
        "terms": [
            {
                "from": "2026-03-02T08:00:00Z",
                "change": "started",
                "policy": "standard",
                "policy_version": book().current_version,
                "priority": "P3",
                "calendar": "office",
                "calendar_timezone": "Europe/Madrid",
                "target_seconds": 86400,
            }
        ],
        "calendar_timezone": "Europe/Madrid",
        "hold_overrun_seconds": 1800,
        "waived": {"reason": "storm", "approved_by": "ann"},
    }


@pytest.mark.parametrize("fields", [{"outcome": "late"}, {"cycle": 0}, {"objective": "x"}, {"more": 1}])
def test_another_result_is_refused(fields: dict[str, Any]) -> None:
    record = _records()[0]
    with pytest.raises(ValidationError):
        Result.model_validate_json(orjson.dumps(record | fields))
