"""Which policy a ticket falls under at an instant, what it promises, and what a version is called."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import yaml

from monitor.errors import CalendarError, PolicyError
from monitor.policies import ALWAYS, ObjectiveRule, PolicyBook
from monitor.policy_settings import Target
from schemas.instants import DAY, HOUR, MINUTE, Micros, parse_iso
from schemas.policy import PolicyFile

NOW = parse_iso("2026-03-02T08:00:00Z")

OFFICE = """
timezone: Europe/Madrid
calendars:
  office: {hours: {mon-fri: ["09:00-18:00"]}}
  always: {hours: 24x7}
"""


@dataclass(frozen=True)
class Ticket:
    customer: str = "acme"
    priority: str = "P2"
    tier: int = 1
    queue: str | None = None
    channel: str | None = None
    category: str | None = None
    source: str | None = None
    tags: tuple[str, ...] = ()


def book(*texts: str) -> PolicyBook:
    return PolicyBook.from_files([PolicyFile.model_validate(yaml.safe_load(text)) for text in texts])


def matched(policies: PolicyBook, ticket: Ticket, at: Micros = NOW) -> str | None:
    policy = policies.match(at, ticket)
    return policy.name if policy else None


def rule(objective: str, rest: str = "", name: str = "resolution") -> ObjectiveRule:
    """The rule of one objective of a policy that counts on `office`."""
    policies = f"policies: [{{name: all, calendar: office, objectives: {{{name}: {objective}}}}}]"
    policy = book(f"{OFFICE}\n{policies}\n{rest}").match(NOW, Ticket())
    assert policy is not None
    return policy.objectives[name]


class TestMatching:
    def test_s23_the_first_policy_that_matches_wins(self) -> None:
        desk = book("""
policies:
  - {name: gold, match: {customer: acme, tags: [gold]}, objectives: {}}
  - {name: acme, match: {customer: acme}, objectives: {}}
  - {name: urgent, match: {priority: P1}, objectives: {}}
""")
        assert matched(desk, Ticket(tags=("gold", "vip"))) == "gold"
        assert matched(desk, Ticket(priority="P1")) == "acme"
        assert matched(desk, Ticket(customer="globex", priority="P1")) == "urgent"

    def test_s23_a_policy_without_match_is_the_fallback(self) -> None:
        desk = book("""
policies:
  - {name: acme, match: {customer: acme}, objectives: {}}
  - {name: rest, objectives: {}}
""")
        assert matched(desk, Ticket()) == "acme"
        assert matched(desk, Ticket(customer="globex")) == "rest"
        assert [policy.fallback for policy in desk.versions[0].policies] == [False, True]

    def test_s23_a_ticket_that_nothing_matches_has_no_policy(self) -> None:
        desk = book("policies: [{name: acme, match: {customer: acme}, objectives: {}}]")
        assert matched(desk, Ticket(customer="globex")) is None

    def test_s23_file_order_holds_between_policies_with_and_without_a_customer(self) -> None:
        desk = book("""
policies:
  - {name: urgent, match: {priority: P1}, objectives: {}}
  - {name: acme, match: {customer: [acme, globex]}, objectives: {}}
  - {name: mail, match: {channel: email}, objectives: {}}
