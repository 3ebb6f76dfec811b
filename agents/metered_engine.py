"""An engine whose KPI rows are also shown to the windows of `/metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.checkpoint import Checkpoint
from monitor.current_windows import CurrentWindows
from monitor.engine import REPLAN_SLICE, Engine
from monitor.engine_gauges import EngineGauges
from monitor.intake import SourceRecord
from monitor.policies import PolicyBook
from monitor.step import Row, Step
from schemas.instants import Micros


class MeteredEngine:
    """Passes everything on to one partition's engine; lives and is dropped with it.

    The windows may run ahead of what is committed by a step. If that step fails, so does the partition's owner,
    and the next engine of the partition begins the windows anew.
    """

    def __init__(self, engine: Engine, windows: CurrentWindows) -> None:
        self._engine = engine
        self._windows = windows
        windows.drop(engine.partition)

    @property
    def next_due(self) -> Micros | None:
        """As the engine's."""
        return self._engine.next_due

    @property
    def replanning(self) -> int:
        """As the engine's."""
        return self._engine.replanning

    def adopt(self, book: PolicyBook) -> None:
        """As the engine's."""
        self._engine.adopt(book)

    @property
    def state_bytes(self) -> int:
        """The size of the state's rows; walks them all."""
        return self._engine.rows.stored_bytes

    def gauges(self) -> EngineGauges:
        """As the engine's."""
        return self._engine.gauges()

    def restore(self, rows: Iterable[Row]) -> None:
        """As the engine's."""
        self._engine.restore(rows)

    def restore_kpis(self, rows: Iterable[Row]) -> None:
        """As the engine's, and into the windows."""
        rows = list(rows)
        self._engine.restore_kpis(rows)
        self._windows.restore(self._engine.partition, rows)

    def start(self) -> Checkpoint:
        """As the engine's."""
        return self._engine.start()

    def apply(self, records: Sequence[SourceRecord], now: Micros, *, leeway: Micros = 0) -> Step:
        """As the engine's, and into the windows."""
        return self._shown(self._engine.apply(records, now, leeway=leeway))

    def tick(self, now: Micros, limit: int = 1000, *, replan: int = REPLAN_SLICE) -> Step:
        """As the engine's, and into the windows."""
        return self._shown(self._engine.tick(now, limit, replan=replan))

    def _shown(self, step: Step) -> Step:
        if step.kpis:
            self._windows.take(self._engine.partition, step.kpis)
        return step
