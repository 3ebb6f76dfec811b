"""`sla-monitor simulate`: a recorded history under another policy, compared with the one of today.

The history is replayed once for each side, one after the other, and the results of each are kept in a temporary file,
so that the memory needed is that of one replay.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

import typer
from rich.console import Console

from agents.cli.configured import settings_with
from agents.cli.files import STDIN, FileError, NumberedFiles, total_size, write_all
from agents.cli.no_events import require_events
from agents.cli.progress import progress
from agents.cli.simulation_files import attainment_csv, changes_csv
from agents.cli.simulation_texts import SimulationTexts
from agents.cli.simulation_view import SimulationView
from monitor.adapters.policy_file import book_of, load_policies
from monitor.clock_pairs import ClockPair
from monitor.periods import PeriodKind
from monitor.policies import PolicyBook
from monitor.replay import ReplayOutcome, replay
from monitor.simulation import History, Judgement, change_line, compare, from_the_start, say_the_same
from schemas.instants import Micros, iso
from schemas.simulations import ChangeKind, Simulation

FILES: Final = ("simulation.json", "attainment.csv", "changes.csv", "changes.jsonl")
_COPIED_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for; without `old`, what `SLA_POLICIES` names is compared with, or nothing."""

    files: Sequence[Path]
    new: Sequence[Path]
    old: Sequence[Path]
    texts: SimulationTexts
    out: Path | None = None
    until: Micros | None = None
    by: Literal["month", "quarter", "half"] | None = None
    show: int = 10
    from_start: bool = False

    @property
    def new_name(self) -> str:
        """What the policy to try is called."""
        return ", ".join(path.name for path in self.new)

    @property
    def old_name(self) -> str:
        """What the policy of today is called, with its folder where both have one name."""
        names = ", ".join(path.name for path in self.old)
        return names if names != self.new_name else ", ".join(map(str, self.old))


def configured(plan: Plan) -> Plan:
    """The plan with the policies of the environment where it names none; raises `SettingInvalid`."""
    return plan if plan.old else replace(plan, old=settings_with().policies)


def simulate(plan: Plan, *, as_json: bool = False) -> None:
    """Compare as the plan says and print to standard output, for a machine or for a person."""
    plan = configured(plan)
    simulation = run(plan)
    if as_json:
        typer.echo(simulation.model_dump_json(indent=2))
        return
    written = plan.out is not None
    view = SimulationView(plan.texts, plan.new_name, plan.old_name, rows=plan.show, written=written)
    view.show(simulation, Console())
    if written:
        typer.echo("\n" + plan.texts("written", folder=plan.out, files=", ".join(FILES)))


def run(plan: Plan) -> Simulation:
    """Judge the history by both policies and compare; writes `FILES` where the plan says so.

    Raises `PolicyError` with the problems of all policy files, `CalendarError`, `FileError` and `NoEvents`; nothing is
    written then.
    """
    before, after = _books(plan)
    total_size(plan.files)  # a missing file is told before any work
    with _scratch() as folder:
        judging = _Judging(plan, folder)
        compared = before is not None and not say_the_same(before, after)
        old = judging.judge(before, "before", (1, 2), plan.old_name) if before and compared else None
        new = judging.judge(after, "after", (2, 2) if compared else (1, 1), plan.new_name)
        if before and not compared:
            old = replace(new, book=before, results=_lines(judging.place("after")))
        changes = folder / "changes.jsonl"
        with changes.open("wb") as file:

            def keep(kind: ChangeKind, pair: ClockPair) -> None:
                file.write(change_line(kind, pair) + b"\n")

            simulation = compare(
                judging.history,
                old,
                new,
                by=None if plan.by is None else PeriodKind(plan.by),
                show=plan.show,
                on_change=keep,
            )
        if plan.out is not None:
            _write(plan.out, simulation, changes)
    return simulation


class _Judging:
    """Replays the history for one side at a time, and keeps what both have in common."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._named = plan.files
        self._plan = replace(plan, files=_rereadable(plan, folder))
        self._folder = folder
        self.history = History(0, 0, None)

    def place(self, side: str) -> Path:
        """Where the results of a side are kept."""
        return self._folder / f"{side}.jsonl"

    def judge(self, book: PolicyBook, side: str, turn: tuple[int, int], name: str) -> Judgement:
        plan = self._plan
        label = plan.texts("pass", number=turn[0], total=turn[1], policy=name)
        numbered = NumberedFiles(plan.files)
        with progress(label, total_size(plan.files)) as advance:
            outcome = replay(numbered.lines(advance), book, until=plan.until)
        named = replace(numbered, paths=self._named)
        require_events(outcome.unread, outcome.lines, named, plan.texts.language)
        with self.place(side).open("wb") as file:
            file.writelines(line + b"\n" for line in outcome.results)
        self._note(outcome)
        return Judgement(
            book=book,
            results=_lines(self.place(side)),
            unmatched=outcome.counters["unmatched",],
            dead_letters=len(outcome.dead_letters),
        )

    def _note(self, outcome: ReplayOutcome) -> None:
        """The events alone decide up to when is judged, so both sides end at the same instant."""
        events = sum(count for key, count in outcome.counters.items() if key[0] == "events")
        until = outcome.watermark if events else None
        asked, said = self._plan.until, self.history.events > 0
        if asked is not None and until is not None and until > asked and not said:
            typer.echo(self._plan.texts("until_too_early", last=iso(until)), err=True)
        self.history = History(events, outcome.tickets, until)


def _books(plan: Plan) -> tuple[PolicyBook | None, PolicyBook]:
    """Both books; the problems of all files are told at once."""
    loaded = load_policies([*plan.old, *plan.new])
    old, new = loaded[: len(plan.old)], loaded[len(plan.old) :]
    before, after = (book_of(old) if old else None), book_of(new)
    if plan.from_start:
        return (from_the_start(before) if before else None), from_the_start(after)
    return before, after


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that is gone afterwards; raises `FileError` when it has no room."""
    try:
        with TemporaryDirectory(prefix="sla-monitor-") as folder:
            yield Path(folder)
    except OSError as error:
        raise FileError(f"{error.filename or 'temporary files'}: {error.strerror or error}") from None


def _rereadable(plan: Plan, folder: Path) -> list[Path]:
    """The files of the plan, standard input kept in a file: it can be read only once."""
    if STDIN not in plan.files:
        return list(plan.files)
    kept = folder / "standard-input"
    with progress(plan.texts("reading"), None) as advance, kept.open("wb") as file:
        while chunk := sys.stdin.buffer.read(_COPIED_BYTES):
            file.write(chunk)
            advance(len(chunk))
    return [kept if path == STDIN else path for path in plan.files]


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _write(out: Path, simulation: Simulation, changes: Path) -> None:
    document = simulation.model_dump_json(indent=2).encode() + b"\n"
    contents = (
        (document,),
        attainment_csv(simulation.attainment),
        changes_csv(_lines(changes)),
        _lines(changes),
    )
    write_all(out, dict(zip(FILES, contents, strict=True)))
