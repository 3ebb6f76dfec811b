"""Critical success factors: what must go well, and the KPIs and ranges that show it."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from schemas.amounts import parse_duration, parse_share
from schemas.events import Tier
from schemas.policy_names import Name, Priority, Strict

KpiName = Literal[
    "first_response_p90",
    "first_response_median",
    "first_response_attainment",
    "resolution_p90",
    "resolution_median",
    "resolution_attainment",
    "next_response_attainment",
    "handoff_attainment",
    "first_contact_resolution",
    "escalation_rate",
    "csat",
    "volume",
    "backlog",
    "reopen_rate",
    "kill_rate",
]
_TIMES: Final = frozenset(
    {"first_response_p90", "first_response_median", "resolution_p90", "resolution_median"}
)
_COUNTS: Final = frozenset({"volume", "backlog"})
_UNBOUNDED_RATES: Final = frozenset({"reopen_rate", "kill_rate"})  # a month may resolve more than it created


class KpiGoal(Strict):
    """A KPI and the range in which it is well; open time for times, per cent for shares, else a count."""

    kpi: KpiName
    customer: Name | None = None
    priority: Priority | None = None
    tier: Tier | None = None
    min: str | int | None = None
    max: str | int | None = None

    @field_validator("min", "max")
    @classmethod
    def _has_the_unit_of_its_kpi(cls, bound: str | int | None, info: ValidationInfo) -> str | int | None:
        if bound is not None and (kpi := info.data.get("kpi")):
            kpi_number(kpi, bound)
        return bound

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("needs a min, a max or both")
        return self


def kpi_number(kpi: KpiName, bound: str | int) -> float:
    """A bound of a CSF in the unit of its KPI: microseconds, a ratio or a count; raises `ValueError`."""
    if kpi in _TIMES:
        return parse_duration(bound)
    if kpi in _COUNTS:
        if not isinstance(bound, int) or bound < 0:
            raise ValueError(f"{kpi} is a count: write a whole number")
        return bound
    ratio = parse_share(bound)
    if ratio > 1 and kpi not in _UNBOUNDED_RATES:
        raise ValueError(f"{kpi} cannot exceed 100%")
    return ratio


class Csf(Strict):
    """A critical success factor: what must go well, and the KPIs that show it."""

    name: Name
    kpis: list[KpiGoal] = Field(min_length=1)
