"""How each channel is to be notified: what the policy file says of it, compiled, and how it is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.quiet_hours import Rest
from schemas.channels import ChannelSettings
from schemas.instants import HOUR, MINUTE, SECOND, Micros
from schemas.policy import PolicyFile


@dataclass(frozen=True, slots=True)
class RetryBudget:
    """How often, how soon and how long a notice is tried again before it is dead-lettered."""

    first: Micros = SECOND
    longest: Micros = 5 * MINUTE
    attempts: int = 12
    lasts: Micros = 4 * HOUR  # from when it was due; also ends the wait of those that a failing channel kept

    def wait(self, failures: int, jitter: float) -> Micros:
        """The wait after so many failures (from 1): full jitter, a share 0 <= `jitter` < 1 of a doubling limit.

        Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
        """
        doubled: Micros = self.first << min(failures - 1, 40)
        return int(min(self.longest, doubled) * jitter)


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """The settings of one channel; durations in microseconds."""

    storm_limit: int = 20
    repeat_after: Micros | None = None
    rest: Rest | None = None
    urgency: Mapping[str, int] = field(default_factory=dict)  # by priority, the most urgent 0
    retries: RetryBudget = RetryBudget()

    def quiet_until(self, at: Micros, priority: str) -> Micros | None:
        """The end of the quiet hours that hold back an alert of this priority; None when nothing does."""
        return None if self.rest is None else self.rest.until(at, priority)


def channel_rules(file: PolicyFile, retries: RetryBudget | None = None) -> dict[str, ChannelRules]:
    """The rules of every channel that a route leads to, by destination; raises `CalendarError`.

    The settings of a channel that no route names have nothing to apply to and are left out.
    """
    urgency = {priority: rank for rank, priority in enumerate(file.priorities)}
    named = dict.fromkeys(destination for route in file.routes for destination in route.to)
    rules: dict[str, ChannelRules] = {}
    for destination in named:
        settings = file.channels.get(destination) or ChannelSettings()
        quiet = settings.quiet_hours
        rules[destination] = ChannelRules(
            storm_limit=file.storm_limit,
            repeat_after=settings.repeat_after,
            rest=None if quiet is None else Rest(quiet, file.timezone),
            urgency=urgency,
            retries=retries or RetryBudget(),
        )
    return rules
