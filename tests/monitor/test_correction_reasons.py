from __future__ import annotations

import pytest

from monitor.correction_reasons import correction_reason
from schemas.events import EVENT_TYPES
from schemas.reasons import CorrectionReason

EXPECTED = {
    "reopened": "reopened",
    "waived": "waived",
    "rated": "rated",
    "priority_changed": "priority_changed",
    "cancelled": "ended",
    "merged": "ended",
}


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_s57_an_event_in_order_corrects_for_what_it_is_and_one_out_of_order_for_being_late(
    event_type: str,
) -> None:
    assert correction_reason(event_type, {"subject": "VPN"}, in_order=True) == EXPECTED.get(
        event_type, "late_event"
    )
    assert correction_reason(event_type, {"customer": "zeta"}, in_order=False) is CorrectionReason.LATE_EVENT


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"customer": "zeta", "priority": "P1"}, CorrectionReason.CUSTOMER_CHANGED),
        ({"due": {}, "priority": "P1"}, CorrectionReason.PRIORITY_CHANGED),
        ({"due": {}}, CorrectionReason.DUE_CHANGED),
        ({"subject": "VPN down"}, CorrectionReason.LATE_EVENT),
    ],
)
def test_s57_an_update_corrects_for_the_attribute_that_reaches_back(
    data: dict[str, object], reason: CorrectionReason
) -> None:
    assert correction_reason("updated", data, in_order=True) is reason


def test_s57_a_creation_that_comes_first_but_late_is_late_and_changes_no_customer() -> None:
    assert correction_reason("created", {"customer": "acme"}, in_order=True) is CorrectionReason.LATE_EVENT


def test_s57_a_tombstone_ends_its_ticket() -> None:
    assert correction_reason("deleted", {}, in_order=True) is CorrectionReason.ENDED
