"""How policies fit recorded tickets: what each catches at creation, and which names never meet."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from monitor import policy_coverage
from monitor.policy_coverage import HOLD_REASON, Coverage, Tally
from schemas.events import decode_event
from tests.builders import book, lines

DESK = """
timezone: UTC
priorities: [P1, P2]
policies:
  - {name: gold, match: {customer: acme, tags: [gold]}, calendar: 24x7, objectives: {}}
  - {name: acme, effective: 2026-03-02, match: {customer: [acme, globex], priority: P1}, objectives: {}}
  - {name: far, match: {tier: [2]}, objectives: {resolution: {target: 4h, calendar: 24x7, pause_on: [waiting_customer]}}}
hold_reasons: {Wait - User: waiting_customer, Wait - Vendor: waiting_vendor}
silence_after: {"zammad:desk": 30m}
"""


def counted(timeline: Iterable[str], *files: str) -> Coverage:
    coverage = Coverage(book(*(files or (DESK,))))
    for line in lines(timeline):
        coverage.add(decode_event(line))
    return coverage


def caught(coverage: Coverage) -> dict[str, dict[str | None, int]]:
    policies = {policy.name: policy for version in coverage.book.versions for policy in version.policies}
    found = {name: dict(coverage.of_policy(policy)) for name, policy in policies.items()}
    return found | {"nobody": dict(coverage.of_policy(None))}


def never(coverage: Coverage) -> list[tuple[str, str]]:
    return [(named.kind, named.name) for named in coverage.never_met()]


def warned(coverage: Coverage) -> list[tuple[str, str]]:
    return [(".".join(map(str, place)), message) for _, (place, message) in coverage.findings()]


def test_s23_a_ticket_counts_for_the_first_policy_that_matches_it_as_it_was_created() -> None:
    coverage = counted([
        '2026-03-03T09:00:00Z created A-1 tags=["gold"] priority=P1',
        "2026-03-03T09:00:00Z created A-2 priority=P1",
        "2026-03-03T09:01:00Z created A-3 priority=P2 tier=2",
        "2026-03-03T09:02:00Z created A-4 priority=P2 customer=globex",
        "2026-03-03T09:03:00Z priority_changed A-4 priority=P1",
    ])  # fmt: skip
    assert caught(coverage) == {"gold": {"P1": 1}, "acme": {"P1": 1}, "far": {"P2": 1}, "nobody": {"P2": 1}}
    assert (coverage.events, coverage.tickets) == (5, 4)
    assert coverage.uncaught.commonest() == [
        ((("customer", "globex"), ("priority", "P2"), ("tier", "1"), ("tags", None)), 1)
    ]


def test_s22_a_ticket_counts_for_the_policy_in_force_at_its_own_time() -> None:
    coverage = counted([
        "2026-03-01T23:59:59Z created A-1 priority=P1",
        "2026-03-02T00:00:00Z created A-2 priority=P1",
    ])  # fmt: skip
    assert caught(coverage)["acme"] == {"P1": 1}
    assert caught(coverage)["nobody"] == {"P1": 1}
    assert coverage.before_any == 0  # the other policies were in force


def test_s22_tickets_older_than_every_policy_are_told_apart() -> None:
    later = "policies: [{name: all, effective: 2026-03-02, objectives: {}}]"
    newest = "policies: [{name: all, effective: 2026-04-01, objectives: {}}]"
    coverage = counted(
        [
            "2026-03-01T09:00:00Z created A-1",
            "2026-03-05T09:00:00Z created A-2",
            "2026-04-05T09:00:00Z created A-3",
        ],
        newest,
        later,
    )
    assert coverage.before_any == 1
    of_versions = [
        coverage.of_policy(policy).total()
        for version in coverage.book.versions
        for policy in version.policies
    ]
    assert of_versions == [1, 1]


def test_the_commonest_attributes_are_those_that_policies_match_on() -> None:
    twice = ["2026-03-03T09:00:00Z created A-1", "2026-03-03T09:00:00Z created A-2"]
    odd = '2026-03-03T09:00:00Z created A-3 tags=["b","a"]'
    coverage = counted([odd, *twice], "policies: [{name: a, match: {tags: [x]}, objectives: {}}]")
    assert coverage.uncaught.commonest() == [((("tags", None),), 2), ((("tags", "a, b"),), 1)]
    by_date = counted(twice, "policies: [{name: a, effective: 2027-01-01, objectives: {}}]")
    assert by_date.uncaught.commonest() == [((("customer", "acme"), ("priority", "P2")), 2)]


def test_names_that_no_event_has_are_found_by_kind() -> None:
    everything = [
        '2026-03-03T09:00:00Z created A-1 priority=P1 tags=["gold"] source=zammad:desk',
        '2026-03-03T09:01:00Z held A-1 reason="Wait - User"',
        "2026-03-03T09:02:00Z escalated A-1 tier=2",
        "2026-03-03T09:02:00Z priority_changed A-1 priority=P2",
        "2026-03-03T09:02:00Z updated A-1 customer=globex",
    ]
    spoken = [line.replace('"Wait - User"', '"Wait-User"') for line in everything]
    desk = DESK.replace("Wait - User", "Wait-User")
    assert never(counted(spoken, desk)) == [("hold word", "Wait - Vendor")]
    assert never(counted(["2026-03-03T09:00:00Z created A-1"])) == [
        ("priority", "P1"),
        ("tags", "gold"),
        ("customer", "globex"),
        ("tier", "2"),
        (HOLD_REASON, "waiting_customer"),
        ("hold word", "Wait - User"),
        ("hold word", "Wait - Vendor"),
        ("source", "zammad:desk"),
    ]


def test_a_ticket_without_a_tier_is_of_the_first() -> None:
    text = "policies: [{name: a, match: {tier: 1}, objectives: {}}]\npriorities: [P2]"
    assert never(counted(["2026-03-03T09:00:00Z created A-1"], text)) == []


def test_names_of_routes_exclusions_handoffs_and_kpis_are_looked_for_too() -> None:
    text = """
