"""`sla-monitor explain`: every clock of one ticket, from event files, the live state or the published verdicts."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import typer
from rich.console import Console

from agents.broker_wait import wait_for_broker
from agents.cli.configured import settings_with
from agents.cli.explain_format import instant
from agents.cli.explain_texts import CATALOGUE
from agents.cli.explain_view import ExplanationView, nameless_lines
from agents.cli.files import NumberedFiles, total_size
from agents.cli.language_figures import number
from agents.cli.no_events import require_events
from agents.cli.progress import progress
from agents.cli.texts import Language, Texts
from agents.clients import client_options
from agents.logs import configure_logs
from agents.policy_follower import PolicyFollower
from agents.settings import Settings
from agents.ticket_reader import FoundTicket, TicketReader
from agents.topic_admin import TopicAdmin
from agents.wall_clock import system_time
from monitor.adapters.policy_file import load_book
from monitor.errors import SlaMonitorError
from monitor.explained_tickets import Explainer, missing_cycles
from monitor.policies import PolicyBook
from monitor.ticket_history import History, play
from monitor.ticket_letters import TicketLetters
from monitor.tickets import NEVER, Ticket, decode_row
from schemas.explanations import Explanation, Origin
from schemas.instants import SECOND, Micros, from_micros
from schemas.reasons import DeadLetterReason
from schemas.wording import nearest

EXIT_INCONSISTENT: Final = 1
_WIDTH: Final = 100  # of a pipe or a file, where COLUMNS does not ask for less; a terminal has its own
_LEAST_WIDTH: Final = 80
_TORN: Final = DeadLetterReason.NOT_JSON.value


class TicketNotFound(SlaMonitorError):
    """Nothing is known of the ticket: says where it was looked for and what else to try."""


class PolicyNeeded(SlaMonitorError):
    """Whoever asks must give the policy files."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: `events` empty means the live installation."""

    ticket_id: str
    events: Sequence[Path]
    policies: Sequence[Path]
    until: Micros | None
    language: Language
    brokers: str | None
    wait_seconds: float

    @property
    def texts(self) -> Texts:
        """What to answer with."""
        return Texts(self.language, CATALOGUE)


def explain(question: Question, *, as_json: bool, every_day: bool) -> None:
    """Print the explanation; exit code 1 when its figures do not add up."""
    settings = settings_with(brokers=question.brokers)
    explanation = (
        from_files(question, book_at_hand(question.policies, settings))
        if question.events
        else asyncio.run(from_kafka(question, settings))
    )
    if as_json:
        sys.stdout.write(document(explanation) + "\n")
    else:
        console = Console(width=None if sys.stdout.isatty() else _piped_width())
        view = ExplanationView(question.texts, console.width, every_day)
        console.print(view.screen(explanation), highlight=False)
    if not explanation.consistent:
        raise typer.Exit(EXIT_INCONSISTENT)


def _piped_width() -> int:
    """In columns."""
    asked = os.environ.get("COLUMNS", "")
    return max(_LEAST_WIDTH, min(_WIDTH, int(asked))) if asked.isdecimal() else _WIDTH


def book_at_hand(policies: Sequence[Path], settings: Settings) -> PolicyBook | None:
    """The policies to explain with: the files given, else those of SLA_POLICIES; None without any."""
    paths = list(policies or settings.policies)
    return load_book(paths) if paths else None


async def book_in_force(question: Question, settings: Settings) -> PolicyBook | None:
    """The policies of an installation: the files given, else what was published, else those of SLA_POLICIES."""
    if not question.policies:
        configure_logs("console", "WARNING")
        async with TopicAdmin(client_options(settings)) as admin:
            there = await admin.found([settings.topics.policies])
        if there:
            async with PolicyFollower(settings) as follower:
                if follower.policies.known is not None:
                    return follower.policies.known
    return book_at_hand(question.policies, settings)


def document(explanation: Explanation) -> str:
    """The explanation as JSON, its instants with the offsets of their calendar."""
    content = explanation.model_dump(mode="json", by_alias=True)
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()


def from_files(question: Question, book: PolicyBook | None) -> Explanation:
    """From a history played again; raises `TicketNotFound` and `PolicyNeeded`."""
    if book is None:
        raise PolicyNeeded(question.texts("need_policy"))
    with progress("replaying", total_size(question.events)) as advance:
        files = NumberedFiles(question.events)
        found = play(files.lines(advance), question.ticket_id, book, until=question.until)
    letters = found.letters.placed(files.place)
    _say_if_ignored(question, found.watermark)
    explainer = Explainer(book, question.language, letters)
    if found.ticket is not None:
        return explainer.of_ticket(
            found.ticket, _file_origin(question, found, found.watermark), found.watermark, found.results
        )
    if found.results:
        return explainer.of_results(question.ticket_id, found.results, _file_origin(question, found, None))
    if all(letter.reason == _TORN for letter in letters.own):  # as every line of an array that has its own
        require_events(found.unread, found.lines, files, question.language)
    places = ", ".join(map(str, question.events))
    raise not_found(question, letters, found.seen, "not_found_files", places=places)


