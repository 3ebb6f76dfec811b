"""What the processes log: one line per happening, as JSON for machines or coloured text for people.

The keys are fixed: `timestamp` (UTC), `level`, `logger`, `message`, then what the line is about (`partition`,
`ticket`, `reason`, ...) and `exception`. Lines of the standard library's loggers (Faust, aiokafka, aiohttp)
take the same way. Nothing that looks like a secret leaves the process in a line.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, Literal, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["json", "console"]

QUIET: Final[Mapping[str, tuple[int, str]]] = {
    "faust": (logging.WARNING, "some thirty internal services each announce their start and stop"),
    "mode": (logging.WARNING, "as faust: it is the service framework below it"),
    "aiokafka.consumer.subscription_state": (logging.WARNING, "repeats the topic names we chose"),
    "aiokafka.consumer.consumer": (logging.WARNING, "repeats the topic names we chose"),
    "aiokafka.consumer.group_coordinator": (
        logging.WARNING,
        "tells a rebalance in ten lines; the partitions' owners log what was gained and lost",
    ),
    "aiokafka.producer": (
        logging.WARNING,
        "a producer per partition announces its id and epoch at each claim",
    ),
    "aiokafka.helpers": (logging.WARNING, "says for each connection which certificate file it reads"),
    "aiohttp.access": (logging.WARNING, "probes and scrapes come every few seconds"),
}
"""The least level of loggers that say too much at INFO, and why; with `level="DEBUG"` they speak freely."""

REPEATS: Final = ("aiokafka", "faust", "mode")
"""Loggers that repeat one complaint at each attempt (ten a second while a broker is away)."""

_SECRET_KEY = re.compile(
    r"password|passwd|secret|token|authorization|api_?key|cookie|private_key", re.IGNORECASE
)
_SECRET_TEXT: Final = (
    # user:password@ in any URL
    (re.compile(r"(?P<keep>\w://[^/\s:@]+:)[^/\s@]+(?=@)"), r"\g<keep>***"),
    # whoever has a webhook's address may post to it: the path of Slack's, the signature in Teams'
    (re.compile(r"(?P<keep>hooks\.slack\.com/)[^\s\"']+"), r"\g<keep>***"),
    (re.compile(r"(?P<keep>[?&](?:sig|token|key|signature)=)[^&\s\"']+", re.IGNORECASE), r"\g<keep>***"),
    (re.compile(r"(?P<keep>\b(?:Bearer|Basic) )[A-Za-z0-9._~+/=-]{8,}"), r"\g<keep>***"),
)


def configure_logs(style: Format, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Route every logger of this process to one stream (standard error); replaces what was set before.

    `level` is a name of the `logging` module; `ValueError` when it is none. Faust must not set up logging of
    its own afterwards: start its worker with `override_logging=False, redirect_stdouts=False`.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.addFilter(Repeats())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_common(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_finishing(style, colors=stream.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    _quieten(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # loggers made before this call must follow it
    )


def context(**about: int | str) -> AbstractContextManager[None]:
    """Put `partition=`, `ticket=` or the like on every line logged inside the block, by whomever."""
    return structlog.contextvars.bound_contextvars(**about)


class Repeats(logging.Filter):
    """Lets the same complaint of a library through once per period, saying how often it came in between."""

    def __init__(self, period: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._period = period
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        if record.name.partition(".")[0] not in REPEATS:
            return True
        now = self._clock()
        key = (record.name, record.getMessage())
        since, repeated = self._seen.get(key, (None, 0))
        if since is not None and now - since < self._period:
            self._seen[key] = (since, repeated + 1)
            return False
        self._forget(now)
        self._seen[key] = (now, 0)
        if repeated:
            record.msg, record.args = f"{record.getMessage()} (repeated {repeated} times)", ()
        return True

    def _forget(self, now: float) -> None:
        """Drop what has been silent for ten periods, so that messages with numbers in them do not pile up."""
        self._seen = {key: of for key, of in self._seen.items() if now - of[0] < 10 * self._period}


def _quieten(level: str) -> None:
    free = logging.getLogger().isEnabledFor(logging.DEBUG)
    for name, (least, _reason) in QUIET.items():
        logger = logging.getLogger(name)
        logger.setLevel(logging.NOTSET if free else max(least, logging.getLevelNamesMapping()[level]))
        logger.propagate = True


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _finishing(style: Format, *, colors: bool) -> list[Processor]:
    if style == "console":
        return [
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback),
        ]
    return [
        structlog.processors.format_exc_info,
        _in_fixed_order,
        hide_secrets,
        structlog.processors.JSONRenderer(serializer=_json),
    ]


_FIRST: Final = ("timestamp", "level", "logger", "message")
_LAST: Final = ("exception", "stack")


def _in_fixed_order(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    line["message"] = line.pop("event")
    middle = sorted(key for key in line if key not in _FIRST and key not in _LAST)
    return {key: line[key] for key in (*_FIRST, *middle, *_LAST) if key in line}


def hide_secrets(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Replace by `***` what has a secret's name, and inside texts what has a secret's form."""
    return {key: "***" if _SECRET_KEY.search(key) else _hidden(value) for key, value in line.items()}


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, replacement in _SECRET_TEXT:
            value = pattern.sub(replacement, value)
    elif isinstance(value, Mapping):
        return {key: "***" if _SECRET_KEY.search(str(key)) else _hidden(of) for key, of in value.items()}
    elif isinstance(value, list | tuple):
        return [_hidden(of) for of in value]
    return value


def _json(line: EventDict, **_: object) -> str:
    return orjson.dumps(line, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
