"""The channels of a policy file: strict, and read back as they are written."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from monitor.policies import PolicyBook
from schemas.instants import MINUTE
from schemas.policy import PolicyFile

BASE: dict[str, Any] = {"policies": [{"name": "all", "objectives": {}}]}


def channels(entries: object) -> PolicyFile:
    return PolicyFile.model_validate(BASE | {"channels": entries})


def test_a_channel_has_its_settings_off_by_default() -> None:
    settings = channels({"slack:a": {}}).channels["slack:a"]
    assert (settings.repeat_after, settings.quiet_hours) == (None, None)


def test_settings_are_written_back_as_people_write_them() -> None:
    quiet = {"hours": {"mon-fri": ["20:00-08:00"]}, "timezone": "Europe/Madrid", "except": ["P1"]}
    file = channels({"teams:acme": {"repeat_after": "15m", "quiet_hours": quiet}})
    assert file.channels["teams:acme"].repeat_after == 15 * MINUTE
    assert PolicyFile.model_validate_json(file.model_dump_json(by_alias=True)) == file


def test_one_priority_may_stand_without_a_list() -> None:
    file = channels({"slack:a": {"quiet_hours": {"hours": {"mon": ["20:00-24:00"]}, "except": "P1"}}})
    quiet = file.channels["slack:a"].quiet_hours
    assert quiet is not None
    assert quiet.except_ == ("P1",)


@pytest.mark.parametrize(
    "fault",
    [
        {"slack": {}},
        {"pager:a": {}},
        {"slack:a": {"repeat": "15m"}},
        {"slack:a": {"repeat_after": "59s"}},
        {"slack:a": {"quiet_hours": {}}},
        {"slack:a": {"quiet_hours": {"hours": "24x7"}}},
        {"slack:a": {"quiet_hours": {"hours": {"mon": ["20:00-24:00"]}, "except": "P9"}}},
        {"slack:a": {"quiet_hours": {"hours": {"mon": ["20:00-24:00"]}, "timezone": "Mars"}}},
    ],
)
def test_a_fault_refuses_the_file(fault: object) -> None:
    channels({})
    with pytest.raises(ValidationError):
        channels(fault)


def test_a_file_without_channels_keeps_its_version() -> None:
    versions = {
        PolicyBook.from_files([file]).current_version
        for file in (PolicyFile.model_validate(BASE), channels({}))
    }
    assert len(versions) == 1
