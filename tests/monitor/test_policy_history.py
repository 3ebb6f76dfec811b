"""What a log of publications comes to: the same for everyone, at whatever record they stand (S22)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PolicyError
from monitor.policies import ALWAYS
from monitor.policy_history import PolicyHistory, Publication
from schemas.instants import DAY, HOUR, MINUTE, SECOND, Micros
from tests.monitor.publications import LEAD, NOW, at_once, history, in_words, publication, version

CONTENTS = ("1h", "2h", "3h")
MOMENTS = st.integers(-3, 30).map(lambda minutes: NOW + minutes * MINUTE)


@st.composite
def publications(draw: st.DrawFn) -> Publication:
    """Any record that a publisher may have written, whatever its clock said."""
    at = draw(MOMENTS)
    content = draw(st.sampled_from(CONTENTS))
    appended = draw(st.none() | st.integers(-2, 2).map(lambda skew: at + skew * MINUTE))
    together = draw(st.none() | st.sampled_from(["first", "second"]))
    if draw(st.booleans()):
        return publication(content, at + LEAD, at=at, at_once=True, appended=appended, together=together)
    starts = draw(st.sampled_from([ALWAYS, NOW - DAY, NOW + HOUR, NOW + DAY]))
    return publication(content, starts, at=at, appended=appended, together=together)


LOGS = st.lists(publications(), max_size=8)


@given(LOGS)
def test_s22_a_prefix_of_the_log_gives_a_prefix_of_the_history(log: list[Publication]) -> None:
    whole = history(*log).entries
    for length in range(len(log)):
        entries = history(*log[:length]).entries
        assert entries == whole[: len(entries)]


@given(LOGS)
def test_s22_a_record_written_twice_counts_once(log: list[Publication]) -> None:
    assert history(*(one for one in log for _ in range(2))) == history(*log)


@given(LOGS)
def test_s22_whatever_the_log_there_is_one_version_at_a_time(log: list[Publication]) -> None:
    starts = [start for _, start in in_words(history(*log))]
    assert starts == sorted(set(starts))
    if log:
        assert [entry.starts for entry in history(*log).book().versions] == starts


@given(LOGS)
def test_s22_nothing_later_than_the_first_holds_before_it_was_known(log: list[Publication]) -> None:
    entries = history(*log).entries
    first = {entry.publication.record.publication for entry in entries[:1]}
    later = [entry for entry in entries if entry.publication.record.publication not in first]
    assert all(entry.starts >= entry.publication.known_at for entry in later)


@given(LOGS)
def test_s22_what_is_to_hold_at_once_holds_in_the_order_of_the_log(log: list[Publication]) -> None:
    starts = [entry.starts for entry in history(*log).entries if entry.publication.record.at_once]
    assert starts == sorted(set(starts))


def test_the_first_files_hold_as_they_are_written() -> None:
    both = [publication("1h", together="first"), publication("2h", NOW - DAY, together="first")]
    assert in_words(history(*both)) == [("1h", ALWAYS), ("2h", NOW - DAY)]


def test_two_workers_that_publish_the_same_first_files_publish_them_once() -> None:
    one = [publication("1h", together="one"), publication("2h", NOW - DAY, together="one")]
    other = [publication("1h", together="other"), publication("2h", NOW - DAY, together="other")]
    for log in ([*one, *other], [one[0], other[0], one[1], other[1]], [one[0], other[0], other[1], one[1]]):
        assert [content for content, _ in in_words(history(*log))] == ["1h", "2h"]


def test_two_workers_that_publish_the_same_change_make_one_version() -> None:
    found = history(publication("1h"), at_once("2h", NOW), at_once("2h", NOW + SECOND))
    assert in_words(found) == [("1h", ALWAYS), ("2h", NOW + LEAD)]


def test_a_change_and_back_is_three_versions_of_two_contents() -> None:
    found = history(publication("1h"), at_once("2h", NOW), at_once("1h", NOW + HOUR))
    assert in_words(found) == [("1h", ALWAYS), ("2h", NOW + LEAD), ("1h", NOW + HOUR + LEAD)]
    book = found.book()
    assert book.current_version == version("1h").version
    assert book.versions[0].policies is book.versions[2].policies


def test_a_clock_that_is_behind_does_not_let_a_later_record_hold_earlier() -> None:
    found = history(publication("1h"), at_once("2h", NOW), at_once("3h", NOW - MINUTE))
    assert [content for content, _ in in_words(found)] == ["1h", "2h", "3h"]


def test_the_brokers_time_bounds_what_a_publisher_says() -> None:
    found = history(publication("1h"), at_once("2h", NOW, appended=NOW + HOUR))
    assert in_words(found)[-1] == ("2h", NOW + HOUR)


def test_a_version_to_come_stays_to_come_when_another_is_published_meanwhile() -> None:
    found = history(publication("1h"), publication("2h", NOW + DAY), at_once("3h", NOW + HOUR))
    assert [content for content, _ in in_words(found)] == ["1h", "3h", "2h"]


def test_a_version_to_come_may_be_moved() -> None:
    later = history(publication("1h"), publication("2h", NOW + HOUR), publication("2h", NOW + DAY))
    assert in_words(later) == [("1h", ALWAYS), ("2h", NOW + DAY)]
    sooner = history(publication("1h"), publication("2h", NOW + DAY), at_once("2h", NOW + HOUR))
    assert in_words(sooner) == [("1h", ALWAYS), ("2h", NOW + HOUR + LEAD)]


def test_of_two_versions_for_one_instant_the_later_record_holds() -> None:
    found = history(publication("1h"), publication("2h", NOW + DAY), publication("3h", NOW + DAY))
    assert in_words(found) == [("1h", ALWAYS), ("3h", NOW + DAY)]
    assert [entry.publication.record.text for entry in found.find(version("2h").version)] == ["2h"]


def test_another_reporting_zone_is_refused_with_who_must_act() -> None:
    with pytest.raises(PolicyError, match=r"author .* must write `timezone: UTC` again"):
        history(publication("1h"), publication("1h", head="timezone: Asia/Tokyo"))


@pytest.mark.parametrize(
    ("asked", "planned"),
    [
        (ALWAYS, (NOW + LEAD, True)),
        (NOW - DAY, (NOW + LEAD, True)),
        (NOW + LEAD, (NOW + LEAD, True)),
        (NOW + DAY, (NOW + DAY, False)),
    ],
)
def test_what_is_asked_for_too_early_holds_after_the_lead(
    asked: Micros, planned: tuple[Micros, bool]
) -> None:
    assert history(publication("1h")).plan(asked, NOW, LEAD) == planned
    assert history(publication("1h")).plan(ALWAYS, NOW + 1, LEAD) == (NOW + LEAD + SECOND, True)
    assert PolicyHistory().plan(asked, NOW, LEAD) == (asked, False)


def test_what_is_about_to_begin_is_followed_a_second_later_and_not_replaced() -> None:
    """Events up to `max_skew` ahead may be judged by it, and their verdicts name it."""
    soon, later = NOW + 5 * MINUTE, NOW + HOUR
    known = history(publication("1h", starts=soon), publication("2h", starts=later))
    assert known.plan(soon, NOW, LEAD) == (soon + SECOND, False)
    assert known.plan(later, NOW, LEAD) == (later, False)


def test_a_file_is_new_the_newest_or_older() -> None:
    found = history(publication("1h"), at_once("2h", NOW))
    assert found.standing_of(version("3h")) == "new"
    assert found.standing_of(version("2h")) == "newest"
    assert found.standing_of(version("1h")) == "older"


def test_an_effective_of_the_file_does_not_make_it_another_version() -> None:
    dated = version("1h", "effective: 2026-01-01")
    assert dated.version == version("1h").version
    assert history(publication("1h")).standing_of(dated) == "newest"


def test_what_is_in_force_is_the_latest_that_has_begun() -> None:
    found = history(publication("1h"), at_once("2h", NOW), publication("3h", NOW + DAY))
    for at, content in ((NOW, "1h"), (NOW + LEAD, "2h"), (NOW + DAY, "3h")):
        entry = found.in_force(at)
        assert entry is not None
        assert entry.publication.record.text == content
    assert PolicyHistory().in_force(NOW) is None
