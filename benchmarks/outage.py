"""
Receipts while the database is away for half a minute: each is answered, each is kept, none is counted twice.

    python -m benchmarks outage_sqlite outage_postgresql

A web process and a `flask worker`, as an installation has them. Receipts come in steadily, every tenth a second time, as
carriers do; meanwhile SQLite's file is locked, or PostgreSQL's server is stopped, for thirty seconds of real time.
*ours* are the receipts that stand in the database in the end and have ended their attempts, *peer* are those that were
sent: the ratio is 1 or something was lost. A benchmark that finds one lost or twice ends with an error.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks import postgres, receipts, webhook
from core.db import ALL_TENANTS, Database
from outbound.models import Attempt, Receipt

AWAY_S = 30.0
# before the outage, and after it, in parts of it
AROUND = 0.1
RATE = 120
# how long it may take to have carried everything once the database is back
PATIENCE_S = 120.0
Away = Callable[[], AbstractContextManager[None]]


def run(name: str, is_postgres: bool, away_s: float = AWAY_S, rate: int = RATE) -> dict[str, Any]:
    """One outage. *caught_up_s* is from its end until the receipts that *waited* stand in the database."""
    with tempfile.TemporaryDirectory() as folder:
        if not is_postgres:
            file = Path(folder) / "bench.db"
            return _measured(name, Path(folder), f"sqlite:///{file}", lambda: _locked(file), away_s, rate)
        with postgres.server() as server:
            return _measured(name, Path(folder), server.url, server.away, away_s, rate)


OUTAGES: Mapping[str, Callable[[], dict[str, Any]]] = {
    "outage_sqlite": partial(run, "outage_sqlite", False),
    "outage_postgresql": partial(run, "outage_postgresql", True),
}


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Somebody else writes and does not come to an end."""
    other = sqlite3.connect(file, timeout=15, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def _measured(name: str, folder: Path, url: str, away: Away, away_s: float, rate: int) -> dict[str, Any]:
    count = int(rate * away_s * (1 + 2 * AROUND)) + 1
    config = receipts.settle(folder, count, url)
    database = Database(config.database_url)
    worker = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with webhook.served("wsgi:app", config) as port, webhook.running(worker, config):
        storm = _Storm(port, rate, database)
        asyncio.run(storm.rage(count, away, away_s))
        _until(lambda: _ended(database) == count, PATIENCE_S)
    stored, ended = _stored(database), _ended(database)
    database.close()
    if (stored, ended) != (count, count):
        raise SystemExit(f"of {count} receipts {stored} are stored and {ended} have ended their attempt")
    return {
        "name": name, "ours": stored, "peer": count, "ratio": stored / count, "spread": 0.0, "unit": "receipts", "runs": 1,
        "told": len(storm.times), "away_s": away_s, "waited": storm.waited, "caught_up_s": round(storm.caught_up_s, 1),
        "slowest_ms": round(1000 * max(storm.times), 1),
        "p99_ms": round(1000 * statistics.quantiles(storm.times, n=100)[98], 1),
    }  # fmt: skip


@dataclass
class _Storm:
    """What comes in, and how it went: seconds of each answer, how many *waited* when the database was back."""

    port: int
    rate: int
    database: Database
    told: set[int] = field(default_factory=set)
    times: list[float] = field(default_factory=list)
    waited: int = 0
    caught_up_s: float = 0.0

    async def rage(self, count: int, away: Away, away_s: float) -> None:
        """Tell of *count* texts and let the database be away meanwhile; it begins when worker and web process work."""
        await self._teller(iter([(time.monotonic(), 0)]))
        await asyncio.to_thread(_until, lambda: _ended(self.database) == 1, PATIENCE_S)
        self.times.clear()
        began = time.monotonic()
        due = iter([(began + number / self.rate, number) for number in range(1, count)])
        telling = asyncio.gather(*(self._teller(due) for _ in range(webhook.CONNECTIONS)))
        await asyncio.sleep(away_s * AROUND)
        await asyncio.to_thread(self._outage, away, away_s)
        await telling

    async def _teller(self, due: Iterator[tuple[float, int]]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for at, number in due:
            await asyncio.sleep(at - time.monotonic())
            for _ in range(2 if number % 10 == 0 else 1):
                self.times.append(await receipts.tell(reader, writer, number))
            self.told.add(number)
        writer.close()
        await writer.wait_closed()

    def _outage(self, away: Away, away_s: float) -> None:
        stored = _stored(self.database)
        self.database.close()
        with away():
            time.sleep(away_s)
        back_at, told = time.monotonic(), len(self.told)
        self.waited = told - stored
        _until(lambda: _stored(self.database) >= told, PATIENCE_S)
        self.caught_up_s = time.monotonic() - back_at


def _until(is_so: Callable[[], bool], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)


def _stored(database: Database) -> int:
    with database.reading(ALL_TENANTS) as session:
        return session.scalar(select(func.count()).select_from(Receipt)) or 0


def _ended(database: Database) -> int:
    with database.reading(ALL_TENANTS) as session:
        counted = select(func.count()).select_from(Attempt).where(Attempt.state == "ended")
        return session.scalar(counted) or 0
