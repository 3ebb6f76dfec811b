"""The answer to "should this SLA be adjusted?": which goals are reached, and what would have reached them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.table import Table
from rich.text import Text

from agents.cli.simulation_texts import SimulationTexts
from monitor.before_after import reached
from schemas.amounts import parse_target
from schemas.instants import SECOND
from schemas.simulations import GoalRow, GoalState, NeededTarget, Tally

_STYLES: Final = {True: "green", False: "red", None: "dim"}
_MARKS: Final = {True: "✔", False: "✖", None: ""}


def plain_table(title: str) -> Table:
    """An empty table without lines, as all of them look."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        header_style="dim",
        padding=(0, 2, 0, 0),
    )


def goals_table(texts: SimulationTexts, rows: Iterable[GoalRow], *, compared: bool) -> Table:
    """One row for each promise with a goal on either side."""
    table = plain_table(texts("goals_title"))
    table.add_column(texts("policy"), no_wrap=True, overflow="ellipsis")
    table.add_column(texts("objective"), no_wrap=True)
    for name in ("before", "after") if compared else ("kept",):
        table.add_column(texts("goal"), justify="right", no_wrap=True)
        table.add_column(texts(name), justify="right", no_wrap=True)
    former = ""
    for row in rows:
        sides = (row.before, row.after) if compared else (row.after,)
        cells = [cell for side in sides for cell in _goal_cells(texts, side)]
        policy = "" if row.policy == former else row.policy
        former = row.policy
        table.add_row(policy, texts.objective(row.objective, row.tier), *cells)
    return table


def _goal_cells(texts: SimulationTexts, side: GoalState | None) -> tuple[Text, Text]:
    if side is None:
        return Text(texts("none"), "dim"), Text("")
    return Text(texts.goal(side.goal)), _kept(texts, side.tally, good=side.reached)


def _kept(texts: SimulationTexts, tally: Tally, *, good: bool | None) -> Text:
    return Text(f"{_MARKS[good]} {texts.attainment(tally)}".strip(), _STYLES[good])


def needed_table(texts: SimulationTexts, rows: Iterable[NeededTarget]) -> Table:
    """One row for each policy, objective and priority; a mark says whether the goal was reached."""
    table = plain_table(texts("needed_title"))
    table.padding = (0, 1, 0, 0)  # seven columns in 80
    table.add_column(texts("policy"), no_wrap=True, overflow="ellipsis")
    table.add_column(texts("objective"), no_wrap=True)
    table.add_column("", no_wrap=True)
    for name in ("target", "kept", "goal"):
        table.add_column(texts(name), justify="right", no_wrap=True)
    table.add_column(texts("needed"))
    former = ("", "")
    for row in rows:
        heads = (row.policy, texts.objective(row.objective, row.tier))
        shown = (heads[0] if heads[0] != former[0] else "", heads[1] if heads != former else "")
        former = heads
        good = reached(row.goal, row.tally.met, row.tally.missed)
        kept = _kept(texts, row.tally, good=good)
        cells = (_target(texts, row), kept, texts.goal(row.goal), Text(_needed(texts, row), "bold"))
        table.add_row(*shown, row.priority, *cells)
    return table


def _target(texts: SimulationTexts, row: NeededTarget) -> str:
    if row.target is None:
        return texts("nothing")
    amount = parse_target(row.target)
    if amount.working_days is not None:
        return texts.working_days(amount.working_days)
    return texts.span((amount.open_time or 0) / SECOND)


def _needed(texts: SimulationTexts, row: NeededTarget) -> str:
    """The needed time, rounded up so that it would have been enough; days are working days as the target's."""
    if row.needed_seconds is None:
        return texts("never", count=texts.number(row.still_open))
    span = texts.span(row.needed_seconds, up=True)
    if row.needed_working_days is None:
        return span
    key = "about_day" if row.needed_working_days == 1 else "about_days"
    return texts(key, span=span, days=row.needed_working_days)
