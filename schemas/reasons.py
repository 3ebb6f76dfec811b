"""The closed lists of words for why something was decided; the same word labels metric, log line and alert."""

from __future__ import annotations

from enum import StrEnum


class DeadLetterReason(StrEnum):
    """Why a record was set aside instead of judged."""

    NOT_JSON = "not_json"
    INVALID = "invalid"
    NO_OFFSET_IN_TIME = "no_offset_in_time"
    FROM_THE_FUTURE = "from_the_future"
    KEY_MISMATCH = "key_mismatch"
    TOO_LATE = "too_late"
    ORPHAN = "orphan"
    IDENTITY_CLASH = "identity_clash"


class Reason(StrEnum):
    """Why a clock, a verdict or an alert is as it is."""

    RUNNING = "running"
    ON_HOLD = "on_hold"
    RESPONDED = "responded"
    RESOLVED = "resolved"
    CLOSED = "closed"
    LEFT_TIER = "left_tier"
    THRESHOLD = "threshold"
    DEADLINE = "deadline"
    ON_CHANGE = "on_change"
    REOPENED = "reopened"
    RETRACTED = "retracted"
    NO_LONGER_TRUE = "no_longer_true"
    OBJECTIVE_GONE = "objective_gone"
    POLICY_GONE = "policy_gone"
    CANCELLED = "cancelled"
    MERGED = "merged"
    DELETED = "deleted"
    SUPERSEDED = "superseded"
    WAIVED = "waived"
