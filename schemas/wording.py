"""How an error names the word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """`; did you mean office?`, the tail of a message, or nothing when no known word is near in any case."""
    near = nearest(word, known)
    return "" if near is None else f"; did you mean {near}?"


def nearest(word: object, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that is nearest in any case; None when none is as near as `cutoff`, from 0 to 1."""
    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(str(word).casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[near[0]] if near else None
