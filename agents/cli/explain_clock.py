"""One clock as text: what became of it and why, under which policy, and from when to when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich.table import Table
from rich.text import Text

from agents.cli.explain_format import amount, instant, plain
from agents.cli.texts import Texts
from schemas.amounts import format_share
from schemas.explanations import ClockAccount, TermLine, Threshold

_STYLES: Final = {
    "met": "green",
    "missed": "red",
    "running": "cyan",
    "paused": "yellow",
    "cancelled": "bright_black",
    "waived": "magenta",
}


@dataclass(frozen=True, slots=True)
class ClockView:
    """Draws what stands above a clock's table; holds no state."""

    texts: Texts

    def title(self, clock: ClockAccount) -> Text:
        """Objective, cycle and outcome."""
        name = self.texts(f"objective_{clock.objective}", tier=clock.tier)
        cycle = self.texts("cycle", cycle=clock.cycle)
        return Text.assemble(
            (name, "bold"), f" · {cycle} · ", (self._outcome(clock), f"bold {self.style(clock)}")
        )

    def style(self, clock: ClockAccount) -> str:
        """The colour of its outcome; the words say the same."""
        return _STYLES[clock.outcome]

    def warnings(self, clock: ClockAccount) -> Iterator[Text]:
        """What does not add up, before any figure."""
        if not clock.discrepancies:
            return
        yield Text(self.texts("discrepancies"), "bold white on red")
        for fault in clock.discrepancies:
            at = (
                "?" if fault.at is None else instant(fault.at.astimezone(clock.started_at.tzinfo), self.texts)
            )
            stated, found = (
                "?" if value is None else amount(value)
                for value in (fault.stated_seconds, fault.found_seconds)
            )
            yield Text(f"  {self.texts(f'check_{fault.check}', at=at, stated=stated, found=found)}", "red")

    def facts(self, clock: ClockAccount) -> Table:
        """The figures by name."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column(overflow="fold")
        for key, value in self._facts(clock):
            grid.add_row(self.texts(key), Text(plain_lines(value)))
        return grid

    def _facts(self, clock: ClockAccount) -> Iterator[tuple[str, str]]:
        yield "why", self.texts(f"reason_{clock.reason}")
        if clock.waived is not None:
            by, reason = clock.waived.get("approved_by", "?"), clock.waived.get("reason", "?")
            yield "waiver", self.texts("waiver_line", by=by, reason=reason)
        if clock.doubtful is not None:
            yield "doubtful", self.texts(clock.doubtful)
        yield (
            "policy",
            self.texts(
                "policy_line", policy=clock.policy, version=clock.policy_version, since=self._since(clock)
            ),
        )
        key = "calendar_unknown" if clock.calendar is None else "calendar_line"
        yield "calendar", self.texts(key, calendar=clock.calendar, zone=clock.calendar_timezone)
        yield "target", self._target(clock)
        if len(clock.terms) > 1:
            yield "terms", "\n".join(map(self._term, clock.terms))
        yield from self._instants(clock)
        yield from self._figures(clock)

    def _instants(self, clock: ClockAccount) -> Iterator[tuple[str, str]]:
        yield "started", instant(clock.started_at, self.texts)
        yield "due", self._due(clock)
        if clock.breached_at is not None:
            yield "breached", instant(clock.breached_at, self.texts)
        if clock.stopped_at is not None:
            yield "stopped", instant(clock.stopped_at, self.texts)
        elif clock.breached_at is not None:
            yield "stopped", f"{self.texts('still_open')}; {self.texts('account_breach')}"
        else:
            yield "stopped", self.texts("still_open")

    def _figures(self, clock: ClockAccount) -> Iterator[tuple[str, str]]:
        elapsed, target = amount(clock.elapsed_seconds), amount(clock.target_seconds)
        yield "elapsed", self.texts("elapsed_line", elapsed=elapsed, target=target)
        if clock.paused_seconds:
            parts = ", ".join(
                f"{self.texts(f'row_{part.kind}', reason=part.reason)} {amount(part.open_seconds)}"
                for part in clock.sums.paused
            )
            yield "paused_row", f"{amount(clock.paused_seconds)} ({parts})"
        if clock.hold_overrun_seconds:
            yield "overrun", self.texts("overrun_line", span=amount(clock.hold_overrun_seconds))
        if clock.thresholds:
            by = [self.texts("warnings_last")] if len(clock.terms) > 1 else []
            yield "warnings", "\n".join((*by, *map(self._threshold, clock.thresholds)))
        key = "revision_line" if clock.revision else "revision_none"
        yield "revision", self.texts(key, revision=clock.revision)

    def _outcome(self, clock: ClockAccount) -> str:
        margin = amount(clock.margin_seconds)
        outcome, exceeded = clock.outcome, clock.margin_seconds < 0
        if outcome == "met" and not clock.margin_seconds:
            return self.texts("met_exactly")
        if outcome == "missed" and clock.stopped_at is None:
            late = clock.late_seconds
            return (
                self.texts("missed_open") if late is None else self.texts("missed_open_by", late=amount(late))
            )
        if outcome == "missed" and not exceeded:
            return self.texts("missed_closed")
        if outcome == "running" and self._overdue(clock):
            return self.texts("running_over")
        if outcome == "waived" and clock.breached_at is not None:
            return self.texts("waived_missed")
        return self.texts(outcome, margin=margin)

    def _overdue(self, clock: ClockAccount) -> bool:
        return clock.outcome == "running" and clock.due_at is not None and clock.due_at < clock.accounted_to

    def _due(self, clock: ClockAccount) -> str:
        if clock.due_at is None:
            return self.texts("due_paused" if clock.outcome == "paused" else "due_none")
        due = instant(clock.due_at, self.texts)
        if not self._overdue(clock):
            return due
        late = (clock.accounted_to - clock.due_at).total_seconds()
        return f"{due}; {self.texts('due_past', late=amount(late))}"

    def _since(self, clock: ClockAccount) -> str:
        if not clock.policy_known:
            return self.texts("since_unknown")
        if clock.policy_since is None:
            return self.texts("since_always")
        return self.texts("since", at=instant(clock.policy_since, self.texts))

    def _target(self, clock: ClockAccount) -> str:
        basis = clock.target_basis
        since, to = (
            None if moment is None else instant(moment, self.texts)
            for moment in (basis.counted_from, basis.counted_to)
        )
        shared = basis.share_left is not None
        return self.texts(
            "target_scaled_share" if shared else f"target_{basis.kind}",
            target=amount(clock.target_seconds),
            before=amount(basis.counted_before_seconds or 0),
            share=format_share(basis.share_left or 0),
            priority=basis.priority,
            promised=basis.promised,
            days=basis.working_days,
            since=since,
            to=to,
        )

    def _threshold(self, threshold: Threshold) -> str:
        at = threshold.at
        return f"{format_share(threshold.share):<6}" + (
            self.texts("never") if at is None else instant(at, self.texts)
        )

    def _term(self, term: TermLine) -> str:
        at = self.texts(f"term_{term.change}", at=instant(term.from_, self.texts))
        line = self.texts(
            "term_line",
            policy=term.policy,
            version=term.policy_version,
            priority=term.priority,
            calendar=term.calendar,
            target=amount(term.target_seconds),
        )
        return f"{at} {line}"


def plain_lines(text: str) -> str:
    """Text of several lines without what could steer a terminal."""
    return "\n".join(map(plain, text.split("\n")))
