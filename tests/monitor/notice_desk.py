"""A desk that carries out what the rules of notifications ask for: rows kept, sends made, crashes suffered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from monitor.channel_rules import ChannelRules, RetryBudget, channel_rules
from monitor.notice_step import Delivery, Failure, Item, NoticeStep, Undelivered
from monitor.notices import Notices
from schemas.alerts import Alert, AlertState
from schemas.instants import MINUTE, Micros, from_micros, parse_iso
from schemas.notices import Acknowledgement, Mute
from schemas.policy import PolicyFile

BEGIN: Micros = parse_iso("2026-03-02T09:00:00Z")  # a Monday
CHANNEL = "slack:desk"

Answer = Callable[[Delivery], Failure | None]


def rules_of(**settings: Any) -> dict[str, ChannelRules]:
    """The rules of a file with these `channels`, all of them routed to, and these other settings."""
    channels = settings.pop("channels", {CHANNEL: {}})
    retries = settings.pop("retries", RetryBudget())
    file = {
        "priorities": ["P1", "P2", "P3"],
        "policies": [{"name": "all", "objectives": {}}],
        "routes": [{"to": list(channels)}],
        "channels": channels,
    }
    return channel_rules(PolicyFile.model_validate(file | settings), retries)


def alert(number: int, revision: int = 1, state: AlertState = "at_risk", **fields: Any) -> Alert:
    """A transition of the alert of ticket INC-`number`; detected at BEGIN unless it says otherwise."""
    values: dict[str, Any] = {
        "alert_id": f"INC-{number}:resolution:1",
        "revision": revision,
        "episode": 1,
        "state": state,
        "threshold": 1.0,
        "ticket_id": f"INC-{number}",
        "customer": "acme",
        "priority": "P2",
        "tier": 1,
        "queue": None,
        "assignee": None,
        "objective": "resolution",
        "cycle": 1,
        "due_at": None,
        "breached_at": None,
        "detected_at": from_micros(BEGIN),
        "elapsed_seconds": 60,
        "historical": False,
        "reason": "deadline",
        "stopped_at": None,
        "doubtful": None,
        "policy": "all",
        "policy_version": "0123456789ab",
        "subject": "VPN down",
        "url": None,
    }
    return Alert.model_validate(values | fields)


def told(delivery: Delivery) -> list[tuple[str, int, int]]:
    """What a delivery says: ticket, revision and repeat of each item."""
    return [(item.alert.ticket_id, item.alert.revision, item.repeat) for item in delivery.items]


def accepts(delivery: Delivery) -> Failure | None:
    """A far end that takes everything."""
    return None if delivery.items else Failure("an empty notification", permanent=True)


def refuses(_: Delivery) -> Failure | None:
    """A far end that is down."""
    return Failure("503 Service Unavailable")


class Desk:
    """Notifications with a far end for each channel and rows that outlive a crash; time is moved by hand."""

    def __init__(self, rules: dict[str, ChannelRules] | None = None) -> None:
        self.rules = rules or rules_of()
        self.now = BEGIN
        self.jitter = 0.5
        self.answers: dict[str, Answer] = {}
        self.got: list[Delivery] = []  # what the far ends took
        self.tried: list[Delivery] = []
        self.undelivered: list[Undelivered] = []
        self.counters: Counter[tuple[str, ...]] = Counter()
        self.rows: dict[bytes, bytes] = {}
        self.notices = Notices(self.rules)

    def write(self, step: NoticeStep) -> NoticeStep:
        """Keeps the rows of a step, and what it counts."""
        for key, row in step.rows:
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        self.counters.update(step.counters)
        self.undelivered += step.undelivered
        return step

    def hear(self, *alerts: Alert) -> None:
        """Alerts for every channel, without sending anything yet."""
        for one in alerts:
            self.write(self.notices.hear(one, self.rules, self.now))

    def send(self) -> list[Delivery]:
        """Sends what is due, and what the outcomes make due; what the far ends took."""
        before = len(self.got)
        while sends := self.write(self.notices.due(self.now)).sends:
            for delivery in sends:
                self.post(delivery)
        return self.got[before:]

    def post(self, delivery: Delivery) -> None:
        """Makes one send and gives back its outcome."""
        self.tried.append(delivery)
        failure = self.answers.get(delivery.channel, accepts)(delivery)
        if failure is None:
            self.got.append(delivery)
            self.write(self.notices.delivered(delivery.key, self.now))
        else:
            self.write(self.notices.failed(delivery.key, failure, self.now, self.jitter))

    def tell(self, *alerts: Alert) -> list[Delivery]:
        """Alerts, heard and sent."""
        self.hear(*alerts)
        return self.send()

    def wait(self, span: Micros) -> list[Delivery]:
        """Lets time pass and sends at every instant at which something is due; what the far ends took."""
        end, before = self.now + span, len(self.got)
        while (at := self.notices.next_due) is not None and at <= end:
            self.now = max(self.now, at)
            self.send()
        self.now = end
        return self.got[before:]

    def crash(self) -> None:
        """Loses everything but the rows."""
        self.notices = Notices(self.rules)
        self.notices.restore(self.rows.items())

    def acknowledge(self, number: int, revision: int = 1) -> None:
        """Somebody has seen the alert of INC-`number`."""
        seen = Acknowledgement(alert_id=f"INC-{number}:resolution:1", revision=revision, by="ann")
        self.write(self.notices.acknowledge(seen))

    def mute(self, minutes: int, mute_id: str = "m", **what: Any) -> None:
        """Mutes something for so long from now."""
        until = from_micros(self.now + minutes * MINUTE)
        self.write(self.notices.mute(Mute(mute_id=mute_id, until=until, by="ann", **what), self.now))

    def count(self, *words: str, channel: str = CHANNEL) -> int:
        """A counter of the channel: what happened, and why."""
        return self.counters[words[0], channel, *words[1:]]


def items(deliveries: list[Delivery]) -> list[tuple[str, int, int]]:
    """What several deliveries say, in order."""
    return [item for delivery in deliveries for item in told(delivery)]


def states(deliveries: list[Delivery]) -> list[tuple[str, AlertState]]:
    """The ticket and state of everything that several deliveries say, in order."""
    said: list[Item] = [item for delivery in deliveries for item in delivery.items]
    return [(item.alert.ticket_id, item.alert.state) for item in said]
