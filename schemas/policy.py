"""The policy file: what is promised to whom, on which calendar, and every setting that changes a figure.

These models are strict (an unknown key is an error) and JSON-able both ways: what `model_dump_json` writes,
`model_validate_json` reads back. Names of calendars and priorities are checked against the file's own lists.
Calendars stay mappings here; their one reader is `monitor.calendars.Calendar.from_config`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    Tag,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.amounts import (
    Amount,
    Duration,
    Effective,
    Share,
    Target,
    Threshold,
    begins,
    format_duration,
    format_share,
)
from schemas.calendar_entry import CALENDAR_JSON_SCHEMA
from schemas.channels import ChannelSettings, Destination, Route
from schemas.csfs import Csf
from schemas.events import Tier
from schemas.instants import DAY, HOUR, MINUTE, Micros
from schemas.policy_names import (
    DEFAULT_PRIORITIES,
    ONE_OR_MORE,
    CalendarName,
    Match,
    Name,
    Priority,
    Strict,
    Zone,
    as_tuple,
    names_of,
)


def _as_list(value: object) -> object:
    """One mapping stands for a list of one."""
    return [value] if isinstance(value, dict | BaseModel) else value


def _once_each(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        twice = next(value for position, value in enumerate(values) if value in values[:position])
        raise ValueError(f"{twice!r} stands there twice")
    return values


def _ascending(thresholds: tuple[int, ...]) -> tuple[int, ...]:
    _once_each(tuple(format_share(per_mille / 1000) for per_mille in thresholds))
    return tuple(sorted(thresholds))


def _reasons(value: object) -> object:
    """`any` alone, `none` as an empty list, one reason as a list of one."""
    words = as_tuple(value)
    if isinstance(words, tuple) and len(words) > 1 and (odd := {"any", "none"}.intersection(map(str, words))):
        raise ValueError(f"{odd.pop()!r} stands alone: it cannot be listed with other reasons")
    return () if words == ("none",) else words


def _shape(value: object) -> str:
    """Whether a setting is given once or by priority."""
    return "by_priority" if isinstance(value, dict) else "for_all"


HoldReasons = Annotated[
    tuple[Name, ...],
    BeforeValidator(_reasons, json_schema_input_type=str | list[str]),
    AfterValidator(_once_each),
]
Thresholds = Annotated[tuple[Threshold, ...], ONE_OR_MORE, AfterValidator(_ascending)]

TargetByPriority = Annotated[
    Annotated[Target, Tag("for_all")]
    | Annotated[dict[Priority, Target], Tag("by_priority"), Field(min_length=1)],
    Discriminator(_shape),
]
CalendarByPriority = Annotated[
    Annotated[CalendarName, Tag("for_all")] | Annotated[dict[Priority, CalendarName], Tag("by_priority")],
    Discriminator(_shape),
]


class Objective(Strict):
    """One promise: its target, its calendar, what pauses it and when to warn."""

    target: TargetByPriority = Field(
        description="One for all, or by priority; a priority left out has no promise."
    )
    calendar: CalendarByPriority | None = Field(
        None, description="One for all, or by priority; what is left out counts on the policy's calendar."
    )
    pause_on: HoldReasons | None = Field(
        None,
        description="Hold reasons, `any` or `none`. Left out: any for resolution and handoff, else none.",
    )
    warn_at: Thresholds = Field((), description="Shares of the target at which the ticket is at risk.")
    goal: Share | None = Field(None, description="The attainment that is promised, such as 95%.")
    reopen: Literal["continue", "new_cycle", "ignore"] = Field(
        "continue", description="What a reopen does to the resolution clock."
    )
    reopen_within: Target | None = Field(
        None, description="A later reopen is always a new cycle. Left out: the file's `reopen_within`."
    )
    requires_response: bool = Field(
        default=False, description="Whether resolving without a response leaves the first response open."
    )
    on_change: Literal["retroactive", "from_now"] = Field(
        "retroactive", description="How a change of priority, customer or policy moves a running clock."
    )

    @field_validator("goal")
    @classmethod
    def _goal_can_be_reached(cls, goal: float | None) -> float | None:
        if goal is not None and not 0 < goal <= 1:
            raise ValueError("a goal lies above 0% and at most at 100%")
        return goal


class Handoff(Objective):
    """The promise between tiers (OLA): how long a ticket may stay in one tier."""

    tier: Tier


class Objectives(Strict):
    """The promises of a policy; one that is left out is not judged."""

    first_response: Objective | None = None
    next_response: Objective | None = None
    resolution: Objective | None = None
    handoff: Annotated[
        list[Handoff], BeforeValidator(_as_list, json_schema_input_type=Handoff | list[Handoff])
    ] = Field([], description="One tier's promise, or a list of them.")

    @field_validator("handoff")
    @classmethod
    def _one_handoff_per_tier(cls, handoffs: list[Handoff]) -> list[Handoff]:
        tiers = [handoff.tier for handoff in handoffs]
        _refuse_repeats("Objectives", tiers, "tier", ("tier",))
        return handoffs


class Policy(Strict):
    """A named set of promises for the tickets it matches."""

    name: Name
    effective: Effective | None = Field(
        None,
        description="From when on: a date (midnight of the reporting zone) or an instant. Left out: always.",
    )
    match: Match = Field(Match(), description="Left out: every ticket that no policy above it matches.")
    calendar: CalendarName | None = Field(None, description="Left out: 24x7.")
    objectives: Objectives


class Exclusion(Strict):
    """A stretch of time that pauses the matching clocks like a hold: maintenance, force majeure."""

    from_: Effective = Field(alias="from")
    to: Effective = Field(description="Exclusive; a date ends the exclusion at its midnight.")
    match: Match = Match()
    reason: Name


def _setting(span: Micros, description: str) -> Any:
    """A duration with a default; the JSON Schema shows it as people write it."""
    return Field(span, description=description, json_schema_extra={"default": format_duration(span)})


class PolicyFile(Strict):
    """A policy file: one version of everything that decides a figure."""

    timezone: Zone = Field(
        "UTC", description="The reporting zone: its days, weeks and months are those of every figure."
    )
    effective: Effective | None = Field(
        None,
        description="From when on the whole file holds: a date (midnight of the reporting zone) or an instant. "
        "Left out: the earliest `effective` of its policies.",
    )
    calendars: dict[Name, Annotated[dict[str, Any], WithJsonSchema(CALENDAR_JSON_SCHEMA)]] = Field(
        {}, description="Opening hours by name; `24x7` needs no entry."
    )
    priorities: Annotated[tuple[Name, ...], ONE_OR_MORE, AfterValidator(_once_each), Field(min_length=1)] = (
        Field(DEFAULT_PRIORITIES, description="The desk's priorities, the most urgent first.")
    )
    policies: list[Policy] = Field(min_length=1, description="The first one that matches a ticket judges it.")
    csfs: list[Csf] = Field([], description="Critical success factors, each met when all its KPIs are.")
    routes: list[Route] = Field([], description="Where alerts go.")
    channels: dict[Destination, ChannelSettings] = Field(
        {}, description="Settings of the channels that `routes` names; one that is left out has none."
    )
    exclusions: list[Exclusion] = Field([], description="Times that count against no one.")

    retention: Annotated[Duration, Field(gt=0)] = _setting(
        90 * DAY, "How long an ended ticket is kept after its last event."
    )
    max_skew: Duration = _setting(5 * MINUTE, "How far an event may lie ahead of its record's time.")
    alert_horizon: Duration = _setting(15 * MINUTE, "A breach noticed later than this pages no one.")
    reopen_within: Target = Field(
        Amount(working_days=5),
        description="A later reopen is always a new cycle.",
        json_schema_extra={"default": "5 working days"},
    )
    history_events: Annotated[int, Field(ge=1, le=100_000)] = Field(
        1000, description="Events of one ticket that stay correctable; older ones fold into a base."
    )
    fcr_window: Duration = _setting(72 * HOUR, "A reopen within it undoes a first contact resolution.")
    period_grace: Duration = _setting(DAY, "How long after its end a period stays open for late events.")
    silence_after: dict[Name, Annotated[Duration, Field(gt=0)]] = Field(
        {}, description="By source: the silence that raises an alarm."
    )
    storm_limit: Annotated[int, Field(ge=1)] = Field(
        20, description="Notifications per channel and minute; the rest goes out as one digest."
    )
    hold_reasons: dict[Name, Name] = Field({}, description="A source's own words for a hold, and ours.")

    @model_validator(mode="wrap")
    @classmethod
    def _with_its_names(cls, data: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        with names_of(data):
            return read(data)

    @field_validator("policies")
    @classmethod
    def _one_policy_per_name(cls, policies: list[Policy]) -> list[Policy]:
        _refuse_repeats("PolicyFile", [policy.name for policy in policies], "policy", ("name",))
        return policies

    @model_validator(mode="after")
    def _exclusions_end_after_they_begin(self) -> Self:
        wrong = [
            n
            for n, entry in enumerate(self.exclusions)
            if begins(entry.to, self.zone) <= begins(entry.from_, self.zone)
        ]
        _refuse("PolicyFile", [(("exclusions", n, "to"), "must be later than `from`") for n in wrong])
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The reporting zone."""
        return ZoneInfo(self.timezone)


def _refuse_repeats(title: str, values: list[Any], what: str, key: tuple[str, ...]) -> None:
    """Reports every value that an earlier entry of a list already has, at that entry's key."""
    repeats = [n for n, value in enumerate(values) if value in values[:n]]
    _refuse(title, [((n, *key), f"{what} {values[n]!r} is defined twice") for n in repeats])


def _refuse(title: str, problems: list[tuple[tuple[int | str, ...], str]]) -> None:
    """Raises one `ValidationError` for all the problems, each at its own place below the validated field."""
    if problems:
        raise ValidationError.from_exception_data(
            title,
            [
                InitErrorDetails(
                    type=PydanticCustomError("policy", "{text}", {"text": text}), loc=place, input=None
                )
                for place, text in problems
            ],
        )
