"""`sla-monitor check`: is a policy file right, whom does it match, and what does it promise them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from agents.cli.check_events import EventsRead, events_json, read_events
from agents.cli.check_events_view import show_events
from agents.cli.no_events import require_events
from agents.wall_clock import system_time
from monitor.adapters.policy_file import (
    LoadedPolicy,
    PolicyFileError,
    Problem,
    book_of,
    load_policies,
)
from monitor.finding import when
from monitor.policies import ALWAYS, ObjectiveRule, Policy, PolicyBook, PolicyVersion
from monitor.policy_advice import advise_all
from monitor.policy_settings import Target
from schemas.amounts import Amount, begins, format_share, format_target
from schemas.instants import Micros
from schemas.policy import Exclusion
from schemas.policy import Policy as PolicyEntry
from schemas.policy_names import Match

EXIT_INVALID = 1


def check(
    paths: Sequence[Path],
    *,
    events: Sequence[Path] = (),
    as_json: bool = False,
    strict: bool = False,
    now: Micros | None = None,
) -> None:
    """Prints what is wrong with the files, or what they promise; exit code 1 when they cannot be used.

    Several files are checked one by one and as versions that follow each other. `events` are recorded ones, to
    count which policy catches what; `strict` makes a warning an error. `now` (the machine's clock if None)
    begins the year in which calendars are looked at. Raises `FileError` for events that cannot be read, and `NoEvents`
    at the end where nothing in their files is an event.
    """
    try:
        policies = load_policies(paths)
        book = book_of(policies)
    except PolicyFileError as error:
        _report_invalid(error.problems, as_json=as_json)
        raise typer.Exit(EXIT_INVALID) from error
    read = read_events(events, book) if events else None
    warnings = _warnings(policies, book, read, system_time() if now is None else now)
    if as_json:
        _print_valid_json(policies, book, read, warnings)
    else:
        _show(policies, book, read, warnings)
    if read:
        require_events(read.unread, read.unread.count + read.coverage.events, read.files, "en")
    if strict and warnings:
        raise typer.Exit(EXIT_INVALID)


def _warnings(
    policies: Sequence[LoadedPolicy], book: PolicyBook, read: EventsRead | None, now: Micros
) -> list[Problem]:
    """All findings in file order; what a shared part of a file says twice stands there once."""
    findings = advise_all(book.versions, now)
    findings += read.coverage.findings() if read else ()
    by_line: dict[tuple[str, int | None, str], Problem] = {}
    for policy in policies:
        for version, finding in findings:
            if version.file is policy.file:
                problem = policy.problem(*finding)
                by_line.setdefault((problem.file, problem.line, problem.message), problem)
    order = {policy.name: number for number, policy in enumerate(policies)}
    return sorted(by_line.values(), key=lambda problem: (order[problem.file], problem.line or 0))


def _print_valid_json(
    policies: Sequence[LoadedPolicy], book: PolicyBook, read: EventsRead | None, warnings: Sequence[Problem]
) -> None:
    content = {
        "valid": True,
        "files": [_file_json(policy, _version_of(policy, book)) for policy in policies],
        "problems": [],
        "warnings": [_problem_json(warning) for warning in warnings],
    }
    _print_json(content | ({"coverage": events_json(read, policies)} if read else {}))


def _show(
    policies: Sequence[LoadedPolicy], book: PolicyBook, read: EventsRead | None, warnings: Sequence[Problem]
) -> None:
    console = Console(highlight=False)
    for policy in policies:
        _show_file(console, policy, _version_of(policy, book))
    if read:
        show_events(console, read, policies)
    for warning in warnings:
        console.print(Text.assemble(("warning ", "yellow"), str(warning)), soft_wrap=True)


def _version_of(policy: LoadedPolicy, book: PolicyBook) -> PolicyVersion:
    return next(version for version in book.versions if version.file is policy.file)


def _report_invalid(problems: Sequence[Problem], *, as_json: bool) -> None:
    if as_json:
        found = [_problem_json(problem) for problem in problems]
        _print_json({"valid": False, "files": [], "problems": found, "warnings": []})
        return
    console = Console()
    for problem in problems:
        # One line each, however narrow the terminal: editors read file:line.
        console.print(Text.assemble(("error ", "bold red"), str(problem)), soft_wrap=True)
    console.print(
        f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}; nothing was taken over"
    )


def _print_json(content: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode() + "\n")


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {"file": problem.file, "line": problem.line, "key": problem.key, "message": problem.message}


def _file_json(policy: LoadedPolicy, version: PolicyVersion) -> dict[str, Any]:
    pairs = zip(version.policies, policy.file.policies, strict=True)
    return {
        "file": policy.name,
        "version": version.version,
        "effective": _begin(version),
        "timezone": policy.file.timezone,
        "priorities": list(policy.file.priorities),
        "policies": [
            {
                "name": compiled.name,
                "effective": _since(entry),
                "match": entry.match.model_dump(mode="json", exclude_none=True),
                "objectives": {
                    label: _rule_json(rule, policy.file.priorities) for label, rule in _rules(compiled)
                },
            }
            for compiled, entry in pairs
        ],
        "exclusions": [
            entry.model_dump(mode="json", by_alias=True, exclude_none=True)
            for entry in policy.file.exclusions
        ],
    }


def _rule_json(rule: ObjectiveRule, priorities: Sequence[str]) -> dict[str, Any]:
    promised = {priority: rule.target_for(priority) for priority in priorities}
    return {
        "targets": {priority: _amount(target) for priority, target in promised.items() if target},
        "calendars": {priority: rule.calendar_name(priority) for priority in priorities},
        "warn_at": _shares(rule),
        "pause_on": ["any"] if rule.pauses_on_any else sorted(rule.pause_on),
        "goal": rule.goal,
    }


def _rules(policy: Policy) -> list[tuple[str, ObjectiveRule]]:
    """A policy's rules by what people call them; a hand-off carries its tier."""
    handoffs = [(f"handoff tier {tier}", rule) for tier, rule in sorted(policy.handoffs.items())]
    return [*policy.objectives.items(), *handoffs]


def _amount(target: Target) -> str:
    return format_target(Amount(target.open_time, target.working_days))


def _shares(rule: ObjectiveRule) -> list[str]:
    return [format_share(per_mille / 1000) for per_mille in rule.warn_at]


def _since(entry: PolicyEntry) -> str | None:
    return None if entry.effective is None else entry.effective.isoformat()


def _show_file(console: Console, policy: LoadedPolicy, version: PolicyVersion) -> None:
    head = Text.assemble(
        (policy.name, "bold"),
        (" is valid", "green"),
        f"; version {version.version}, days of {policy.file.timezone}, {_in_force(version)}",
    )
    console.print(head, soft_wrap=True)
    if _uses_library(version):
        console.print(f"public holidays: holidays {installed_version('holidays')}", style="dim")
    pairs = zip(version.policies, policy.file.policies, strict=True)
    for number, (compiled, entry) in enumerate(pairs, start=1):
        title = Text.assemble(f"\n{number}. ", (compiled.name, "bold"), f": {_who(entry)}{_from(entry)}")
        console.print(title, soft_wrap=True)
        console.print(Padding(_promises(compiled, entry, policy.file.priorities), (0, 0, 0, 3)))
    console.print()
    for exclusion in policy.file.exclusions:
        console.print(f"excluded: {_excluded(exclusion, policy.file.zone)}", soft_wrap=True)


def _in_force(version: PolicyVersion) -> str:
    return "always in force" if version.starts == ALWAYS else f"in force from {_begin(version)}"


def _begin(version: PolicyVersion) -> str | None:
    """When a version takes effect, as people write it; None for one that is in force always."""
    return None if version.starts == ALWAYS else when(version.starts, version.file.zone)


def _excluded(exclusion: Exclusion, zone: ZoneInfo) -> str:
    since, to = (when(begins(moment, zone), zone) for moment in (exclusion.from_, exclusion.to))
    return f"{since} to {to} ({exclusion.reason}), {_matched(exclusion.match)}"


def _uses_library(version: PolicyVersion) -> bool:
    entries = version.file.calendars.values()
    holidays = [holiday for entry in entries for holiday in entry.get("holidays", ())]
    return any(isinstance(holiday, dict) and "country" in holiday for holiday in holidays)


def _who(entry: PolicyEntry) -> str:
    """Whom a policy matches, and the calendar it counts on, in words."""
    who = "every other ticket" if entry.match.everything else _matched(entry.match)
    return f"{who}; on {entry.calendar}" if entry.calendar else who


def _matched(match: Match) -> str:
    wanted = match.model_dump(exclude_none=True)
    joined = {key: (" and " if key == "tags" else " or ").join(map(str, wanted[key])) for key in wanted}
    return ", ".join(f"{key} {values}" for key, values in joined.items()) or "every ticket"


def _from(entry: PolicyEntry) -> str:
    since = _since(entry)
    return f"; from {since}" if since else ""


def _promises(policy: Policy, entry: PolicyEntry, priorities: Sequence[str]) -> RenderableType:
    """The targets as a table, and below it what else each promise says."""
    rules = _rules(policy)
    if not rules:
        return Text("no promise", style="dim")
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("objective", no_wrap=True)
    for priority in priorities:
        table.add_column(Text(priority))
    for label, rule in rules:
        table.add_row(label, *(_cell(rule, priority, entry.calendar) for priority in priorities))
    return Group(table, *(Text(f"{label}: {_fine_print(rule)}", style="dim") for label, rule in rules))


def _cell(rule: ObjectiveRule, priority: str, policy_calendar: str | None) -> str:
    """The target of a priority, with its calendar where that is not the policy's own."""
    target = rule.target_for(priority)
    if target is None:
        return "-"
    calendar = rule.calendar_name(priority)
    return _amount(target) if calendar == policy_calendar else f"{_amount(target)} ({calendar})"


def _fine_print(rule: ObjectiveRule) -> str:
    paused_by = "any hold" if rule.pauses_on_any else ", ".join(sorted(rule.pause_on)) or "nothing"
    parts = [f"warns at {', '.join(_shares(rule)) or 'no share'}", f"paused by {paused_by}"]
    if rule.goal is not None:
        parts.append(f"goal {format_share(rule.goal)}")
    return "; ".join(parts)
