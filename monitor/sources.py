"""When each source system was last heard of, and whether it was silent (S39)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schemas.instants import Micros


class Sources:
    """The latest event of each source with a `silence_after`; one per process, shared by its partitions.

    A source is heard by the time of its events, whichever partition they come to. So that a process with few
    partitions does not mistake its own quiet for the source's, a breach is in doubt only when none of them heard it.
    """

    def __init__(self) -> None:
        self.heard: dict[str, Micros] = {}

    def hear(self, source: str | None, at: Micros) -> None:
        """Takes note of an event."""
        if source is not None and at > self.heard.get(source, at - 1):
            self.heard[source] = at

    def restore(self, heard: Mapping[str, Micros]) -> None:
        """Takes over what a checkpoint says."""
        for source, at in heard.items():
            self.hear(source, at)

    def silence_before(
        self, limits: Callable[[Micros], Mapping[str, Micros]]
    ) -> Callable[[str | None, Micros], bool]:
        """The question whether a source was silent at an instant, by the limits in force then.

        A source that was never heard of is not called silent: it may have no tickets here.
        """

        def is_silent(source: str | None, at: Micros) -> bool:
            limit = limits(at).get(source or "")
            last = self.heard.get(source or "")
            return limit is not None and last is not None and at - last > limit

        return is_silent
