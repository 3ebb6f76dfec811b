"""What there is to say about a ticket, from wherever it is known."""

from __future__ import annotations

import pytest

from monitor.explained_tickets import Explainer, missing_cycles
from monitor.policies import PolicyBook
from monitor.ticket_history import History, play
from schemas.explanations import Explanation, Origin
from schemas.instants import parse_iso
from tests.builders import OFFICE, book, lines

BOOK = book()
ORIGIN = Origin(kind="files", places=["a.jsonl"], records=1)
URGENT = book("policies: [{name: a, objectives: {resolution: {target: {P1: 2h, P3: 8h}}}}]")
CREATED = "2026-03-02T09:00:00+01:00 created INC-1"


def played(*timeline: str, until: str | None = None, policies: PolicyBook = BOOK) -> History:
    return play(lines(timeline), "INC-1", policies, until=None if until is None else parse_iso(until))


def told(found: History, policies: PolicyBook = BOOK) -> Explanation:
    assert found.ticket is not None
    explainer = Explainer(policies, "en", found.letters)
    return explainer.of_ticket(found.ticket, ORIGIN, found.watermark, found.results)


def outcomes(explanation: Explanation) -> dict[tuple[str, int], str]:
    return {(clock.objective, clock.cycle): clock.outcome for clock in explanation.clocks}


def test_every_clock_is_explained_the_running_ones_up_to_the_end_of_time() -> None:
    found = told(
        played(
            CREATED,
            "2026-03-02T09:10:00+01:00 responded INC-1",
            "2026-03-02T10:00:00+01:00 customer_replied INC-1",
            until="2026-03-02T10:30:00+01:00",
        )
    )
    assert outcomes(found) == {
        ("first_response", 1): "met",
        ("next_response", 1): "running",
        ("resolution", 1): "running",
    }
    assert [clock.elapsed_seconds for clock in found.clocks] == [600, 1800, 5400]
    assert [clock.revision for clock in found.clocks] == [1, 0, 0]
    assert (found.standing, found.consistent, found.timezone) == ("judged", True, "Europe/Madrid")
    assert [happening.type for happening in found.happenings] == ["created", "responded", "customer_replied"]


def test_a_missed_clock_that_runs_on_says_how_late_it_is_in_open_time() -> None:
    found = told(played(CREATED, until="2026-03-03T10:00:00+01:00"))
    (resolution,) = [clock for clock in found.clocks if clock.objective == "resolution"]
    assert (resolution.outcome, resolution.stopped_at, resolution.late_seconds) == ("missed", None, 3600)
    assert resolution.sums.counted_seconds == resolution.elapsed_seconds == 8 * 3600


@pytest.mark.parametrize("held", ["updated INC-1 category=vpn", "held INC-1 reason=waiting_vendor"])
def test_s20_a_clock_missed_by_a_change_is_late_by_what_exceeds_its_target(held: str) -> None:
    """Four hours had been counted, and two were promised, when it became urgent; on hold it counts no further."""
    found = told(
        played(
            "2026-03-02T09:00:00+01:00 created INC-1 priority=P3",
            f"2026-03-02T13:00:00+01:00 {held}",
            "2026-03-02T13:00:00+01:00 priority_changed INC-1 priority=P1",
            until="2026-03-02T14:00:00+01:00",
            policies=URGENT,
        ),
        URGENT,
    )
    (clock,) = found.clocks
    counted = 4 if held.startswith("held") else 5
    assert (clock.reason, clock.late_seconds) == ("on_change", (counted - 2) * 3600)


def test_s31_a_clock_that_proves_never_to_have_run_is_listed_as_withdrawn_and_adds_up() -> None:
    """Its target had been scaled (S20) when the late event un-made it, and nothing is left that could tell how."""
    policies = book(
        "policies: [{name: a, objectives: {next_response: {target: {P2: 8h, P3: 4h}, on_change: from_now}}}]"
    )
    found = told(
        played(
            "2026-03-02T08:00:00Z created INC-1 priority=P2",
            "2026-03-02T08:30:00Z responded INC-1",
            "2026-03-02T09:00:00Z customer_replied INC-1",
            "2026-03-02T11:00:00Z priority_changed INC-1 priority=P3",
            "2026-03-02T12:00:00Z responded INC-1",
            "2026-03-02T08:45:00Z resolved INC-1",
            policies=policies,
        ),
        policies,
    )
    assert [(clock.outcome, clock.reason) for clock in found.clocks] == [("cancelled", "superseded")]
    assert found.consistent


