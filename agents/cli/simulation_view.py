"""A simulation as a service manager reads it: what changes, what is kept, what it would have taken, which tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.cli.simulation_goals import goals_table, needed_table, plain_table
from agents.cli.simulation_texts import SimulationTexts
from schemas.instants import iso, to_micros
from schemas.simulations import AttainmentRow, Change, ChangeCounts, Margins, Side, Simulation, Standing

_UNLIMITED: Final = 10_000  # columns to measure a table in
_FEW: Final = 10
_FLIPS: Final = (("met_to_missed", "lost_tickets"), ("missed_to_met", "saved_tickets"))
_COUNTED: Final = (
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
)
_ALWAYS_SHOWN: Final = ("met_to_missed", "missed_to_met")


@dataclass(frozen=True, slots=True)
class SimulationView:
    """Draws a simulation; `rows` limits the lists, `written` says that all are in files."""

    texts: SimulationTexts
    new_name: str
    old_name: str
    rows: int = 10
    written: bool = False

    def show(self, simulation: Simulation, console: Console) -> None:
        """Print everything, the answer first."""
        for line in self._head(simulation):
            console.print(line, highlight=False)
        for part in self._parts(simulation, console):
            console.print()
            if isinstance(part, Table):  # its title may be wider than the table itself
                console.print(Text(str(part.title), "bold"))
                part.title = None
            console.print(part, highlight=False)

    def _head(self, simulation: Simulation) -> Iterator[Text]:
        texts = self.texts
        compared = simulation.before is not None
        yield Text(texts("what_if" if compared else "alone", new=self.new_name, old=self.old_name), "bold")
        if simulation.until is None:
            yield Text(texts("history_empty"), "yellow")
            return
        yield Text(
            texts(
                "history",
                tickets=texts.number(simulation.tickets),
                events=texts.number(simulation.events),
                until=iso(to_micros(simulation.until)),
            )
        )
        if simulation.identical:
            version = ", ".join(simulation.after.policy_versions)
            yield Text(texts("identical", version=version), "green")
        elif not compared:
            yield Text(texts("how_to_compare"), "yellow")
        else:
            yield self._flip_count(simulation)
        yield from self._goals(simulation)
        yield from self._unmatched(simulation)
        if simulation.after.dead_letters:
            count = self.texts.number(simulation.after.dead_letters)
            yield Text(self.texts("dead_letters", count=count), "yellow")

    def _flip_count(self, simulation: Simulation) -> Text:
        lost = sum(row.met_to_missed for row in simulation.changes)
        saved = sum(row.missed_to_met for row in simulation.changes)
        counts = {"flips": lost + saved, "lost": lost, "saved": saved}
        shown = {name: self.texts.number(count) for name, count in counts.items()}
        return Text(self.texts("flips", **shown), "bold")

    def _goals(self, simulation: Simulation) -> Iterator[Text]:
        before, after = simulation.before, simulation.after
        counts: dict[str, int] = {"after": after.goals_reached, "goals": after.goals}
        if before is not None:
            counts |= {"before": before.goals_reached, "goals_before": before.goals}
        if after.goals or (before is not None and before.goals):
            yield Text(self.texts("goals" if before is None else "goals_change", **counts))

    def _unmatched(self, simulation: Simulation) -> Iterator[Text]:
        before, after = simulation.before, simulation.after
        number = self.texts.number
        if before is None:
            if after.unmatched:
                yield Text(self.texts("unmatched", after=number(after.unmatched)), "yellow")
        elif before.unmatched or after.unmatched:
            counts = {"before": number(before.unmatched), "after": number(after.unmatched)}
            yield Text(self.texts("unmatched_change", **counts), "yellow")
        zone = ZoneInfo(simulation.timezone)
        yield from self._not_in_force(before, self.old_name, zone)
        yield from self._not_in_force(after, self.new_name, zone)

    def _not_in_force(self, side: Side | None, name: str, zone: ZoneInfo) -> Iterator[Text]:
        """Most of the promised-nothing are tickets before the policy took effect; a draft has a date ahead."""
        if side is not None and side.unmatched and side.in_force_from is not None:
            date = side.in_force_from.astimezone(zone).date().isoformat()
            yield Text(self.texts("in_force_from", policy=name, date=date), "yellow")

    def _parts(self, simulation: Simulation, console: Console) -> Iterator[Table | Text]:
        compared = simulation.before is not None
        if compared and simulation.changes:
            yield self._changes(simulation)
        whole = [row for row in simulation.attainment if row.period is None]
        overall = [row for row in whole if row.customer is None]
        if overall:
            yield self._attainment("attainment", overall, compared=compared)
        periods = [
            row
            for row in simulation.attainment
            if row.period and row.customer is None and row.priority is None
        ]
        if periods:
            yield self._attainment("periods", periods, compared=compared)
        if simulation.goals:
            yield goals_table(self.texts, simulation.goals, compared=compared)
        if simulation.needed_targets:
            yield needed_table(self.texts, simulation.needed_targets)
        elif overall:
            yield Text(self.texts("needed_none", new=self.new_name), "dim")
        customers = [row for row in whole if row.customer is not None]
        if customers:
            yield self._customers(customers, compared=compared)
        for kind, title in (("met_to_missed", "failed_by"), ("missed_to_met", "saved_by")):
            if margins := [row for row in simulation.margins if row.kind == kind]:
                yield self._margins(title, margins)
        yield from self._flips(simulation, console)

    def _changes(self, simulation: Simulation) -> Table:
        """Kinds of change down, objectives across: few of these, so that it fits a narrow terminal."""
        table = self._by_objective("changes", simulation.changes)
        for name in _COUNTED:
            counts = [getattr(row, name) for row in simulation.changes]
            if any(counts) or name in _ALWAYS_SHOWN:
                table.add_row(self.texts(name), *map(self._count, counts))
        return table

    def _by_objective(self, title: str, rows: Iterable[ChangeCounts | Margins]) -> Table:
        table = plain_table(self.texts(title))
        table.add_column("", no_wrap=True)
        for row in rows:
            table.add_column(self.texts.objective(row.objective), justify="right", no_wrap=True)
        return table

    def _count(self, count: int) -> Text:
        return Text(self.texts.number(count), "" if count else "dim")

    def _attainment(self, key: str, rows: Sequence[AttainmentRow], *, compared: bool) -> Table:
        table = plain_table(self.texts(key))
        table.add_column(self.texts("objective"), no_wrap=True)
        table.add_column(self.texts("period" if key == "periods" else "priority"), no_wrap=True)
        self._kept_columns(table, compared=compared)
        former = ""
        for row in rows:
            name = "" if row.objective == former else self.texts.objective(row.objective)
            former = row.objective
            group = row.period if key == "periods" else row.priority or self.texts("all")
            table.add_row(name, group, *self._kept(row, compared=compared))
        return table

    def _customers(self, rows: Sequence[AttainmentRow], *, compared: bool) -> Table:
        if compared:
            rows = [row for row in rows if row.before != row.after]
            first = sorted(rows, key=lambda row: (_is_small(row), -abs(row.points or 0)))
        else:
            first = sorted(rows, key=lambda row: (_is_small(row), row.after.attainment or 0))
        shown = first[: self.rows]
        counts = {"shown": self.texts.number(len(shown)), "total": self.texts.number(len(rows))}
        table = plain_table(self.texts("customers" if compared else "customers_alone", **counts))
        table.add_column(self.texts("objective"), no_wrap=True)
        table.add_column(self.texts("customer"), overflow="ellipsis", no_wrap=True)
        table.add_column("", no_wrap=True)
        self._kept_columns(table, compared=compared)
        for row in shown:
            name = self.texts.objective(row.objective)
            table.add_row(name, row.customer, row.priority, *self._kept(row, compared=compared))
        return table

    def _kept_columns(self, table: Table, *, compared: bool) -> None:
        for name in ("before", "after", "points") if compared else ("kept",):
            table.add_column(self.texts(name), justify="right", no_wrap=True)

    def _kept(self, row: AttainmentRow, *, compared: bool) -> list[Text]:
        after = Text(self.texts.attainment(row.after))
        if not compared:
            return [after]
        change = row.points or 0
        style = "red" if change < 0 else "green" if change > 0 else "dim"
        return [Text(self.texts.attainment(row.before)), after, Text(self.texts.points(row.points), style)]

    def _margins(self, title: str, rows: Sequence[Margins]) -> Table:
        table = self._by_objective(title, rows)
        for number, bucket in enumerate(rows[0].buckets):
            label = self.texts("more")
            if bucket.up_to is not None:
                label = self.texts("up_to", share=self.texts.goal(bucket.up_to))
            table.add_row(label, *(self._count(row.buckets[number].count) for row in rows))
        if any(row.still_open for row in rows):
            table.add_row(self.texts("not_stopped"), *(self._count(row.still_open) for row in rows))
        table.add_row(self.texts("median"), *(self._span(row.median_seconds) for row in rows))
        table.add_row(self.texts("largest"), *(self._span(row.largest_seconds) for row in rows))
        return table

    def _span(self, seconds: float | None) -> str:
        return self.texts("none") if seconds is None else self.texts.span(seconds)

    def _flips(self, simulation: Simulation, console: Console) -> Iterator[Table | Text]:
        for kind, key in _FLIPS:
            flips = [flip for flip in simulation.flips if flip.kind == kind]
            total = sum(getattr(row, kind) for row in simulation.changes)
            if flips:
                title = self._title(key, len(flips), total)
                yield self._flip_table(title, flips, ZoneInfo(simulation.timezone), console)

    def _title(self, key: str, shown: int, total: int) -> str:
        title = self.texts(key, shown=self.texts.number(shown), total=self.texts.number(total))
        if shown == total or self.written:
            return title
        everything = self.texts("everything")
        return f"{title}; {everything}"

    def _flip_table(self, title: str, flips: Sequence[Change], zone: ZoneInfo, console: Console) -> Table:
        """The flips with as many of the times they are due as fit: after, then before too."""
        unlimited = console.options.update_width(_UNLIMITED)
        for dues in (("before", "after"), ("after",), ()):
            table = plain_table(title)
            self._flip_columns(table, dues)
            for flip in flips:
                table.add_row(*self._flip_cells(flip, dues, zone))
            if console.measure(table, options=unlimited).maximum <= console.width:
                break
        return table

    def _flip_columns(self, table: Table, dues: Sequence[str]) -> None:
        for name in ("ticket", "customer"):
            table.add_column(self.texts(name), no_wrap=True, overflow="ellipsis")
        table.add_column("", no_wrap=True)
        for name in ("objective", "before", "after", *(f"due_{side}" for side in dues)):
            table.add_column(self.texts(name), no_wrap=True)

    def _flip_cells(self, flip: Change, dues: Sequence[str], zone: ZoneInfo) -> list[str]:
        objective = self.texts.objective(flip.objective) + (f" #{flip.cycle}" if flip.cycle > 1 else "")
        sides = [self._of(flip.before), self._of(flip.after)]
        times = [self._due(getattr(flip, side), zone) for side in dues]
        return [flip.ticket_id, flip.customer, flip.priority, objective, *sides, *times]

    def _of(self, side: Standing | None) -> str:
        """The elapsed time and the target; rounded down, but for a miss that would then look met."""
        if side is None:
            return self.texts("none")
        elapsed, target = self.texts.span(side.elapsed_seconds), self.texts.span(side.target_seconds)
        if elapsed == target and side.outcome == "missed":
            elapsed = self.texts.span(side.elapsed_seconds, up=True)
        return self.texts("of", elapsed=elapsed, target=target)

    def _due(self, side: Standing | None, zone: ZoneInfo) -> str:
        due: datetime | None = None if side is None else side.due_at
        return self.texts("none") if due is None else due.astimezone(zone).isoformat(" ", "minutes")


def _is_small(row: AttainmentRow) -> bool:
    """Whether one verdict more or less would move it by tens of points: such rows come last."""
    return any(tally is not None and tally.met + tally.missed < _FEW for tally in (row.before, row.after))