""")
        assert matched(desk, Ticket(priority="P1")) == "urgent"
        assert matched(desk, Ticket(channel="email")) == "acme"
        assert matched(desk, Ticket(customer="other", channel="email")) == "mail"

    @pytest.mark.parametrize(
        ("key", "fits", "misses"),
        [
            ("customer: [acme, globex]", Ticket(customer="globex"), Ticket(customer="Acme")),
            ("priority: [P1, P2]", Ticket(priority="P1"), Ticket(priority="P3")),
            ("queue: desk", Ticket(queue="desk"), Ticket(queue=None)),
            ("tier: [2, 3]", Ticket(tier=3), Ticket(tier=1)),
            ("channel: [email, phone]", Ticket(channel="phone"), Ticket(channel="chat")),
            ("category: network", Ticket(category="network"), Ticket(category="print")),
            ("tags: [a, b]", Ticket(tags=("b", "c", "a")), Ticket(tags=("a", "c"))),
            ("source: 'zammad:desk'", Ticket(source="zammad:desk"), Ticket(source="jira")),
        ],
    )
    def test_every_key_is_matched_on_its_attribute(self, key: str, fits: Ticket, misses: Ticket) -> None:
        desk = book(f"policies: [{{name: one, match: {{{key}}}, objectives: {{}}}}]")
        assert matched(desk, fits) == "one"
        assert matched(desk, misses) is None

    def test_all_keys_of_a_match_must_fit(self) -> None:
        desk = book("policies: [{name: one, match: {customer: acme, tier: 2, tags: vip}, objectives: {}}]")
        ticket = Ticket(tier=2, tags=("vip",))
        assert matched(desk, ticket) == "one"
        for other in (replace(ticket, customer="x"), replace(ticket, tier=1), replace(ticket, tags=())):
            assert matched(desk, other) is None


class TestPromises:
    def test_a_target_by_priority_promises_nothing_to_the_others(self) -> None:
        promise = rule("{target: {P1: 4h, P2: 3 working days}}")
        assert promise.target_for("P1") == Target(4 * HOUR, None)
        assert promise.target_for("P2") == Target(None, 3)
        assert promise.target_for("P3") is None

    def test_one_target_is_promised_to_every_priority(self) -> None:
        assert rule("{target: 4h}").target_for("whatever") == Target(4 * HOUR, None)

    def test_a_priority_without_its_own_calendar_counts_on_the_policys(self) -> None:
        promise = rule("{target: 4h, calendar: {P1: always}}")
        assert (promise.calendar_name("P1"), promise.calendar_name("P2")) == ("always", "office")
        assert promise.calendar_for("P1").always_open
        assert not promise.calendar_for("P2").always_open

    def test_the_calendar_of_an_objective_is_for_every_priority(self) -> None:
        assert rule("{target: 4h, calendar: always}").calendar_name("P2") == "always"

    def test_a_policy_without_a_calendar_counts_around_the_clock(self) -> None:
        policy = book("policies: [{name: all, objectives: {resolution: {target: 4h}}}]").match(NOW, Ticket())
        assert policy is not None
        assert policy.objectives["resolution"].calendar_for("P1").always_open

    def test_a_calendar_without_a_zone_has_that_of_the_file(self) -> None:
        assert rule("{target: 4h}").calendar_for("P2").zone.key == "Europe/Madrid"

    def test_s02_working_days_become_open_time_once_at_the_start(self) -> None:
        promise = rule("{target: 2 working days}")
        friday_noon = parse_iso("2026-03-06T12:00:00+01:00")
        target = promise.target_for("P2")
        assert target is not None
        assert target.amount(promise.calendar_for("P2"), friday_noon) == 2 * 9 * HOUR

    def test_an_amount_of_open_time_is_the_same_at_any_start(self) -> None:
        promise = rule("{target: 90m}")
        assert Target(90 * MINUTE, None).amount(promise.calendar_for("P2"), NOW) == 90 * MINUTE

    @pytest.mark.parametrize(
        ("name", "paused"), [("first_response", False), ("next_response", False), ("resolution", True)]
    )
    def test_s15_holds_pause_resolution_by_default_and_responses_not(self, name: str, paused: bool) -> None:
        assert rule("{target: 4h}", name=name).pauses("anything") is paused

    def test_s15_pause_on_names_the_reasons_that_pause(self) -> None:
        promise = rule("{target: 4h, pause_on: [waiting_customer]}")
        assert promise.pauses("waiting_customer")
        assert not promise.pauses("waiting_vendor")
        assert not rule("{target: 4h, pause_on: none}").pauses("waiting_customer")
        assert rule("{target: 4h, pause_on: any}", name="first_response").pauses("anything")

    def test_s15_hold_reasons_map_a_sources_own_words(self) -> None:
        desk = book("""
policies: [{name: all, objectives: {}}]
hold_reasons: {Wait - User: waiting_customer}
""")
        assert desk.settings.hold_reason("Wait - User") == "waiting_customer"
        assert desk.settings.hold_reason("waiting_vendor") == "waiting_vendor"

    def test_handoffs_are_promised_by_tier_and_paused_by_any_hold(self) -> None:
        desk = book("""
policies:
  - name: all
    objectives: {handoff: [{tier: 2, target: 2h}, {tier: 3, target: {P1: 4h}, pause_on: none}]}
