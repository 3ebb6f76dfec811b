"""Policies, routes and exclusions that nothing ever reaches."""

from __future__ import annotations

import pytest

from monitor.policy_reach import between_files
from tests.monitor.advising import OFFICE, said, version


def policies(*entries: str) -> str:
    return "[" + ", ".join(f"{{{entry}, objectives: {{}}}}" for entry in entries) + "]"


def test_s23_policies_below_a_fallback_are_never_reached() -> None:
    assert said(policies("name: all", "name: acme, match: {customer: acme}", "name: other")) == [
        (
            "policies.1",
            "'acme' is never reached: 'all' above it matches every ticket; move it up, or delete it",
        ),
        (
            "policies.2",
            "'other' is never reached: 'all' above it matches every ticket; move it up, or delete it",
        ),
    ]


@pytest.mark.parametrize(
    ("first", "second", "reached"),
    [
        ("", ", effective: 2026-01-01", False),
        (", effective: 2026-01-01", ", effective: 2026-01-01", False),
        (", effective: 2026-01-01", ", effective: 2026-02-01", False),
        (", effective: 2026-02-01", ", effective: 2026-01-01", True),
        (", effective: 2026-01-01", "", True),
    ],
)
@pytest.mark.parametrize("match", ["{}", "{customer: acme}"])
def test_s23_a_policy_that_begins_before_the_one_above_it_is_reached(
    first: str, second: str, reached: bool, match: str
) -> None:
    findings = said(policies(f"name: a{first}, match: {match}", f"name: b{second}, match: {match}"))
    assert (findings == []) is reached


@pytest.mark.parametrize(
    ("above", "below", "reached"),
    [
        ("{customer: acme}", "{customer: acme, priority: P1}", False),
        ("{customer: [acme, globex]}", "{customer: globex}", False),
        ("{tags: [gold]}", "{tags: [gold, vip]}", False),
        ("{customer: acme, tags: [gold]}", "{customer: acme}", True),
        ("{customer: acme, priority: P1}", "{customer: acme}", True),
        ("{customer: acme}", "{customer: [acme, globex]}", True),
        ("{priority: P1}", "{customer: acme}", True),
    ],
)
def test_s23_a_policy_whose_tickets_are_all_taken_above_is_never_reached(
    above: str, below: str, reached: bool
) -> None:
    findings = said(policies(f"name: a, match: {above}", f"name: b, match: {below}"))
    told = "'b' is never reached: 'a' above it matches all that it matches; move it up, or delete it"
    assert findings == ([] if reached else [("policies.1", told)])


def test_s23_several_policies_above_may_take_all_together() -> None:
    first, second = (
        "name: a, match: {customer: acme}",
        "name: b, match: {customer: globex, priority: [P1, P2]}",
    )
    third = "name: c, match: {customer: [acme, globex], priority: [P1, P2]}"
    assert said(policies(first, second, third)) == [
        (
            "policies.2",
            "'c' is never reached: 'a' and 'b' above it match all that it matches; move it up, or delete it",
        )
    ]
    assert said(policies(first, second, third.replace("P2", "P3"))) == []


def test_s23_a_match_of_very_many_cases_is_compared_as_a_whole() -> None:
    customers = ", ".join(f"c{number}" for number in range(2001))
    halves = [f"name: a{n}, match: {{customer: [{customers}], priority: P{n}}}" for n in (1, 2)]
    both = f"name: b, match: {{customer: [{customers}], priority: [P1, P2]}}"
    assert said(policies(*halves, both)) == []  # true, but not looked into
    assert len(said(policies(f"name: a, match: {{customer: [{customers}]}}", both))) == 1


def test_s23_the_newer_form_of_a_policy_below_the_older_never_takes_over() -> None:
    older, newer = (
        "name: old, match: {tags: [b, a]}",
        "name: new, effective: 2027-01-01, match: {tags: [a, b]}",
    )
    assert said(policies(older, newer)) == [
        (
            "policies.1",
            (
                "'new' never takes over: 'old' above it matches the same tickets from earlier on, and the first that "
                "matches wins; put the newer one above the older"
            ),
        )
    ]
    assert said(policies(newer, older)) == []


