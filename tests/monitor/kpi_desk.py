"""A desk of KPI rows for tests of reports: facts are filed, time passes, and the rows are read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.backlog import Backlog, Span
from monitor.kpi_rows import read_rows
from monitor.kpis import Fact, KpiTable
from monitor.periods import Period, PeriodKind, ReportingZone
from monitor.row_index import RowIndex
from schemas.instants import DAY, Micros, to_micros
from schemas.reasons import CorrectionReason

ZONE = ReportingZone(ZoneInfo("Europe/Madrid"))
GRACE: Micros = DAY


def at(day: str) -> Micros:
    """The first instant of a date in Madrid."""
    return to_micros(datetime.fromisoformat(day).replace(tzinfo=ZONE.zone))


def period(kind: PeriodKind, text: str) -> Period:
    """The period of that kind a date is in."""
    return ZONE.period(kind, at(text) + DAY // 2)


def fact(
    kind: str, when: str, *, customer: str = "acme", priority: str = "P2", tier: int = 1, a: int = 0
) -> Fact:
    """A fact at noon of a day."""
    return Fact(kind, at(when) + DAY // 2, customer, priority, tier, a, a)


class ReportDesk:
    """Partitions with a KPI table and a backlog each."""

    def __init__(self, partitions: int = 1) -> None:
        self.tables = [KpiTable(ZONE, number) for number in range(partitions)]
        self.backlogs = [Backlog(ZONE, number) for number in range(partitions)]

    def file(self, facts: Iterable[Fact], reason: CorrectionReason = CorrectionReason.LATE_EVENT) -> None:
        """Files facts in the first partition."""
        self.tables[0].add(facts, reason)

    def take_back(self, facts: Iterable[Fact], reason: CorrectionReason) -> None:
        """Takes them back."""
        self.tables[0].subtract(facts, reason)

    def open_ticket(
        self,
        when: str,
        priority: str = "P2",
        reason: CorrectionReason = CorrectionReason.LATE_EVENT,
    ) -> None:
        """A ticket that stays open."""
        changes = self.backlogs[0].change([], [Span(at(when), None, "acme", priority, 1, at(when))])
        self.tables[0].correct_stocks(changes, reason)

    def end_ticket(self, opened: str, ended: str, reason: CorrectionReason) -> None:
        """A ticket that was left open turns out to have ended on a day."""
        span = Span(at(opened), None, "acme", "P2", 1, at(opened))
        changes = self.backlogs[0].change([span], [span._replace(to=at(ended) + DAY // 2)])
        self.tables[0].correct_stocks(changes, reason)

    def pass_time(self, until: str, partition: int | None = None) -> None:
        """The time of one partition, or of all, goes on to an instant."""
        for number, (table, backlog) in enumerate(zip(self.tables, self.backlogs, strict=True)):
            if partition in (None, number):
                backlog.close_days(at(until))
                table.close_periods(at(until), GRACE)

    def rows(self) -> RowIndex:
        """What a reader of the topic has."""
        parts = zip(self.tables, self.backlogs, strict=True)
        logs = [(*table.rows(), *table.correction_rows(), *backlog.rows()) for table, backlog in parts]
        return RowIndex(read_rows(row for log in logs for row in log), ZONE)
