"""`sla-monitor replay`: a recorded history through the engine, with no broker and no waiting."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson
import typer
from rich.console import Console
from rich.table import Table

from agents.cli.files import NumberedFiles, total_size, write_all
from agents.cli.no_events import require_events
from agents.cli.progress import progress
from monitor.adapters.policy_file import load_book
from monitor.replay import ReplayOutcome, replay
from schemas.instants import Micros, iso

_OBJECTIVES: Final = ("first_response", "next_response", "resolution", "handoff")
_OUTCOMES: Final = ("met", "missed", "running", "paused", "cancelled", "waived")
_STATES: Final = ("at_risk", "breached", "resolved", "retracted", "cancelled")


@dataclass(frozen=True, slots=True)
class Report:
    """What a replay found, and the SHA-256 of the files that say it in full.

    `records` are all lines, `no_events` those of them that could not be read as an event.
    """

    records: int
    no_events: int
    tickets: int
    provisional: int
    unmatched: int
    outcomes: Mapping[str, Mapping[str, int]]
    alerts: Mapping[str, int]
    dead_letters: Mapping[str, int]
    sha256: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """The report for a machine; attainment is null where there is no verdict."""
        return {
            "records": self.records,
            "no_events": self.no_events,
            "tickets": self.tickets,
            "without_created": self.provisional,
            "nothing_promised": self.unmatched,
            "objectives": {
                name: {**counts, "attainment": attainment(counts)} for name, counts in self.outcomes.items()
            },
            "alerts": self.alerts,
            "dead_letters": self.dead_letters,
            "sha256": self.sha256,
        }


class _Result(msgspec.Struct):
    objective: str
    outcome: str


class _Alert(msgspec.Struct):
    state: str


class _DeadLetter(msgspec.Struct):
    reason: str


def run(files: Sequence[Path], policies: Sequence[Path], out: Path, until: Micros | None) -> Report:
    """Replay the files in order and write the four documents into `out`.

    Raises `PolicyError`, `CalendarError`, `FileError` and `NoEvents`; nothing is written then.
    """
    book = load_book(policies)
    numbered = NumberedFiles(files)
    with progress("replaying", total_size(files)) as advance:
        outcome = replay(numbered.lines(advance), book, until=until)
    require_events(outcome.unread, outcome.lines, numbered, "en")
    if until is not None and until < outcome.watermark:
        typer.echo(
            f"--until lies before the last event ({iso(outcome.watermark)}) and changes nothing", err=True
        )
    documents = _documents(outcome)
    write_all(out, documents)
    return Report(
        records=outcome.lines,
        no_events=outcome.unread.count,
        tickets=outcome.tickets,
        provisional=outcome.provisional,
        unmatched=outcome.counters["unmatched",],
        outcomes=_outcomes(outcome.results),
        alerts=_counts(outcome.alerts, _Alert, "state", _STATES),
        dead_letters=_counts(outcome.dead_letters, _DeadLetter, "reason", ()),
        sha256={name: _sha256(chunks) for name, chunks in documents.items()},
    )


def attainment(counts: Mapping[str, int]) -> float | None:
    """Met / (met + missed); None without any verdict."""
    settled = counts["met"] + counts["missed"]
    return round(counts["met"] / settled, 6) if settled else None


def show(report: Report, console: Console) -> None:
    """The report as a person reads it; its last line names the files and their SHA-256."""
    table = Table(title=_read(report), title_justify="left", box=None, header_style="bold")
    table.add_column("objective")
    for outcome in _OUTCOMES:
        table.add_column(outcome, justify="right")
    table.add_column("attainment", justify="right")
    for name, counts in report.outcomes.items():
        share = attainment(counts)
        cells = (f"{counts[outcome]:,}" for outcome in _OUTCOMES)
        table.add_row(name, *cells, "no data" if share is None else f"{share:.1%}")
    console.print(table)
    console.print(f"\n[bold]tickets[/]       {report.tickets:,}{_unmatched(report.unmatched)}")
    if report.provisional:
        without = f"{report.provisional:,} without `created`: what came of them waits for it and is not judged (S32)"
        console.print(f"               [yellow]{without}[/]")
    console.print(f"[bold]alerts[/]        {_listed(report.alerts)}")
    console.print(f"[bold]dead letters[/]  {_listed(report.dead_letters)}")
    sums = " ".join(f"{name}={digest}" for name, digest in report.sha256.items())
    # One line, however narrow the terminal: others cut it out and compare it.
    console.print(f"sha256 {sums}", soft_wrap=True, highlight=False)


def print_report(report: Report, *, as_json: bool) -> None:
    """Print to standard output, for a machine or for a person."""
    if as_json:
        sys.stdout.write(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show(report, Console())


def _documents(outcome: ReplayOutcome) -> dict[str, list[bytes]]:
    return {
        "results.jsonl": [line + b"\n" for line in outcome.results],
        "alerts.jsonl": [line + b"\n" for line in outcome.alerts],
        "kpis.json": [outcome.kpis],
        "dead_letters.jsonl": [line + b"\n" for line in outcome.dead_letters],
    }


def _outcomes(results: Iterable[bytes]) -> dict[str, dict[str, int]]:
    decode = msgspec.json.Decoder(_Result).decode
    found = Counter((line.objective, line.outcome) for line in map(decode, results))
    present = [name for name in _OBJECTIVES if any(pair[0] == name for pair in found)]
    return {name: {outcome: found[name, outcome] for outcome in _OUTCOMES} for name in present}


def _counts(
    lines: Iterable[bytes], kind: type[msgspec.Struct], key: str, known: Iterable[str]
) -> dict[str, int]:
    decode = msgspec.json.Decoder(kind).decode
    found = Counter(getattr(line, key) for line in map(decode, lines))
    return {name: found[name] for name in (*known, *sorted(set(found) - set(known)))}


def _sha256(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _read(report: Report) -> str:
    """What was read, told apart from what was no event."""
    events = f"{report.records - report.no_events:,} events"
    if not report.no_events:
        return events
    bad = "1 line that is" if report.no_events == 1 else f"{report.no_events:,} lines that are"
    return f"{events}, and {bad} none"


def _unmatched(count: int) -> str:
    if not count:
        return ""
    why = "no policy matches, or it names no target for their priority"
    return f", [yellow]to {count:,} of them nothing is promised: {why}[/]"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
