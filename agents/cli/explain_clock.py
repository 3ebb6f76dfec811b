"""One clock as text: what became of it and why, under which policy, and from when to when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.table import Table
from rich.text import Text

from agents.cli.explain_format import adding_up, amount, instant, plain, promise, told_apart
from agents.cli.language_figures import exact_share, short_share
from agents.cli.texts import Texts
from schemas.explanations import ClockAccount, TargetBasis, TermLine, Threshold

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
                "?" if value is None else amount(value, self.texts, exact=True)
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
            yield "stopped", self._stopped(clock, clock.stopped_at)
        elif clock.breached_at is not None:
            yield "stopped", f"{self.texts('still_open')}; {self.texts('account_breach')}"
        else:
            yield "stopped", self.texts("still_open")

    def _stopped(self, clock: ClockAccount, at: datetime) -> str:
        """When it stopped, and why where the verdict's own reason is another one."""
        when = instant(at, self.texts)
        return when if clock.stop_reason is None else f"{when}: {self.texts(f'stop_{clock.stop_reason}')}"

    def _figures(self, clock: ClockAccount) -> Iterator[tuple[str, str]]:
        elapsed, target = told_apart([clock.elapsed_seconds, clock.target_seconds], self.texts)
        yield "elapsed", self.texts("elapsed_line", elapsed=elapsed, target=target)
        if clock.paused_seconds:
            yield "paused_row", self._paused(clock)
        if clock.hold_overrun_seconds:
            yield "overrun", self.texts("overrun_line", span=amount(clock.hold_overrun_seconds, self.texts))
        if clock.thresholds:
            by = [self.texts("warnings_last")] if len(clock.terms) > 1 else []
            yield "warnings", "\n".join((*by, *map(self._threshold, clock.thresholds)))
        key = "revision_line" if clock.revision else "revision_none"
        yield "revision", self.texts(key, revision=clock.revision)

    def _paused(self, clock: ClockAccount) -> str:
        """The sum, and what each reason took out."""
        paused = clock.sums.paused
        total, amounts = adding_up(clock.paused_seconds, [part.open_seconds for part in paused], self.texts)
        parts = ", ".join(
            f"{self.texts(f'row_{part.kind}', reason=part.reason)} {span}"
            for part, span in zip(paused, amounts, strict=True)
        )
        return f"{total} ({parts})"

    def no_rows(self, clock: ClockAccount) -> str:
        """Why there is no table: no time passed up to where the account ends."""
        if clock.stopped_at is not None:
            return self.texts("no_rows")
        return self.texts("no_rows_yet" if clock.breached_at is None else "no_rows_breach")

    def _outcome(self, clock: ClockAccount) -> str:
        margin = amount(clock.margin_seconds, self.texts)
        outcome, exceeded = clock.outcome, clock.margin_seconds < 0
        if outcome == "met" and not clock.margin_seconds:
            return self.texts("met_exactly")
        if outcome == "missed" and clock.stopped_at is None:
            return self._missed_open(clock.late_seconds)
        if outcome == "missed" and not exceeded:
            return self.texts("missed_closed")
        if outcome == "running" and self._overdue(clock):
            return self.texts("running_over")
        if outcome == "waived" and clock.breached_at is not None:
            return self.texts("waived_missed")
        return self.texts(outcome, margin=margin)

    def _missed_open(self, late: float | None) -> str:
        if late is None:
            return self.texts("missed_open")
        return self.texts("missed_open_by", late=amount(late, self.texts))

    def _overdue(self, clock: ClockAccount) -> bool:
        return clock.outcome == "running" and clock.due_at is not None and clock.due_at < clock.accounted_to

    def _due(self, clock: ClockAccount) -> str:
        if clock.due_at is None:
            return self.texts("due_paused" if clock.outcome == "paused" else "due_none")
        due = instant(clock.due_at, self.texts)
        if not self._overdue(clock):
            return due
        late = (clock.accounted_to - clock.due_at).total_seconds()
        return f"{due}; {self.texts('due_past', late=amount(late, self.texts))}"

    def _since(self, clock: ClockAccount) -> str:
        if not clock.policy_known:
            return self.texts("since_unknown")
        if clock.policy_since is None:
            return self.texts("since_always")
        return self.texts("since", at=instant(clock.policy_since, self.texts))

    def _target(self, clock: ClockAccount) -> str:
        basis = clock.target_basis
        if basis.share_left is not None:
            return self._scaled(clock, basis, basis.share_left)
        return self.texts(
            f"target_{basis.kind}",
            target=amount(clock.target_seconds, self.texts),
            **self._promise(basis),
        )

    def _scaled(self, clock: ClockAccount, basis: TargetBasis, share: float) -> str:
        """The target as the sum of what had been counted and of what was left; with what working days came to."""
        counted = basis.counted_before_seconds or 0
        # Seconds are kept to the microsecond.
        left = round(clock.target_seconds - counted, 6)
        target, (before, rest) = adding_up(clock.target_seconds, [counted, left], self.texts)
        named = self._promise(basis)
        said = self.texts(
            "target_scaled_share",
            target=target,
            before=before,
            left=rest,
            share=short_share(share, self.texts.language),
            **named,
        )
        if basis.working_days is None or basis.promised_seconds is None:
            return said
        whole = amount(basis.promised_seconds, self.texts)
        return f"{said}\n{self.texts('target_scaled_days', whole=whole, **named)}"

    def _promise(self, basis: TargetBasis) -> dict[str, str | None]:
        """What is promised to whom, and between which instants working days were counted."""
        since, to = (
            None if moment is None else instant(moment, self.texts)
            for moment in (basis.counted_from, basis.counted_to)
        )
        promised = None if basis.promised is None else promise(basis.promised, self.texts)
        return {"promised": promised, "priority": basis.priority, "since": since, "to": to}

    def _threshold(self, threshold: Threshold) -> str:
        at = threshold.at
        share = exact_share(threshold.share, self.texts.language)
        return f"{share:<7}" + (self.texts("never") if at is None else instant(at, self.texts))

    def _term(self, term: TermLine) -> str:
        at = self.texts(f"term_{term.change}", at=instant(term.from_, self.texts))
        line = self.texts(
            "term_line",
            policy=term.policy,
            version=term.policy_version,
            priority=term.priority,
            calendar=term.calendar,
            target=amount(term.target_seconds, self.texts),
        )
        return f"{at} {line}"


def plain_lines(text: str) -> str:
    """Text of several lines without what could steer a terminal."""
    return "\n".join(map(plain, text.split("\n")))
