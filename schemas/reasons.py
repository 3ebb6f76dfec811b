"""The closed lists of words for why something was decided; the same word labels metric, log line and alert."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


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


class CorrectionReason(StrEnum):
    """Why a figure of a closed period was corrected (S57): what came too late for it, or reached back."""

    LATE_EVENT = "late_event"  # an event that belongs before others that were judged already
    REOPENED = "reopened"  # withdraws a met verdict and a first contact resolution
    WAIVED = "waived"  # a waiver came, or was revoked
    RATED = "rated"  # a later rating replaces the one that was counted
    CUSTOMER_CHANGED = "customer_changed"  # refiles all of the ticket's facts (S59)
    PRIORITY_CHANGED = "priority_changed"
    DUE_CHANGED = "due_changed"  # the source moved a promised time
    POLICY_CHANGED = "policy_changed"  # a policy version reached back: targets, exclusions, calendars
    DEADLINE = "deadline"  # a breach that was noticed only after the period had closed
    ENDED = "ended"  # the ticket was cancelled, merged or deleted


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


PROMISED_NO_MORE: Final = frozenset({Reason.OBJECTIVE_GONE.value, Reason.POLICY_GONE.value})
"""Why a clock ended of which the ticket's customer or a policy left nothing to promise (S21)."""


class SendReason(StrEnum):
    """Why a notification goes out."""

    NEWS = "news"
    REPEAT = "repeat"
    DIGEST = "digest"
    RETRY = "retry"
    IN_DOUBT = "in_doubt"  # it was being sent when the process stopped


class HoldReason(StrEnum):
    """Why a notification waits."""

    QUIET_HOURS = "quiet_hours"
    MUTED = "muted"


class DropReason(StrEnum):
    """Why nobody is notified of a revision, and nobody needs to be."""

    ALREADY_HEARD = "already_heard"  # this revision or a later one
    HISTORICAL = "historical"
    TOO_OLD = "too_old"
    NOT_TOLD = "not_told"  # the end of what this channel never heard of
    OVER = "over"  # began and ended while it was held back, or ended before its repeat
    SUPERSEDED = "superseded"  # something newer came while it was held back, or before its repeat
    ACKNOWLEDGED = "acknowledged"  # before its repeat


class UndeliveredReason(StrEnum):
    """Why a notification was dead-lettered."""

    REJECTED = "rejected"
    RETRIES_SPENT = "retries_spent"
    CHANNEL_DOWN = "channel_down"  # it waited behind the failures of others
    CHANNEL_GONE = "channel_gone"  # no route leads there any more
