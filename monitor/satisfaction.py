"""Customer satisfaction (CSAT): what one rating says, whatever its scale (S55)."""

from __future__ import annotations

from itertools import takewhile
from typing import Final

from monitor.tickets import Moment, Ticket
from schemas.instants import Micros

POINTS: Final = 10_000
"""The best score in points: the mean of a period is its points divided by its ratings and by this."""

_RATED: Final = frozenset({"rated", "rated_top", "rated_points", "rated_again"})
_STEPS: Final = 10  # scales up to this go in steps of one, larger ones in fifths
_FIFTHS: Final = 0.8


def is_top(score: float, scale_max: float) -> bool:
    """Whether a score is one of the top two of its scale.

    Up to 10 a scale has steps of one: 4 and 5 of 5, 9 and 10 of 10. A scale of two steps at most (thumbs) has only its
    best. A larger one, such as per cent, is taken in fifths as a scale of 5 would be.
    """
    if scale_max > _STEPS:
        return score >= _FIFTHS * scale_max
    return score >= (scale_max if scale_max <= 2 else scale_max - 1)


def points(score: float, scale_max: float) -> int:
    """A score in ten-thousandths of its scale."""
    return round(score / scale_max * POINTS)


def rate(ticket: Ticket, score: float, scale_max: float, at: Micros) -> None:
    """Files a rating; it replaces an earlier one unless the ticket was reopened in between.

    One that does not replace the earlier is also filed as `rated_again`: what is left of `rated` without these is
    how many tickets were rated, each at its first rating.
    """
    ticket.moments = [moment for moment in ticket.moments if not is_replaceable(ticket, moment)]
    ticket.rated = at
    filed = [("rated", 0), ("rated_points", points(score, scale_max))]
    if is_top(score, scale_max):
        filed.append(("rated_top", 0))
    if ticket.rated_before:
        filed.append(("rated_again", 0))
    ticket.moments += [Moment(kind, at, ticket.priority, ticket.tier, weight) for kind, weight in filed]


def is_replaceable(ticket: Ticket, moment: Moment) -> bool:
    """Whether another rating would take the place of this moment: it was filed by a rating since the latest reopen.

    Its place decides, not its instant: whatever is dated before the creation happens at one and the same (S17).
    """
    since_reopen = takewhile(lambda other: other.kind != "reopened", reversed(ticket.moments))
    return moment.kind in _RATED and any(moment is other for other in since_reopen)


def reopened(ticket: Ticket) -> None:
    """Lets the rating so far stand."""
    ticket.rated_before = ticket.rated_before or ticket.rated is not None
    ticket.rated = None
