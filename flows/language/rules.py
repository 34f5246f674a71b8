"""What lint goes by: the law's and the carriers' figures, as data. The defaults are the strict ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# what the customer file fills in about one person
PERSONAL = frozenset({"name", "customer_company", "reference", "address", "plate", "model", "next_service"})
OUTBOUND_HEARD = frozenset({("outbound", "marketing"), ("outbound", "service")})


@dataclass(frozen=True)
class Rules:
    """
    Limits of a menu (ISO/IEC 13714), of a call's token, and where an opt-out must be heard.

    *optout_for*: (direction, purpose) pairs; *optout_within_s*: purpose -> seconds after the company is named
    (marketing: two, 16 CFR 310.4(b)(1)(v)); *identify*: the variable that names the company; *personal*: those
    that tell about a person.
    """

    max_options: int = 5
    good_options: int = 4
    max_depth: int = 3
    prompt_s: float = 8.0
    """How long one piece of text may be listened to."""
    token_chars: int = 1500
    token_extra_bytes: int = 120
    """What the edge adds inside the token to bind it to one call."""
    optout_for: frozenset[tuple[str, str]] = OUTBOUND_HEARD
    optout_within_s: Mapping[str, float] = field(default_factory=lambda: {"marketing": 2.0})
    identify: str = "company"
    personal: frozenset[str] = PERSONAL
    prompts: frozenset[tuple[str, str]] | None = None
    """(name, language) of the prompts there are; None where that is not known, as for a file that is only checked."""
