"""What `sla-monitor check --events` shows on a terminal: the catch of each policy, and names that never meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from agents.cli.check_events import KINDS, EventsRead, policies_of, share
from agents.cli.explain_format import plain
from monitor.adapters.policy_file import LoadedPolicy
from monitor.finding import when
from monitor.policies import Policy
from monitor.policy_coverage import HOLD_REASON, HOLD_WORD, Coverage
from schemas.instants import Micros, from_micros

_COMBINATIONS: Final = 5
_NAMES: Final = 5
_NEVER_MET: Final = 20
_KEY: Final = 60  # characters of a key that are shown
_PLURAL: Final = {
    "priority": "priorities",
    "customer": "customers",
    HOLD_REASON: "hold reasons",
    "source": "sources",
}
_IN_WORDS: Final = {HOLD_WORD: "hold reason", "tags": "tag"}


def show_events(console: Console, read: EventsRead, loaded: Iterable[LoadedPolicy]) -> None:
    """The whole section."""
    counted = read.coverage
    _show_head(console, read)
    if counted.tickets:
        console.print(Padding(_table(counted), (1, 0, 0, 3)))
        _show_uncaught(console, counted)
    if counted.events:
        _show_ignored(console, read)
        _show_not_named(console, counted)
        _show_never_met(console, read, {id(policy.file): policy for policy in loaded})
    console.print()


def _show_head(console: Console, read: EventsRead) -> None:
    counted = read.coverage
    files = "1 file" if len(read.files.paths) == 1 else f"{len(read.files.paths)} files"
    since = ""
    if counted.first is not None and counted.last is not None:
        since = f", created from {_day(counted.first)} to {_day(counted.last)}"
    console.print(
        Text.assemble(
            (f"{counted.tickets:,} tickets", "bold"), f"{since}, in {counted.events:,} events of {files}"
        ),
        soft_wrap=True,
    )
    console.print(
        "Matched as of creation; later changes may move a ticket to another policy.",
        style="dim",
    )
    count, first = read.unread.count, read.unread.first
    if first is not None:
        lines = "1 line is no event" if count == 1 else f"{count:,} lines are no events"
        told = f"{lines}; the first is {read.files.place(first.index)}: {plain(first.error)}"
        console.print(Text(told, style="yellow"), soft_wrap=True)


def _table(counted: Coverage) -> Table:
    other = any(of[None] for of in counted.caught.values())
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("policy", overflow="fold")
    for head in ("tickets", "share", *counted.priorities, *(["other"] if other else [])):
        table.add_column(Text(head), justify="right", no_wrap=True)
    several = len(counted.book.versions) > 1
    for policy in policies_of(counted.book):
        name = f"{policy.name} ({policy.version})" if several else policy.name
        style = None if counted.of_policy(policy) else "yellow"
        table.add_row(Text(name), *_cells(counted, policy, other=other), style=style)
    if counted.of_policy(None):
        table.add_row("no policy", *_cells(counted, None, other=other), style="yellow")
    return table


def _cells(counted: Coverage, policy: Policy | None, *, other: bool) -> list[str]:
    by_priority = counted.of_policy(policy)
    tickets = by_priority.total()
    ratio = share(tickets, counted.tickets)
    kinds = [*counted.priorities, *([None] if other else [])]
    counts = [f"{by_priority[kind]:,}" if by_priority[kind] else "-" for kind in kinds]
    return [f"{tickets:,}", "-" if ratio is None else percent(ratio), *counts]


def percent(ratio: float) -> str:
    """A ratio with one decimal; what is not quite nothing or all does not read as if it were."""
    if 0 < ratio < 0.001:
        return "<0.1%"
    return ">99.9%" if 0.999 < ratio < 1 else f"{ratio:.1%}"


def _show_uncaught(console: Console, counted: Coverage) -> None:
    none = [policy for policy in policies_of(counted.book) if not counted.of_policy(policy)]
    if none:
        console.print(_line("Catches none: ", ", ".join(_with_date(policy, counted) for policy in none)))
    if counted.before_any:
        starts = when(counted.book.versions[0].starts, counted.book.zone)
        console.print(
            _line(
                f"{counted.before_any:,} tickets ", f"are older than the first policy, which begins {starts}"
            )
        )
    if not counted.uncaught.counts:
        return
    console.print(_line("What no policy catches, by what policies match on:", ""))
    for pairs, count in counted.uncaught.commonest(_COMBINATIONS):
        attributes = ", ".join(f"{name} {'none' if value is None else plain(value)}" for name, value in pairs)
        console.print(Text(f"   {count:>9,}  {attributes}"))
    left = len(counted.uncaught.counts) - _COMBINATIONS
    if left > 0:
        rest = counted.of_policy(None).total() - sum(n for _, n in counted.uncaught.commonest(_COMBINATIONS))
        console.print(Text(f"   {rest:>9,}  in {left:,} other combinations", style="dim"))


def _with_date(policy: Policy, counted: Coverage) -> str:
    if counted.last is not None and policy.effective > counted.last:
        since = when(policy.effective, counted.book.zone)
        return f"{policy.name} (in force from {since}, after the last ticket)"
    return policy.name


def _show_ignored(console: Console, read: EventsRead) -> None:
    found = read.ignored.told()
    if not found:
        return
    console.print(_line("Keys of events that are ignored", " (how many events):"))
    for ignored, count in found[:_NAMES]:
        hint = f"; did you mean {ignored.meant}?" if ignored.meant else ""
        style = "yellow" if ignored.meant else ""
        console.print(Text(f"   {_word(ignored.key)} ({count:,}){hint}", style=style), soft_wrap=True)
    if len(found) > _NAMES:
        least = "at least " if read.ignored.tally.beyond else ""
        more = f"   and {least}{len(found) - _NAMES:,} more; --json lists the commonest"
        console.print(Text(more, style="dim"))


def _show_not_named(console: Console, counted: Coverage) -> None:
    # Where no file names any customer, say, it is no news that it does not name this one.
    spoken_of = {named.kind for named in counted.names}
    told = [(kind, counted.not_named(kind)) for kind in KINDS if kind in spoken_of]
    if not any(tally.counts for _, tally in told):
        return
    console.print(_line("In the events, and in no policy file", " (how many events):"))
    for kind, tally in told:
        if tally.counts:
            names = ", ".join(f"{plain(name)} ({count:,})" for name, count in tally.commonest(_NAMES))
            left = len(tally.counts) - _NAMES
            more = f" and {'at least ' if tally.beyond else ''}{left:,} more" if left > 0 else ""
            console.print(Padding(Text(f"{_PLURAL[kind]}: {names}{more}"), (0, 0, 0, 3)))


def _show_never_met(console: Console, read: EventsRead, loaded: Mapping[int, LoadedPolicy]) -> None:
    never = read.coverage.never_met()
    if not never:
        return
    console.print(_line("In the policy files, and in no event:", ""))
    for named in never[:_NEVER_MET]:
        place = loaded[id(named.version.file)].problem(named.place, "")
        kind = _IN_WORDS.get(named.kind, named.kind)
        said = f"   {place.file}:{place.line}: {kind} {named.name}{read.hint(named)}"
        console.print(Text(said), soft_wrap=True)
    if len(never) > _NEVER_MET:
        console.print(Text(f"   and {len(never) - _NEVER_MET:,} more; --json lists them all", style="dim"))


def _word(key: str) -> str:
    """A key of others in quotes, cut where it is no word any more, without what could steer a terminal."""
    return f"'{plain(key[:_KEY])}{'…' if len(key) > _KEY else ''}'"


def _line(head: str, rest: str) -> Padding:
    return Padding(Text.assemble((head, "bold"), rest), (1, 0, 0, 0))


def _day(at: Micros) -> str:
    return from_micros(at).date().isoformat()
