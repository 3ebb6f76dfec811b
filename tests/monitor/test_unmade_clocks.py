"""Clocks that a late event un-makes, and what is published of them."""

from __future__ import annotations

from tests.monitor.engine_desk import Desk
from tests.monitor.event_strategies import strange_book


def test_s24_a_clock_that_a_late_deletion_unmakes_cites_the_policy_it_was_judged_by() -> None:
    desk = Desk(strange_book(versions=2))
    desk.tell(
        "2026-03-26T15:00:00Z created INC-1 customer=beta priority=P1",
        '2026-03-27T23:00:00Z updated INC-1 customer=acme due={"first_response":"2026-03-26T14:00:00Z"}',
    )
    acme = desk.clock("first_response")
    desk.tell("2026-03-27T15:00:00Z deleted INC-1")  # so it never came to acme
    last = [result for result in desk.results if result["objective"] == "first_response"][-1]
    assert (last["outcome"], last["reason"], last["policy"]) == ("cancelled", "superseded", "acme")
    assert [term["policy"] for term in last["evidence"]["terms"]] == ["acme"]
    assert acme.terms
