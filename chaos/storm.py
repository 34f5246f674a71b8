"""
One storm: a campaign runs while its processes are killed and stalled at every boundary, the database is locked or its
connections are cut, people opt out and the carrier misbehaves by luck. The seed decides all of it but the timing.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from random import Random
from typing import Any

from chaos import world
from chaos.house import House, is_stopped
from chaos.judge import Verdict
from chaos.points import SENDING, WORKER
from chaos.strikes import STRIKES
from core import clock

LOGGER = logging.getLogger(__name__)
# how long a process may take to come to the boundary it was told before it is killed wherever it is
TO_COME_S = 6.0


@dataclass
class Report:
    """How a storm went: what was found open when the blows fell, and what the judge says."""

    verdict: Verdict
    unknown: int
    kills: int
    blows: Counter[str] = field(default_factory=Counter)
    took_s: float = 0.0


def storm(
    folder: Path,
    database_url: str,
    *,
    count: int,
    kills: int,
    seed: int,
    workers: int = 1,
    speed: float = world.SPEED,
) -> Report:
    """A storm over *count* recipients with *kills* kills and stalls, by a clock *speed* times as fast; the exchange's ledger is in *folder*."""
    rng, began = Random(seed), time.monotonic()
    lasts_s = 4.0 * kills
    crowd = world.people(count, seed)
    house = House(
        folder, database_url, crowd, world.beginning(lasts_s, speed),
        seed=seed, speed=speed, faults=world.weather(), rate_per_s=max(20.0, 1.3 * count / lasts_s),
    )  # fmt: skip
    with house, _opting_out(house, lasts_s):
        house.start_web()
        house.launch()
        blows = _blows(house, rng, kills, workers)
        LOGGER.info("the storm is over: %s; %s", dict(blows), house.counts())
        for _ in range(workers):
            house.start_worker()
        if not house.is_served():
            house.start_web()
        house.settle()
        house.exchange.wait_idle(60)
        verdict = house.judged()
        LOGGER.info("how it stands: %s", house.standing())
        return Report(verdict, house.unknown(), sum(blows.values()), blows, time.monotonic() - began)


def _blows(house: House, rng: Random, kills: int, workers: int) -> Counter[str]:
    """One blow after another; a fresh worker stands by for each."""
    blows: Counter[str] = Counter()
    boundaries = [*WORKER]
    rng.shuffle(boundaries)
    crew = [_Standby(house, _order(rng, boundaries, place)) for place in range(workers)]
    serial = workers
    for blow in range(kills):
        standby = _Standby(house, _order(rng, boundaries, serial))
        serial += 1
        if strike := STRIKES.get(blow % 10):
            blows[strike(house, rng)] += 1
        crew.append(standby)
        standby.begin()
        mine = crew.pop(0)
        blows[mine.struck()] += 1 if not strike else 0
    for left in crew:
        left.end()
    return +blows


def _order(rng: Random, boundaries: list[str], serial: int) -> dict[str, Any]:
    act = "stop" if rng.random() < 0.3 else "kill"
    point = boundaries[serial % len(boundaries)]
    return {"point": point, "pass": rng.randint(1, 3) if point in SENDING else 1, "act": act}


class _Standby:
    """A worker with an order against itself."""

    def __init__(self, house: House, order: dict[str, Any]) -> None:
        self._house, self._order = house, order
        self._gate = house.folder / f"go-{time.monotonic_ns()}"
        self._process = house.start_worker([order], self._gate)

    def begin(self) -> None:
        """Let it work."""
        self._gate.touch()

    def struck(self) -> str:
        """Wait until it is killed or stopped; one that is stopped goes on after its lease. What was done to it."""
        self.begin()
        deadline = time.monotonic() + TO_COME_S
        while time.monotonic() < deadline and self._process.poll() is None and not is_stopped(self._process):
            time.sleep(0.02)
        if self._process.poll() is not None:
            return f"kill:{self._order['point']}"
        if not is_stopped(self._process):
            self.end()
            return "kill:anywhere"
        threading.Thread(target=self._wake, daemon=True).start()
        return f"stall:{self._order['point']}"

    def _wake(self) -> None:
        """Go on after the lease is over, for a moment."""
        time.sleep(self._house.config.lease_s + 1)
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)
            time.sleep(2.0)
            self.end()

    def end(self) -> None:
        """kill -9."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()


@contextmanager
def _opting_out(house: House, lasts_s: float) -> Iterator[None]:
    """People opt out at their moments, whatever else is going on."""
    over = threading.Event()
    due = sorted(
        (one.says_stop[0] * lasts_s, one.says_stop[1], one.address) for one in house.crowd if one.says_stop
    )

    def speak() -> None:
        began = clock.monotonic()
        for moment, how, address in due:
            if over.wait(max(0.0, began + moment - clock.monotonic())):
                return
            while not _says_stop(house, how, address) and not over.wait(0.2):
                pass

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(10)


def _says_stop(house: House, how: str, address: str) -> bool:
    """Whether the carrier was there to hear it."""
    try:
        if how == "sms":
            house.exchange.text(address, world.DESK, "STOP")
        else:
            house.exchange.call(address, world.HOTLINE, "9")
    except (OSError, HTTPException):
        return False
    return True