def between(*texts: str) -> list[tuple[int, str]]:
    """The findings as (number of the file, message)."""
    versions = [version(f"timezone: Europe/Madrid\npolicies: {text}") for text in texts]
    found = between_files(versions)
    return [(versions.index(of), f"{'.'.join(map(str, place))}: {message}") for of, (place, message) in found]


def test_s22_a_policy_that_begins_when_a_later_file_has_replaced_its_own_is_told() -> None:
    earlier = policies("name: a", "name: b, effective: 2027-02-01", "name: c, effective: 2026-12-31")
    assert between(policies("name: a, effective: 2027-01-01"), earlier) == [
        (
            1,
            (
                "policies.1.effective: 'b' is never in force: a later file replaces this one whole from 2027-01-01; "
                "move the policy there"
            ),
        )
    ]


def test_s22_a_policy_that_is_in_force_in_neither_file_for_a_while_is_told() -> None:
    later = policies(
        "name: a, effective: 2027-01-01",
        "name: b, effective: 2027-02-01",
        "name: new, effective: 2027-03-01",
    )
    assert between(policies("name: a", "name: b"), later) == [
        (
            1,
            (
                "policies.1.effective: 'b' is in force in neither file from 2027-01-01, when this one replaces the "
                "earlier whole, to 2027-02-01; keep its older form here until then"
            ),
        )
    ]


def test_s22_files_that_follow_each_other_whole_are_fine() -> None:
    assert between(policies("name: a"), policies("name: a, effective: 2027-01-01")) == []
    assert between(policies("name: a")) == []


DESK = """[{name: acme, match: {customer: acme, priority: [P1, P2]}, calendar: office,
    objectives: {resolution: {target: {P1: 4h, P2: 8h}, calendar: {P1: 24x7}}}},
  {name: internal, match: {customer: internal}, objectives: {}}]
"""


@pytest.mark.parametrize(
    ("match", "told"),
    [
        ("{customer: initech}", True),
        ("{customer: acme, priority: P3}", True),
        ("{customer: [initech, acme]}", False),
        ("{tags: [gold]}", False),
        ("{}", False),
    ],
)
def test_a_route_for_tickets_that_no_policy_matches_is_told(match: str, told: bool) -> None:
    findings = said(DESK, f"{OFFICE}\nroutes: [{{match: {match}, to: slack:desk}}]")
    assert [place for place, _ in findings if place != "routes"] == (["routes.0.match"] if told else [])


@pytest.mark.parametrize(
    ("exclusion", "told"),
    [
        (
            "from: 2026-03-14, to: 2026-03-16, match: {priority: P2}",
            "excludes nothing: office is closed from `from` to `to`",
        ),
        (
            "from: 2026-03-14, to: 2026-03-16, match: {customer: initech}",
            ("no policy matches such a ticket, so there is nothing to exclude"),
        ),
        (
            "from: 2026-03-16, to: 2026-03-17, match: {customer: internal}",
            ("the policies that match such a ticket promise nothing, so there is nothing to exclude"),
        ),
    ],
)
def test_s26_an_exclusion_that_takes_nothing_out_is_told(exclusion: str, told: str) -> None:
    findings = said(DESK, f"{OFFICE}\nexclusions: [{{{exclusion}, reason: maintenance}}]")
    assert [message for _, message in findings] == [told]


@pytest.mark.parametrize(
    "exclusion",
    [
        "from: 2026-03-14, to: 2026-03-16",  # P1 counts around the clock
        "from: 2026-03-14, to: 2026-03-17, match: {priority: P2}",
        "from: 2020-03-16, to: 2020-03-17",  # long past: it explains old figures
    ],
)
def test_s26_an_exclusion_that_takes_time_out_is_fine(exclusion: str) -> None:
    assert said(DESK, f"{OFFICE}\nexclusions: [{{{exclusion}, reason: maintenance}}]") == []