""")
        policy = desk.match(NOW, Ticket())
        assert policy is not None
        assert policy.objectives == {}
        assert sorted(policy.handoffs) == [2, 3]
        assert policy.handoffs[2].pauses("anything")
        assert not policy.handoffs[3].pauses("anything")

    def test_a_rule_carries_every_setting_of_its_objective(self) -> None:
        promise = rule(
            "{target: 4h, warn_at: [90%, 50%], goal: 95%, reopen: new_cycle, reopen_within: 40h,"
            " requires_response: true, on_change: from_now}"
        )
        assert promise.warn_at == (500, 900)
        assert promise.goal == 0.95
        assert promise.reopen == "new_cycle"
        assert promise.reopen_within == Target(40 * HOUR, None)
        assert promise.requires_response
        assert promise.on_change == "from_now"

    def test_s19_reopen_within_is_five_working_days_unless_the_file_or_the_objective_says_else(self) -> None:
        assert rule("{target: 4h}").reopen_within == Target(None, 5)
        assert rule("{target: 4h}", "reopen_within: 2 working days").reopen_within == Target(None, 2)

    def test_a_calendar_that_cannot_be_used_is_refused(self) -> None:
        with pytest.raises(CalendarError, match="hours"):
            book("{calendars: {office: {}}, policies: [{name: a, calendar: office, objectives: {}}]}")


ALWAYS_ON = "{timezone: Europe/Madrid, policies: [{name: base, objectives: {}}]}"
FROM_MAY = """
timezone: Europe/Madrid
retention: 30 days
policies:
  - {name: may, effective: 2026-05-01, match: {customer: acme}, objectives: {}}
  - {name: june, effective: 2026-06-01, objectives: {}}
"""
MAY = parse_iso("2026-05-01T00:00:00+02:00")
JUNE = parse_iso("2026-06-01T00:00:00+02:00")


class TestVersions:
    def test_s22_a_file_is_in_force_from_the_earliest_of_its_policies(self) -> None:
        desk = book(FROM_MAY, ALWAYS_ON)
        assert matched(desk, Ticket(), MAY - 1) == "base"
        assert matched(desk, Ticket(), MAY) == "may"
        assert desk.version_at(MAY - 1).policies[0].name == "base"
        assert desk.version_at(MAY).version == desk.versions[1].version == desk.current_version

    def test_s22_inside_a_file_each_policy_waits_for_its_own_date(self) -> None:
        desk = book(FROM_MAY, ALWAYS_ON)
        stranger = Ticket(customer="globex")
        assert matched(desk, stranger, MAY - 1) == "base"
        assert matched(desk, stranger, MAY) is None
        assert matched(desk, stranger, JUNE) == "june"

    def test_the_switches_are_when_another_policy_comes_into_force(self) -> None:
        assert book(ALWAYS_ON).switches == ()
        assert book(FROM_MAY).switches == (MAY, JUNE)
        assert book(FROM_MAY, ALWAYS_ON).switches == (MAY, JUNE)

    def test_a_policy_that_a_later_file_overtakes_never_comes_into_force(self) -> None:
        middle = "{timezone: Europe/Madrid, policies: [{name: mid, effective: 2026-05-15, objectives: {}}]}"
        desk = book(FROM_MAY, middle)
        assert desk.switches == (MAY, parse_iso("2026-05-15T00:00:00+02:00"))
        assert matched(desk, Ticket(customer="globex"), JUNE) == "mid"

    def test_a_file_may_say_from_when_on_it_holds_as_a_whole(self) -> None:
        policies = (
            "policies: [{name: base, effective: 2026-01-01, objectives: {}}, {name: rest, objectives: {}}]"
        )
        [dated] = book(f"timezone: Europe/Madrid\neffective: 2026-05-01\n{policies}").versions
        assert dated.starts == parse_iso("2026-05-01T00:00:00+02:00")
        assert dated.version == version(f"timezone: Europe/Madrid\n{policies}")

    def test_the_same_content_may_be_in_force_twice(self) -> None:
        name = "policies: [{{name: {}, objectives: {{}}}}]".format
        desk = book(name("a"), f"effective: 2026-05-01\n{name('b')}", f"effective: 2026-06-01\n{name('a')}")
        first, second, third = desk.versions
        assert first.version == third.version != second.version
        assert [matched(desk, Ticket(), of.starts) for of in desk.versions[1:]] == ["b", "a"]
        assert first.calendars["24x7"] is second.calendars["24x7"] is third.calendars["24x7"]

    def test_before_the_first_version_nothing_matches(self) -> None:
        desk = book(FROM_MAY)
        assert matched(desk, Ticket(), MAY - 1) is None
        assert desk.version_at(MAY - 1) is desk.versions[0]

    def test_one_policy_without_a_date_puts_its_file_in_force_for_ever(self) -> None:
        desk = book("""
policies:
  - {name: later, effective: 2026-05-01, objectives: {}}
  - {name: always, objectives: {}}
