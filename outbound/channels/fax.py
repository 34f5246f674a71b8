"""fax: a personalised letter, fetched by the carrier from a signed link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import clock
from core.carriers.base import Fax, Order
from core.errors import Invalid
from outbound.composing import letter_of, needed
from outbound.letters import missing_glyphs
from outbound.links import Links
from outbound.work import Work

BUSY_S = 900.0


def order(work: Work, links: Links) -> Order:
    """The fax to send."""
    return Fax(
        to=work.address,
        from_=work.sender,
        media_url=links.letter(work.token),
        status_url=links.receipts(work.token, "fax"),
    )


def placeholders(text: Mapping[str, Any]) -> frozenset[str]:
    """The names in subject and paragraphs, and what every letter says."""
    return needed(text)


def check(text: Mapping[str, Any], variables: Mapping[str, str], language: str) -> None:
    """Refuses letters with characters the font lacks: they would be blank without an error."""
    letter = letter_of(text, variables, language, clock.now())
    if lacking := missing_glyphs("".join((letter.recipient, letter.subject, *letter.body))):
        raise Invalid(
            "no_glyph", f"the letter's font has no {' '.join(sorted(lacking))}; write it another way"
        )


def busy_s(queue_s: float) -> float:
    """Waiting at the carrier and the longest letter at the slowest rate."""
    return queue_s + BUSY_S
