"""The history of the policies: what the log of publications comes to, the same for everyone who reads it.

It is a fold over the records in their order, without a clock and without the reader's own files. A record that
says nothing new changes nothing, so two workers may publish the same change at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from monitor.errors import PolicyError
from monitor.policies import ALWAYS, PolicyBook, PolicyVersion
from schemas.instants import MINUTE, SECOND, Micros, to_micros
from schemas.policy_versions import PublishedPolicy

_SLOWNESS: Final = MINUTE  # so long after its publication a worker may still judge without a version

Standing = Literal["new", "newest", "older", "other_holidays"]
"""What a file is to a history: unknown to it, its newest version, one that another has followed, or the newest
but for the dates that another release of the `holidays` library gives."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A readable record of the log and its file, compiled; `appended_at` is the broker's time if it gave one."""

    record: PublishedPolicy
    compiled: PolicyVersion
    appended_at: Micros | None = None

    @property
    def asked(self) -> Micros:
        """From when on the record says that it holds."""
        return ALWAYS if self.record.starts is None else to_micros(self.record.starts)

    @property
    def known_at(self) -> Micros:
        """When everyone could read it."""
        return to_micros(self.record.published_at) if self.appended_at is None else self.appended_at


@dataclass(frozen=True, slots=True)
class Entry:
    """A publication that counts, and the version it made, with its true start."""

    publication: Publication
    version: PolicyVersion

    @property
    def starts(self) -> Micros:
        """From when on it is in force."""
        return self.version.starts

    def replaced_by(self, later: Entry) -> bool:
        """Whether a later entry takes its place before it was ever in force."""
        same = self.version.version == later.version.version
        return self.starts == later.starts or (same and self.starts > later.publication.known_at)


@dataclass(frozen=True)
class PolicyHistory:
    """Every publication that counts, in the order of the log; never changes."""

    entries: tuple[Entry, ...] = ()

    def after(self, publication: Publication) -> PolicyHistory:
        """The history with the next record of the log; itself when that says nothing new.

        The files published first hold as they are written, since nothing had been judged before. A later one
        holds from when everyone could know it at the earliest, and what was to hold at once holds in the order
        of the log, whatever the clocks of those who published it. Raises `PolicyError` for another reporting zone.
        """
        self.require_zone(publication.compiled.file.timezone)
        starts = self._starts(publication)
        if self._repeats(publication, starts):
            return self
        version = replace(self._known(publication.compiled), starts=starts)
        return PolicyHistory((*self.entries, Entry(publication, version)))

    @cached_property
    def standing(self) -> tuple[Entry, ...]:
        """The entries that have been or will be in force, by their starts."""
        standing: list[Entry] = []
        for entry in self.entries:
            standing = [*(earlier for earlier in standing if not earlier.replaced_by(entry)), entry]
        return tuple(sorted(standing, key=lambda entry: entry.starts))

    def book(self) -> PolicyBook:
        """What to judge by; raises `PolicyError` when nothing was ever published."""
        return PolicyBook([entry.version for entry in self.standing])

    @property
    def newest(self) -> Entry | None:
        """What was published last."""
        return self.entries[-1] if self.entries else None

    def withdrawn_by(self, entry: Entry) -> list[Entry]:
        """The entries whose place an entry of this history took before they were ever in force, by their starts."""
        before = PolicyHistory(self.entries[: self.entries.index(entry)])
        return [earlier for earlier in before.standing if earlier.replaced_by(entry)]

    def taking_over_from(self, entry: Entry) -> list[Entry]:
        """The entries that begin after an entry of this history and were not published with it, by their starts."""
        together = entry.publication.record.publication
        return [
            other
            for other in self.standing
            if other.starts > entry.starts and other.publication.record.publication != together
        ]

    def find(self, version: str) -> list[Entry]:
        """The entries of a version, or of the one whose name begins so, the latest last."""
        return [entry for entry in self.entries if entry.version.version.startswith(version)]

    def in_force(self, at: Micros) -> Entry | None:
        """The entry in force at an instant."""
        begun = [entry for entry in self.standing if entry.starts <= at]
        return begun[-1] if begun else None

    def standing_of(self, file: PolicyVersion) -> Standing:
        """What a file at hand is to this history."""
        # Not by the version's name alone: another release of ours may hash the same content otherwise.
        worded = [entry for entry in self.entries if entry.version.wording == file.wording]
        if not worded:
            return "new"
        if worded[-1] is not self.newest:
            return "older"
        dated = [entry for entry in worded if entry.version.public_dates == file.public_dates]
        if not dated:
            return "other_holidays"
        return "newest" if dated[-1] is self.newest else "older"

    def plan(self, asked: Micros, now: Micros, lead: Micros) -> tuple[Micros, bool]:
        """From when on a file would hold that is published now and asks for an instant; whether that is "at once".

        The `lead` lets every worker know it before it holds; a whole second is easier to read out. A version that is
        about to begin is not replaced but followed a second later: an event of a source whose clock is ahead may be
        judged by it already, and what has judged must stay.
        """
        if not self.entries:
            return asked, False
        at_once = asked <= now + lead
        starts = -(-(now + lead) // SECOND) * SECOND if at_once else asked
        ahead = max((entry.version.settings.max_skew for entry in self.standing), default=0)
        begun = {entry.starts for entry in self.standing if entry.starts <= now + lead + ahead + _SLOWNESS}
        while starts in begun:
            starts += SECOND
        return starts, at_once

    def require_zone(self, timezone: str) -> None:
        """Raises `PolicyError` when a file counts its days in another zone than those before it."""
        if self.entries and (zone := self.entries[0].version.file.timezone) != timezone:
            raise PolicyError(
                f"the reporting zone is {timezone}, and that of this installation is {zone}: days that were "
                f"counted cannot move. The author of the file must write `timezone: {zone}` again; an installation "
                "with other days needs topics of its own"
            )

    def _starts(self, publication: Publication) -> Micros:
        record = publication.record
        if not self.entries:
            return publication.asked
        if record.publication == self.entries[0].publication.record.publication and not record.at_once:
            return publication.asked
        earliest = publication.known_at
        if record.at_once:
            before = [entry.starts for entry in self.entries if entry.publication.record.at_once]
            earliest = max([earliest, *(starts + 1 for starts in before[-1:])])
        return max(publication.asked, earliest)

    def _repeats(self, publication: Publication, starts: Micros) -> bool:
        """Whether a record says again what the history holds."""
        record, newest = publication.record, self.newest
        same = [entry for entry in self.entries if entry.version.version == publication.compiled.version]
        if newest is not None and newest in same[-1:]:
            again = newest.starts == starts or (record.at_once and newest.starts < starts)
        else:
            again = False
        # Two workers that publish the first files of an installation, as written: dated before their publication.
        first = publication.asked <= to_micros(record.published_at)
        return again or (first and any(entry.publication.asked == publication.asked for entry in same))

    def _known(self, compiled: PolicyVersion) -> PolicyVersion:
        """The same version as it was compiled before, so that its rules and calendars are the same objects."""
        same = (entry.version for entry in self.entries if entry.version.version == compiled.version)
        return next(same, compiled)
