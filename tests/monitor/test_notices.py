"""All channels together: intents, crashes, rows, and channels that are there no more (S44)."""

from __future__ import annotations

import pytest

from monitor.errors import StateUnreadable
from monitor.notices import Notices
from schemas.instants import DAY, MINUTE
from schemas.reasons import SendReason, UndeliveredReason
from tests.monitor.notice_desk import CHANNEL, Desk, alert, items, refuses, rules_of, states

OTHER = "teams:acme"


def test_s44_the_intent_is_written_before_the_send_and_the_outcome_after_it() -> None:
    desk = Desk()
    desk.hear(alert(1))
    step = desk.write(desk.notices.due(desk.now))
    key = b"notice|slack:desk|INC-1:resolution:1"
    assert key in dict(step.rows)
    desk.crash()
    (again,) = desk.write(desk.notices.due(desk.now)).sends
    assert (again.key, again.reason) == (step.sends[0].key, SendReason.IN_DOUBT)
    assert key in dict(desk.write(desk.notices.delivered(again.key, desk.now)).rows)
    desk.crash()
    assert desk.send() == []


def test_s44_each_crash_repeats_what_was_on_its_way_once_and_nothing_else() -> None:
    desk = Desk()
    desk.tell(alert(1))
    desk.hear(alert(2))
    keys = []
    for _ in range(3):
        keys += [sent.key for sent in desk.write(desk.notices.due(desk.now)).sends]
        desk.crash()
    assert keys == [f"{CHANNEL}|INC-2:resolution:1|1|0"] * 3
    assert items(desk.send()) == [("INC-2", 1, 0)]
    assert desk.wait(DAY) == []


def test_s44_a_crash_before_the_intent_is_written_repeats_nothing() -> None:
    desk = Desk()
    desk.hear(alert(1))
    assert len(desk.notices.due(desk.now).sends) == 1
    desk.crash()
    assert items(desk.send()) == [("INC-1", 1, 0)]
    assert desk.count("sent", "news") == 1


def test_s44_what_was_heard_and_not_yet_sent_outlives_a_crash() -> None:
    desk = Desk()
    desk.hear(alert(1), alert(1, 2, "resolved"))
    desk.crash()
    assert states(desk.send()) == [("INC-1", "at_risk"), ("INC-1", "resolved")]


def test_s44_retries_and_backoff_outlive_a_crash() -> None:
    desk = Desk()
    desk.answers[CHANNEL] = refuses
    desk.tell(alert(1))
    due = desk.notices.next_due
    desk.crash()
    assert desk.notices.next_due == due
    assert len(desk.tried) == 1


def test_s44_the_end_of_what_was_in_doubt_is_told() -> None:
    desk = Desk()
    desk.hear(alert(1))
    assert desk.write(desk.notices.due(desk.now)).sends
    desk.crash()
    desk.mute(30, customer="acme")
    assert desk.tell(alert(1, 2, "resolved")) == []
    assert states(desk.wait(30 * MINUTE)) == [("INC-1", "resolved")]


def test_s44_a_channel_that_no_route_leads_to_any_more_dead_letters_what_waits_for_it() -> None:
    desk = Desk(rules_of(channels={CHANNEL: {}, OTHER: {}}))
    desk.answers[OTHER] = refuses
    desk.tell(alert(1), alert(2))
    desk.rules = rules_of(channels={CHANNEL: {}})
    desk.crash()
    assert desk.notices.next_due == 0
    desk.send()
    assert [(letter.channel, letter.reason, len(letter.items)) for letter in desk.undelivered] == [
        (OTHER, UndeliveredReason.CHANNEL_GONE, 1)
    ] * 2
    assert not [key for key in desk.rows if OTHER.encode() in key]
    assert desk.count("undelivered", "channel_gone", channel=OTHER) == 2


def test_an_alert_goes_to_the_channels_that_are_named_and_to_no_unknown_one() -> None:
    desk = Desk(rules_of(channels={CHANNEL: {}, OTHER: {}}))
    desk.write(desk.notices.hear(alert(1), [OTHER, OTHER], desk.now))
    assert [sent.channel for sent in desk.send()] == [OTHER]
    with pytest.raises(KeyError):
        desk.notices.hear(alert(2), ["slack:elsewhere"], desk.now)


def test_the_same_rows_and_times_give_the_same_steps() -> None:
    desk = Desk(rules_of(storm_limit=2, channels={CHANNEL: {"repeat_after": "5m"}, OTHER: {}}))
    desk.tell(*map(alert, range(7)))
    desk.hear(alert(9))
    twins = []
    for _ in range(2):
        notices = Notices(desk.rules)
        notices.restore(desk.rows.items())
        twins.append([notices.due(desk.now + n * MINUTE) for n in range(3)])
    assert twins[0] == twins[1]
    assert any(step.sends for step in twins[0])


def test_rows_are_taken_in_the_order_in_which_they_were_written() -> None:
    desk = Desk()
    log = desk.notices.hear(alert(1), [CHANNEL], desk.now).rows
    log += [(key, None) for key, _ in log]
    notices = Notices(desk.rules)
    notices.restore(log)
    assert notices.next_due is None


def test_next_due_is_none_when_nothing_waits_and_moves_with_what_does() -> None:
    desk = Desk(rules_of(channels={CHANNEL: {"repeat_after": "5m"}}))
    due = [desk.notices.next_due]
    for act in (lambda: desk.hear(alert(1)), desk.send, lambda: desk.acknowledge(1)):
        act()
        due.append(desk.notices.next_due)
    assert due == [None, desk.now, desk.now + 5 * MINUTE, None]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"\x09abc", r"'notice\|slack:desk\|a' has a format that this version cannot read"),
        (b"", "has a format"),
        (b"\x01\xc1", r"'notice\|slack:desk\|a' cannot be read"),
    ],
)
def test_a_row_that_is_none_is_refused_by_name(row: bytes, said: str) -> None:
    with pytest.raises(StateUnreadable, match=said):
        Notices(rules_of()).restore([(b"notice|slack:desk|a", row)])


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(StateUnreadable, match=r"'ticket\|1' is no notification row: something else wrote"):
        Notices(rules_of()).restore([(b"ticket|1", b"{}")])
