"""The tickets of one partition: rows, tickets in use, and the heap of their deadlines."""

from __future__ import annotations

import pytest

from monitor import ticket_rows
from monitor.errors import StateUnreadable
from monitor.ticket_rows import Held, TicketRows
from monitor.tickets import NEVER, Ticket, decode_row, encode_row, row_is_open, row_next_due


def _ticket(name: str, *, created: int | None = 1, resolved: int | None = None) -> Ticket:
    return Ticket(ticket_id=name, created=created, resolved=resolved)


def _rows(**due: int) -> TicketRows:
    rows = TicketRows()
    rows.start()
    for name, instant in due.items():
        rows.put(name.encode(), Held(_ticket(name)), instant)
    return rows


def _due(rows: TicketRows, before: int) -> list[tuple[int, bytes]]:
    popped = []
    while (entry := rows.pop_due(before)) is not None:
        popped.append(entry[:2])
    return popped


def test_a_row_is_read_back_and_its_head_without_decoding() -> None:
    for resolved in (None, 5):
        row = encode_row(_ticket("a", resolved=resolved), 77)
        assert decode_row(row) == _ticket("a", resolved=resolved)
        assert (row_next_due(row), row_is_open(row)) == (77, resolved is None)


@pytest.mark.parametrize("row", [b"", b"\x01", encode_row(Ticket(ticket_id="a"), 1)[:9]])
def test_a_row_that_is_cut_off_says_so(row: bytes) -> None:
    with pytest.raises(StateUnreadable, match="cut off"):
        row_next_due(row)
    rows = TicketRows()
    rows.restore([(b"a", row)])
    with pytest.raises(StateUnreadable, match="cut off"):
        rows.start()


def test_a_row_of_another_format_says_what_to_do() -> None:
    row = b"\x09" + encode_row(_ticket("a"), 1)[1:]
    with pytest.raises(
        StateUnreadable, match="format 9, this version reads 1: run the release that wrote it"
    ):
        decode_row(row)


def test_a_damaged_row_says_what_to_do() -> None:
    with pytest.raises(StateUnreadable, match="cannot be read"):
        decode_row(encode_row(_ticket("a"), 1)[:-3])


def test_the_last_row_of_a_key_counts_and_none_removes() -> None:
    rows = TicketRows()
    rows.restore([(b"a", encode_row(_ticket("a"), 5)), (b"b", encode_row(_ticket("b"), 6))])
    rows.restore([(b"a", encode_row(_ticket("a"), 9)), (b"b", None), (b"c", None)])
    rows.start()
    assert (len(rows), rows.next_due, rows.open_tickets) == (1, 9, 1)
    assert rows.take(b"a") is not None
    assert rows.take(b"a") is None


def test_deadlines_come_in_their_order_and_ties_by_key() -> None:
    rows = _rows(c=3, a=5, b=3, later=9, never=NEVER)
    assert _due(rows, 9) == [(3, b"b"), (3, b"c"), (5, b"a")]
    assert rows.next_due == 9


def test_a_deadline_that_has_moved_is_skipped() -> None:
    rows = _rows(a=3)
    held = rows.get(b"a")
    assert held is not None
    rows.put(b"a", held, 7)
    assert (rows.next_due, rows.deadlines) == (3, 2)  # early, never late
    assert _due(rows, 7) == []
    assert _due(rows, 8) == [(7, b"a")]
    assert rows.next_due is None


def test_a_restored_ticket_is_decoded_when_its_deadline_comes() -> None:
    rows = TicketRows()
    rows.restore([(b"a", encode_row(_ticket("a"), 5))])
    rows.start()
    entry = rows.pop_due(6)
    assert entry is not None
    assert entry[2].ticket == _ticket("a")


def test_a_drain_has_each_changed_row_once_in_the_order_of_the_first_touch() -> None:
    rows = _rows(b=3, a=5)
    held = rows.get(b"b")
    assert held is not None
    rows.put(b"b", held, 4)
    before = rows.changed
    assert [(key, row and row_next_due(row)) for key, row in rows.drain()] == [(b"b", 4), (b"a", 5)]
    assert (before, rows.changed) == (True, False)
    assert rows.drain() == []


def test_open_tickets_are_counted_by_what_was_drained() -> None:
    rows = _rows(a=3, b=4)
    rows.drain()
    assert rows.open_tickets == 2
    rows.put(b"a", Held(_ticket("a", resolved=2), 3), 3)
    rows.remove(b"b")
    rows.drain()
    assert rows.open_tickets == 0


def test_a_removed_ticket_is_gone_at_once_and_its_row_at_the_drain() -> None:
    rows = _rows(a=3, new=4)
    rows.drain()
    rows.put(b"new2", Held(_ticket("new2")), 5)
    for key in (b"a", b"new", b"new2"):
        rows.remove(key)
        assert rows.get(key) is None
    assert _due(rows, 9) == []
    assert rows.drain() == [(b"a", None), (b"new", None)]  # what was never written needs no tombstone
    assert len(rows) == 0


def test_a_ticket_that_comes_back_in_the_step_it_was_removed_is_a_new_one() -> None:
    rows = _rows(a=3)
    rows.drain()
    rows.remove(b"a")
    rows.put(b"a", Held(_ticket("again")), 8)
    assert [(key, row and decode_row(row).ticket_id) for key, row in rows.drain()] == [(b"a", "again")]
    assert _due(rows, 9) == [(8, b"a")]


def test_only_so_many_stay_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_rows, "IN_USE", 1)
    rows = _rows(a=3, b=4, c=5)
    held = rows.get(b"a")
    rows.drain()
    again = rows.get(b"a")
    assert again is not held
    assert again is not None
    assert again.ticket == _ticket("a")
    assert [ticket.ticket_id for ticket in rows.tickets()] == ["a", "b", "c"]
    assert _due(rows, 9) == [(3, b"a"), (4, b"b"), (5, b"c")]
    assert rows.stored_bytes == sum(len(encode_row(_ticket(name), 0)) for name in "abc")


def test_a_heap_that_is_mostly_stale_is_built_again() -> None:
    rows = _rows(a=3, never=NEVER)
    held = rows.get(b"a")
    assert held is not None
    for due in range(20_000, 0, -1):
        rows.put(b"a", held, due)
    assert rows.deadlines > 20_000
    rows.drain()
    assert (rows.deadlines, rows.next_due) == (1, 1)
