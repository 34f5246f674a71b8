"""Two clocks: real time for rates, lines and network time-outs; business time for everything that lasts.

business = epoch + (real - epoch_real) * speed. Ringing, speech, pauses and fax pages are counted in business seconds,
so at speed 60 a minute's call takes one second.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import lru_cache

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Clock:
    """Tells both times; instants are seconds since 1970 (UTC)."""

    def __init__(
        self, speed: float = 1.0, epoch: datetime | None = None, epoch_real: datetime | None = None
    ) -> None:
        self.speed = speed
        self._real = epoch_real.timestamp() if epoch_real else time.time()
        self._business = epoch.timestamp() if epoch else self._real

    def now(self) -> float:
        """The business instant."""
        return self._business + (time.time() - self._real) * self.speed

    def stamp(self) -> str:
        """The business instant as ISO 8601 text."""
        return iso(self.now())

    async def sleep(self, business_s: float) -> None:
        """Let *business_s* seconds of business time go by."""
        await asyncio.sleep(business_s / self.speed)


def real_stamp() -> str:
    """The real instant as ISO 8601 text."""
    return iso(time.time())


@lru_cache(maxsize=512)
def _to_the_second(whole: int) -> str:
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def iso(instant: float) -> str:
    """ISO 8601, UTC, milliseconds: 2026-11-22T01:07:22.123Z. Sorts as text."""
    whole = int(instant)
    return f"{_to_the_second(whole)}.{int((instant - whole) * 1000):03d}Z"


def from_iso(text: str) -> datetime:
    """The aware instant in *text*; a text without a zone is UTC."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


@lru_cache(maxsize=512)
def _rfc2822_second(text: str) -> str:
    at = datetime.fromisoformat(text)
    return f"{DAYS[at.weekday()]}, {at.day:02d} {MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} +0000"


def rfc2822(text: str | None) -> str | None:
    """The date form of Twilio's 2010 API: Sun, 22 Nov 2026 01:07:22 +0000."""
    return _rfc2822_second(text[:19]) if text else None
