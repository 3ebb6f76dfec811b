"""The deadlines behind alerts as they were written, for measuring how late people hear of a breach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from schemas.instants import Micros, parse_iso


class _Breach(msgspec.Struct):
    """The few fields of `schemas.alerts.Alert` that are looked at."""

    state: str = ""
    historical: bool = True
    breached_at: str | None = None


_DECODER = msgspec.json.Decoder(_Breach)


def breach_deadlines(alerts: Iterable[tuple[bytes, bytes]]) -> Iterator[Micros]:
    """The deadline of each breach that is announced now; at-risk and historical alerts have none."""
    for _, value in alerts:
        alert = _DECODER.decode(value)
        if alert.state == "breached" and not alert.historical and alert.breached_at is not None:
            yield parse_iso(alert.breached_at)
