"""What one channel is told of one alert: news, ends, repeats, quiet hours and mutes (S45, S37)."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.channel_rules import RetryBudget
from monitor.standings import REMEMBERED
from schemas.alerts import AlertState
from schemas.instants import DAY, HOUR, MINUTE, SECOND, from_micros, iso
from tests.monitor.notice_desk import BEGIN, CHANNEL, Desk, accepts, alert, items, refuses, rules_of, states

# BEGIN is 10:00 in Madrid; the lunch break begins in four hours.
LUNCH = {"hours": {"mon-fri": ["14:00-15:00"]}, "timezone": "Europe/Madrid", "except": ["P1"]}
TO_LUNCH = 4 * HOUR


def repeating(minutes: int = 10, **settings: Any) -> Desk:
    return Desk(rules_of(channels={CHANNEL: {"repeat_after": f"{minutes}m"} | settings}))


def resting(**settings: Any) -> Desk:
    return Desk(rules_of(channels={CHANNEL: {"quiet_hours": LUNCH}}, **settings))


# News and ends.


def test_s37_a_historical_alert_pages_nobody_and_neither_does_its_end() -> None:
    desk = Desk()
    assert desk.tell(alert(1, historical=True)) == []
    assert desk.tell(alert(1, 2, "resolved")) == []
    assert desk.count("dropped", "historical") == 1
    assert desk.count("dropped", "not_told") == 1


@pytest.mark.parametrize("end", ["resolved", "retracted", "cancelled"])
def test_s37_the_end_of_what_was_told_is_told_however_late_it_was_noticed(end: AlertState) -> None:
    desk = Desk()
    desk.tell(alert(1))
    assert states(desk.tell(alert(1, 2, end, historical=True))) == [("INC-1", end)]


def test_s37_what_is_historical_is_not_repeated() -> None:
    desk = repeating()
    desk.tell(alert(1))
    assert desk.tell(alert(1, 2, "breached", historical=True)) == []
    assert desk.wait(DAY) == []


def test_s44_an_end_without_a_beginning_is_told_to_nobody() -> None:
    desk = Desk()
    assert desk.tell(alert(1, 3, "resolved")) == []
    assert desk.count("dropped", "not_told") == 1


def test_s44_the_next_episode_is_news_and_so_is_its_end() -> None:
    desk = Desk()
    desk.tell(alert(1), alert(1, 2, "resolved"), alert(1, 3, episode=2), alert(1, 4, "cancelled", episode=2))
    assert states(desk.got) == [
        ("INC-1", "at_risk"),
        ("INC-1", "resolved"),
        ("INC-1", "at_risk"),
        ("INC-1", "cancelled"),
    ]


def test_s44_the_end_of_an_episode_is_told_to_who_heard_of_that_episode() -> None:
    desk = Desk()
    desk.tell(alert(1), alert(1, 2, "resolved"))
    assert desk.tell(alert(1, 3, "breached", episode=2, historical=True)) == []
    assert desk.tell(alert(1, 4, "resolved", episode=2)) == []


def test_s44_what_corrects_an_end_is_told_too() -> None:
    desk = Desk()
    desk.tell(alert(1, 1, "breached"), alert(1, 2, "resolved"))
    assert states(desk.tell(alert(1, 3, "retracted"))) == [("INC-1", "retracted")]


def test_s44_the_end_of_what_may_have_arrived_is_told() -> None:
    desk = Desk(rules_of(retries=RetryBudget(attempts=1)))
    desk.answers[CHANNEL] = refuses
    desk.tell(alert(1))
    desk.answers[CHANNEL] = accepts
    assert len(desk.undelivered) == 1
    desk.hear(alert(1, 2, "resolved"))
    assert states(desk.wait(MINUTE)) == [("INC-1", "resolved")]


def test_s44_an_alert_that_is_old_when_first_heard_is_no_news() -> None:
    desk = Desk()
    long_ago = from_micros(BEGIN - REMEMBERED - SECOND)
    assert desk.tell(alert(1, detected_at=long_ago)) == []
    assert desk.count("dropped", "too_old") == 1
    assert desk.rows == {}


def test_s44_what_is_over_is_forgotten_and_stays_told() -> None:
    desk = Desk()
    life = [alert(1), alert(1, 2, "resolved")]
    desk.tell(*life)
    desk.wait(REMEMBERED)
    assert list(desk.rows) == [b"channel|slack:desk"]
    assert desk.notices.next_due is None
    desk.now += SECOND
    assert desk.tell(*life) == []


def test_s44_what_is_open_is_remembered() -> None:
    desk = Desk()
    desk.tell(alert(1))
    desk.wait(10 * REMEMBERED)
    assert desk.tell(alert(1)) == []
    assert states(desk.tell(alert(1, 2, "resolved"))) == [("INC-1", "resolved")]


# Repeats and acknowledgements.


def test_s45_without_repeat_after_nothing_is_repeated() -> None:
    desk = Desk()
    desk.tell(alert(1))
    assert desk.wait(30 * DAY) == []
    assert desk.notices.next_due is None


def test_s45_what_nobody_acknowledges_is_repeated_and_numbered() -> None:
    desk = repeating(10)
    desk.tell(alert(1))
    assert items(desk.wait(25 * MINUTE)) == [("INC-1", 1, 1), ("INC-1", 1, 2)]
    assert desk.count("sent", "repeat") == 2
    assert desk.notices.next_due == BEGIN + 30 * MINUTE


def test_s45_an_acknowledgement_ends_the_repeats_on_every_channel() -> None:
    desk = Desk(rules_of(channels={name: {"repeat_after": "10m"} for name in (CHANNEL, "teams:acme")}))
    desk.tell(alert(1))
    desk.wait(10 * MINUTE)
    desk.acknowledge(1)
    desk.crash()
    assert desk.wait(DAY) == []


def test_s45_an_acknowledged_warning_still_becomes_a_breach_that_repeats() -> None:
    desk = repeating(10)
    desk.tell(alert(1))
    desk.acknowledge(1)
    desk.tell(alert(1, 2, "breached"))
    assert items(desk.wait(10 * MINUTE)) == [("INC-1", 2, 1)]
    desk.acknowledge(1, revision=1)  # of the warning, late
    assert items(desk.wait(10 * MINUTE)) == [("INC-1", 2, 2)]
    desk.acknowledge(1, revision=2)
    assert desk.wait(DAY) == []


def test_s45_an_acknowledgement_of_nothing_is_counted() -> None:
    desk = repeating()
    desk.acknowledge(1)
    desk.tell(alert(1), alert(1, 2, "resolved"))
    desk.acknowledge(1, revision=2)
    assert desk.counters["nothing_to_acknowledge",] == 2
    assert desk.counters["acknowledged",] == 0


def test_s45_an_acknowledgement_drops_the_repeat_that_still_waits() -> None:
    desk = repeating(10)
    desk.tell(alert(1))
    desk.answers[CHANNEL] = refuses
    desk.wait(10 * MINUTE)
    desk.acknowledge(1)
    desk.answers[CHANNEL] = accepts
    assert desk.wait(DAY) == []
    assert desk.count("dropped", "acknowledged") == 1


@pytest.mark.parametrize(("state", "reason"), [("breached", "superseded"), ("resolved", "over")])
def test_s45_news_takes_the_place_of_a_repeat_that_still_waits(state: AlertState, reason: str) -> None:
    desk = repeating(10)
    desk.tell(alert(1))
    desk.answers[CHANNEL] = refuses
    desk.wait(10 * MINUTE)
    desk.hear(alert(1, 2, state))
    desk.answers[CHANNEL] = accepts
    assert items(desk.wait(2 * MINUTE)) == [("INC-1", 2, 0)]
    assert desk.count("dropped", reason) == 1


def test_s45_each_revision_counts_its_own_repeats() -> None:
    desk = repeating(10)
    desk.tell(alert(1))
    desk.wait(25 * MINUTE)
    desk.tell(alert(1, 2, "breached"))
    assert items(desk.wait(10 * MINUTE)) == [("INC-1", 2, 1)]


@pytest.mark.parametrize("fields", [{"state": "resolved"}, {"state": "breached", "historical": True}])
def test_s45_what_was_overtaken_while_on_its_way_is_not_repeated(fields: dict[str, Any]) -> None:
    desk = repeating(10)
    desk.hear(alert(1))
    (sent,) = desk.write(desk.notices.due(desk.now)).sends
    desk.hear(alert(1, 2, **fields))
    desk.post(sent)
    desk.send()
    assert {repeat for _, _, repeat in items(desk.wait(6 * HOUR))} == set()


def test_s45_what_is_over_is_not_repeated() -> None:
    desk = repeating(10)
    desk.tell(alert(1), alert(1, 2, "resolved"))
    assert desk.wait(DAY) == []


def test_s45_repeats_go_on_after_a_restart_at_their_time() -> None:
    desk = repeating(10)
    desk.tell(alert(1))
    desk.wait(6 * MINUTE)
    desk.crash()
    assert desk.send() == []
    assert items(desk.wait(4 * MINUTE)) == [("INC-1", 1, 1)]


def test_s45_repeats_count_against_the_storm_limit() -> None:
    desk = Desk(rules_of(channels={CHANNEL: {"repeat_after": "10m"}}, storm_limit=2))
    desk.tell(*map(alert, range(6)))
    desk.wait(9 * MINUTE)
    sent = desk.wait(3 * MINUTE)
    assert len(items(sent)) == 6
    assert {repeat for _, _, repeat in items(sent)} == {1}
    assert len(sent) < 6


# Quiet hours.


def test_s45_quiet_hours_hold_back_until_their_end_in_local_time() -> None:
    desk = resting()
    desk.wait(TO_LUNCH - SECOND)
    assert len(desk.tell(alert(1))) == 1
    desk.wait(SECOND)
    assert desk.tell(alert(2)) == []
    assert desk.count("held", "quiet_hours") == 1
    assert iso(desk.notices.next_due or 0) == "2026-03-02T14:00:00Z"
    assert desk.wait(HOUR - SECOND) == []
    assert states(desk.wait(SECOND)) == [("INC-2", "at_risk")]


def test_s45_the_priorities_that_are_named_get_through_quiet_hours() -> None:
    desk = resting()
    desk.wait(TO_LUNCH)
    assert items(desk.tell(alert(1, priority="P1"), alert(2, priority="P2"))) == [("INC-1", 1, 0)]


def test_s45_a_held_alert_that_becomes_urgent_gets_through_at_once() -> None:
    desk = resting()
    desk.wait(TO_LUNCH)
    desk.tell(alert(1, priority="P3"))
    assert states(desk.tell(alert(1, 2, "breached", priority="P1"))) == [("INC-1", "breached")]
    assert desk.wait(HOUR) == []


def test_s45_what_began_and_ended_in_quiet_hours_is_dropped() -> None:
    desk = resting()
    desk.wait(TO_LUNCH)
    desk.tell(alert(1), alert(1, 2, "breached"))
    desk.tell(alert(1, 3, "resolved"))
    assert desk.wait(HOUR) == []
    assert desk.count("dropped", "superseded") == 2
    assert desk.count("dropped", "over") == 1


def test_s45_what_is_still_open_after_quiet_hours_is_told_as_it_stands() -> None:
    desk = resting()
    desk.wait(TO_LUNCH)
    desk.tell(alert(1))
    desk.tell(alert(1, 2, "breached"))
    assert states(desk.wait(HOUR)) == [("INC-1", "breached")]
    assert states(desk.tell(alert(1, 3, "resolved"))) == [("INC-1", "resolved")]


def test_s45_the_end_of_what_was_told_before_quiet_hours_is_told_after_them() -> None:
    desk = resting()
    desk.tell(alert(1))
    desk.wait(TO_LUNCH)
    assert desk.tell(alert(1, 2, "resolved")) == []
    assert states(desk.wait(HOUR)) == [("INC-1", "resolved")]


def test_s45_the_end_of_quiet_hours_is_no_storm() -> None:
    desk = resting(storm_limit=2)
    desk.wait(TO_LUNCH)
    desk.tell(*map(alert, range(10)))
    sent = desk.wait(HOUR + MINUTE)
    assert [len(delivery.items) for delivery in sent] == [1, 1, 8]


def test_s45_what_failed_before_quiet_hours_is_not_tried_in_them() -> None:
    desk = resting()
    desk.answers[CHANNEL] = refuses
    desk.wait(TO_LUNCH - SECOND)
    desk.tell(alert(1))
    desk.wait(30 * MINUTE)
    tries = len(desk.tried)
    desk.answers[CHANNEL] = accepts
    desk.wait(HOUR)
    assert [sent.key for sent in desk.tried[tries:]] == [desk.tried[0].key]
    assert desk.undelivered == []


def test_s45_a_repeat_waits_for_the_end_of_quiet_hours_and_is_one() -> None:
    desk = repeating(10, quiet_hours=LUNCH)
    desk.wait(TO_LUNCH - MINUTE)
    desk.tell(alert(1))
    assert items(desk.wait(HOUR + MINUTE)) == [("INC-1", 1, 1)]


def test_s45_holds_outlive_a_restart() -> None:
    desk = resting()
    desk.wait(TO_LUNCH)
    desk.tell(alert(1), alert(2), alert(2, 2, "resolved"))
    desk.crash()
    assert desk.send() == []
    assert states(desk.wait(HOUR)) == [("INC-1", "at_risk")]


# Mutes.


@pytest.mark.parametrize("what", [{"customer": "acme"}, {"ticket_id": "INC-1"}, {"objective": "resolution"}])
def test_s45_a_mute_silences_a_customer_a_ticket_or_an_objective_until_its_end(what: dict[str, Any]) -> None:
    desk = Desk()
    desk.mute(30, **what)
    other = alert(2, customer="globex", objective="handoff", alert_id="INC-2:handoff:1")
    assert items(desk.tell(alert(1), other)) == [("INC-2", 1, 0)]
    assert desk.count("held", "muted") == 1
    assert desk.wait(30 * MINUTE - SECOND) == []
    assert items(desk.wait(SECOND)) == [("INC-1", 1, 0)]


def test_s45_every_key_of_a_mute_must_fit() -> None:
    desk = Desk()
    desk.mute(30, customer="acme", objective="handoff")
    assert len(desk.tell(alert(1))) == 1


def test_s45_at_the_end_of_a_mute_what_is_open_is_told_and_what_is_over_is_dropped() -> None:
    desk = Desk()
    desk.mute(30, customer="acme")
    desk.tell(alert(1), alert(1, 2, "breached"), alert(2), alert(2, 2, "resolved"))
    assert states(desk.wait(30 * MINUTE)) == [("INC-1", "breached")]


def test_s45_a_mute_that_is_lifted_lets_go_at_once() -> None:
    desk = Desk()
    desk.mute(30, customer="acme")
    desk.tell(alert(1), alert(2, customer="globex"))
    desk.mute(0, customer="acme")
    desk.crash()
    assert items(desk.send()) == [("INC-1", 1, 0)]
    assert not [key for key in desk.rows if key.startswith(b"mute")]


def test_s45_a_mute_silences_the_most_urgent_too_and_its_repeats() -> None:
    desk = repeating(10, quiet_hours=LUNCH)
    desk.tell(alert(1, priority="P1"))
    desk.mute(60, ticket_id="INC-1")
    assert desk.wait(60 * MINUTE - SECOND) == []
    assert items(desk.wait(SECOND)) == [("INC-1", 1, 1)]


def test_s45_the_later_end_of_two_holds_counts() -> None:
    desk = resting()
    desk.wait(TO_LUNCH)
    desk.mute(30, customer="acme")
    desk.mute(90, "longer", ticket_id="INC-2")
    desk.tell(alert(1), alert(2))
    assert items(desk.wait(HOUR)) == [("INC-1", 1, 0)]
    assert items(desk.wait(30 * MINUTE)) == [("INC-2", 1, 0)]


def test_s45_a_mute_outlives_a_restart_and_ends() -> None:
    desk = Desk()
    desk.mute(30, customer="acme")
    desk.crash()
    assert desk.tell(alert(1)) == []
    assert len(desk.wait(30 * MINUTE)) == 1
    assert b"mute|m" not in desk.rows


def test_s45_an_end_in_the_past_that_lifts_nothing_writes_nothing() -> None:
    desk = Desk()
    desk.mute(0, customer="acme")
    assert desk.rows == {}
