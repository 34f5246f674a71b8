"""
The only source of time and luck.

`now()` is business time: what rules, due dates and screens go by. `real()` is for leases, time-outs,
signatures, rates and lines. In production they are one. For the demo and tests the pair
(real, business) and a speed are set once, and `now()` runs from there. A demo that was stopped and goes on is turned
again: the time it did not run is left out.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MAX_SPEED = 60


@dataclass(frozen=True)
class Turn:
    """
    A turned clock: at instant *real* (UTC) business time was *business* (UTC), running *speed* times as fast.

    *before* is how it was turned until then: what was sent by that clock is looked for by that clock.
    """

    real: datetime
    business: datetime
    speed: float = 1.0
    before: Turn | None = None

    def at(self, real: datetime) -> datetime:
        """What business time it was at instant *real*."""
        if real < self.real and self.before:
            return self.before.at(real)
        return self.business + (real - self.real) * self.speed


_turn: Turn | None = None
_frozen: datetime | None = None


def real() -> datetime:
    """Wall-clock time, aware UTC."""
    return datetime.now(UTC) if _frozen is None else _frozen


def now() -> datetime:
    """Business time, aware UTC."""
    return business(real())


def business(at: datetime) -> datetime:
    """What business time it was at real instant *at*."""
    return at if _turn is None else _turn.at(at)


def monotonic() -> float:
    """Seconds on this process's own clock, for time-outs."""
    return time.monotonic()


def speed() -> float:
    """How many business seconds pass in a real one."""
    return _turn.speed if _turn else 1.0


def turn(to: Turn | None) -> None:
    """Run business time by *to* from here on; None turns it back to real time."""
    global _turn
    if to is not None and not 0 < to.speed <= MAX_SPEED:
        raise ValueError(f"speed must be over 0 and at most {MAX_SPEED}, not {to.speed}")
    _turn = to


def freeze(at: datetime | None) -> None:
    """Tests: stop both clocks at *at* (aware UTC); None lets them run again."""
    global _frozen
    _frozen = at


def advance(by: timedelta) -> None:
    """Tests: move a frozen clock forward."""
    if _frozen is None:
        raise ValueError("freeze the clock first")
    freeze(_frozen + by)


def new_token() -> str:
    """An unguessable name of 22 URL-safe characters (128 bits)."""
    return secrets.token_urlsafe(16)
