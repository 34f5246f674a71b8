"""
What sending costs: a price for each unit, by channel and by how the number begins.

    prices:
      currency: USD
      voice: {"+1": 0.014, "+86": 0.03, "+": 0.2}   # a started minute; "+" is everybody else
      sms: {"+1": 0.0083, "+": 0.06}                # a segment
      fax: {"+": 0.07}                              # a page

Money is counted in millionths of the currency, as whole numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from core.fields import Strict
from core.sentences import Sentence

MILLION = 1_000_000
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Money = Annotated[Decimal, Field(ge=0, le=1_000_000_000, decimal_places=6, allow_inf_nan=False)]


def _prefixes(table: dict[str, Decimal]) -> dict[str, Decimal]:
    for prefix in table:
        if not re.fullmatch(r"\+\d{0,7}", prefix, re.ASCII):
            raise ValueError(
                Sentence(
                    '{prefix!r} is no beginning of a number; enter one such as "+1", "+8613" or "+"',
                    prefix=prefix,
                )
            )
    if "+" not in table:
        raise ValueError(Sentence('enter a price for "+" as well: all numbers that no other line is about'))
    return table


Table = Annotated[dict[str, Money], AfterValidator(_prefixes)]


class Prices(Strict):
    """A tenant's price table. A channel without one costs nothing, and no budget can be set for it."""

    currency: Currency
    voice: Table | None = None
    sms: Table | None = None
    fax: Table | None = None

    def of(self, channel: str) -> Mapping[str, Decimal] | None:
        """The table of *channel*."""
        found: Mapping[str, Decimal] | None = getattr(self, channel)
        return found


def unit_price(prices: Prices | None, channel: str, address: str) -> int:
    """What one unit (minute, segment, page) to *address* costs, in millionths; the longest beginning decides."""
    table = prices.of(channel) if prices else None
    if not table:
        return 0
    prefix = max((prefix for prefix in table if address.startswith(prefix)), key=len)
    return micros(table[prefix])


def cost(prices: Prices | None, channel: str, address: str, units: int) -> int:
    """What bringing *units* to *address* costs, in millionths. A call counts one minute until it has ended."""
    return unit_price(prices, channel, address) * units


def micros(amount: Decimal) -> int:
    """An amount of money as whole millionths."""
    return int((amount * MILLION).to_integral_value(ROUND_HALF_UP))
