"""Text as the letter font can draw it."""

from __future__ import annotations

import re
import unicodedata

from outbound.letters.breaking import WIDE
from outbound.texts import clean

# characters the font lacks or draws blank, which others stand for without loss
SUBSTITUTES = {"℃": "°C", "℉": "°F", "Ⅴ": "V", "Ⅹ": "X", "‑": "-", "‾": "¯", "∼": "~"}
# soft hyphens, joiners and variation selectors: nothing to draw
INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200d\u2061-\u2064\ufe00-\ufe0f]")


# curly quotes are as wide as an ideograph in this font: right among Chinese letters, a hole among Latin ones
LATIN_QUOTES = re.compile(f"[‘’“”](?<![{WIDE}].)(?![{WIDE}])")


def printable(text: str) -> str:
    """*text* composed (é as one letter), without control and invisible characters; newlines stay."""
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", clean(text)))
    for lacking, drawn in SUBSTITUTES.items():
        text = text.replace(lacking, drawn)
    return LATIN_QUOTES.sub(lambda quote: "'" if quote[0] in "‘’" else '"', text)
