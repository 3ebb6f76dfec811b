"""What people say about notices."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from schemas.notices import Acknowledgement, Mute

SOON = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_s45_a_mute_has_an_end_and_never_silences_everything() -> None:
    assert Mute(mute_id="m", until=SOON, by="ann", customer="acme").until == SOON
    with pytest.raises(ValidationError, match="it never silences everything"):
        Mute(mute_id="m", until=SOON, by="ann")
    with pytest.raises(ValidationError, match="until"):
        Mute.model_validate({"mute_id": "m", "by": "ann", "customer": "acme"})
    with pytest.raises(ValidationError, match="timezone"):
        Mute(mute_id="m", until=SOON.replace(tzinfo=None), by="ann", customer="acme")


def test_s45_an_acknowledgement_names_the_revision_that_was_seen() -> None:
    with pytest.raises(ValidationError, match="revision"):
        Acknowledgement.model_validate({"alert_id": "a", "by": "ann"})
