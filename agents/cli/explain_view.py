"""An explanation as text for people: the ticket, then every clock with its figures, its days and its sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from agents.cli.explain_clock import ClockView
from agents.cli.explain_format import instant, listed, plain
from agents.cli.explain_table import AccountTable
from agents.cli.explain_timeline import Timeline
from agents.cli.language_figures import number
from agents.cli.texts import Texts
from schemas.explanations import ClockAccount, Explanation, Nameless, PolicyMiss

_NOT_JUDGED: Final = ("no_policy", "nothing_promised")
_FACTS: Final = ("customer", "priority", "tier", "queue", "assignee")


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """Draws explanations; holds no state."""

    texts: Texts
    width: int
    every_day: bool = False

    def screen(self, explanation: Explanation) -> RenderableType:
        """Everything there is to say."""
        parts: list[RenderableType] = [self._head(explanation)]
        parts += [Text(f"\n{text}", style) for text, style in self._notes(explanation)]
        for clock in explanation.clocks:
            parts += self._clock(clock)
        timeline = Timeline(self.texts, ZoneInfo(explanation.timezone))
        parts += timeline.idle_waivers(explanation.idle_waivers)
        parts += timeline.happenings(explanation.happenings)
        parts += self._set_aside(explanation)
        return Group(*parts)

    def _head(self, explanation: Explanation) -> Panel:
        ticket = explanation.ticket
        facts = Table.grid(padding=(0, 3, 0, 0))
        named = {name: getattr(ticket, name) for name in _FACTS}
        cells = [self._named(name, str(value)) for name, value in named.items() if value is not None]
        facts.add_row(*cells)
        lines: list[RenderableType] = [facts] if cells else []
        for name in ("created", "resolved", "closed"):
            at = getattr(ticket, f"{name}_at")
            if at is not None:
                lines.append(self._named(name, instant(self._zoned(at, explanation), self.texts)))
        if ticket.ended is not None:
            into = "" if ticket.merged_into is None else f" → {ticket.merged_into}"
            lines.append(self._named("ended", self.texts(f"ended_{ticket.ended}") + into))
        lines += [self._named("origin", self._origin(explanation)), *self._as_of(explanation)]
        subject = f" · {plain(ticket.subject)}" if ticket.subject else ""
        title = Text.assemble((explanation.ticket_id, "bold"), subject)
        return Panel(Group(*lines), title=title, title_align="left", border_style="blue")

    def _named(self, key: str, value: str) -> Text:
        return Text.assemble((f"{self.texts(key)}: ", "dim"), plain(value))

    def _origin(self, explanation: Explanation) -> str:
        origin = explanation.origin
        text = self.texts(
            f"from_{origin.kind}",
            places=", ".join(origin.places),
            records=number(origin.records, self.texts.language),
            partition=origin.partition,
        )
        if origin.usual_partition is None:
            return text
        elsewhere = self.texts("elsewhere", partition=origin.partition, usual=origin.usual_partition)
        return f"{text}; {elsewhere}"

    def _as_of(self, explanation: Explanation) -> Iterator[Text]:
        origin = explanation.origin
        for key, at in (("as_of", origin.judged_to), ("counted_to", origin.counted_to)):
            if at is not None and (key == "as_of" or at != origin.judged_to):
                yield self._named(key, instant(self._zoned(at, explanation), self.texts))

    def _zoned(self, moment: datetime, explanation: Explanation) -> datetime:
        """In the explanation's zone, so that all times read alike."""
        return moment.astimezone(ZoneInfo(explanation.timezone))

    def _notes(self, explanation: Explanation) -> Iterator[tuple[str, str]]:
        standing, ticket = explanation.standing, explanation.ticket
        if standing == "provisional":
            until = explanation.kept_until
            yield (
                self.texts(
                    "provisional_set_aside" if explanation.set_aside else "provisional",
                    until="?" if until is None else instant(self._zoned(until, explanation), self.texts),
                ),
                "bold yellow",
            )
        elif standing != "judged":
            yield (
                self.texts(standing, priority=ticket.priority),
                "bold yellow" if standing in _NOT_JUDGED else "",
            )
        for miss in explanation.misses:
            yield f"  {self._miss(miss)}", ""
        if explanation.missing_cycles:
            yield self.texts("missing_cycles", cycles=", ".join(explanation.missing_cycles)), "yellow"
        unknown = sorted({clock.policy_version for clock in explanation.clocks if not clock.policy_known})
        for version in unknown:
            yield self.texts("other_versions", version=version), "yellow"
        for line in nameless_lines(explanation.nameless, self.texts):
            yield line, "yellow"

    def _miss(self, miss: PolicyMiss) -> str:
        if not miss.in_force:
            return self.texts("miss_later", policy=miss.policy)
        if miss.attribute is None:
            return self.texts("miss_none", policy=miss.policy)
        return self.texts(
            "miss_attribute",
            policy=miss.policy,
            attribute=miss.attribute,
            wanted=listed(miss.wanted, self.texts),
            found=listed(miss.found, self.texts),
        )

    def _clock(self, clock: ClockAccount) -> Iterator[RenderableType]:
        view, table = ClockView(self.texts), AccountTable(self.texts, self.width, self.every_day)
        yield Text()
        yield Rule(view.title(clock), align="left", style=view.style(clock))
        yield from view.warnings(clock)
        yield view.facts(clock)
        yield Text()
        if clock.rows:
            yield from table.table(clock)
            yield Padding(Text(table.sum_line(clock), "bold"), (1, 0, 0, 0))
        else:
            yield Text(view.no_rows(clock), "dim")

    def _set_aside(self, explanation: Explanation) -> Iterator[RenderableType]:
        if explanation.set_aside:
            yield Text()
            yield Rule(Text(self.texts("set_aside"), "bold red"), align="left", style="red")
            for letter in explanation.set_aside:
                yield Text(plain(f"{letter.place} {letter.reason}: {letter.error}"))


def nameless_lines(nameless: Nameless | None, texts: Texts) -> Iterator[str]:
    """What to tell of the records that name no ticket; nothing without any."""
    if nameless is not None:
        first = nameless.first
        key = "nameless_one" if nameless.records == 1 else "nameless"
        at = {"place": first.place, "reason": first.reason, "error": first.error}
        yield plain(texts(key, records=number(nameless.records, texts.language), **at))
