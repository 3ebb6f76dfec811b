"""What one channel is told of one alert: each revision once, repeats until acknowledged, nothing that is over.

Where S44 and S45 are silent, this chooses:

* **Revisions in order.** A later revision waits until the one before it was told or given up, so nobody reads
  "at risk" below "breached". A revision that arrives after a higher one is not told at all.
* **An end follows its beginning.** That an alert was resolved, retracted or cancelled is told to the channels that
  were, or may have been, told that it opened, also when it was noticed too late to page anyone (S37): it wakes
  nobody, and it stops people from working on what is over. All others hear nothing.
* **After a hold**, whether quiet hours or a mute, one notice tells how the alert stands now. What began and ended in
  between is dropped; the end of what had been told before is told.
* **An acknowledgement** covers the revisions up to the one that was seen, so an at-risk alert that somebody looks
  after still announces its breach, and the breach repeats until it is acknowledged too.
* **What is old is no news.** An alert detected more than `REMEMBERED` before it is first heard pages no one, and
  that long after its end it is forgotten, so that state is bounded and a topic read again from its beginning
  stays silent.
"""

from __future__ import annotations

from typing import Final

from monitor.notice_rows import Notice, Standing
from monitor.tickets import NEVER
from schemas.alerts import Alert
from schemas.instants import DAY, Micros, to_micros
from schemas.reasons import DropReason

REMEMBERED: Final[Micros] = 7 * DAY

_OPEN: Final = ("at_risk", "breached")


def new_standing(alert: Alert) -> Standing:
    """The standing of an alert that was never heard of."""
    return Standing(alert.alert_id, alert.ticket_id, alert.customer, alert.objective)


def no_news(standing: Standing | None, alert: Alert, now: Micros) -> DropReason | None:
    """Why an alert says nothing new to a channel; None when it does."""
    if standing is not None:
        return DropReason.ALREADY_HEARD if alert.revision <= standing.revision else None
    return DropReason.TOO_OLD if now - to_micros(alert.detected_at) > REMEMBERED else None


def take(standing: Standing, alert: Alert, now: Micros) -> list[DropReason]:
    """Takes a revision that is news; the reasons of what will not be told."""
    opens = alert.state in _OPEN
    standing.customer = alert.customer
    standing.revision, standing.open = alert.revision, opens
    standing.forget_at = NEVER if opens else max(now, to_micros(alert.detected_at)) + REMEMBERED
    standing.alert = b""  # what is repeated is the latest revision, once it was told
    dropped = _without_repeat(standing, DropReason.SUPERSEDED if opens else DropReason.OVER)
    if opens and alert.historical:
        return [*dropped, DropReason.HISTORICAL]
    held = bool(standing.waiting) and standing.waiting[0].held_until > now
    if held:
        dropped += [DropReason.SUPERSEDED] * len(standing.waiting)
        standing.waiting.clear()
    text = alert.model_dump_json().encode()
    standing.waiting.append(
        Notice(alert.revision, 0, alert.episode, opens, alert.priority, text, now, held=held)
    )
    return dropped


def acknowledge(standing: Standing, revision: int) -> list[DropReason]:
    """Ends the repeats of a revision and of those before it; the reasons of what will not be told."""
    standing.acknowledged = max(standing.acknowledged, revision)
    if standing.told_revision > standing.acknowledged:
        return []
    return _without_repeat(standing, DropReason.ACKNOWLEDGED)


def _without_repeat(standing: Standing, reason: DropReason) -> list[DropReason]:
    """Drops a repeat that waits; one that is on its way cannot be called back."""
    kept = [notice for notice in standing.waiting if not notice.repeat or notice.in_flight]
    dropped = len(standing.waiting) - len(kept)
    standing.waiting = kept
    return [reason] * dropped


def next_repeat(standing: Standing, repeat_after: Micros | None) -> Micros:
    """When it is told again, if nothing is heard of it; NEVER when it is over, acknowledged or not repeated."""
    if repeat_after is None or standing.waiting or not standing.alert:
        return NEVER
    if standing.acknowledged >= standing.told_revision:
        return NEVER
    return standing.told_at + repeat_after


def repeat(standing: Standing, now: Micros) -> None:
    """Queues the next repeat of what was told last."""
    standing.repeats += 1
    last = Alert.model_validate_json(standing.alert)
    standing.waiting.append(
        Notice(
            last.revision,
            standing.repeats,
            last.episode,
            opens=True,
            priority=last.priority,
            alert=standing.alert,
            due=now,
        )
    )


def drop_head(standing: Standing) -> DropReason | None:
    """Drops the next notice if it is the end of what was never told; why, or None when it is to be told."""
    head = standing.waiting[0]
    if head.opens or standing.told == head.episode:
        return None
    del standing.waiting[0]
    return DropReason.OVER if head.held else DropReason.NOT_TOLD


def keep_latest(standing: Standing) -> list[DropReason]:
    """Drops all but the latest notice, since a hold ends with how things stand; the reasons."""
    dropped = len(standing.waiting) - 1
    del standing.waiting[:dropped]
    return [DropReason.SUPERSEDED] * dropped


def hold(notice: Notice, until: Micros) -> bool:
    """Holds a notice back until an instant; whether it was not held before."""
    first = not notice.held
    notice.held, notice.held_until = True, until
    return first


def launch(standing: Standing, now: Micros) -> None:
    """Writes the intent to send the next notice into it."""
    head = standing.waiting[0]
    head.in_flight, head.in_doubt, head.sent_at = True, False, now
    if head.opens:
        standing.told = head.episode


def settle(standing: Standing, now: Micros) -> None:
    """Takes the next notice off: it was told, or given up."""
    head = standing.waiting.pop(0)
    _next_is_due(standing, now)
    if not head.opens:
        return
    if not head.repeat:
        standing.repeats = 0
    standing.told_at, standing.told_revision = now, head.revision
    standing.alert = head.alert if head.revision == standing.revision else b""


def _next_is_due(standing: Standing, now: Micros) -> None:
    """The wait behind an earlier revision is not taken from the budget of the next."""
    if standing.waiting:
        standing.waiting[0].due = max(standing.waiting[0].due, now)


def in_doubt(standing: Standing) -> None:
    """Marks what was on its way when the process stopped: it may have arrived or not, so it goes once more."""
    if standing.waiting and standing.waiting[0].in_flight:
        standing.waiting[0].in_flight, standing.waiting[0].in_doubt = False, True
