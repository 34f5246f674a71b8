"""The line of calls and faxes waiting to be dialled: so many a real second per account, so many lines at once."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from exchange.population import Account

BURST_S = 0.05


@dataclass(slots=True)
class Waiting:
    """Something to dial; `live` says whether it still wants to be dialled when its turn comes."""

    dial: Callable[[], Coroutine[Any, Any, None]]
    live: Callable[[], bool]


class Dialer:
    """One account's line."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._queue: deque[Waiting] = deque()
        self._wanted = 0
        self._more = asyncio.Event()
        self._lines = asyncio.Semaphore(account.lines) if account.lines else None
        self._slot = 0.0

    def __len__(self) -> int:
        return self._wanted

    def wait_s(self) -> float:
        """How long, in real seconds, the next one would wait."""
        return max(0.0, self._slot - time.monotonic()) + self._wanted / self._account.cps

    def is_full(self) -> bool:
        """Whether the queue is longer than the account allows (22005)."""
        return self.wait_s() > self._account.max_queue_s

    def add(self, waiting: Waiting) -> None:
        """Join the end of the line."""
        self._queue.append(waiting)
        self._wanted += 1
        self._more.set()

    def leave(self) -> None:
        """One of the waiting no longer wants to be dialled."""
        self._wanted -= 1

    async def work(self, spawn: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """Dial for ever."""
        while True:
            await self._more.wait()
            self._drop_dead()
            if not self._queue:
                self._more.clear()
                continue
            if self._lines:
                await self._lines.acquire()
            await self._wait_for_slot()
            self._drop_dead()
            if not self._queue:
                self._release()
                continue
            self._slot = max(self._slot, time.monotonic() - BURST_S) + 1 / self._account.cps
            self._wanted -= 1
            spawn(self._dial(self._queue.popleft()))

    async def _wait_for_slot(self) -> None:
        while (wait_s := self._slot - time.monotonic()) > 0:
            await asyncio.sleep(wait_s)

    async def _dial(self, waiting: Waiting) -> None:
        try:
            await waiting.dial()
        finally:
            self._release()

    def _drop_dead(self) -> None:
        while self._queue and not self._queue[0].live():
            self._queue.popleft()

    def _release(self) -> None:
        if self._lines:
            self._lines.release()
