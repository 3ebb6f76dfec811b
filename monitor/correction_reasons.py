"""Which word says why an event corrected a closed period (S57)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.reasons import CorrectionReason

_OF_TYPE: Final = {
    "reopened": CorrectionReason.REOPENED,
    "waived": CorrectionReason.WAIVED,
    "rated": CorrectionReason.RATED,
    "priority_changed": CorrectionReason.PRIORITY_CHANGED,
    "cancelled": CorrectionReason.ENDED,
    "merged": CorrectionReason.ENDED,
    "deleted": CorrectionReason.ENDED,
}
# Of an update that changes several at once, the first of these.
_OF_ATTRIBUTE: Final = {
    "customer": CorrectionReason.CUSTOMER_CHANGED,
    "priority": CorrectionReason.PRIORITY_CHANGED,
    "due": CorrectionReason.DUE_CHANGED,
}


def correction_reason(event_type: str, data: Mapping[str, object], *, in_order: bool) -> CorrectionReason:
    """The reason of what an event changed in closed periods; `in_order` when it is the latest of its ticket.

    An event that belongs before others is late, whatever it says. So is the latest of its ticket that is dated in a
    closed period itself: it may be the ticket's first. A tombstone is `deleted`.
    """
    if not in_order:
        return CorrectionReason.LATE_EVENT
    if event_type == "updated":
        changed = (reason for name, reason in _OF_ATTRIBUTE.items() if name in data)
        return next(changed, CorrectionReason.LATE_EVENT)
    return _OF_TYPE.get(event_type, CorrectionReason.LATE_EVENT)
