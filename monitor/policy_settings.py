"""The settings of a policy version that belong to no single policy, and the targets that people write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from monitor.calendars import Calendar
from schemas.amounts import Amount
from schemas.instants import Micros
from schemas.policy import PolicyFile


@dataclass(frozen=True, slots=True)
class Target:
    """The amount a clock may count: open time in microseconds or working days; one of them is None."""

    open_time: Micros | None
    working_days: int | None

    @classmethod
    def of(cls, amount: Amount) -> Self:
        """The target that a policy file writes as this amount."""
        return cls(amount.open_time, amount.working_days)

    def amount(self, calendar: Calendar, start: Micros) -> Micros:
        """The open time it comes to for a clock that starts then: working days are turned once (S2)."""
        if self.working_days is not None:
            return calendar.working_days(start, self.working_days)
        return self.open_time or 0


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one version that belong to no single policy; durations in microseconds."""

    retention: Micros
    max_skew: Micros
    alert_horizon: Micros
    reopen_within: Target
    history_events: int
    fcr_window: Micros
    period_grace: Micros
    silence_after: Mapping[str, Micros]  # by source
    storm_limit: int
    hold_reasons: Mapping[str, str]

    @classmethod
    def of(cls, file: PolicyFile) -> Self:
        """The settings of a policy file."""
        return cls(
            retention=file.retention,
            max_skew=file.max_skew,
            alert_horizon=file.alert_horizon,
            reopen_within=Target.of(file.reopen_within),
            history_events=file.history_events,
            fcr_window=file.fcr_window,
            period_grace=file.period_grace,
            silence_after=file.silence_after,
            storm_limit=file.storm_limit,
            hold_reasons=file.hold_reasons,
        )

    def hold_reason(self, word: str) -> str:
        """Our word for a source's own (S15); a word that is not mapped stands for itself."""
        return self.hold_reasons.get(word, word)
