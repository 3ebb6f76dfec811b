"""Notifications: which channel is told what, and when, given the alerts, what people say, and the time (S44, S45).

The same rows, calls and times give the same answers: `now` and the jitter of a backoff are arguments. Each call
returns a `NoticeStep`. Its rows are written before its sends are made, and the outcome of each send is given back,
so a crash at any point loses nothing and repeats at most what was on its way. `monitor/channel_queue.py` says how
one channel behaves, `monitor/standings.py` what it is told of one alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.channel_queue import ChannelQueue
from monitor.channel_rules import ChannelRules
from monitor.errors import StateUnreadable
from monitor.notice_rows import (
    ChannelRow,
    MuteRow,
    Standing,
    channel_of,
    mute_key,
    mute_of,
    notice_of,
    pack,
    unpack,
)
from monitor.notice_step import Failure, Item, NoticeStep, Undelivered
from monitor.step import Row
from monitor.tickets import NEVER
from schemas.alerts import Alert
from schemas.instants import Micros, to_micros
from schemas.notices import Acknowledgement, Mute
from schemas.reasons import UndeliveredReason


class Notices:
    """All channels of an installation; lives as long as the role that owns it."""

    def __init__(self, rules: Mapping[str, ChannelRules]) -> None:
        """Takes the rules of every channel that a route leads to; `restore` comes before anything else."""
        self._mutes: dict[str, MuteRow] = {}
        self._channels = {name: ChannelQueue(name, rule, self._muted_until) for name, rule in rules.items()}
        self._gone: dict[bytes, Standing | None] = {}  # rows of channels that no route leads to any more

    def restore(self, rows: Iterable[Row]) -> None:
        """Takes all rows, in the order in which they were written; None removes. Raises `StateUnreadable`."""
        latest = dict(rows)
        for key, value in latest.items():
            if value is not None:
                self._restore(key, value)

    def _restore(self, key: bytes, value: bytes) -> None:
        if (mute_id := mute_of(key)) is not None:
            self._mutes[mute_id] = unpack(MuteRow, key, value)
        elif (name := channel_of(key)) is not None:
            row = unpack(ChannelRow, key, value)
            if name in self._channels:
                self._channels[name].restore_row(row)
            else:
                self._gone[key] = None
        elif (named := notice_of(key)) is not None:
            standing = unpack(Standing, key, value)
            if named[0] in self._channels:
                self._channels[named[0]].restore(standing)
            else:
                self._gone[key] = standing
        else:
            raise StateUnreadable(
                f"{key.decode(errors='replace')!r} is no notification row: something else wrote to its topic"
            )

    @property
    def next_due(self) -> Micros | None:
        """When to call `due` again unless something happens before; None when nothing waits."""
        if self._gone:
            return 0
        soonest = min((channel.next_due for channel in self._channels.values()), default=NEVER)
        return None if soonest == NEVER else soonest

    def hear(self, alert: Alert, channels: Iterable[str], now: Micros) -> NoticeStep:
        """Takes an alert for the channels that its routes name; it may come again, late or out of order.

        Raises `KeyError` for a channel without rules.
        """
        step = NoticeStep()
        for name in dict.fromkeys(channels):
            self._channels[name].hear(alert, now, step)
        return self._drained(step)

    def acknowledge(self, seen: Acknowledgement) -> NoticeStep:
        """Ends the repeats of what somebody has seen, on every channel."""
        step = NoticeStep()
        known = [
            channel.acknowledge(seen.alert_id, seen.revision, step) for channel in self._channels.values()
        ]
        step.counters["acknowledged" if any(known) else "nothing_to_acknowledge",] += 1
        return self._drained(step)

    def mute(self, mute: Mute, now: Micros) -> NoticeStep:
        """Silences what a mute names until its end, or lifts it when that is past."""
        step = NoticeStep()
        before = self._mutes.pop(mute.mute_id, None)
        row = MuteRow.of(mute, to_micros(mute.until))
        if row.until > now:
            self._mutes[mute.mute_id] = row
            step.rows.append((mute_key(mute.mute_id), pack(row)))
        elif before is not None:
            step.rows.append((mute_key(mute.mute_id), None))
        if before is not None:
            for channel in self._channels.values():
                channel.reconsider()
        return self._drained(step)

    def due(self, now: Micros) -> NoticeStep:
        """What goes out now: its rows hold the intents."""
        step = NoticeStep()
        self._clear_gone(step)
        for mute_id in [name for name, mute in self._mutes.items() if mute.until <= now]:
            del self._mutes[mute_id]
            step.rows.append((mute_key(mute_id), None))
        for channel in self._channels.values():
            channel.due(now, step)
        return self._drained(step)

    def delivered(self, key: str, now: Micros) -> NoticeStep:
        """The outcome of a send that succeeded; raises `KeyError` when none of that key is on its way."""
        step = NoticeStep()
        self._channel_of(key).delivered(key, now, step)
        return self._drained(step)

    def failed(self, key: str, failure: Failure, now: Micros, jitter: float) -> NoticeStep:
        """The outcome of a send that did not; `jitter` is a random share, 0 <= `jitter` < 1 (full jitter).

        Raises `KeyError` as `delivered` does.
        """
        step = NoticeStep()
        self._channel_of(key).failed(key, failure, now, jitter, step)
        return self._drained(step)

    def _channel_of(self, key: str) -> ChannelQueue:
        return self._channels[key.partition("|")[0]]

    def _muted_until(self, standing: Standing, now: Micros) -> Micros | None:
        covering = (mute.until for mute in self._mutes.values() if mute.covers(standing))
        return max((until for until in covering if until > now), default=None)

    def _clear_gone(self, step: NoticeStep) -> None:
        """Removes what waits for channels that are there no more, so that it is not lost in silence."""
        for key, standing in self._gone.items():
            step.rows.append((key, None))
            named = notice_of(key)
            if named and standing and standing.waiting:
                items = tuple(map(Item.of, standing.waiting))
                said = f"no route leads to {named[0]} any more"
                reason = UndeliveredReason.CHANNEL_GONE
                step.undelivered.append(Undelivered(named[0], reason, said, items))
                step.counters["undelivered", named[0], reason] += len(items)
        self._gone.clear()

    def _drained(self, step: NoticeStep) -> NoticeStep:
        for channel in self._channels.values():
            channel.drain(step)
        return step
