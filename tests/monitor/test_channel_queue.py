"""One channel: storms, failures, retries and dead letters (S44), with a far end that is a list."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.channel_rules import RetryBudget
from monitor.notice_step import Delivery, Failure
from schemas.instants import HOUR, MINUTE, SECOND
from schemas.reasons import SendReason, UndeliveredReason
from tests.monitor.notice_desk import BEGIN, CHANNEL, Desk, alert, items, refuses, rules_of, told

OTHER = "teams:acme"


def storm_desk(limit: int = 2, **settings: Any) -> Desk:
    return Desk(rules_of(storm_limit=limit, **settings))


def reject_ticket(number: int, failure: Failure) -> Any:
    def answer(delivery: Delivery) -> Failure | None:
        return failure if any(ticket == f"INC-{number}" for ticket, _, _ in told(delivery)) else None

    return answer


def test_s44_a_revision_goes_out_once_per_channel() -> None:
    desk = Desk(rules_of(channels={CHANNEL: {}, OTHER: {}}))
    desk.tell(alert(1), alert(1))
    assert [(sent.channel, *told(sent)) for sent in desk.got] == [
        (CHANNEL, ("INC-1", 1, 0)),
        (OTHER, ("INC-1", 1, 0)),
    ]
    desk.tell(alert(1), alert(1, 2, "breached"))
    assert items(desk.got[2:]) == [("INC-1", 2, 0)] * 2
    assert desk.count("dropped", "already_heard") == 2


def test_s44_a_revision_that_was_overtaken_is_not_told() -> None:
    desk = Desk()
    assert items(desk.tell(alert(1, 2, "breached"), alert(1))) == [("INC-1", 2, 0)]


def test_s44_revisions_of_an_alert_go_out_in_order_also_when_the_first_one_fails() -> None:
    desk = Desk()
    desk.answers[CHANNEL] = refuses
    assert desk.tell(alert(1), alert(1, 2, "breached")) == []
    del desk.answers[CHANNEL]
    assert items(desk.wait(MINUTE)) == [("INC-1", 1, 0), ("INC-1", 2, 0)]


def test_s44_nothing_goes_out_while_its_first_try_is_on_the_way() -> None:
    desk = Desk()
    desk.hear(alert(1))
    (sent,) = desk.write(desk.notices.due(desk.now)).sends
    desk.hear(alert(1, 2, "breached"))
    assert desk.write(desk.notices.due(desk.now)).sends == []
    desk.post(sent)
    assert items(desk.send()) == [("INC-1", 2, 0)]


def test_s44_a_failed_channel_holds_up_no_other() -> None:
    desk = Desk(rules_of(channels={CHANNEL: {}, OTHER: {}}))
    desk.answers[CHANNEL] = refuses
    assert [sent.channel for sent in desk.tell(*map(alert, range(5)))] == [OTHER] * 5


def test_s44_a_notice_that_always_fails_holds_up_no_other_alert_of_its_channel() -> None:
    desk = Desk()
    desk.answers[CHANNEL] = reject_ticket(1, Failure("timeout"))
    desk.tell(alert(1), alert(2), alert(3))
    desk.wait(MINUTE)
    assert sorted(items(desk.got)) == [("INC-2", 1, 0), ("INC-3", 1, 0)]


def test_s44_the_probe_of_a_failing_channel_is_what_failed_least() -> None:
    desk = Desk()
    desk.answers[CHANNEL] = reject_ticket(1, Failure("timeout"))
    desk.tell(alert(1, priority="P1"))
    desk.hear(alert(2, priority="P3"))
    assert items(desk.wait(SECOND)) == [("INC-2", 1, 0)]
    assert len([sent for sent in desk.tried if told(sent)[0][0] == "INC-1"]) <= 2


def test_s44_the_wait_behind_an_earlier_revision_is_not_taken_from_the_budget() -> None:
    desk = Desk(rules_of(retries=RetryBudget(attempts=10_000, lasts=HOUR)))
    desk.answers[CHANNEL] = refuses
    desk.tell(alert(1), alert(1, 2, "breached"))
    desk.wait(HOUR + 10 * MINUTE)
    assert [[item.alert.revision for item in letter.items] for letter in desk.undelivered] == [[1]]
    del desk.answers[CHANNEL]
    assert items(desk.wait(10 * MINUTE)) == [("INC-1", 2, 0)]


def test_s44_retries_back_off_by_doubling_limits_and_the_jitter_that_is_given() -> None:
    desk = Desk(rules_of(retries=RetryBudget(first=SECOND, longest=10 * SECOND, attempts=99)))
    desk.answers[CHANNEL] = refuses
    desk.tell(alert(1))
    waits = []
    for _ in range(6):
        due = desk.notices.next_due
        assert due is not None
        waits.append((due - desk.now) / SECOND)
        desk.now = due
        desk.send()
    assert waits == [0.5, 1, 2, 4, 5, 5]  # half of 1, 2, 4, 8, 10, 10
    assert desk.count("sent", "retry") == 6


@pytest.mark.parametrize(
    ("failures", "jitter", "wait"), [(1, 0.0, 0), (1, 0.25, 250_000), (200, 0.5, 150 * SECOND)]
)
def test_s44_full_jitter_draws_from_nothing_up_to_the_limit(failures: int, jitter: float, wait: int) -> None:
    assert RetryBudget().wait(failures, jitter) == wait


def test_s44_the_far_end_may_ask_for_more_patience() -> None:
    desk = Desk()
    desk.answers[CHANNEL] = lambda _: Failure("429 Too Many Requests", retry_after=90 * SECOND)
    desk.tell(alert(1))
    assert desk.notices.next_due == BEGIN + 90 * SECOND
    desk.hear(alert(2))
    desk.now += MINUTE
    assert desk.send() == []
    assert len(desk.tried) == 1


def test_s44_a_failing_channel_is_probed_with_one_send_and_then_catches_up() -> None:
    desk = Desk()
    desk.answers[CHANNEL] = refuses
    desk.tell(*map(alert, range(5)))
    assert len(desk.tried) == 5  # they had all set out when the first one failed
    desk.tell(*map(alert, range(5, 10)))
    assert len(desk.tried) == 5
    desk.now += 10 * SECOND
    desk.send()
    assert len(desk.tried) == 6
    del desk.answers[CHANNEL]
    assert len(items(desk.wait(MINUTE))) == 10


def test_s44_a_volley_that_fails_together_is_one_failure_of_the_channel() -> None:
    desk = Desk()
    desk.hear(*map(alert, range(10)))
    sends = desk.write(desk.notices.due(desk.now)).sends
    desk.now += SECOND
    for sent in sends:
        desk.write(desk.notices.failed(sent.key, Failure("timeout"), desk.now, 0.5))
    assert desk.notices.next_due == desk.now + SECOND // 2


def test_s44_what_is_refused_for_good_is_dead_lettered_at_once_and_counted() -> None:
    desk = Desk()
    desk.answers[CHANNEL] = reject_ticket(1, Failure("400 invalid_blocks", permanent=True))
    assert items(desk.tell(alert(1), alert(2))) == [("INC-2", 1, 0)]
    (letter,) = desk.undelivered
    assert (letter.channel, letter.reason, letter.error) == (
        CHANNEL,
        UndeliveredReason.REJECTED,
        "400 invalid_blocks",
    )
    assert [item.alert.ticket_id for item in letter.items] == ["INC-1"]
    assert desk.count("undelivered", "rejected") == 1
    assert len(desk.tried) == 2


def test_s44_after_the_retry_budget_a_notice_is_dead_lettered_and_counted() -> None:
    desk = Desk(rules_of(retries=RetryBudget(attempts=3)))
    desk.answers[CHANNEL] = refuses
    desk.tell(alert(1))
    desk.wait(HOUR)
    assert [(letter.reason, letter.error) for letter in desk.undelivered] == [
        (UndeliveredReason.RETRIES_SPENT, "503 Service Unavailable")
    ]
    assert len(desk.tried) == 3
    del desk.answers[CHANNEL]
    assert desk.wait(HOUR) == []
    assert items(desk.tell(alert(1, 2, "breached"))) == [("INC-1", 2, 0)]


def test_s44_what_waited_too_long_behind_a_dead_channel_is_dead_lettered_too() -> None:
    desk = Desk(rules_of(retries=RetryBudget(attempts=10_000, lasts=HOUR)))
    desk.answers[CHANNEL] = refuses
    desk.tell(alert(1))
    desk.hear(alert(2), alert(3))
    desk.wait(2 * HOUR)
    reasons = {item.alert.ticket_id: letter.reason for letter in desk.undelivered for item in letter.items}
    assert reasons.keys() == {"INC-1", "INC-2", "INC-3"}
    assert set(reasons.values()) <= {UndeliveredReason.RETRIES_SPENT, UndeliveredReason.CHANNEL_DOWN}
    assert desk.notices.next_due is None


def test_s44_above_the_storm_limit_the_rest_of_the_minute_is_one_digest() -> None:
    desk = storm_desk(limit=2)
    singles = desk.tell(*map(alert, range(7)))
    assert [sent.digest for sent in singles] == [False, False]
    desk.now += 30 * SECOND
    assert desk.tell(alert(7)) == []
    (digest,) = desk.wait(30 * SECOND)
    assert digest.digest
    assert digest.reason == SendReason.DIGEST
    assert len(digest.items) == 6
    assert (desk.count("sent", "news"), desk.count("sent", "digest"), desk.count("delivered")) == (2, 1, 8)
    assert sorted(items([*singles, digest])) == [(f"INC-{number}", 1, 0) for number in range(8)]


def test_s44_in_a_storm_the_most_urgent_go_singly() -> None:
    desk = storm_desk(limit=2)
    singles = desk.tell(
        alert(1, priority="P3"),
        alert(2, priority="P2"),
        alert(3, priority="P1"),
        alert(4, priority="other"),
        alert(5, priority="P1"),
    )
    assert items(singles) == [("INC-3", 1, 0), ("INC-5", 1, 0)]
    (digest,) = desk.wait(MINUTE)
    assert told(digest) == [("INC-2", 1, 0), ("INC-1", 1, 0), ("INC-4", 1, 0)]


def test_s44_a_digest_of_one_is_a_single_notice() -> None:
    desk = storm_desk(limit=2)
    desk.tell(*map(alert, range(3)))
    (last,) = desk.wait(MINUTE)
    assert not last.digest


def test_s44_a_long_storm_is_one_digest_a_minute_beside_the_singles() -> None:
    desk = storm_desk(limit=3)
    for number in range(60):
        desk.tell(alert(number))
        desk.wait(5 * SECOND)
    desk.wait(MINUTE)
    assert [sent.digest for sent in desk.got].count(True) == 5
    assert [sent.digest for sent in desk.got].count(False) == 15
    assert len(set(items(desk.got))) == len(items(desk.got)) == 60


def test_s44_the_storm_limit_is_that_of_each_channel() -> None:
    desk = Desk(rules_of(storm_limit=2, channels={CHANNEL: {}, OTHER: {}}))
    sent = desk.tell(*map(alert, range(5)))
    assert sorted(delivery.channel for delivery in sent) == [CHANNEL, CHANNEL, OTHER, OTHER]


def test_s44_the_storm_limit_outlives_a_restart() -> None:
    desk = storm_desk(limit=2)
    desk.tell(alert(1), alert(2))
    desk.crash()
    assert desk.tell(alert(3), alert(4)) == []
    assert len(desk.wait(MINUTE)) == 1


def test_s44_a_digest_that_fails_is_tried_again_whole_under_its_key() -> None:
    desk = storm_desk(limit=2)
    desk.tell(*map(alert, range(5)))
    desk.answers[CHANNEL] = refuses
    desk.wait(MINUTE)
    first = desk.tried[-1]
    assert first.digest
    del desk.answers[CHANNEL]
    (again,) = desk.wait(2 * MINUTE)
    assert (again.key, again.items, again.reason) == (first.key, first.items, SendReason.RETRY)


def test_s44_a_digest_in_doubt_waits_for_the_next_minute() -> None:
    desk = storm_desk(limit=2)
    desk.tell(*map(alert, range(5)))
    desk.now += MINUTE
    (digest,) = desk.write(desk.notices.due(desk.now)).sends
    desk.crash()
    assert desk.send() == []
    (again,) = desk.wait(MINUTE)
    assert (again.key, again.items, again.reason) == (digest.key, digest.items, SendReason.IN_DOUBT)


def test_s44_a_retry_over_the_limit_waits_for_its_minute_and_keeps_its_key() -> None:
    desk = storm_desk(limit=2)
    desk.answers[CHANNEL] = reject_ticket(1, Failure("timeout"))
    desk.tell(alert(1), alert(2))
    del desk.answers[CHANNEL]
    desk.tell(alert(3))
    desk.now += 10 * SECOND
    assert desk.send() == []
    after = desk.wait(MINUTE)
    assert {sent.key for sent in after} == {
        f"{CHANNEL}|INC-1:resolution:1|1|0",
        f"{CHANNEL}|INC-3:resolution:1|1|0",
    }


def test_s44_after_an_outage_what_has_piled_up_meets_the_storm_limit() -> None:
    desk = storm_desk(limit=2)
    desk.answers[CHANNEL] = refuses
    desk.tell(alert(0))
    desk.hear(*map(alert, range(1, 50)))
    desk.wait(10 * MINUTE)
    del desk.answers[CHANNEL]
    sent = desk.wait(10 * MINUTE)
    assert [delivery.digest for delivery in sent].count(True) == 1
    assert len(items(sent)) == len(set(items(sent))) == 50


def test_an_outcome_of_nothing_that_is_on_its_way_is_an_error() -> None:
    desk = Desk()
    with pytest.raises(KeyError):
        desk.notices.delivered(f"{CHANNEL}|INC-1:resolution:1|1|0", desk.now)
    with pytest.raises(KeyError):
        desk.notices.failed("elsewhere|x", Failure("late"), desk.now, 0.5)
