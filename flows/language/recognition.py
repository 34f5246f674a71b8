"""Which choice somebody has spoken for."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

DOUBTFUL = 0.4
"""The carrier's confidence (0 to 1) under which a recognition is not relied on; some recognitions come without one."""


def chosen(text: str, confidence: float | None, choices: Mapping[str, Sequence[str]]) -> str | None:
    """The key of *choices* whose phrases are in *text*: the longest decides. None where two do, none does, or it is doubtful."""
    if confidence is not None and confidence < DOUBTFUL:
        return None
    heard = _words(text)
    lengths = {
        key: max((len(_words(one)) for one in phrases if _is_in(_words(one), heard)), default=0)
        for key, phrases in choices.items()
    }
    longest = max(lengths.values(), default=0)
    best = [key for key, length in lengths.items() if length == longest]
    return best[0] if longest and len(best) == 1 else None


def _is_in(phrase: str, heard: str) -> bool:
    """Chinese is written without spaces between words; elsewhere only whole words count."""
    if any(ord(char) > 0x2E7F for char in phrase):
        return phrase.replace(" ", "") in heard.replace(" ", "")
    return f" {phrase} " in f" {heard} " if phrase else False


def _words(text: str) -> str:
    """*text* in small letters, its signs as spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(char if char.isalnum() else " " for char in folded).split())
