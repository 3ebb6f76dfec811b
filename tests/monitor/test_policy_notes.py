"""What a publication leaves to come or withdraws is said (S22)."""

from __future__ import annotations

from monitor.policy_history import PolicyHistory, Publication
from monitor.policy_notes import notes
from schemas.instants import DAY, HOUR, iso
from tests.monitor.publications import NOW, at_once, history, publication, version


def noted(*log: Publication) -> list[str]:
    """The notes of the newest entry."""
    found: PolicyHistory = history(*log)
    assert found.newest is not None
    return notes(found, found.newest)


def test_s22_a_version_still_to_come_is_told_with_how_to_withdraw_it() -> None:
    start = iso(NOW + DAY)
    [note] = noted(publication("1h"), publication("2h", NOW + DAY), at_once("1h", NOW + HOUR))
    assert note == (
        f"version {version('2h').version} still takes over on {start}; to withdraw it, publish another one with "
        f"that start: `sla-monitor policies publish FILE --effective {start}`"
    )


def test_s22_what_is_told_withdraws_it() -> None:
    log = [publication("1h"), publication("2h", NOW + DAY), at_once("1h", NOW + HOUR)]
    other = publication("1h", NOW + DAY, at=NOW + 2 * HOUR)
    assert noted(*log, other) == [
        f"version {version('2h').version}, announced for {iso(NOW + DAY)} too, is withdrawn"
    ]


def test_s22_the_announced_start_of_a_version_that_is_moved_is_told_as_withdrawn() -> None:
    assert noted(publication("1h"), publication("2h", NOW + HOUR), publication("2h", NOW + DAY)) == [
        f"the start of this version that was announced before, {iso(NOW + HOUR)}, is withdrawn"
    ]


def test_s22_nothing_is_told_where_nothing_else_is_announced() -> None:
    assert noted(publication("1h"), at_once("2h", NOW)) == []
    assert noted(publication("1h"), at_once("2h", NOW), publication("3h", NOW + DAY)) == []


def test_s22_files_that_are_published_together_are_meant_to_follow_each_other() -> None:
    found = history(publication("1h", together="first"), publication("2h", NOW + DAY, together="first"))
    assert notes(found, found.entries[0]) == []