def _file_origin(question: Question, found: History, counted_to: Micros | None) -> Origin:
    judged_to = None if found.watermark == -NEVER else from_micros(found.watermark)
    return Origin(
        kind="files",
        places=[str(path) for path in question.events],
        records=found.lines,
        judged_to=judged_to,
        counted_to=None if counted_to is None else from_micros(counted_to),
    )


async def from_kafka(question: Question, settings: Settings) -> Explanation:
    """From the live state, else from what was published; raises `TicketNotFound`."""
    await wait_for_broker(client_options(settings), question.wait_seconds)
    book = await book_in_force(question, settings)
    reader = TicketReader(settings, question.ticket_id, _shown)
    found = await reader.find()
    if found.row is None:
        return _from_results(question, settings, book, found)
    ticket = decode_row(found.row)
    why = _cannot_count(ticket, book, question.texts)
    if why is not None:
        return await _as_published(question, settings, book, reader, why)
    if missing_cycles(ticket):
        await reader.results()
    return _from_state(question, settings, book, found, ticket)


def _from_state(
    question: Question, settings: Settings, book: PolicyBook | None, found: FoundTicket, ticket: Ticket
) -> Explanation:
    watermark = ticket.last_at if found.watermark is None else found.watermark
    wanted = system_time() // SECOND * SECOND if question.until is None else question.until
    _say_if_ignored(question, watermark)
    now = max(watermark, wanted)
    origin = Origin(
        kind="state",
        places=[settings.topics.state],
        partition=found.partition,
        usual_partition=found.elsewhere,
        records=found.records,
        judged_to=from_micros(watermark),
        counted_to=from_micros(now),
    )
    return Explainer(book, question.language).of_ticket(ticket, origin, now, found.results)


async def _as_published(
    question: Question, settings: Settings, book: PolicyBook | None, reader: TicketReader, why: str
) -> Explanation:
    """What can be said without the policies; raises `PolicyNeeded` when nothing was published yet."""
    needed = question.texts("without_book", why=why)
    found = await reader.results()
    if not found.results:
        raise PolicyNeeded(needed)
    typer.secho(needed, fg="yellow", err=True)
    origin = _results_origin(settings, found)
    explainer = Explainer(book, question.language)
    return explainer.of_results(question.ticket_id, found.results, origin, standing="published")


def _from_results(
    question: Question, settings: Settings, book: PolicyBook | None, found: FoundTicket
) -> Explanation:
    topics = settings.topics
    if not found.results:
        names = {"state": topics.state, "results": topics.results, "dead_letters": topics.dead_letters}
        raise not_found(question, found.letters, found.seen, "not_found_live", **names)
    origin = _results_origin(settings, found)
    return Explainer(book, question.language).of_results(question.ticket_id, found.results, origin)


def _results_origin(settings: Settings, found: FoundTicket) -> Origin:
    return Origin(
        kind="results",
        places=[settings.topics.results],
        partition=found.partition,
        usual_partition=found.elsewhere,
        records=found.records,
    )


def _cannot_count(ticket: Ticket, book: PolicyBook | None, texts: Texts) -> str | None:
    """Why the clocks of a ticket cannot be counted here; None when they can."""
    if book is None:
        return texts("no_policies")
    known = {version.version for version in book.versions}
    lacking = sorted({version for version, _ in ticket.citations} - known)
    return texts("lacks_version", version=", ".join(lacking)) if lacking else None


def not_found(
    question: Question, letters: TicketLetters, seen: Iterable[str], key: str, **names: Any
) -> TicketNotFound:
    """The error that says what else to try: the nearest id that was seen, or what became a dead letter."""
    texts = question.texts
    if letters.own:
        said = "".join(
            texts("dead_letter", place=one.place, reason=one.reason, error=one.error) for one in letters.own
        )
        return _told(texts("only_dead", ticket=question.ticket_id, letters=said), letters, texts)
    ids = set(seen)
    near = nearest(question.ticket_id, ids)
    hint = "" if near is None else texts("did_you_mean", near=near)
    said = texts(key, ticket=question.ticket_id, seen=number(len(ids), question.language), hint=hint, **names)
    return _told(said, letters, texts)


def _told(said: str, letters: TicketLetters, texts: Texts) -> TicketNotFound:
    return TicketNotFound("\n".join((said, *nameless_lines(letters.doubt(), texts))))


def _say_if_ignored(question: Question, watermark: Micros) -> None:
    if question.until is not None and question.until < watermark:
        at = instant(from_micros(watermark), question.texts)
        typer.echo(question.texts("until_ignored", at=at), err=True)


def _shown(label: str, total: int) -> Any:
    return progress(label, total)
