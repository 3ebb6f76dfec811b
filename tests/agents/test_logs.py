"""Log lines: the same keys from every logger, no secrets, and no flood from the libraries."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import structlog

from agents.logs import QUIET, Format, Repeats, configure_logs, context


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in QUIET}
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, of in levels.items():
        logging.getLogger(name).setLevel(of)
    structlog.reset_defaults()


def logged(say: Callable[[], object], style: Format = "json", level: str = "INFO") -> str:
    stream = io.StringIO()
    configure_logs(style, level, stream)
    say()
    return stream.getvalue()


def line(say: Callable[[], object]) -> dict[str, Any]:
    parsed: dict[str, Any] = orjson.loads(logged(say))
    return parsed


def test_a_line_begins_with_the_same_four_keys() -> None:
    found = line(lambda: structlog.get_logger("agents.owners").info("restored", rows=5, partition=3))
    assert list(found) == ["timestamp", "level", "logger", "message", "partition", "rows"]
    assert found["timestamp"].endswith("Z")
    assert (found["level"], found["logger"], found["message"]) == ("info", "agents.owners", "restored")


def test_a_line_of_a_library_has_the_same_form() -> None:
    found = line(lambda: logging.getLogger("aiokafka.client").error("Unable connect to %s", "kafka:9092"))
    assert list(found) == ["timestamp", "level", "logger", "message"]
    assert found["message"] == "Unable connect to kafka:9092"
    assert found["level"] == "error"


def test_partition_and_ticket_stand_on_every_line_inside_the_context() -> None:
    def say() -> None:
        with context(partition=7, ticket="INC-1"):
            logging.getLogger("faust.app").warning("slow")

    found = line(say)
    assert (found["partition"], found["ticket"]) == (7, "INC-1")


def test_the_context_ends_with_its_block() -> None:
    def say() -> None:
        with context(partition=7):
            pass
        structlog.get_logger("x").info("later")

    assert "partition" not in line(say)


def test_an_exception_is_one_line_with_its_traceback() -> None:
    def say() -> None:
        try:
            int("no number")
        except ValueError:
            structlog.get_logger("x").exception("refused")

    found = line(say)
    assert "ValueError: invalid literal" in found["exception"]
    assert found["message"] == "refused"


def test_a_value_that_json_does_not_know_is_shown_as_python_does() -> None:
    assert line(lambda: structlog.get_logger("x").info("odd", what={1}))["what"] == "{1}"


def test_the_console_shows_the_same_in_a_line_for_people() -> None:
    shown = logged(lambda: structlog.get_logger("x").warning("lag grows", partition=3), style="console")
    assert "lag grows" in shown
    assert "partition=3" in shown
    assert "\x1b[" not in shown, "no colours where nobody looks"


@pytest.mark.parametrize(
    ("fields", "secret"),
    [
        ({"sasl_plain_password": "hunter2"}, "hunter2"),
        ({"settings": {"api_key": "hunter2"}}, "hunter2"),
        ({"url": "https://desk:hunter2@example.org/x"}, "hunter2"),
        ({"target": "https://hooks.slack.com/services/T0/B0/hunter2"}, "hunter2"),
        ({"target": "https://x.logic.azure.com/run?api-version=1&sig=hunter2"}, "hunter2"),
        ({"headers": ["Authorization: Bearer hunter2hunter2"]}, "hunter2hunter2"),
    ],
)
@pytest.mark.parametrize("style", ["json", "console"])
def test_a_secret_does_not_leave_the_process(style: Format, fields: dict[str, Any], secret: str) -> None:
    shown = logged(lambda: structlog.get_logger("x").info("sent", **fields), style=style)
    assert secret not in shown
    assert "***" in shown


def test_a_secret_in_the_message_of_a_library_is_hidden_too() -> None:
    found = line(lambda: logging.getLogger("aiohttp").error("cannot reach kafka://u:hunter2@broker:9092"))
    assert found["message"] == "cannot reach kafka://u:***@broker:9092"


def test_an_address_without_a_secret_stays_readable() -> None:
    text = "https://desk.example/INC-1?view=full at kafka:9092"
    assert line(lambda: logging.getLogger("aiohttp").error(text))["message"] == text


@pytest.mark.parametrize("name", QUIET)
def test_a_noisy_library_speaks_from_its_level_on(name: str) -> None:
    least, reason = QUIET[name]
    assert reason
    assert not logged(lambda: logging.getLogger(name).log(least - 1, "chatter"))
    assert "trouble" in logged(lambda: logging.getLogger(name).log(least, "trouble"))


def test_whoever_asks_for_debug_gets_all_of_it() -> None:
    assert "chatter" in logged(lambda: logging.getLogger("faust.app").debug("chatter"), level="DEBUG")


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        configure_logs("json", "LOUD", io.StringIO())


class Clock:
    """A clock that stands until it is told to move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def complaint(name: str = "aiokafka.client", message: str = "Unable connect to node 1") -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "client.py", 1, message, None, None)


def test_a_repeated_complaint_is_written_once_a_period_with_its_count() -> None:
    clock = Clock()
    repeats = Repeats(period=30, clock=clock)
    assert repeats.filter(complaint())
    assert not any(repeats.filter(complaint()) for _ in range(300))
    clock.now = 31
    again = complaint()
    assert repeats.filter(again)
    assert again.getMessage() == "Unable connect to node 1 (repeated 300 times)"


def test_another_complaint_is_written_at_once() -> None:
    repeats = Repeats(clock=Clock())
    assert repeats.filter(complaint())
    assert repeats.filter(complaint(message="Unable connect to node 2"))


def test_our_own_lines_are_never_held_back() -> None:
    repeats = Repeats(clock=Clock())
    assert all(repeats.filter(complaint(name="agents.owners")) for _ in range(3))
