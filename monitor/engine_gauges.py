"""The sizes of one partition's state, for `/metrics` and `/readyz`."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.instants import Micros


@dataclass(frozen=True, slots=True)
class EngineGauges:
    """Sizes of a partition's state now."""

    tickets: int
    open_tickets: int
    deadlines: int
    watermark: Micros
    kpi_rows: int
    next_offset: int
