"""What one decision about notifications asks for: rows to write, sends to make, and what was given up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.notice_rows import Notice
from monitor.step import Row
from schemas.alerts import Alert
from schemas.instants import Micros
from schemas.reasons import SendReason, UndeliveredReason


class Item(NamedTuple):
    """One alert as it is told; `repeat` counts how often it was told before without being acknowledged."""

    alert: Alert
    repeat: int

    @classmethod
    def of(cls, notice: Notice) -> Item:
        """The item that a kept notice stands for."""
        return cls(Alert.model_validate_json(notice.alert), notice.repeat)


class Delivery(NamedTuple):
    """One send to one channel: a single notice, or the digest of what went beyond the storm limit.

    `key` names its outcome and is the same for every try, so that a far end that can tell repeats apart does.
    """

    key: str
    channel: str
    reason: SendReason
    digest: bool
    items: tuple[Item, ...]


class Failure(NamedTuple):
    """A send that did not succeed: what to say of it, and whether to try again.

    `permanent`: the far end refused this notice, and would again. `retry_after` is its own word for how long to
    leave the whole channel alone, in microseconds.
    """

    error: str
    permanent: bool = False
    retry_after: Micros = 0


class Undelivered(NamedTuple):
    """A dead letter: what a channel was not told, and why."""

    channel: str
    reason: UndeliveredReason
    error: str
    items: tuple[Item, ...]


@dataclass(slots=True)
class NoticeStep:
    """The outcome of one call, for the caller to carry out in this order.

    First `rows` are written, in one transaction; only then the `sends` are made, side by side, and the outcome of
    each is given back. Counters are keyed by what happened, channel and reason.
    """

    rows: list[Row] = field(default_factory=list)
    sends: list[Delivery] = field(default_factory=list)
    undelivered: list[Undelivered] = field(default_factory=list)
    counters: Counter[tuple[str, ...]] = field(default_factory=Counter)
