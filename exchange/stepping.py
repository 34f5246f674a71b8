"""
A clock that stands still until it is told to go on: months of calls in minutes, the same to the instant each time.

Whoever drives it asks `settled` when anything would happen next, turns its own clock to that instant, and lets it happen by
`wake`. In between only servers take their time.
"""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime
from itertools import count

from exchange.clock import Clock
from exchange.switch import Switch

# what was woken, or has got its answer, falls asleep again within so many turns of the event loop
CALM_TURNS = 25
LOOK_S = 0.0005
# instants are told in whole microseconds
GRAIN_S = 1e-6


class SteppedClock(Clock):
    """Business time from *at* (aware) on; sleepers wait until `wake` says that it is their time."""

    def __init__(self, at: datetime) -> None:
        super().__init__(epoch=at)
        self._at = at.timestamp()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> float:
        """The business instant."""
        return self._at

    async def sleep(self, business_s: float) -> None:
        """Wait until so many seconds of business time are over."""
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._at + max(0.0, business_s), next(self._order), woken))
        await woken

    def wakes_at(self) -> float | None:
        """When the next sleeper is to be woken; None if nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():  # gave up waiting
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def wake(self, at: float) -> None:
        """It is *at* now: everybody whose time has come goes on."""
        self._at = max(self._at, at)
        while (due := self.wakes_at()) is not None and due <= self._at + GRAIN_S:
            heapq.heappop(self._sleepers)[2].set_result(None)


async def settled(switch: Switch, clock: SteppedClock) -> datetime | None:
    """Wait until nothing goes on that takes no business time; when the next sleeper is to be woken, None if there is none."""
    calm = 0
    while calm < CALM_TURNS:
        is_busy = bool(switch.webhooks.pending or switch.webhooks.asking or switch.reading or _queued(switch))
        calm = 0 if is_busy else calm + 1
        await asyncio.sleep(LOOK_S if is_busy else 0)
    at = clock.wakes_at()
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _queued(switch: Switch) -> int:
    return sum(len(dialer) for dialer in switch.dialers.values())
