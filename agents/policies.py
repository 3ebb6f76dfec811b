"""The policies that this process judges by now, and whoever must be told of the next ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from monitor.errors import PolicyError
from monitor.policies import PolicyBook
from schemas.instants import Micros


class Policies:
    """The newest book of this process; one per process, on its event loop.

    `published_at` is when the newest version was published, None while there is none. `counts` are the counters
    of what was published, refused and skipped, keyed as `Step.counters`.
    """

    def __init__(self, book: PolicyBook | None = None) -> None:
        self.published_at: Micros | None = None
        self.reload_failed = False
        """Whether a watched policy file is not usable as it is now."""
        self.counts: Counter[tuple[str, ...]] = Counter()
        self._book = book
        self._followers: list[Callable[[PolicyBook], None]] = []

    @property
    def book(self) -> PolicyBook:
        """What to judge by; raises `PolicyError` while nothing was ever published."""
        if self._book is None:
            raise PolicyError(
                "no policy was ever published here: give --policy FILE (or set SLA_POLICIES), or publish one with "
                "`sla-monitor policies publish FILE`"
            )
        return self._book

    @property
    def known(self) -> PolicyBook | None:
        """The book, if there is one."""
        return self._book

    def subscribe(self, adopt: Callable[[PolicyBook], None]) -> None:
        """Has every later book handed over, on the event loop."""
        self._followers.append(adopt)

    def change(self, book: PolicyBook, published_at: Micros) -> None:
        """Takes another book over and hands it on."""
        self._book, self.published_at = book, published_at
        for adopt in self._followers:
            adopt(book)
