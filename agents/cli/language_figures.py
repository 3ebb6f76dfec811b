"""How figures are written in each language: counts, decimals, percentages and working days."""

from __future__ import annotations

from typing import Final

from agents.cli.texts import Language

_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_SWAPPED: Final = {ord("."): ",", ord(","): "."}


def decimal(figure: str, language: Language) -> str:
    """A figure written as in English, with the separators of the language."""
    return figure if language == "en" else figure.translate(_SWAPPED)


def number(count: int, language: Language) -> str:
    """A count with its thousands apart."""
    return decimal(f"{count:,}", language)


def percentage(figure: str, language: Language) -> str:
    """A figure as a percentage; Spanish keeps the sign apart from it."""
    return f"{figure}%" if language == "en" else f"{decimal(figure, language)}{_NO_BREAK}%"


def share(ratio: float, language: Language) -> str:
    """A ratio as a percentage with one decimal; 0 % and 100 % are said only of none and all."""
    return percentage(f"{_per_mille(ratio) / 10:.1f}", language)


def short_share(ratio: float, language: Language) -> str:
    """A ratio as a percentage with a decimal only where there is one; `≈` before it where it was rounded."""
    shown = _per_mille(ratio)
    rounded = "" if round(ratio * 1000, 6) == shown else "≈ "
    return rounded + percentage(_short(f"{shown / 10:.1f}"), language)


def exact_share(ratio: float, language: Language) -> str:
    """A share as a policy file writes it, to four decimals and without needless ones."""
    return percentage(_short(f"{ratio * 100:.4f}"), language)


def working_days(days: int, language: Language) -> str:
    """A target in working days (S2)."""
    if language == "en":
        return f"{days} working {'day' if days == 1 else 'days'}"
    return f"{days} {'día laborable' if days == 1 else 'días laborables'}"


def _per_mille(ratio: float) -> int:
    per_mille = round(ratio * 1000)
    return min(max(per_mille, 1), 999) if 0 < ratio < 1 else per_mille


def _short(figure: str) -> str:
    return figure.rstrip("0").rstrip(".")
