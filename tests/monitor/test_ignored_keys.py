"""Keys of events that are ignored: counted, and compared with those that the event lacks."""

from __future__ import annotations

import orjson
import pytest

from monitor.ignored_keys import IgnoredKey, IgnoredKeys
from schemas.events import decode_event

HELD = {"event_id": "e", "ticket_id": "t", "occurred_at": "2026-03-02T09:00:00Z", "type": "held"}


def of(*lines: bytes) -> list[tuple[IgnoredKey, int]]:
    keys = IgnoredKeys()
    for line in lines:
        keys.add(line, decode_event(line))
    return keys.told()


def test_a_misspelt_key_comes_before_more_frequent_ones_that_mean_nothing() -> None:
    strange = orjson.dumps(HELD | {"z9": 1})
    assert of(strange, strange, orjson.dumps(HELD | {"raeson": "waiting_customer"})) == [
        (IgnoredKey("raeson", "reason"), 1),
        (IgnoredKey("z9", None), 2),
    ]


def test_a_key_is_not_taken_for_one_that_the_event_has() -> None:
    assert of(orjson.dumps(HELD | {"reason": "x", "reasons": "y"})) == [(IgnoredKey("reasons", None), 1)]


def test_a_key_that_is_only_a_little_like_one_gets_no_hint() -> None:
    assert of(orjson.dumps(HELD | {"tension": "y"})) == [(IgnoredKey("tension", None), 1)]


@pytest.mark.parametrize("extension", [{}, {"ticket_id": "t"}])
def test_of_an_envelope_its_data_counts(extension: dict[str, str]) -> None:
    envelope = {"specversion": "1.0", "id": "e", "source": "s", "type": "held", **extension}
    assert of(orjson.dumps(envelope | {"data": HELD})) == []
    ((found, count),) = of(orjson.dumps(envelope | {"data": HELD | {"Reason": "x"}}))
    assert (found, count) == (IgnoredKey("Reason", "reason"), 1)


def test_a_key_is_counted_once_whether_or_not_the_event_has_the_right_one() -> None:
    both = orjson.dumps(HELD | {"reason": "x", "raeson": "y"})
    assert of(both, orjson.dumps(HELD | {"raeson": "y"})) == [(IgnoredKey("raeson", "reason"), 2)]


def test_an_envelope_may_say_all_that_an_event_says_and_be_nested_deep() -> None:
    deep: object = 1
    for _ in range(220):
        deep = [deep]
    envelope = HELD | {"specversion": "1.0", "type": "com.example.held", "deep": deep}
    line = orjson.dumps(envelope | {"data": HELD | {"raeson": "y"}})
    assert of(line) == [(IgnoredKey("raeson", "reason"), 1)]


def test_what_only_a_lenient_parser_reads_is_counted_too() -> None:
    line = orjson.dumps(HELD)[:-1] + b', "cost": NaN}'
    assert of(line) == [(IgnoredKey("cost", None), 1)]
