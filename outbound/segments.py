"""
How many SMS segments a text costs, before it is sent.

160 characters fit if all are in the GSM 03.38 alphabet, 70 if a single one is not (every Chinese text); a
longer text is cut into parts of 153 or 67. Neither an extension character (two septets) nor a surrogate
pair is cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import Invalid

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
# what fits into one message, and into each part of a longer one
ROOM: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
# the carrier refuses a longer body (error 21617)
MAX_CHARACTERS = 1600
# what word processors put in place of what was typed
PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "′": "'", "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "…": "...", "•": "-",
        "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ",
        "\u00ad": "", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Segments:
    """What a text costs: *units* are septets (GSM-7) or UTF-16 units (UCS-2), *segments* what is billed."""

    encoding: Encoding
    units: int
    segments: int


def count(text: str) -> Segments:
    """How *text* is coded and into how many segments it goes."""
    if BASIC.issuperset(text):  # most texts, and there may be 200,000 to count: each character takes one
        alone, joined = ROOM["GSM-7"]
        return Segments("GSM-7", len(text), -(-len(text) // (joined if len(text) > alone else alone)))
    encoding: Encoding = "UCS-2" if too_costly(text) else "GSM-7"
    widths = [_width(character, encoding) for character in text]
    return Segments(encoding, sum(widths), _parts(widths, *ROOM[encoding]))


def too_costly(text: str) -> tuple[str, ...]:
    """The characters, each once and in order, that GSM-7 lacks: any one cuts the room from 160 to 70."""
    return tuple(
        character
        for character in dict.fromkeys(text)
        if character not in BASIC and character not in EXTENSION
    )


def plain(text: str) -> str:
    """*text* with quotes, dashes and the like as on a keyboard if that makes it GSM-7; else as it is."""
    typed = text.translate(PLAIN)
    return text if too_costly(typed) else typed


def check_length(text: str) -> None:
    """Raise Invalid unless the carrier will take *text* as the body of a message."""
    if not text.strip():
        raise Invalid("text_empty", "the message is empty; enter a text")
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if length > MAX_CHARACTERS:
        raise Invalid(
            "text_too_long",
            "the message has {length} characters; shorten it to {most} or fewer",
            length=length,
            most=MAX_CHARACTERS,
        )


def _width(character: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def _parts(widths: list[int], alone: int, joined: int) -> int:
    """The number of parts, filled in order; a character of width 2 that does not fit opens the next part."""
    if sum(widths) <= alone:
        return min(1, len(widths))
    parts, room = 0, 0
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return parts
