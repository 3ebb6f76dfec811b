"""Notifications under crashes, failures, storms and holds: what S44 and S45 promise, whatever comes in what order.

A Hypothesis machine lets alerts come (again, overtaken, re-read after a crash), time pass, far ends fail and mutes
begin and end, and stops the process at any point: before a row is written, between intent and send, between send and
outcome. Far ends record what they took; they deduplicate nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from monitor.channel_rules import RetryBudget
from monitor.notice_step import Delivery, Failure, NoticeStep
from schemas.alerts import Alert, AlertState
from schemas.instants import DAY, HOUR, MINUTE, SECOND, Micros, from_micros
from schemas.notices import Mute
from tests.monitor.notice_desk import Desk, alert, rules_of

PLAIN = "slack:desk"  # nothing holds it back but mutes
QUIET = "teams:acme"  # rests for ten minutes of each hour, except for P1
CHANNELS = (PLAIN, QUIET)
LIMIT = 2
MUTED = "globex"

Told = tuple[str, str, int]  # channel, alert, revision
# By revision from 1: episode and state. Each first end has two openings before it, so that one of them is heard even
# when the other is overtaken.
_LIFE: tuple[tuple[int, AlertState], ...] = (
    *((1, "at_risk"), (1, "breached"), (1, "resolved"), (1, "retracted")),
    *((2, "at_risk"), (2, "breached"), (2, "cancelled")),
    *((3, "at_risk"), (3, "breached"), (3, "resolved")),
)
_HOURS = {"mon-sun": [f"{hour:02}:20-{hour:02}:30" for hour in range(24)]}
RULES = rules_of(
    channels={PLAIN: {}, QUIET: {"quiet_hours": {"hours": _HOURS, "except": ["P1"]}}},
    storm_limit=LIMIT,
    retries=RetryBudget(attempts=10**9, lasts=1000 * DAY),
)


class Crash(Exception):
    """The process stopped."""


class Notifications(RuleBasedStateMachine):
    """A process that is stopped and started, between a topic of alerts and two far ends."""

    numbers: Bundle[int] = Bundle("numbers")

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(RULES)
        self.topic: list[Alert] = []
        self.read = 0  # how far the process has read the topic
        self.steps_left = -1  # until the crash; negative is none
        self.failing: set[str] = set()
        self.crashes = 0
        self.unanswered: dict[str, Delivery] = {}  # taken by a far end, and its outcome not written
        self.took: list[tuple[Micros, Delivery]] = []
        self.mutes: list[tuple[int, Micros]] = []  # what had been taken before it, and its end
        self.repeatable: Counter[Told] = Counter()  # what a crash has left in doubt

    # The process, one step after the other.

    def _step(self) -> None:
        if self.steps_left == 0:
            raise Crash
        self.steps_left -= 1

    def _write(self, step: NoticeStep) -> None:
        self._step()
        self.desk.write(step)

    def _post(self, delivery: Delivery) -> None:
        self._step()
        if delivery.channel in self.failing:
            step = self.desk.notices.failed(delivery.key, Failure("down"), self.desk.now, 0.5)
        else:
            self.took.append((self.desk.now, delivery))
            self.unanswered[delivery.key] = delivery
            step = self.desk.notices.delivered(delivery.key, self.desk.now)
        self._write(step)
        self.unanswered.pop(delivery.key, None)

    def _run(self) -> None:
        """Reads what is new on the topic and sends what is due, until nothing is left or the process stops."""
        try:
            while self.read < len(self.topic):
                self._write(self.desk.notices.hear(self.topic[self.read], CHANNELS, self.desk.now))
                self.read += 1
            while (step := self.desk.notices.due(self.desk.now)).sends:
                self._write(step)
                for delivery in step.sends:
                    self._post(delivery)
            self._write(step)
        except Crash:
            self._restart()

    def _restart(self) -> None:
        self.crashes += 1
        for delivery in self.unanswered.values():
            self.repeatable.update(_told(delivery))
        self.unanswered.clear()
        self.desk.crash()
        self.read = max(0, self.read - 3)  # the position in the topic was committed some records ago
        self.steps_left = -1

    # What may happen.

    @rule(target=numbers, customer=st.sampled_from(["acme", MUTED]))
    def an_alert_begins(self, customer: str) -> int:
        number = len(self.topic)
        self.topic.append(self._alert(number, 1, customer))
        return number

    @rule(how_many=st.integers(3, 6), after=st.integers(0, 20))
    def a_storm_comes_and_the_process_stops(self, how_many: int, after: int) -> None:
        self.topic += [self._alert(len(self.topic) + more, 1, "acme") for more in range(how_many)]
        self.steps_left = after
        self._run()
        self.steps_left = -1

    @rule(number=numbers, overtaking=st.booleans())
    def an_alert_goes_on(self, number: int, *, overtaking: bool) -> None:
        """The next revision; when it overtakes, the one after it comes first and it comes too late."""
        known = [one for one in self.topic if one.ticket_id == f"INC-{number}"]
        revision = max(one.revision for one in known) + 1
        if revision + overtaking > len(_LIFE):
            return
        for one in (revision + 1, revision) if overtaking else (revision,):
            self.topic.append(self._alert(number, one, known[0].customer))

    def _alert(self, number: int, revision: int, customer: str) -> Alert:
        priority = "P1" if number % 3 == 0 else "P2"
        episode, state = _LIFE[revision - 1]
        return alert(
            number,
            revision,
            state,
            episode=episode,
            customer=customer,
            priority=priority,
            detected_at=self._at(),
        )

    @rule(number=numbers)
    def an_alert_comes_again(self, number: int) -> None:
        self.topic.append(next(one for one in self.topic if one.ticket_id == f"INC-{number}"))

    @rule(span=st.sampled_from([SECOND, 20 * SECOND, MINUTE, 7 * MINUTE]))
    def time_passes(self, span: Micros) -> None:
        self.desk.now += span

    @rule(channel=st.sampled_from(CHANNELS))
    def a_far_end_fails_or_heals(self, channel: str) -> None:
        self.failing ^= {channel}

    @rule(minutes=st.integers(1, 15))
    def somebody_mutes_a_customer(self, minutes: int) -> None:
        until = self.desk.now + minutes * MINUTE
        mute = Mute(mute_id=str(len(self.mutes)), until=from_micros(until), by="ann", customer=MUTED)
        self.desk.write(self.desk.notices.mute(mute, self.desk.now))
        self.mutes.append((len(self.took), until))

    @rule()
    def the_process_works(self) -> None:
        self._run()

    @rule()
    def the_process_is_stopped_at_rest(self) -> None:
        self._restart()

    @rule(after=st.integers(0, 12))
    def the_process_stops_while_it_works(self, after: int) -> None:
        self.steps_left = after
        self._run()
        self.steps_left = -1

    # What holds at any time.

    @invariant()
    def s44_storms_are_singles_up_to_the_limit_and_one_digest_a_minute(self) -> None:
        singles = Counter((d.channel, at // MINUTE) for at, d in self.took if not d.digest)
        digests = Counter((d.channel, at // MINUTE) for at, d in self.took if d.digest)
        # A step that was computed and not written is forgotten with all it counted, but it has sent nothing.
        assert max(singles.values(), default=0) <= LIMIT
        assert max(digests.values(), default=0) <= 1

    @invariant()
    def s44_nothing_is_repeated_but_what_a_crash_left_in_doubt(self) -> None:
        for told, times in self._told().items():
            assert 1 <= times <= 1 + self.repeatable[told] <= 1 + self.crashes

    @invariant()
    def s45_nothing_goes_out_that_is_held_back(self) -> None:
        for position, (at, delivery) in enumerate(self.took):
            for item in delivery.items:
                if delivery.channel == QUIET and item.alert.priority != "P1":
                    assert not 20 * MINUTE <= at % HOUR < 30 * MINUTE
                if item.alert.customer == MUTED:
                    assert not any(first <= position and at < end for first, end in self.mutes)

    @invariant()
    def s44_revisions_are_told_in_order(self) -> None:
        last: dict[tuple[str, str], int] = {}
        for _, delivery in self.took:
            for item in delivery.items:
                about = (delivery.channel, item.alert.alert_id)
                assert item.alert.revision >= last.get(about, 0)
                last[about] = item.alert.revision

    # What holds in the end, once every far end is up again.

    def teardown(self) -> None:
        self.failing.clear()
        self._run()
        for _ in range(1000):
            due = self.desk.notices.next_due
            if due is None:
                break
            self.desk.now = max(self.desk.now, due)
            self._run()
        assert self.desk.notices.next_due is None
        assert self.desk.undelivered == []
        self._every_revision_arrived_that_was_never_held_back()
        self._what_was_open_is_known_to_be_open_and_what_is_over_to_be_over()
        self._nothing_is_kept_of_what_is_over()

    def _every_revision_arrived_that_was_never_held_back(self) -> None:
        told = self._told()
        for one in self._news():
            if one.customer != MUTED:
                assert told[PLAIN, one.alert_id, one.revision] >= 1
                if one.priority == "P1":
                    assert told[QUIET, one.alert_id, one.revision] >= 1

    def _what_was_open_is_known_to_be_open_and_what_is_over_to_be_over(self) -> None:
        """The latest revision was told, unless it ends an episode of which nothing was."""
        told = self._told()
        for last in {one.alert_id: one for one in self._news()}.values():
            for channel in CHANNELS:
                known = [
                    revision for where, what, revision in told if (where, what) == (channel, last.alert_id)
                ]
                unheard = last.episode not in [_LIFE[revision - 1][0] for revision in known]
                assert last.revision in known or (unheard and not _opens(last))

    def _nothing_is_kept_of_what_is_over(self) -> None:
        still_open = {
            one.alert_id for one in {it.alert_id: it for it in self._news()}.values() if _opens(one)
        }
        kept = {key.rpartition(b"|")[2].decode() for key in self.desk.rows if key.startswith(b"notice|")}
        assert kept == still_open

    def _news(self) -> list[Alert]:
        """What the topic holds less what was overtaken or came again."""
        highest: dict[str, int] = {}
        news = []
        for one in self.topic:
            if one.revision > highest.get(one.alert_id, 0):
                highest[one.alert_id] = one.revision
                news.append(one)
        return news

    def _told(self) -> Counter[Told]:
        return Counter(told for _, delivery in self.took for told in _told(delivery))

    def _at(self) -> Any:
        return from_micros(self.desk.now)


def _opens(one: Alert) -> bool:
    return one.state in ("at_risk", "breached")


def _told(delivery: Delivery) -> list[Told]:
    return [(delivery.channel, item.alert.alert_id, item.alert.revision) for item in delivery.items]


TestNotifications = Notifications.TestCase
TestNotifications.settings = settings(max_examples=100, stateful_step_count=30)
