"""What one channel is to be notified of, when, and what becomes of each send (S44, S45).

Where the rules are silent, this chooses:

* **The minute of the storm limit** is that of the clock. The first notices of a minute go singly, the most urgent
  first; the rest goes out as one digest when the minute is over. A digest of one is a single notice.
* **A failing channel is probed**: after a failure one send at a time, not before the backoff of the channel is over,
  the notice that failed least often first, so that one that always fails stops nobody. With the first success the
  queue goes on, and what has piled up meets the storm limit. A volley that fails together counts as one failure.
* **The budget** of a notice is used up by its own failures, or when it was due too long ago and the channel fails.
* **A crash** leaves intents without an outcome. Their sends are made once more under the same key, singly or as the
  same digest, and count as in doubt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import chain
from typing import Final

from monitor import standings
from monitor.channel_rules import ChannelRules
from monitor.notice_rows import ChannelRow, Notice, Standing, channel_key, notice_key, pack
from monitor.notice_step import Delivery, Failure, Item, NoticeStep, Undelivered
from monitor.tickets import NEVER
from schemas.alerts import Alert
from schemas.instants import MINUTE, Micros
from schemas.reasons import DropReason, HoldReason, SendReason, UndeliveredReason

Muted = Callable[[Standing, Micros], Micros | None]
"""Until when an alert is muted at an instant; None when it is not."""

_Group = list[Standing]
_SINGLE: Final = 0


class ChannelQueue:
    """One channel's alerts, what they wait for, and what is on its way; owned by one `Notices`."""

    def __init__(self, name: str, rules: ChannelRules, muted: Muted) -> None:
        self.name = name
        self._rules = rules
        self._muted = muted
        self._row = ChannelRow()
        self._standings: dict[str, Standing] = {}
        self._heap: list[tuple[Micros, str]] = []
        self._planned: dict[str, Micros] = {}  # what of the heap still holds
        self._ready: dict[str, None] = {}  # due, but for the storm limit or a failing channel
        self._in_flight: dict[str, _Group] = {}  # by key of the delivery
        self._resume: Micros = NEVER  # when the ready ones may be looked at again
        self._changed: dict[str, None] = {}
        self._row_changed = False

    def restore_row(self, row: ChannelRow) -> None:
        """Takes the channel's own row."""
        self._row = row

    def restore(self, standing: Standing) -> None:
        """Takes the row of an alert; an intent without an outcome becomes a send in doubt."""
        standings.in_doubt(standing)
        self._standings[standing.alert_id] = standing
        self._plan(standing)

    @property
    def next_due(self) -> Micros:
        """When `due` has something to do, unless something is heard before; NEVER when nothing waits."""
        heap = self._heap
        while heap and self._planned.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        soonest = min(self._resume, heap[0][0] if heap else NEVER)
        if self._row.failures:
            return NEVER if self._in_flight else max(soonest, self._row.not_before)
        return soonest

    def hear(self, alert: Alert, now: Micros, step: NoticeStep) -> None:
        """Takes an alert that a route leads here."""
        standing = self._standings.get(alert.alert_id)
        stale = standings.no_news(standing, alert, now)
        if stale is not None:
            self._count_dropped([stale], step)
            return
        if standing is None:
            standing = self._standings[alert.alert_id] = standings.new_standing(alert)
        self._count_dropped(standings.take(standing, alert, now), step)
        self._replan(standing)

    def acknowledge(self, alert_id: str, revision: int, step: NoticeStep) -> bool:
        """Ends the repeats of a revision; False when this channel has nothing open to acknowledge."""
        standing = self._standings.get(alert_id)
        if standing is None or not standing.open:
            return False
        self._count_dropped(standings.acknowledge(standing, revision), step)
        self._replan(standing)
        return True

    def reconsider(self) -> None:
        """Looks again at all that is held back, since a mute ended early."""
        for standing in self._standings.values():
            if standing.waiting and standing.waiting[0].held:
                standing.waiting[0].held_until = 0
                self._replan(standing)

    def due(self, now: Micros, step: NoticeStep) -> None:
        """Decides what goes out now, and writes the intents of it."""
        self._wake(now)
        row = self._row
        if not (row.failures and (self._in_flight or row.not_before > now)):
            candidates = [
                standing
                for standing in [self._standings[alert_id] for alert_id in self._ready]
                if self._turn(standing, now, step)
            ]
            self._send(candidates, now, step)
        self._resume = self._resumes(now)

    def _wake(self, now: Micros) -> None:
        while self._heap and self._heap[0][0] <= now:
            at, alert_id = heappop(self._heap)
            if self._planned.get(alert_id) == at:
                del self._planned[alert_id]
                self._ready[alert_id] = None

    def _resumes(self, now: Micros) -> Micros:
        row = self._row
        if not self._ready or (row.failures and self._in_flight):
            return NEVER  # an outcome looks again
        return row.not_before if row.not_before > now else (row.minute + 1) * MINUTE

    def _turn(self, standing: Standing, now: Micros, step: NoticeStep) -> bool:
        """Whether an alert's next notice may go now; else it is dropped, held back or planned."""
        if standings.next_repeat(standing, self._rules.repeat_after) <= now:
            standings.repeat(standing, now)
            self._changed[standing.alert_id] = None
        while standing.waiting:
            held = self._held(standing, now)
            if held is not None and len(standing.waiting) == 1:
                self._hold_back(standing, *held, step)
                break
            gone = [standings.drop_head(standing)] if held is None else standings.keep_latest(standing)
            if gone == [None]:
                return True
            self._count_dropped(gone, step)
            self._changed[standing.alert_id] = None
        if not standing.waiting and standing.forget_at <= now:
            self._forget(standing)
        else:
            self._plan(standing)
        return False

    def _held(self, standing: Standing, now: Micros) -> tuple[Micros, HoldReason] | None:
        """Until when something holds back the next notice; what still does then holds it again."""
        if (muted := self._muted(standing, now)) is not None:
            return muted, HoldReason.MUTED
        quiet = self._rules.quiet_until(now, standing.waiting[0].priority)
        return None if quiet is None else (quiet, HoldReason.QUIET_HOURS)

    def _hold_back(self, standing: Standing, until: Micros, reason: HoldReason, step: NoticeStep) -> None:
        if standings.hold(standing.waiting[0], until):
            step.counters["held", self.name, reason] += 1
        self._changed[standing.alert_id] = None

    def _forget(self, standing: Standing) -> None:
        del self._standings[standing.alert_id]
        self._ready.pop(standing.alert_id, None)
        self._planned.pop(standing.alert_id, None)
        self._changed[standing.alert_id] = None

    def _plan(self, standing: Standing) -> None:
        """Plans when an alert is looked at again."""
        at = self._wakes(standing)
        self._ready.pop(standing.alert_id, None)
        if at == NEVER:
            self._planned.pop(standing.alert_id, None)
        else:
            self._planned[standing.alert_id] = at
            heappush(self._heap, (at, standing.alert_id))

    def _replan(self, standing: Standing) -> None:
        self._changed[standing.alert_id] = None
        self._plan(standing)

    def _wakes(self, standing: Standing) -> Micros:
        if standing.waiting:
            head = standing.waiting[0]
            return NEVER if head.in_flight else max(head.due, head.held_until, head.not_before)
        return min(standings.next_repeat(standing, self._rules.repeat_after), standing.forget_at)

    # Sending.

    def _send(self, candidates: _Group, now: Micros, step: NoticeStep) -> None:
        row = self._row
        if now // MINUTE > row.minute:
            row.minute, row.sent = now // MINUTE, 0
        digest = self._digest(candidates)
        singles = sorted((it for it in candidates if it.waiting[0].digest == _SINGLE), key=self._order)
        if row.failures:
            self._probe(digest, singles, now, step)
            return
        if digest:
            self._launch(digest, now, step)
        for standing in singles:
            if row.sent < self._rules.storm_limit:
                self._launch([standing], now, step)
            elif standing.waiting[0].fresh:  # what was tried before keeps its key, and waits
                standing.waiting[0].digest = row.minute
                self._changed[standing.alert_id] = None

    def _order(self, standing: Standing) -> tuple[int, bool, Micros, str]:
        head = standing.waiting[0]
        rank = self._rules.urgency.get(head.priority, len(self._rules.urgency))
        return rank, not head.opens, head.due, standing.alert_id

    def _digest(self, candidates: _Group) -> _Group:
        """The digest that may go in this minute: one that was tried before, else all that was left over."""
        row = self._row
        groups: defaultdict[int, _Group] = defaultdict(list)
        for standing in candidates:
            if standing.waiting[0].digest != _SINGLE and standing.waiting[0].digest < row.minute:
                groups[standing.waiting[0].digest].append(standing)
        if not groups or row.digested == row.minute:
            return []
        tried = [number for number in groups if not all(it.waiting[0].fresh for it in groups[number])]
        if tried:
            return sorted(groups[min(tried)], key=self._order)
        left_over = sorted(chain.from_iterable(groups.values()), key=self._order)
        number = max(groups) if len(left_over) > 1 else _SINGLE
        for standing in left_over:
            standing.waiting[0].digest = number
            self._changed[standing.alert_id] = None
        return left_over if number else []

    def _probe(self, digest: _Group, singles: _Group, now: Micros, step: NoticeStep) -> None:
        """Tries a failing channel with one send."""
        choices = [digest] if digest else []
        if self._row.sent < self._rules.storm_limit:
            choices += [[standing] for standing in singles]
        if choices:
            self._launch(min(choices, key=lambda group: group[0].waiting[0].failures), now, step)

    def _launch(self, group: _Group, now: Micros, step: NoticeStep) -> None:
        heads = [standing.waiting[0] for standing in group]
        number = heads[0].digest
        reason = _send_reason(heads)
        if number == _SINGLE:
            key = f"{self.name}|{group[0].alert_id}|{heads[0].revision}|{heads[0].repeat}"
            self._row.sent += 1
        else:
            key = f"{self.name}|digest|{number}"
            self._row.digested = self._row.minute
        for standing in group:
            standings.launch(standing, now)
            self._replan(standing)
        self._in_flight[key] = group
        self._row_changed = True
        step.counters["sent", self.name, reason] += 1
        items = tuple(map(Item.of, heads))
        step.sends.append(Delivery(key, self.name, reason, number != _SINGLE, items))

    # Outcomes.

    def delivered(self, key: str, now: Micros, step: NoticeStep) -> None:
        """A send succeeded; raises `KeyError` when none of that key is on its way."""
        group = self._in_flight.pop(key)
        for standing in group:
            standings.settle(standing, now)
            self._replan(standing)
        step.counters["delivered", self.name] += len(group)
        self._answered(now)

    def failed(self, key: str, failure: Failure, now: Micros, jitter: float, step: NoticeStep) -> None:
        """A send did not succeed: it is tried again or given up; raises `KeyError` as `delivered` does."""
        group = self._in_flight.pop(key)
        if failure.permanent:
            self._give_up(group, UndeliveredReason.REJECTED, failure.error, now, step)
            self._answered(now)
            return
        self._back_off(group[0].waiting[0].sent_at, failure, now, jitter)
        spent = []
        for standing in group:
            head = standing.waiting[0]
            head.in_flight, head.failures = False, head.failures + 1
            head.not_before = now + self._rules.retries.wait(head.failures, jitter)
            if head.failures >= self._rules.retries.attempts or self._overdue(head, now):
                spent.append(standing)
            self._replan(standing)
        self._give_up(spent, UndeliveredReason.RETRIES_SPENT, failure.error, now, step)
        self._wake(now)
        waited = [it for it in map(self._standings.__getitem__, self._ready) if it.waiting]
        overdue = [it for it in waited if self._overdue(it.waiting[0], now)]
        self._give_up(overdue, UndeliveredReason.CHANNEL_DOWN, failure.error, now, step)

    def _answered(self, now: Micros) -> None:
        """The far end is there: no backoff, and what waits is looked at again."""
        if self._row.failures:
            self._row.failures, self._row.not_before = 0, 0
            self._row_changed = True
        self._resume = min(self._resume, now) if self._ready else NEVER

    def _back_off(self, sent_at: Micros, failure: Failure, now: Micros, jitter: float) -> None:
        row = self._row
        if sent_at >= row.failed_at:  # else it belongs to a volley of which one has failed already
            row.failures, row.failed_at = row.failures + 1, now
        wait = max(self._rules.retries.wait(row.failures, jitter), failure.retry_after)
        row.not_before = max(row.not_before, now + wait)
        self._row_changed = True
        self._resume = row.not_before

    def _overdue(self, notice: Notice, now: Micros) -> bool:
        return now - max(notice.due, notice.held_until) > self._rules.retries.lasts

    def _give_up(
        self, group: Iterable[Standing], reason: UndeliveredReason, error: str, now: Micros, step: NoticeStep
    ) -> None:
        heads = []
        for standing in group:
            heads.append(standing.waiting[0])
            standings.settle(standing, now)
            self._replan(standing)
        if heads:
            step.counters["undelivered", self.name, reason] += len(heads)
            step.undelivered.append(Undelivered(self.name, reason, error, tuple(map(Item.of, heads))))

    def drain(self, step: NoticeStep) -> None:
        """Adds the rows that have changed since the last drain."""
        for alert_id in self._changed:
            standing = self._standings.get(alert_id)
            step.rows.append((notice_key(self.name, alert_id), None if standing is None else pack(standing)))
        if self._row_changed:
            step.rows.append((channel_key(self.name), pack(self._row)))
        self._changed.clear()
        self._row_changed = False

    def _count_dropped(self, reasons: Iterable[DropReason | None], step: NoticeStep) -> None:
        for reason in reasons:
            if reason is not None:
                step.counters["dropped", self.name, reason] += 1


def _send_reason(heads: list[Notice]) -> SendReason:
    if any(head.in_doubt for head in heads):
        return SendReason.IN_DOUBT
    if any(head.failures for head in heads):
        return SendReason.RETRY
    if heads[0].digest != _SINGLE:
        return SendReason.DIGEST
    return SendReason.REPEAT if heads[0].repeat else SendReason.NEWS
