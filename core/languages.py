"""The languages staff read, and what each sentence of the domain says in them: read from the .po file itself, nothing is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.sentences import told

FOLDER = Path(__file__).parent.parent / "translations"
# the first is what sentences are written in
LANGUAGES = ("en", "zh")
BETWEEN = {"en": ", ", "zh": "、"}


def in_language(text: str, language: str) -> str:
    """*text*, a sentence or a template without figures, for readers of *language*; what has no translation stays as it is."""
    return str(text) if language == LANGUAGES[0] else told(text, templates(language), BETWEEN[language])


@lru_cache(None)
def templates(language: str) -> Mapping[str, str]:
    """What each template says in *language*."""
    from babel.messages.pofile import read_po  # only who reads Chinese waits for it

    with (FOLDER / language / "LC_MESSAGES" / "sentences.po").open("rb") as file:
        found: Any = read_po(file, locale=language)
    return {message.id: message.string for message in found if message.id and message.string}
