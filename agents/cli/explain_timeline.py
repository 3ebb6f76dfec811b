"""What happened to a ticket, and which of its waivers hit no verdict, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from agents.cli.explain_format import instant, plain
from agents.cli.language_figures import decimal
from agents.cli.texts import Texts
from schemas.explanations import Happening, IdleWaiver


@dataclass(frozen=True, slots=True)
class Timeline:
    """Draws events in one zone; holds no state."""

    texts: Texts
    zone: ZoneInfo

    def happenings(self, happenings: Sequence[Happening]) -> Iterator[RenderableType]:
        """Each event with its time, its type in words and what it says."""
        if not happenings:
            return
        yield Text()
        yield Rule(Text(self.texts("happenings"), "bold"), align="left", style="blue")
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, style="dim")  # never cropped: an instant without its offset is none
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for happening in filter(_says_something, happenings):
            word = self.texts(f"happened_{happening.type}")
            said = self._data(happening)
            if word != happening.type:
                said = f"({happening.type}) {said}".rstrip()
            grid.add_row(self._at(happening.at), word, Text(said))
        yield grid

    def idle_waivers(self, waivers: Sequence[IdleWaiver]) -> Iterator[RenderableType]:
        """Each with why it hits nothing and who must act."""
        if not waivers:
            return
        yield Text()
        yield Rule(Text(self.texts("idle_waivers"), "bold yellow"), align="left", style="yellow")
        for waiver in waivers:
            yield Text(self._waiver(waiver))
            said = [self.texts(f"idle_{waiver.why}", started=waiver.cycles_started)]
            if waiver.why != "undecided":
                said.append(self.texts("idle_act", by=plain(waiver.approved_by)))
            yield Padding(Text("\n".join(said)), (0, 0, 0, 2))

    def _waiver(self, waiver: IdleWaiver) -> str:
        handoff = waiver.objective == "handoff"
        named = self.texts(
            "idle_waiver",
            objective=self.texts("objective_any_handoff" if handoff else f"objective_{waiver.objective}"),
            cycle=self.texts("cycle", cycle=waiver.cycle),
            by=waiver.approved_by,
            reason=waiver.reason,
        )
        return plain(named if waiver.at is None else f"{self._at(waiver.at)}  {named}")

    def _at(self, moment: datetime) -> str:
        return instant(moment.astimezone(self.zone), self.texts)

    def _data(self, happening: Happening) -> str:
        """The event's own words; times that the source promised are instants."""
        words = {name: value for name, value in happening.data.items() if name != "due"}
        due = happening.data.get("due")
        promised = due.items() if isinstance(due, dict) else ()
        words |= {f"due.{name}": self._at(at) for name, at in promised}
        # Two blanks, for a value may have one.
        return plain("  ".join(f"{name}={self._value(value)}" for name, value in words.items()))

    def _value(self, value: object) -> str:
        if isinstance(value, bool):
            return self.texts("yes" if value else "no")
        if isinstance(value, list):
            return ", ".join(map(self._value, value))
        return decimal(f"{value:g}", self.texts.language) if isinstance(value, float) else str(value)


def _says_something(happening: Happening) -> bool:
    """Sources repeat `updated` without any attribute we know; it moves nothing."""
    return bool(happening.data) or happening.type != "updated"