def test_s32_a_provisional_ticket_says_until_when_its_created_may_come() -> None:
    found = told(played("2026-03-02T09:10:00+01:00 responded INC-1"))
    assert (found.standing, found.clocks, found.ticket.customer) == ("provisional", [], None)
    assert str(found.kept_until) == "2026-05-31 08:10:00+00:00"


def test_s23_a_ticket_without_policy_says_what_each_policy_wanted() -> None:
    policies = book(
        OFFICE.replace("    calendar: office\n", "    match: {customer: globex}\n    calendar: office\n", 1)
    )
    found = told(played(CREATED, policies=policies), policies)
    assert found.standing == "no_policy"
    assert [(miss.attribute, miss.wanted, miss.found) for miss in found.misses] == [
        ("customer", ["globex"], ["acme"])
    ]


def test_s23_a_ticket_whose_priority_is_promised_nothing_says_so() -> None:
    found = told(played(f"{CREATED} priority=P9", policies=(policies := _without_next_response())), policies)
    assert found.standing == "nothing_promised"
    assert [miss.attribute for miss in found.misses] == [None]


def _without_next_response() -> PolicyBook:
    return book(OFFICE.replace("      next_response: {target: 1h}\n", ""))


def test_s31_a_clock_that_a_late_event_un_made_is_shown_as_superseded() -> None:
    found = told(
        played(
            CREATED,
            "2026-03-02T09:10:00+01:00 responded INC-1",
            "2026-03-02T10:00:00+01:00 customer_replied INC-1",
            "2026-03-02T11:30:00+01:00 responded INC-1",
            "2026-03-02T09:50:00+01:00 resolved INC-1",
        )
    )
    (ghost,) = [clock for clock in found.clocks if clock.objective == "next_response"]
    assert (ghost.outcome, ghost.reason, ghost.rows) == ("cancelled", "superseded", [])
    assert found.consistent


def test_s34_a_ticket_that_has_left_the_state_is_explained_by_its_results() -> None:
    policies = book(f"retention: 1 day\n{OFFICE}")
    timeline = (
        CREATED,
        "2026-03-02T09:10:00+01:00 responded INC-1",
        "2026-03-02T10:00:00+01:00 resolved INC-1",
    )
    still = told(played(*timeline, policies=policies), policies)
    left = played(*timeline, until="2026-03-05T10:00:00+01:00", policies=policies)
    assert left.ticket is None
    found = Explainer(policies, "en").of_results("INC-1", left.results, ORIGIN)
    assert found.standing == "left_state"
    assert found.clocks == still.clocks
    assert (found.ticket.customer, found.ticket.priority) == ("acme", "P2")


def test_s38_clocks_that_the_state_has_let_go_come_from_the_results_or_are_named() -> None:
    policies = book(f"history_events: 8\n{OFFICE}")
    timeline = [CREATED, "2026-03-02T09:01:00+01:00 responded INC-1"]
    for minute in range(120):
        clock = f"2026-03-02T{10 + minute // 60}:{minute % 60:02}"
        timeline += [
            f"{clock}:10+01:00 customer_replied INC-1",
            f"{clock}:40+01:00 responded INC-1",
        ]
    found = played(*timeline, policies=policies)
    assert found.ticket is not None
    gone = missing_cycles(found.ticket)
    assert ("next_response", 1) in gone
    assert told(found, policies).missing_cycles == []
    assert set(gone) <= set(outcomes(told(found, policies)))
    found.results.clear()
    assert "next_response:1" in told(found, policies).missing_cycles


def test_a_ticket_of_a_policy_that_is_not_at_hand_cannot_be_counted() -> None:
    found = played(CREATED)
    other = book(OFFICE.replace("name: standard", "name: other"))
    with pytest.raises(KeyError, match="standard"):
        told(found, other)
    assert found.ticket is not None
    with pytest.raises(ValueError, match="without its policies"):
        Explainer(None, "en").of_ticket(found.ticket, ORIGIN, found.watermark)


def test_what_the_source_promised_is_an_instant_among_the_events() -> None:
    found = told(played(f'{CREATED} due={{"resolution":"2026-03-03T12:00:00+01:00"}}'))
    assert str(found.happenings[0].data["due"]) == (
        "{'resolution': datetime.datetime(2026, 3, 3, 11, 0, tzinfo=datetime.timezone.utc)}"
    )


def test_s24_a_merged_ticket_names_the_one_that_goes_on() -> None:
    merged = "2026-03-02T09:20:00+01:00 merged INC-1 into=INC-77"
    ticket = told(played(CREATED, merged)).ticket
    assert (ticket.ended, ticket.merged_into) == ("merged", "INC-77")
    cancelled = told(played(CREATED, merged.replace("merged", "cancelled"))).ticket
    assert (cancelled.ended, cancelled.merged_into) == ("cancelled", None)
