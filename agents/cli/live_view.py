"""The board as a screen: what breaches next, what is broken, how the promises are kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from rich.align import Align
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agents.cli import language_figures as figures
from agents.cli.board import Board, Tally
from agents.cli.texts import Texts
from schemas.alerts import Alert
from schemas.instants import SECOND, Micros, to_micros

_BAR: Final = 5
_SPARKS: Final = "▁▂▃▄▅▆▇█"
_STATE_STYLE: Final = {
    "at_risk": "yellow",
    "breached": "bold red",
    "resolved": "green",
    "retracted": "cyan",
    "cancelled": "dim",
}
_STATE_MARK: Final = {"at_risk": "▲", "breached": "✖", "resolved": "✔", "retracted": "↺", "cancelled": "○"}
_PRIORITY_STYLE: Final = {"P1": "bold red", "P2": "yellow", "P3": "cyan", "P4": "blue"}
_TICKER_ROWS: Final = 9
_TICKER_ROWS_SHORT: Final = 6
_WIDE: Final = 112  # columns from which bars, customers and owners fit
_AMPLE: Final = 160  # and from which subjects do
_TALL: Final = 30
_SOON: Final = 0.34  # the last third of the time that was left when the risk was noticed


class Room(IntEnum):
    """How much fits side by side."""

    NARROW = 0
    WIDE = 1
    AMPLE = 2


@dataclass(frozen=True, slots=True)
class LiveView:
    """Draws a board; holds no state of its own, so it may be called at any rate."""

    texts: Texts
    metrics_url: str | None = None

    def screen(self, board: Board, now: Micros, size: tuple[int, int]) -> Layout:
        """The whole screen, for a terminal of `size` columns and lines; a narrow one leaves columns out."""
        width, height = size
        room = _room(width)
        lower = (_TICKER_ROWS if height >= _TALL else _TICKER_ROWS_SHORT) + 2
        rows = max(2, height - 3 - lower - 4)
        layout = Layout()
        layout.split_column(
            Layout(self._header(board, now, room=room), size=3),
            Layout(name="upper", minimum_size=6),
            Layout(name="lower", size=lower),
        )
        layout["upper"].split_row(
            Layout(self._next(board, now, rows, room=room)),
            Layout(self._broken(board, now, rows, room=room)),
        )
        layout["lower"].split_row(
            Layout(self._attainment(board, lower - 3, room=room)),
            Layout(self._ticker(board, now, lower - 2, room=room)),
        )
        return layout

    def line(self, board: Board, now: Micros) -> str:
        """The same in one line, for a log or a pipe."""
        total = board.total()
        verdicts = self.texts(
            "line",
            elapsed=clock(now - board.started_at),
            events=board.events,
            rate=board.rate(now),
            met=total.met,
            missed=total.missed,
            kept=self._kept(total),
        )
        alerts = self.texts(
            "line_alerts",
            at_risk=len(board.at_risk()),
            broken=len(board.broken()),
            dead_letters=board.dead_letters,
        )
        return f"{verdicts}  {alerts}"

    def summary(self, board: Board, now: Micros) -> str:
        """What happened, when it is over."""
        total = board.total()
        verdicts = self.texts(
            "summary",
            events=board.events,
            elapsed=clock(now - board.started_at),
            met=total.met,
            missed=total.missed,
            kept=self._kept(total),
        )
        if not board.delays:
            quiet = self.texts("summary_quiet", dead_letters=board.dead_letters)
            return f"{verdicts}\n{quiet}"
        alerts = self.texts(
            "summary_alerts",
            breached=board.states["breached"],
            p50=self._delay(board, 0.5),
            p99=self._delay(board, 0.99),
            dead_letters=board.dead_letters,
        )
        return f"{verdicts}\n{alerts}"

    def _header(self, board: Board, now: Micros, *, room: Room) -> RenderableType:
        figures = Text(overflow="ellipsis", no_wrap=True)
        gap = "   " if room else "  "
        figures.append(f"{self.texts('elapsed')} ", "dim").append(clock(now - board.started_at))
        figures.append(f"{gap}{self.texts('events')} ", "dim").append(f"{board.events:,} ")
        figures.append(f"{self.texts('per_second', rate=board.rate(now))}", "bold")
        if room:
            figures.append(" " + sparkline([count for _, count in board.per_second][-20:]), "green")
        figures.append(f"{gap}{self.texts('dead_letters')} ", "dim")
        figures.append(str(board.dead_letters), "bold red" if board.dead_letters else "green")
        figures.append(f"{gap}{self.texts('delay')} ", "dim").append(self._delay(board, 0.5))
        where = self.texts("ends")
        if self.metrics_url is not None:
            where += f" · {self.texts('metrics')}: {self.metrics_url}"
        return Panel(
            figures,
            title=f"[bold]{self.texts('title')}",
            subtitle=Text(where, "dim"),
            border_style="blue",
        )

    def _next(self, board: Board, now: Micros, rows: int, *, room: Room) -> RenderableType:
        alerts = board.at_risk()
        table = self._clock_table("left", room=room)
        for alert in alerts[:rows]:
            left = to_micros(alert.due_at) - now if alert.due_at is not None else 0
            self._clock_row(table, alert, self._countdown(alert, left, room=room), room=room)
        return self._panel("next", table, len(alerts), rows, "yellow")

    def _broken(self, board: Board, now: Micros, rows: int, *, room: Room) -> RenderableType:
        alerts = board.broken()
        table = self._clock_table("late", room=room)
        for alert in alerts[:rows]:
            late = now - to_micros(alert.breached_at) if alert.breached_at is not None else 0
            self._clock_row(table, alert, Text(clock(late), "bold red"), room=room)
        return self._panel("broken", table, len(alerts), rows, "red")

    def _attainment(self, board: Board, rows: int, *, room: Room) -> RenderableType:
        tallies = board.tallies()
        table = _table()
        table.add_column(self.texts("customer"), no_wrap=True)
        table.add_column(self.texts("promise"), no_wrap=True, ratio=1)
        table.add_column(self.texts("kept"), no_wrap=True, justify="right")
        table.add_column(self.texts("met_missed") if room else "", no_wrap=True)
        for (customer, objective), tally in list(tallies.items())[:rows]:
            cells = Text(self._kept(tally))
            if room and tally.kept is not None:
                cells.append(" ").append_text(_bar(tally.kept, _kept_style(tally.kept)))
            counts = Text(f"{tally.met} / {tally.missed}", "dim" if tally.met + tally.missed < 10 else "")
            table.add_row(customer, self.texts(f"objective_{objective}"), cells, counts)
        return self._panel("attainment", table, len(tallies), rows, "green")

    def _ticker(self, board: Board, now: Micros, rows: int, *, room: Room) -> RenderableType:
        table = Table.grid(padding=(0, 1), expand=True)
        for ratio in (None, None, None, None, None if room else 1, 1 if room else None):
            table.add_column(no_wrap=True, overflow="ellipsis", ratio=ratio)
        for alert in list(board.ticker)[:rows]:
            ago = max(0, now - to_micros(alert.detected_at))
            state = f"{_STATE_MARK[alert.state]} {self.texts('state_' + alert.state)}"
            table.add_row(
                Text(f"-{clock(ago)}", "dim"),
                Text(state, _STATE_STYLE[alert.state]),
                _priority(alert.priority),
                alert.ticket_id,
                self.texts(f"objective_{alert.objective}"),
                Text(alert.subject or "" if room else "", "dim"),
            )
        return self._panel("ticker", table, min(len(board.ticker), rows), rows, "blue")

    def _clock_table(self, time: str, *, room: Room) -> Table:
        """The columns of a list of clocks, `time` being what is left or how late it is."""
        table = _table()
        table.add_column("", no_wrap=True)
        table.add_column(self.texts("ticket"), no_wrap=True)
        if room:
            table.add_column(self.texts("customer"), no_wrap=True)
        takes_the_rest = None if room is Room.AMPLE else 1
        table.add_column(self.texts("promise"), no_wrap=True, ratio=takes_the_rest, overflow="ellipsis")
        table.add_column(self.texts(time), no_wrap=True)
        if room:
            table.add_column(self.texts("owner"), no_wrap=True)
        if room is Room.AMPLE:
            table.add_column(self.texts("subject"), no_wrap=True, ratio=1, overflow="ellipsis")
        return table

    def _clock_row(self, table: Table, alert: Alert, time: Text, *, room: Room) -> None:
        cells: list[str | Text] = [_priority(alert.priority), alert.ticket_id]
        if room:
            cells.append(alert.customer)
        cells += [self.texts(f"objective_{alert.objective}"), time]
        if room:
            cells.append(self._owner(alert))
        if room is Room.AMPLE:
            cells.append(Text(alert.subject or "", "dim"))
        table.add_row(*cells)

    def _panel(self, key: str, table: Table, count: int, rows: int, style: str) -> Panel:
        title = f"[bold]{self.texts(key)}"
        if not count:
            empty = Align.center(Text(self.texts(f"{key}_none"), "dim"), vertical="middle")
            return Panel(empty, title=title, border_style=style)
        body: RenderableType = table
        if count > rows:
            body = Group(table, Text(self.texts("more", count=count - rows), "dim"))
        return Panel(body, title=title, border_style=style, padding=(0, 0, 0, 1))

    def _countdown(self, alert: Alert, left: Micros, *, room: Room) -> Text:
        """A bar that empties; its full length is the time from the detection of the risk to the deadline."""
        if left <= 0:
            return Text(self.texts("due_now"), "bold red")
        due = to_micros(alert.due_at) if alert.due_at is not None else 0
        share = min(1.0, left / max(1, due - to_micros(alert.detected_at)))
        style = "red" if share < _SOON else "yellow"
        if not room:
            return Text(clock(left), style)
        return _bar(share, style).append(f" {clock(left)}")

    def _owner(self, alert: Alert) -> Text:
        return Text(alert.assignee) if alert.assignee else Text(self.texts("nobody"), "dim")

    def _kept(self, tally: Tally) -> str:
        return self.texts("no_data") if tally.kept is None else figures.share(tally.kept, self.texts.language)

    def _delay(self, board: Board, share: float) -> str:
        delay = board.delay(share)
        return self.texts("no_data") if delay is None else f"{delay / 1000:.0f} ms"


def clock(span: Micros) -> str:
    """A span for people: `0:07`, `12:40` or `1:02:03`; a part of a second is left out."""
    minutes, seconds = divmod(max(0, span) // SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def sparkline(counts: list[int]) -> str:
    """Counts as one character each, the largest as a full block."""
    top = max(counts, default=0)
    return "".join(_SPARKS[(count * (len(_SPARKS) - 1)) // top] for count in counts) if top else ""


def _room(width: int) -> Room:
    if width < _WIDE:
        return Room.NARROW
    return Room.WIDE if width < _AMPLE else Room.AMPLE


def _table() -> Table:
    return Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="dim")


def _bar(share: float, style: str) -> Text:
    """A share as a bar; what is missing is drawn thinner too, for colour alone tells too little."""
    filled = int(share * _BAR) or int(share > 0)  # full means all of it
    return Text("━" * filled, style).append("─" * (_BAR - filled), "grey42")


def _priority(priority: str) -> Text:
    return Text(priority, _PRIORITY_STYLE.get(priority, ""))


def _kept_style(kept: float) -> str:
    return "green" if kept >= 0.9 else "yellow" if kept >= 0.75 else "red"
