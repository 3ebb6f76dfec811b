"""The settled past of a long ticket, packed, so that its thousandth event costs what its tenth did (S38).

Clocks that have ended, holds and stretches that are over and moments long filed change only when a late event, a
corrected customer or a waiver comes; then they are unpacked. Of what is older than the kept history most is let go:
its verdicts are on `sla-results`, its figures are filed. Holds and reopens outlive it, since a running clock may have to
be counted again from its start; only where they are hundreds do the oldest leave nothing but what was counted by then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from monitor import first_contact, satisfaction
from monitor.tickets import NEVER, STOPPED, Clock, Hold, Moment, OpenSpan, Ticket
from schemas.instants import Micros

_encode = msgspec.msgpack.Encoder().encode
_clocks = msgspec.msgpack.Decoder(list[Clock]).decode
_holds = msgspec.msgpack.Decoder(list[Hold]).decode
_moments = msgspec.msgpack.Decoder(list[Moment]).decode
_spans = msgspec.msgpack.Decoder(list[OpenSpan]).decode

# So many of each kind stay unpacked, and twice as many are waited for before the older half is packed.
_AT_HAND: Final = 6
# So many clocks and stretches outlive the history they came from.
_KEPT: Final = 64
# And so much of what a running clock is counted again from: some 550 holds, some 160 reopens. A row has it twice.
_HOLD_BYTES: Final = 20 * 1024
_MOMENT_BYTES: Final = 8 * 1024
_KINDS: Final = ("clocks", "holds", "moments", "spans")


def pack(ticket: Ticket, kinds: Sequence[str] = _KINDS) -> bool:
    """Packs what is settled of these kinds, once it is much; says whether it did."""
    packed = False
    for index, name in enumerate(_KINDS):
        at_hand = getattr(ticket, name)
        if name not in kinds or len(at_hand) <= 2 * _AT_HAND:
            continue
        settled, rest = _split(ticket, name, at_hand)
        if settled:
            ticket.past[index] += b"".join(map(_encode, settled))
            ticket.past_counts[index] += len(settled)
            setattr(ticket, name, rest)
            packed = True
    return packed


def _split(ticket: Ticket, name: str, items: list[Any]) -> tuple[list[Any], list[Any]]:
    """What may be packed, and what stays at hand; both in their order."""
    older, younger = items[:-_AT_HAND], items[-_AT_HAND:]
    rules: dict[str, Callable[[Any], bool]] = {
        "clocks": _clock_is_over(ticket),
        "moments": _moment_stands(ticket),
    }
    is_over = rules.get(name, _is_over)
    settled = [item for item in older if is_over(item)]
    return settled, [item for item in older if not is_over(item)] + younger


def _is_over(item: Hold | OpenSpan) -> bool:
    return item.to is not None and not getattr(item, "overrun", False)


def _moment_stands(ticket: Ticket) -> Callable[[Moment], bool]:
    """Not to be taken back by a reopen or replaced by another rating."""
    return lambda moment: (
        moment.kind != first_contact.AT_FIRST_CONTACT and not satisfaction.is_replaceable(ticket, moment)
    )


def _clock_is_over(ticket: Ticket) -> Callable[[Clock], bool]:
    """Ended, with nothing open to announce; the last of each objective stays, a reopen looks at it."""
    last: dict[int, int] = {}
    for clock in ticket.clocks:  # in any order: one that begins in the past comes before older ones
        last[clock.objective] = max(clock.cycle, last.get(clock.objective, 0))
    return lambda clock: (
        clock.mode == STOPPED and not clock.has_open_alert and clock.cycle != last[clock.objective]
    )


def unpack(ticket: Ticket) -> bool:
    """Puts everything back at hand; says whether anything was packed."""
    if not any(ticket.past_counts):
        return False
    for index, name in enumerate(_KINDS):
        setattr(ticket, name, [*_read(ticket, index), *getattr(ticket, name)])
    ticket.clocks.sort(key=lambda clock: (clock.started, clock.objective, clock.cycle))
    ticket.past = [b""] * len(_KINDS)
    ticket.past_counts = [0] * len(_KINDS)
    return True


def _read(ticket: Ticket, index: int) -> list[Any]:
    count = ticket.past_counts[index]
    if not count:
        return []
    decode: Callable[[bytes], list[Any]] = (_clocks, _holds, _moments, _spans)[index]
    return decode(_array(ticket.past[index], count))


def _array(packed: bytes, count: int) -> bytes:
    """What was appended, as one array."""
    return b"\xdd" + count.to_bytes(4, "big") + packed


def all_holds(ticket: Ticket, after: Micros = -NEVER) -> list[Hold]:
    """The holds that are kept, in their order, at least those that lasted or were resumed later than an instant.

    They are to be read only.
    """
    count = ticket.past_counts[1]
    if not count:
        return ticket.holds
    packed, reach = _packed_holds(ticket.past[1], count)
    return [*packed, *ticket.holds] if reach > after else ticket.holds


@lru_cache(maxsize=4)  # each verdict of a long ticket asks for the same ones
def _packed_holds(packed: bytes, count: int) -> tuple[list[Hold], Micros]:
    holds = _holds(_array(packed, count))
    return holds, max(hold.resumed or hold.to or NEVER for hold in holds)


def all_moments(ticket: Ticket) -> list[Moment]:
    """Every moment that is kept, in their order."""
    return [*_read(ticket, 2), *ticket.moments] if ticket.past_counts[2] else ticket.moments


def all_clocks(ticket: Ticket) -> list[Clock]:
    """Every clock that is kept."""
    return [*_read(ticket, 0), *ticket.clocks] if ticket.past_counts[0] else ticket.clocks


def let_go(ticket: Ticket) -> None:
    """Lets go of what is settled and old, in an unpacked ticket that becomes the base of its history.

    The instant up to which holds and reopens are gone then stands in `merged_to`.
    """
    is_over = _clock_is_over(ticket)
    older, younger = ticket.clocks[:-_KEPT], ticket.clocks[-_KEPT:]
    ticket.clocks = [clock for clock in older if not is_over(clock)] + younger
    ticket.spans = [span for span in ticket.spans[:-_KEPT] if not _is_over(span)] + ticket.spans[-_KEPT:]
    ticket.merged_to = max(ticket.merged_to, _let_go_of_holds(ticket), _let_go_of_moments(ticket))
    pack(ticket, ("holds",))


def _let_go_of_holds(ticket: Ticket) -> Micros:
    """Lets go of the oldest holds that are over; the instant at which the last of them ended."""
    fit = _latest_that_fit(ticket.holds, _HOLD_BYTES)
    older, younger = ticket.holds[:-fit], ticket.holds[-fit:]
    gone = [hold for hold in older if _is_over(hold)]
    ticket.holds = [hold for hold in older if not _is_over(hold)] + younger
    return max((hold.to for hold in gone if hold.to is not None), default=-NEVER)


def _let_go_of_moments(ticket: Ticket) -> Micros:
    """Lets go of the oldest moments, never of half a reopen; the instant of the last of them."""
    cut = len(ticket.moments) - _latest_that_fit(ticket.moments, _MOMENT_BYTES)
    if not cut:
        return -NEVER
    steps = [moment.kind for moment in ticket.moments[cut:] if moment.kind in {"resolved", "reopened"}]
    if steps and steps[0] == "reopened":
        cut = next(n for n in range(cut, len(ticket.moments)) if ticket.moments[n].kind == "reopened") + 1
    gone, ticket.moments = ticket.moments[:cut], ticket.moments[cut:]
    return max(moment.at for moment in gone)


def _latest_that_fit(items: Sequence[Hold | Moment], limit: int) -> int:
    """How many of the latest take no more than so many bytes, packed; at least `_KEPT` of them."""
    room, fit = limit, 0
    for item in reversed(items):
        room -= len(_encode(item))
        if room < 0 and fit >= _KEPT:
            break
        fit += 1
    return fit
