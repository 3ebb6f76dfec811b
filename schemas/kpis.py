"""The rows of topic `sla-kpis`: KPI windows, backlog and volumes as JSON for anyone to read.

The topic is compacted: of each key the last value counts, a null removes the row. Every partition has rows of
its own for the tickets it holds; to read a figure, sum the rows of all partitions. Windows only add, so a
longer period is the sum of its days or months; a stock cannot be summed over days.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, RootModel, TypeAdapter

from schemas.reasons import CorrectionReason

_BUCKETS: Final = Field(
    description="occurrences by bucket: 0 took no time, bucket k holds (end[k-1], end[k]] microseconds with "
    "end[0] = 0 and end[k] = max(end[k-1] + 1, floor(end[k-1] * 21 / 20)); its middle is at most 2.5 % off"
)


def _not_zero(number: int) -> int:
    if number == 0:
        raise ValueError("what comes to nothing is absent")
    return number


_Count = Annotated[int, Field(gt=0)]
_Change = Annotated[int, AfterValidator(_not_zero)]
_Histogram = Annotated[dict[int, _Count], _BUCKETS]
_Changes = Annotated[dict[int, _Change], _BUCKETS]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Key(_Wire):
    partition: int = Field(ge=0, description="of the source topic; sum over all of them")


class TallyKey(_Key):
    """Key of a window of one customer, priority and tier (each as it was when the fact happened)."""

    window: Literal["hour", "day", "month"] = Field(description="kept 35 days, 400 days, 10 years")
    start: AwareDatetime = Field(description="start of the hour, day or month of the reporting time zone")
    customer: str
    priority: str
    tier: int


class VolumeKey(_Key):
    """Key of a window of one queue, category or channel of a customer."""

    window: Literal["day", "month"]
    start: AwareDatetime
    customer: str
    dimension: Literal["queue", "category", "channel"]
    name: str


class StockKey(_Key):
    """Key of the backlog at the close of the day that begins at `start`."""

    window: Literal["stock"]
    start: AwareDatetime
    customer: str
    priority: str
    tier: int


class OpenKey(_Key):
    """Key of the tickets that are open now and were created on the day that begins at `start`."""

    window: Literal["open"]
    start: AwareDatetime
    customer: str
    priority: str
    tier: int


class ClosedKey(_Key):
    """Key of the row that says how far a partition's days are closed."""

    window: Literal["closed"]


class ClosedPeriodsKey(_Key):
    """Key of the row that says how far a partition's periods are closed (S57)."""

    window: Literal["closed_periods"]


_CorrectedPeriod = Annotated[
    Literal["day", "week", "month", "quarter", "half", "year"],
    Field(description="each kind of period has corrections of its own: never add those of two kinds"),
]


class CorrectionKey(_Key):
    """Key of what changed in a period after it had closed, for one customer, priority and tier."""

    window: Literal["correction"]
    of: _CorrectedPeriod
    start: AwareDatetime = Field(description="start of the period in the reporting time zone")
    customer: str
    priority: str
    tier: int


class VolumeCorrectionKey(_Key):
    """Key of what changed after the close in the volume of one queue, category or channel of a customer."""

    window: Literal["correction"]
    of: _CorrectedPeriod
    start: AwareDatetime
    customer: str
    dimension: Literal["queue", "category", "channel"]
    name: str


class TimeTally(_Wire):
    """Durations of one kind in the calendar's open time and in wall time."""

    open: _Histogram
    open_us: int = Field(ge=0, description="their exact sum in microseconds")
    wall: _Histogram
    wall_us: int = Field(ge=0, description="their exact sum in microseconds")


class Tally(_Wire):
    """Value of an hour, day or month."""

    counts: dict[str, _Count] = Field(
        default={},
        description="created, resolved, reopened, escalated, met:<objective>, missed:<objective>, "
        "waived:<objective> (at the settle time), first_resolved (a ticket's first resolution), "
        "first_contact_resolved (those that are one), rated, rated_top (in the top two of the scale), "
        "rated_again (ratings of a ticket that keeps an earlier one: rated less these is the number of tickets "
        "rated for the first time), and rated_points (the sum of score / scale in ten-thousandths)",
    )
    times: dict[str, TimeTally] = Field(
        default={},
        description="first_response_time, next_response_time, resolution_time, each filed at its stop; "
        "excluded_time (what exclusions of the policy took out of a clock), filed at its stop",
    )


class TimeChange(_Wire):
    """A change of the durations of one kind."""

    open: _Changes
    open_us: int = Field(description="of their exact sum in microseconds")
    wall: _Changes
    wall_us: int = Field(description="of their exact sum in microseconds")


class Change(_Wire):
    """What was added to a closed period less what was taken back, by the names of a `Tally`."""

    counts: dict[str, _Change] = Field(
        default={},
        description="of a day also stock:<age band>, the change of the backlog at its close, which is in its "
        "stock row and in no tally",
    )
    times: dict[str, TimeChange] = Field(default={})


class Corrections(RootModel[dict[CorrectionReason, Change]]):
    """Value of a correction: the changes by reason. What the period said at its close is its sum less these."""

    model_config = ConfigDict(frozen=True)


class Stock(_Wire):
    """Value of a stock row."""

    open: _Count
    ages: dict[Literal["0-1", "1-3", "3-7", "7-30", ">30"], _Count] = Field(
        description="by age in days of the reporting time zone since creation; bands without a ticket are absent"
    )


class Open(_Wire):
    """Value of a row of tickets open now."""

    open: _Count


class Closed(_Wire):
    """Value of a `closed` or `closed_periods` row.

    Of `closed`: the days before `through` have ended and their stock is written. Of `closed_periods`: what is
    filed in a period that ended by `through` is a correction, since its grace is over.
    """

    through: AwareDatetime
    zone: str = Field(description="the reporting time zone the topic is kept in")


KpiKey = (
    TallyKey
    | VolumeKey
    | StockKey
    | OpenKey
    | ClosedKey
    | CorrectionKey
    | VolumeCorrectionKey
    | ClosedPeriodsKey
)
KpiValue = Tally | Stock | Open | Closed | Corrections

_KEY: Final[TypeAdapter[KpiKey]] = TypeAdapter(KpiKey)
_VALUE_OF: Final[dict[type[KpiKey], type[KpiValue]]] = {
    TallyKey: Tally,
    VolumeKey: Tally,
    StockKey: Stock,
    OpenKey: Open,
    ClosedKey: Closed,
    CorrectionKey: Corrections,
    VolumeCorrectionKey: Corrections,
    ClosedPeriodsKey: Closed,
}


def parse_kpi_row(key: bytes, value: bytes) -> tuple[KpiKey, KpiValue]:
    """A row checked in full; raises pydantic's `ValidationError`.

    For other programs and for tests; `monitor/kpi_rows.py` reads the same rows many times faster.
    """
    whose = _KEY.validate_json(key)
    return whose, _VALUE_OF[type(whose)].model_validate_json(value)
