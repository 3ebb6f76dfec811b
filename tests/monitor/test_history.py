"""The events a ticket keeps."""

from __future__ import annotations

from monitor import history
from monitor.tickets import Event, Ticket


def _event(number: int, text: str = "") -> Event:
    return Event(number, 0, 1, f"e{number}", {"queue": text} if text else {})


def test_what_is_appended_is_read_back_in_its_order() -> None:
    ticket = Ticket(ticket_id="INC-1")
    for number in (1, 2, 3):
        history.append(ticket, _event(number))
    assert history.events(ticket) == [_event(1), _event(2), _event(3)]
    assert ticket.history_count == 3


def test_an_empty_history_has_no_events() -> None:
    assert history.events(Ticket(ticket_id="INC-1")) == []


def test_what_replaces_it_is_all_of_it() -> None:
    ticket = Ticket(ticket_id="INC-1")
    history.append(ticket, _event(1))
    history.replace(ticket, [_event(2), _event(3)])
    assert history.events(ticket) == [_event(2), _event(3)]


def test_s30_an_event_is_known_by_its_whole_id() -> None:
    ticket = Ticket(ticket_id="INC-1")
    history.append(ticket, _event(12, text="e345"))
    assert history.knows(ticket, "e12")
    assert not history.knows(ticket, "e1")  # a part of another's id
    assert not history.knows(ticket, "e345")  # in the bytes, but as something else


def test_s30_a_forgotten_event_is_still_known() -> None:
    ticket = Ticket(ticket_id="INC-1")
    history.forget(ticket, [_event(1), _event(2)])
    history.forget(ticket, [_event(3)])
    assert [number for number in range(5) if history.knows(ticket, f"e{number}")] == [1, 2, 3]
    assert len(ticket.forgotten) == 24


def test_s38_what_is_forgotten_has_an_end() -> None:
    ticket = Ticket(ticket_id="INC-1")
    gone = [_event(number) for number in range(10_000)]
    history.forget(ticket, gone)
    assert len(ticket.forgotten) < 64 * 1024
    assert history.knows(ticket, "e9999")
    assert not history.knows(ticket, "e0")


def test_s38_it_is_too_long_by_number_or_by_size() -> None:
    ticket = Ticket(ticket_id="INC-1")
    history.replace(ticket, [_event(number) for number in range(15)])
    assert not history.too_long(ticket, 10)
    history.append(ticket, _event(16))
    assert history.too_long(ticket, 10)
    history.replace(ticket, [_event(1, text="x" * history.HISTORY_BYTES)])
    assert history.too_long(ticket, 10)
