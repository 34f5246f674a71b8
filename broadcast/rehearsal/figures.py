"""What is counted while a launch is played through, and how it becomes the result staff see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.carriers.words import End
from core.phone import zones_of
from outbound.prices import MILLION, Prices, unit_price
from outbound.retry import again_at
from outbound.work import Work

MINUTE_S = 60.0


@dataclass
class Figures:
    """
    Money in millionths. *low* is what first tries cost, *spent* what was played, *high* if every failure took all its
    retries in vain. Only sends of the campaign rehearsed are counted.
    """

    prices: Prices | None
    retries: Mapping[str, Mapping[str, Any]]
    sends: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    hours: Counter[str] = field(default_factory=Counter)
    local: dict[str, Counter[int]] = field(default_factory=dict)
    low: int = 0
    spent: int = 0
    high: int = 0
    first_at: datetime | None = None
    last_first_at: datetime | None = None
    last_at: datetime | None = None
    tried: set[int] = field(default_factory=set)

    def sent(self, work: Work, units: int, zone: str, end: End, held_s: float, at: datetime) -> None:
        """One send at *at* to somebody in *zone* ("" if only the number tells), that will end as *end*."""
        self.sends[work.channel] += 1
        self.hours[at.replace(minute=0, second=0, microsecond=0).isoformat()] += 1
        zone = zone or next(iter(zones_of(work.address)), "UTC")
        self.local.setdefault(zone, Counter())[at.astimezone(ZoneInfo(zone)).hour] += 1
        self.first_at, self.last_at = self.first_at or at, at
        billed = _billed(work.channel, units, end, held_s)
        price = unit_price(self.prices, work.channel, work.address)
        self.units[work.channel] += billed
        self.spent += price * billed
        if work.delivery_id not in self.tried:
            self.tried.add(work.delivery_id)
            self.last_first_at = at
            self.low += price * billed
            self.high += price * max(billed, units) * (1 + self._further(work.channel, end, at))

    def _further(self, channel: str, end: End, at: datetime) -> int:
        """How many more tries a first failure may lead to."""
        tries = 0
        own = self.retries.get(channel, {})
        while end.cause and tries < 10 and again_at(channel, end.cause, tries + 1, at, own):
            tries += 1
        return tries

    def to_dict(self, times: int) -> dict[str, Any]:
        """As it is kept; counts of a sample *times* what was counted."""
        return {
            "sends": {channel: count * times for channel, count in self.sends.items()},
            "units": {channel: count * times for channel, count in self.units.items()},
            "hours": [[hour, count * times] for hour, count in sorted(self.hours.items())],
            "zones": _by_zone(self.local, times),
            "cost": {"low": self.low * times, "expected": self.spent * times, "high": self.high * times}
            if self.prices
            else None,
            "currency": self.prices.currency if self.prices else "",
            **{
                name: at.isoformat() if at else None
                for name, at in (
                    ("first_at", self.first_at),
                    ("last_first_at", self.last_first_at),
                    ("last_at", self.last_at),
                )
            },
        }


def _billed(channel: str, units: int, end: End, held_s: float) -> int:
    """Segments are billed whatever becomes of them, calls by the started minute once answered, faxes by the page."""
    if channel == "sms":
        return units
    if end.cause:
        return 0
    return max(1, -int(-held_s // MINUTE_S)) if channel == "voice" else units


def _by_zone(local: Mapping[str, Counter[int]], times: int) -> list[dict[str, Any]]:
    rows: Sequence[tuple[str, Counter[int]]] = sorted(local.items(), key=lambda item: -item[1].total())
    return [
        {"zone": zone, "sends": hours.total() * times, "hours": [hours[hour] * times for hour in range(24)]}
        for zone, hours in rows
    ]


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """A kept result for people at a terminal."""
    now, end, cost = found["now"], found["end"], found["cost"]
    yield f"on the list: {now['targeted']:,}; may be contacted now: {now['allowed_now']:,}"
    for word in ("held", "blocked"):
        for rule, count in now[word].items():
            yield f"{word} now, {rule}: {count:,}"
    yield f"first send: {found['first_at'] or 'never'}; finished: {found['finished_at'] if found['is_over'] else 'not in time'}"
    yield f"reached: {end['reached']:,} of {end['targeted']:,}"
    for word in ("blocked", "failed"):
        for reason, count in end[word].items():
            yield f"left over, {reason}: {count:,}"
    if cost:
        low, expected, high = (Decimal(cost[name]) / MILLION for name in ("low", "expected", "high"))
        yield f"cost: about {expected:,.2f} {found['currency']} ({low:,.2f} to {high:,.2f})"
    for channel, rate in found["rates"].items():
        known = f"{rate['attempts']:,} past attempts" if rate["attempts"] else "assumptions"
        yield f"{channel}: answers by {known}"
    if found["one_in"] > 1:
        yield f"played with one in {found['one_in']} of the list, at rates and lines scaled alike"
    yield f"took {found['took_s']} s and {found['peak_mb']} MB"
