"""What a partition was handed: without gaps, without repeats, in steps of any size."""

from __future__ import annotations

import pytest

from agents.record_queue import RecordQueue, RecordsLost
from monitor.errors import StateUnreadable
from tests.agents.fakes import event


def offsets(queue: RecordQueue, limit: int) -> list[int]:
    return [record.offset for record in queue.take(limit)[0]]


def test_a_batch_that_fits_is_handed_out_as_it_is() -> None:
    queue = RecordQueue(0)
    batch = event(0, 5)
    queue.put(batch)

    records, finished = queue.take(10)

    assert records is batch.value.records
    assert finished == [batch]
    assert queue.begun == 5


def test_a_large_batch_is_cut_and_finished_with_its_last_record() -> None:
    queue = RecordQueue(0)
    batch = event(0, 5)
    queue.put(batch)

    assert (offsets(queue, 3), queue.begun, queue.records) == ([0, 1, 2], 3, 2)
    records, finished = queue.take(3)

    assert [record.offset for record in records] == [3, 4]
    assert finished == [batch]


def test_small_batches_are_put_together() -> None:
    queue = RecordQueue(0)
    batches = [event(start, start + 2) for start in (0, 2, 4)]
    for batch in batches:
        queue.put(batch)

    records, finished = queue.take(5)

    assert [record.offset for record in records] == [0, 1, 2, 3, 4]
    assert finished == batches[:2]
    assert queue.records == 1


def test_a_batch_without_records_is_finished_with_what_is_before_it() -> None:
    queue = RecordQueue(0)
    marker = event(2, 2)
    marker.value.end = 3
    for batch in (event(0, 2), marker):
        queue.put(batch)

    records, finished = queue.take(2)

    assert len(records) == 2
    assert finished[-1] is marker
    assert queue.begun == 3


def test_what_was_seen_before_is_skipped() -> None:
    queue = RecordQueue(0)
    queue.start_at(3)
    queue.put(event(0, 5))

    assert offsets(queue, 10) == [3, 4]


def test_a_batch_wholly_seen_before_has_nothing_left_but_to_be_finished() -> None:
    queue = RecordQueue(0)
    queue.start_at(9)
    batch = event(0, 5)
    queue.put(batch)

    records, finished = queue.take(10)

    assert not records
    assert finished == [batch]
    assert queue.position == queue.begun == 9


def test_a_gap_before_a_batch_means_lost_records() -> None:
    queue = RecordQueue(3)
    queue.start_at(3)

    with pytest.raises(RecordsLost, match="partition 3: expected offset 3, was handed 4"):
        queue.put(event(4, 5))


def test_a_source_that_goes_back_is_another_topic() -> None:
    queue = RecordQueue(0)
    queue.start_at(100)
    batch = event(100, 100)
    batch.value.end = 7

    with pytest.raises(StateUnreadable, match="went back from offset 100 to 7"):
        queue.put(batch)


def test_starting_anew_forgets_what_waits() -> None:
    queue = RecordQueue(0)
    queue.put(event(0, 5))

    queue.start_at(2)

    assert queue.take(10) == ((), [])
    assert queue.records == 0
    queue.put(event(2, 3))
    assert offsets(queue, 10) == [2]
