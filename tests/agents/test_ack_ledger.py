"""Acknowledged batches: a finished front that never passes a hole."""

from __future__ import annotations

from dataclasses import dataclass

from agents.ack_ledger import AckLedger


@dataclass(eq=False)
class Batch:
    end: int


def test_nothing_is_done_before_an_ack() -> None:
    ledger: AckLedger[str] = AckLedger()
    ledger.delivered("p", Batch(10))

    assert ledger.done("p") is None
    assert ledger.places() == []


def test_done_is_the_end_of_the_acked_batch() -> None:
    ledger: AckLedger[str] = AckLedger()
    batch = Batch(10)
    ledger.delivered("p", batch)

    assert ledger.ack("p", batch)
    assert ledger.done("p") == 10
    assert ledger.places() == ["p"]


def test_an_early_ack_waits_for_the_batches_before_it() -> None:
    ledger: AckLedger[str] = AckLedger()
    first, second, third = Batch(10), Batch(20), Batch(30)
    for batch in (first, second, third):
        ledger.delivered("p", batch)

    ledger.ack("p", second)
    assert ledger.done("p") is None
    ledger.ack("p", first)
    assert ledger.done("p") == 20


def test_an_ack_of_a_batch_from_before_a_reset_is_ignored() -> None:
    ledger: AckLedger[str] = AckLedger()
    old, again = Batch(10), Batch(10)
    ledger.delivered("p", old)
    ledger.reset()
    ledger.delivered("p", again)

    assert not ledger.ack("p", old)
    assert ledger.done("p") is None


def test_an_ack_of_an_unknown_partition_is_ignored() -> None:
    assert not AckLedger[str]().ack("p", Batch(1))


def test_a_second_ack_changes_nothing() -> None:
    ledger: AckLedger[str] = AckLedger()
    first, second = Batch(10), Batch(20)
    ledger.delivered("p", first)
    ledger.delivered("p", second)
    ledger.ack("p", first)

    assert not ledger.ack("p", first)
    assert ledger.done("p") == 10


def test_a_reset_of_one_partition_keeps_the_others() -> None:
    ledger: AckLedger[str] = AckLedger()
    batches = {"p": Batch(1), "q": Batch(2)}
    for place, batch in batches.items():
        ledger.delivered(place, batch)
        ledger.ack(place, batch)

    ledger.reset(["p", "unknown"])

    assert (ledger.done("p"), ledger.done("q")) == (None, 2)
