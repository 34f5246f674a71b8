"""How lines of ours say a time and a price, in the customer's language."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from babel.numbers import format_currency


def said_time(at: datetime, clock: ZoneInfo, language: str) -> str:
    """Such as Wed, Nov 18, 5:00 PM, or 11月18日周三 17:00, by *clock*."""
    local = at.astimezone(clock)
    day = format_skeleton("MMMEd", local, locale=language)
    hour = format_time(local, "short", locale=language).replace("\u202f", " ")
    return f"{day}, {hour}" if language == "en" else f"{day} {hour}"


def said_price(cents: int, currency: str, language: str) -> str:
    """Such as 1,280.00 US dollars: the words are said, a sign would not be."""
    return format_currency(cents / 100, currency, locale=language, format_type="name")
