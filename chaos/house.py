"""An installation of real processes: telephone exchange, web server and workers on one database."""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from broadcast import campaigns
from broadcast.certificate import certificate
from broadcast.models import Campaign
from chaos import furnishing, world
from chaos.judge import Verdict, judge
from chaos.world import Person
from core import clock, schema
from core.config import Config
from core.db import ALL_TENANTS, Database
from core.turned import write_turn
from exchange.ledger import Ledger
from exchange.server import InThread, run_in_thread
from ivr import snapshot
from outbound import breaker
from outbound.models import Attempt, Delivery
from outbound.room import SLICE_S

ROOT = Path(__file__).parents[1]
PATIENCE_S = 180.0
# for so long nothing may change while anything is left to do
STANDSTILL_S = 60.0
TELL_EVERY_S = 20.0
GUNICORN = (
    "--no-control-socket", "--log-level", "warning", "--worker-class", "gthread", "--workers", "1", "--threads", "16",
)  # fmt: skip
LOGGER = logging.getLogger(__name__)


class House:
    """Use as a context manager: whatever happens, no process outlives it. Network time-outs are real seconds."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        crowd: Sequence[Person],
        begins: datetime,
        *,
        seed: int = 1,
        faults: Sequence[dict[str, Any]] = (),
        speed: float = world.SPEED,
        rate_per_s: float = 100.0,
        mutant: str = "",
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder, self.crowd, self.mutant, self.speed = folder, crowd, mutant, speed
        self.notes = folder / "notes"
        self.notes.mkdir(parents=True)
        # how long each silence of the carrier is, and from when to when (real) the campaign was paused
        self.silences: list[float] = []
        self.pauses: list[tuple[datetime, datetime]] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.web: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        real = clock.real()
        people = world.population(crowd, f"http://127.0.0.1:{self.port}", faults)
        self.exchange: InThread = run_in_thread(
            people, seed=seed, speed=speed, ledger=folder / "ledger.db", epoch=begins, epoch_real=real
        )
        timing = {"submit_window_s": 2, "http_timeout_s": 1, "lease_margin_s": 1, "send_threads": 8}
        self.config = Config(
            database_url=database_url,
            public_url=f"http://127.0.0.1:{self.port}",
            exchange_url=self.exchange.base_url,
            state_dir=folder / "state",
            **{**timing, **(settings or {})},
        )
        self.database = Database(database_url)
        schema.upgrade(self.database)
        write_turn(self.database, clock.Turn(real, begins, speed))
        clock.turn(clock.Turn(real, begins, speed))
        furnishing.furnish(self.database, crowd, rate_per_s)
        self.config.state_dir.mkdir(parents=True, exist_ok=True)
        snapshot.refresh(self.database, self.config.state_dir)

    def __enter__(self) -> House:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.exchange.stop()
        self.database.close()
        clock.turn(None)

    def launch(self, name: str = "Storm", **more: Any) -> int:
        """Launch an SMS campaign to everybody, as `furnishing.campaign` writes it; its number."""
        with self.database.session(1) as session:
            return furnishing.launch(session, furnishing.campaign(name, **more))

    def start_web(
        self, orders: Sequence[Mapping[str, Any]] = (), settings: Mapping[str, Any] | None = None
    ) -> None:
        """Start a web server in place of the last one, which may have *settings* of its own."""
        bind = f"127.0.0.1:{self.port}"
        self.web = self._start(
            ["gunicorn", "chaos.inside:web()", *GUNICORN, "--bind", bind], "web", orders, None, settings
        )
        self.wait(self.is_served, "the web server does not start")

    def kill_web(self) -> None:
        """kill -9 for gunicorn and its worker."""
        assert self.web
        with suppress(ProcessLookupError):
            os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()

    def is_served(self) -> bool:
        """Whether the web server takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def start_worker(
        self, orders: Sequence[Mapping[str, Any]] = (), gate: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """A worker that carries out *orders* against itself; with *gate* it stands by until that file exists."""
        return self._start(["chaos.inside"], "worker", orders, gate)

    def _start(
        self,
        module: list[str],
        log: str,
        orders: Sequence[Mapping[str, Any]],
        gate: Path | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> subprocess.Popen[bytes]:
        ours = {name.upper() for name in Config.model_fields}
        mine = {**self.config.model_dump(exclude_unset=True), **(settings or {})}
        environment = {
            **{name: value for name, value in os.environ.items() if name.upper() not in ours},
            **{name.upper(): str(value) for name, value in mine.items()},
            "CHAOS_ORDERS": json.dumps(list(orders)),
            "CHAOS_NOTES": str(self.notes),
            "CHAOS_MUTANT": self.mutant,
            "CHAOS_GATE": str(gate or ""),
        }
        with (self.folder / f"{log}.log").open("ab") as said:
            process = subprocess.Popen(  # noqa: S603  # our own modules
                [sys.executable, "-m", *module],
                env=environment, stdout=said, stderr=said, cwd=ROOT, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def wait(self, done: Callable[[], bool], why: str, timeout_s: float = PATIENCE_S) -> None:
        """Wait until *done*. Raises TimeoutError saying *why*."""
        deadline = time.monotonic() + timeout_s
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError(why)
            time.sleep(0.02)

    def settle(self) -> None:
        """
        Wait until all is quiet. Raises TimeoutError when nothing gets on any more, or night falls where most people live:
        the machine is too slow then for a verdict.
        """
        before, since = self.counts(), time.monotonic()
        told = since
        while not self.is_quiet():
            time.sleep(1.0)
            if (now := self.counts()) != before:
                before, since = now, time.monotonic()
            if time.monotonic() - told > TELL_EVERY_S:
                told = time.monotonic()
                LOGGER.info("%s", now)
            if not world.COAST.is_open(clock.now()):
                raise TimeoutError(f"night falls before all is done: {now}")
            if time.monotonic() - since > STANDSTILL_S:
                raise TimeoutError(f"nothing gets on: {now}")

    def noted(self, point: str) -> bool:
        """Whether a process has come to *point* by order."""
        return any(self.notes.glob(f"*.{point}"))

    def counts(self) -> dict[str, int]:
        """Attempts by state, and deliveries still to be made as `due`."""
        with self.database.reading(ALL_TENANTS) as session:
            found = session.execute(select(Attempt.state, func.count()).group_by(Attempt.state))
            counts = {str(state): int(count) for state, count in found}
            waiting = (Delivery.state.in_(("pending", "active"))) | (
                (Delivery.state == "held") & (Delivery.due_at <= clock.now())
            )
            counts["due"] = session.scalar(select(func.count()).select_from(Delivery).where(waiting)) or 0
            unprepared = select(func.count()).select_from(Campaign).where(Campaign.state == "preparing")
            counts["unprepared"] = session.scalar(unprepared) or 0
        return counts

    def standing(self) -> dict[str, int]:
        """Deliveries by state and reason, and campaigns by state."""
        with self.database.reading(ALL_TENANTS) as session:
            chosen = select(Delivery.state, Delivery.reason, func.count()).group_by(
                Delivery.state, Delivery.reason
            )
            found = {
                f"{state} {reason}".strip(): int(count) for state, reason, count in session.execute(chosen)
            }
            return found | {
                f"campaign {one.state} {one.reason}".strip(): 1 for one in session.scalars(select(Campaign))
            }

    def is_quiet(self) -> bool:
        """Whether nothing is left to do now: who is held for the night waits."""
        now = self.counts()
        busy = ("due", "unprepared", "claimed", "submitting", "unknown", "accepted")
        return not any(now.get(word) for word in busy)

    def unknown(self) -> int:
        """Of how many recipients our own certificates do not know the end."""
        with self.database.reading(1) as session:
            ids = session.scalars(select(Campaign.id)).all()
            return sum(int(certificate(session, campaigns.get(session, one))["unknown"]) for one in ids)

    def fall_silent(self, seconds: float) -> None:
        """The carrier takes orders for so many real seconds and says nothing; the judge is told."""
        self.silences.append(seconds)
        self.exchange.fault("away_silent", seconds=seconds)

    def judged(self, campaigns: int = 1) -> Verdict:
        """What the judge says when so many campaigns are over."""
        return judge(
            self.ledger, self.crowd, self.speed, self.leaves_within_s,
            campaigns=campaigns, pauses=self.pauses, dark_at_most=self.dark_at_most if self.silences else None,
        )  # fmt: skip

    @property
    def leaves_within_s(self) -> float:
        """How long after the last look at opt-outs an order may still leave: its turn in the chunk, a slow answer before it."""
        return min(self.config.submit_window_s, SLICE_S + self.config.http_timeout_s)

    @property
    def dark_at_most(self) -> int:
        """How many orders may be posted while the carrier is away: the threads', what trips the brake, and its probes."""
        probes = sum(math.ceil(one / breaker.PROBE_EVERY.total_seconds()) for one in self.silences)
        return len(self.silences) * (self.config.send_threads + breaker.IN_A_ROW) + probes

    @property
    def ledger(self) -> Ledger:
        """The witness."""
        return self.exchange.ledger


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def is_stopped(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process was stopped by SIGSTOP."""
    asked = ["ps", "-o", "stat=", "-p", str(process.pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.startswith("T")  # noqa: S603  # our own command