timezone: UTC
priorities: [P2]
policies: [{name: all, objectives: {resolution: {target: 4h, pause_on: any},
  handoff: {tier: 1, target: 1h, pause_on: [parts, any_part]}}}]
csfs: [{name: x, kpis: [{kpi: csat, customer: initech, min: 90%}, {kpi: csat, min: 80%}]}]
routes: [{match: {queue: desk}, to: slack:desk}]
exclusions: [{from: 2026-03-16, to: 2026-03-17, match: {source: jira}, reason: maintenance}]
"""
    coverage = counted(["2026-03-03T09:00:00Z created A-1"], text)
    assert [".".join(map(str, named.place)) for named in coverage.never_met()] == [
        "policies.0.objectives.handoff.0.pause_on",
        "policies.0.objectives.handoff.0.pause_on",
        "routes.0.match.queue",
        "exclusions.0.match.source",
        "csfs.0.kpis.0.customer",
    ]


def test_names_that_no_file_uses_are_counted_by_kind() -> None:
    coverage = counted([
        "2026-03-03T09:00:00Z created A-1 priority=P9 customer=initech source=jira",
        "2026-03-03T09:01:00Z held A-1 reason=lunch",
        "2026-03-03T09:02:00Z held A-1 reason=waiting_customer",
        "2026-03-03T09:03:00Z updated A-1 customer=initech",
    ])  # fmt: skip
    assert coverage.not_named("customer").commonest() == [("initech", 2)]
    assert coverage.not_named("priority").commonest() == [("P9", 1)]
    assert coverage.not_named("source").commonest() == [("jira", 1)]
    assert coverage.not_named(HOLD_REASON).commonest() == [("lunch", 1)]
    assert coverage.not_named("queue").commonest() == []
    assert caught(coverage)["nobody"] == {None: 1}


class TestWarnings:
    def test_priorities_that_the_file_does_not_list_are_told_with_the_commonest_first(self) -> None:
        created = [f"2026-03-03T09:00:00Z created A-{n} priority=X{n} source=zammad:desk" for n in range(7)]
        text = "policies: [{name: all, objectives: {}}]"
        assert warned(counted([created[3], *created], text)) == [
            (
                "priorities",
                (
                    "the events have others, which targets by priority promise nothing: 'X3' (2), 'X0' (1), 'X1' (1), "
                    "'X2' (1) and 'X4' (1), and 2 more; list them here, or let the source send the ones that are"
                ),
            )
        ]

    def test_s39_a_source_under_watch_that_never_speaks_is_told(self) -> None:
        quiet = (
            "no event is from 'zammad:desk', so its silence tells nothing: write it as `source` of the events"
        )
        assert warned(counted(["2026-03-03T09:00:00Z created A-1"])) == [("silence_after.zammad:desk", quiet)]
        jira = counted(["2026-03-03T09:00:00Z created A-1 source=jira"])
        assert warned(jira) == [("silence_after.zammad:desk", f"{quiet}; they are from 'jira'")]
        assert warned(counted(["2026-03-03T09:00:00Z created A-1 source=zammad:desk"])) == []

    def test_a_name_that_differs_in_capitals_only_is_told(self) -> None:
        created = "2026-03-03T09:00:00Z created A-1 customer=Globex source=Zammad:Desk"
        assert warned(counted([created, "2026-03-03T09:00:00Z held A-1 reason=WAITING_customer"])) == [
            (
                "policies.1.match.customer",
                "no event has the customer 'globex', and 1 have 'Globex': capitals count",
            ),
            (
                "policies.2.objectives.resolution.pause_on",
                "no event has the hold reason 'waiting_customer', and 1 have 'WAITING_customer': capitals count",
            ),
            (
                "silence_after.zammad:desk",
                "no event has the source 'zammad:desk', and 1 have 'Zammad:Desk': capitals count",
            ),
        ]


def test_memory_is_bounded_and_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_coverage, "MOST_NAMES", 2)
    tally = Tally()
    for name in "abcab":
        tally.add(name)
    assert tally.commonest() == [("a", 2), ("b", 2)]
    assert tally.commonest(1) == [("a", 2)]
    assert tally.beyond == 1


def test_names_of_the_files_are_counted_however_many_others_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policy_coverage, "MOST_NAMES", 1)
    created = [f"2026-03-03T09:00:00Z created A-{n} customer=c{n}" for n in range(3)]
    coverage = counted([*created, "2026-03-03T09:00:00Z created A-9 customer=globex"])
    assert ("customer", "globex") not in never(coverage)
    assert coverage.not_named("customer").beyond == 2
