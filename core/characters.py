"""Characters that are no text for people: refused wherever something is entered, each by its name."""

from __future__ import annotations

import re

from core.errors import Invalid
from core.sentences import Sentence

# no database column takes NUL, lone surrogates are no Unicode, and the others turn the direction of what stands beside them
UNFIT = re.compile("[\0\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")


def clean(value: str) -> str:
    """*value*, or Invalid naming the first of its characters that is no text, and where it stands (counted from 1)."""
    if said := unfit(value):
        raise Invalid("bad_text", said)
    return value


def clean_line(value: str) -> str:
    """*value*, which is to stand on one line, or Invalid naming what does not belong there."""
    if said := unfit_line(value):
        raise Invalid("bad_text", said)
    return value


def unfit_line(value: str) -> Sentence | None:
    """What to remove from *value*, which is to stand on one line, if anything."""
    if said := unfit(value):
        return said
    if not (found := CONTROL.search(value)):
        return None
    code, at = f"{ord(found[0]):04X}", found.start() + 1
    return Sentence(
        "remove the line break or control character (U+{code}) at position {at}", code=code, at=at
    )


def unfit(value: str) -> Sentence | None:
    """What to remove from *value*, if anything."""
    found = UNFIT.search(value)
    if not found:
        return None
    char, at = found[0], found.start() + 1
    if char == "\0":
        return Sentence("remove the NUL character (U+0000) at position {at}", at=at)
    code = f"{ord(char):04X}"
    if "\ud800" <= char <= "\udfff":
        return Sentence("remove the broken half of a character (U+{code}) at position {at}", code=code, at=at)
    return Sentence(
        "remove the invisible character that turns text round (U+{code}) at position {at}", code=code, at=at
    )
