"""
Breaking text into lines: Latin words stay whole, Chinese may break anywhere but for a few marks.

No line begins with a closing mark (，。”) and none ends with an opening one (（“). Only what is wider than a whole line
is cut inside a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

# ideographs, kana, Hangul, and the full-width forms and marks that are set among them
WIDE = (
    "\u2e80-\u303f\u3040-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
)
NOT_FIRST = frozenset(
    "，。、；：！？）》」』】〕〗〉”’…—～·,.;:!?)]}%‰℃々〻ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
NOT_LAST = frozenset("（《「『【〔〖〈“‘([{￥＄")
# a word may also break after its hyphens and slashes
PIECE = re.compile(f" +|[{WIDE}]|[^ {WIDE}]*?[^ {WIDE}][-/](?=[^ {WIDE}\\d])|[^ {WIDE}]+")


def lines(text: str, width: float, measure: Callable[[str], float], indent: float = 0.0) -> list[str]:
    """
    *text* in lines of at most *width*, as *measure* tells the width of a string; newlines in it are kept.

    The first line is *indent* shorter. Spaces at either end of a line are dropped.
    """
    found: list[str] = []
    for paragraph in text.split("\n"):
        found += _paragraph(paragraph, width, measure, 0.0 if found else indent)
    return found


def _paragraph(text: str, width: float, measure: Callable[[str], float], filled: float) -> Iterator[str]:
    line = ""
    for unit in _units(text):
        wide, is_blank = measure(unit), unit.isspace()
        if line and filled + wide > width and not is_blank:
            yield line.rstrip()
            line, filled = "", 0.0
        if line or filled + wide <= width:
            if line or not is_blank:
                line, filled = line + unit, filled + wide
            continue
        for character in "" if is_blank else unit:
            if line and filled + measure(character) > width:
                yield line
                line, filled = "", 0.0
            line, filled = line + character, filled + measure(character)
    yield line.rstrip()


def _units(text: str) -> Iterator[str]:
    """The smallest parts between which a line may end."""
    unit = ""
    for piece in PIECE.findall(text):
        if unit and (unit[-1] in NOT_LAST or piece[0] in NOT_FIRST) and not unit.isspace():
            unit += piece
        else:
            if unit:
                yield unit
            unit = piece
    if unit:
        yield unit
