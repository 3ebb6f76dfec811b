"""`explain` speaks two languages, has a sentence for every reason, and a text for all it may meet."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from agents.cli.explain_texts import CATALOGUE
from agents.cli.texts import LANGUAGES, Texts
from schemas.events import EVENT_TYPES
from schemas.explanations import Discrepancy, IdleReason, Origin, RowKind, Standing, TargetBasis, TermLine
from schemas.reasons import Reason
from schemas.results import Evidence, Outcome

ROOT = Path(__file__).parents[3]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)", text))


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_every_text_exists_in_every_language_with_the_same_figures(key: str) -> None:
    texts = CATALOGUE[key]
    assert len(texts) == len(LANGUAGES)
    assert all(text.strip() for text in texts)
    assert len({frozenset(placeholders(text)) for text in texts}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence(reason: Reason, language: str) -> None:
    sentence = Texts(LANGUAGES[LANGUAGES.index(language)], CATALOGUE)(f"reason_{reason.value}")
    assert sentence.endswith(".")


def _words(model: type[BaseModel], name: str) -> set[str]:
    annotation = model.model_fields[name].annotation
    return {
        word
        for part in (annotation, *get_args(annotation))
        for word in get_args(part)
        if isinstance(word, str)
    }


def test_every_word_of_the_document_has_a_text() -> None:
    wanted = {f"row_{kind}" for kind in get_args(RowKind)}
    wanted |= {f"target_{kind}" for kind in _words(TargetBasis, "kind")}
    wanted |= {f"term_{kind}" for kind in _words(TermLine, "change")}
    wanted |= {f"check_{kind}" for kind in _words(Discrepancy, "check")}
    wanted |= {f"from_{kind}" for kind in _words(Origin, "kind")}
    wanted |= set(get_args(Outcome)) | (set(get_args(Standing)) - {"judged"})
    wanted |= _words(Evidence, "doubtful")
    wanted |= {f"idle_{why}" for why in get_args(IdleReason)}
    wanted |= {f"happened_{kind}" for kind in (*EVENT_TYPES, "deleted")}
    assert len(wanted) > 30
    assert wanted <= set(CATALOGUE)


@pytest.mark.parametrize(
    "module",
    ["explain", "explain_view", "explain_clock", "explain_table", "explain_timeline", "explain_format"],
)
def test_every_text_that_is_asked_for_is_in_the_catalogue(module: str) -> None:
    source = (ROOT / f"agents/cli/{module}.py").read_text(encoding="utf-8")
    asked = set(re.findall(r"texts\(\s*\"([a-z_]+)\"", source))
    assert asked
    assert asked <= set(CATALOGUE)