""")
        assert desk.versions[0].starts == ALWAYS
        assert matched(desk, Ticket(), -(1 << 60)) == "always"
        assert matched(desk, Ticket(), MAY + DAY) == "later"

    def test_settings_are_those_of_the_version(self) -> None:
        desk = book(FROM_MAY, ALWAYS_ON)
        assert desk.settings.retention == 30 * DAY
        assert desk.version_at(NOW).settings.retention == 90 * DAY

    def test_two_files_in_force_from_the_same_instant_are_refused(self) -> None:
        with pytest.raises(PolicyError, match="'base' and 'rest' are both in force always"):
            book(ALWAYS_ON, "{timezone: Europe/Madrid, policies: [{name: rest, objectives: {}}]}")
        with pytest.raises(PolicyError, match="both in force from 2026-04-30T22:00:00Z: give"):
            book(FROM_MAY, FROM_MAY)

    def test_files_that_report_in_different_zones_are_refused(self) -> None:
        with pytest.raises(PolicyError, match="Europe/Lisbon and Europe/Madrid"):
            book(ALWAYS_ON.replace("Madrid", "Lisbon"), FROM_MAY)

    def test_a_book_without_files_is_refused(self) -> None:
        with pytest.raises(PolicyError, match="no policy file"):
            PolicyBook.from_files([])

    def test_a_policy_is_found_by_its_citation(self) -> None:
        desk = book(FROM_MAY, ALWAYS_ON)
        policy = desk.versions[0].policies[0]
        assert desk.policy(policy.version, "base") is policy
        assert desk.zone.key == "Europe/Madrid"
        assert desk.priorities == ("P1", "P2", "P3", "P4")

    def test_a_citation_of_an_unknown_version_says_which_there_are(self) -> None:
        desk = book(ALWAYS_ON)
        with pytest.raises(KeyError, match=f"the versions at hand are {desk.current_version}"):
            desk.policy("0123456789ab", "base")


CONTENT = (
    OFFICE
    + """
policies:
  - name: all
    match: {customer: acme}
    calendar: office
    objectives: {resolution: {target: 90m, warn_at: [75%], goal: 90%}}
"""
)


def version(text: str) -> str:
    return book(text).current_version


class TestContentVersion:
    def test_it_is_twelve_hex_digits_and_cited_by_every_policy(self) -> None:
        desk = book(CONTENT)
        assert len(bytes.fromhex(desk.current_version)) == 6
        assert {policy.version for policy in desk.versions[0].policies} == {desk.current_version}

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("policies:", "# a comment\npolicies:"),
            ("target: 90m, warn_at: [75%]", "warn_at: 75.0%, target: 1h30m"),
            ("customer: acme", "customer: [acme]"),
            ("goal: 90%", "goal: 90%, reopen: continue, on_change: retroactive"),
            ("policies:", "retention: 90 days\nmax_skew: 300s\npolicies:"),
            ("mon-fri:", "tue-fri: ['09:00-18:00'], mon:"),
            ("office: {", "office: {timezone: Europe/Madrid, "),
        ],
    )
    def test_another_way_to_write_the_same_is_the_same_version(self, old: str, new: str) -> None:
        assert CONTENT.replace(old, new, 1) != CONTENT
        assert version(CONTENT.replace(old, new, 1)) == version(CONTENT)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("90m", "91m"),
            ("75%", "80%"),
            ("goal: 90%", "goal: 90%, pause_on: none"),
            ("goal: 90%", "goal: 90%, on_change: from_now"),
            ("customer: acme", "customer: globex"),
            ("Europe/Madrid", "Europe/Lisbon"),
            ("09:00-18:00", "09:00-17:00"),
            ("name: all", "name: every"),
            ("policies:", "retention: 91 days\npolicies:"),
            ("policies:", "max_skew: 6m\npolicies:"),
            ("policies:", "history_events: 999\npolicies:"),
            ("policies:", "fcr_window: 48h\npolicies:"),
            ("policies:", "period_grace: 1h\npolicies:"),
            ("policies:", "alert_horizon: 1h\npolicies:"),
            ("policies:", "reopen_within: 4 working days\npolicies:"),
            ("policies:", "silence_after: {zammad: 1h}\npolicies:"),
            ("policies:", "hold_reasons: {Wait: waiting_customer}\npolicies:"),
            ("policies:", "exclusions: [{from: 2026-01-01, to: 2026-01-02, reason: storm}]\npolicies:"),
        ],
    )
    def test_whatever_changes_a_figure_is_another_version(self, old: str, new: str) -> None:
        assert version(CONTENT.replace(old, new, 1)) != version(CONTENT)
