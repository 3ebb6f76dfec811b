"""Simulations: the same history judged by two policies and compared, as `simulate` writes it for machines."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.events import ObjectiveName
from schemas.results import Outcome

ChangeKind = Literal[
    "met_to_missed",
    "missed_to_met",
    "newly_judged",
    "no_longer_judged",
    "settled_to_open",
    "open_to_settled",
    "terms_only",
    "same",
    "open",
    "not_judged",
]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tally(_Record):
    """Verdicts counted; attainment is met / (met + missed) (S50)."""

    met: int
    missed: int
    attainment: float | None = Field(description="null without any verdict: no data")


class Side(_Record):
    """One of the two judgements of the history."""

    policy_versions: list[str] = Field(description="by content, in the order of their effective dates")
    in_force_from: AwareDatetime | None = Field(description="when the first version begins; null is always")
    unmatched: int = Field(description="tickets to which nothing is promised")
    dead_letters: int
    goals: int = Field(description="promises with a goal and at least one verdict")
    goals_reached: int


class ChangeCounts(_Record):
    """What became of the clocks of one objective; the kinds add up to `clocks`."""

    objective: ObjectiveName
    clocks: int
    met_to_missed: int
    missed_to_met: int
    newly_judged: int = Field(description="a verdict where there was none: no promise, cancelled or waived")
    no_longer_judged: int
    settled_to_open: int = Field(description="had a verdict and is undecided now: no flip")
    open_to_settled: int
    terms_only: int = Field(description="the same verdict on another target, deadline or count of open time")
    same: int
    open: int = Field(description="undecided, with a verdict on neither side")
    not_judged: int = Field(description="cancelled or waived, with a verdict on neither side")


class AttainmentRow(_Record):
    """Attainment before and after of an objective; null in `customer` or `priority` stands for all of them."""

    objective: ObjectiveName
    customer: str | None
    priority: str | None
    period: str | None = Field(description="of the reporting zone, by settle time; null is the whole history")
    before: Tally | None = Field(description="null when nothing is compared with")
    after: Tally
    points: float | None = Field(
        description="percentage points after less before; null where either has no data"
    )


class GoalState(_Record):
    """A promise's goal under one policy, and what the history makes of it."""

    goal: float
    tally: Tally
    reached: bool | None = Field(description="null without any verdict")


class GoalRow(_Record):
    """The goal of one promise before and after; null where that side has no such goal."""

    policy: str
    objective: ObjectiveName
    tier: int | None = Field(description="of a hand-off")
    before: GoalState | None
    after: GoalState | None


class NeededTarget(_Record):
    """The smallest target that would have reached the goal in this history, in open time of the new calendar."""

    policy: str
    objective: ObjectiveName
    tier: int | None = Field(description="of a hand-off")
    priority: str
    goal: float
    target: str | None = Field(
        description="as the policy file has it; null when it promises nothing any more"
    )
    tally: Tally
    still_open: int = Field(description="missed and not stopped: no target is known that they would have met")
    needed_seconds: float | None = Field(
        description="the elapsed time that the goal's share of the clocks did not pass; null when too many are open"
    )
    needed_working_days: int | None = Field(
        description="about, from the mean working day of these clocks; for targets in working days"
    )


class MarginBucket(_Record):
    """Flips whose distance from the target is at most this share of it, and above the bucket before."""

    up_to: float | None = Field(description="share of the target; null is the rest")
    count: int


class Margins(_Record):
    """How far from the new target the flipped clocks of an objective stopped."""

    objective: ObjectiveName
    kind: Literal["met_to_missed", "missed_to_met"] = Field(
        description="failed by so much, or saved by so much"
    )
    buckets: list[MarginBucket]
    still_open: int = Field(description="missed and not stopped: how late is not known yet")
    median_seconds: float | None = Field(description="open time; null when all are still open")
    largest_seconds: float | None


class Standing(_Record):
    """How a clock stood under one policy."""

    outcome: Outcome
    priority: str
    target_seconds: float
    elapsed_seconds: float
    due_at: AwareDatetime | None
    stopped_at: AwareDatetime | None
    breached_at: AwareDatetime | None
    policy: str
    policy_version: str


class Change(_Record):
    """A clock that the two policies judge differently: a line of `changes.jsonl`."""

    kind: ChangeKind
    ticket_id: str
    customer: str
    priority: str
    objective: ObjectiveName
    tier: int
    cycle: int
    before: Standing | None
    after: Standing | None


class Simulation(_Record):
    """What another policy or calendar would have changed in a history."""

    events: int = Field(description="valid events read, repeats included")
    tickets: int = Field(description="`created` events among them")
    until: AwareDatetime | None = Field(description="up to when both were judged; null without any event")
    timezone: str = Field(description="of the periods")
    identical: bool = Field(description="both policies say the same: nothing changes")
    before: Side | None = Field(description="null when nothing is compared with")
    after: Side
    changes: list[ChangeCounts]
    attainment: list[AttainmentRow]
    goals: list[GoalRow]
    needed_targets: list[NeededTarget]
    margins: list[Margins]
    flips: list[Change] = Field(description="the first of each kind by ticket; `--out` has every change")
