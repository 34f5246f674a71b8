"""fax: a personalised letter, fetched by the carrier from a signed link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import clock
from core.carriers.base import Fax, Order
from outbound.composing import letter_of, needed
from outbound.letters import check as check_letter
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


def check(text: Mapping[str, Any], variables: Mapping[str, str], language: str) -> int:
    """The pages; refuses letters that are too long, lack a value, or have characters the font would leave blank."""
    return check_letter(letter_of(text, variables, language, clock.now()))


def busy_s(queue_s: float) -> float:
    """Waiting at the carrier and the longest letter at the slowest rate."""
    return queue_s + BUSY_S
