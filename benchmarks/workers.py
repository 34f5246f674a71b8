"""
Two `flask worker` processes against one, on PostgreSQL: SMS a second until the last record is committed.

    python -m benchmarks.workers postgresql+psycopg://…/empty_database [--count 4000] [--senders 8]

Every worker is the real command with all its jobs and posts by few threads, so that on a small machine it waits for the carrier and
not for a processor; the carrier is the stub with 20 ms latency, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import dispatch_peer
from benchmarks.dispatch_vs_client import MORNING, _people, carrier
from core import clock, schema
from core.db import ALL_TENANTS, Database
from core.models import Tenant
from core.turned import write_turn
from outbound.models import Attempt, Sender

# SMS a second of each sender: a slice is two seconds of it, so that no one sender claims all there is
RATE = 100.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--senders", type=int, default=8)
    parser.add_argument("--threads", type=int, default=8, help="of each worker that post")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    database = Database(given.url)
    schema.upgrade(database)
    _furnish(database, given.senders)
    rates: dict[int, list[float]] = {1: [], 2: []}
    with carrier() as port, tempfile.TemporaryDirectory() as folder:
        for turn in range(given.runs):
            for workers in rates:
                rates[workers].append(
                    measure(
                        database, Path(folder), port, workers, given.threads, given.count, 2 * turn + workers
                    )
                )
                print(workers, round(rates[workers][-1]), file=sys.stderr)
    one, two = statistics.median(rates[1]), statistics.median(rates[2])
    print(json.dumps({"one": round(one), "two": round(two), "ratio": round(two / one, 2), "runs": rates}))
    database.close()


def _furnish(database: Database, senders: int) -> None:
    turn = clock.Turn(clock.real(), MORNING)
    write_turn(database, turn)
    clock.turn(turn)
    with database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="bench", name="Bench", zone="America/New_York", created_at=clock.now()))
        session.flush()
        for place in range(senders):
            address = f"+180055501{place:02}"
            session.add(
                Sender(tenant_id=1, channel="sms", address=address, rate_per_s=RATE, next_at=clock.real())
            )


def measure(
    database: Database, folder: Path, port: int, workers: int, threads: int, count: int, turn: int
) -> float:
    """SMS a second from the first attempt to the last record."""
    before = _accepted(database)
    with _hired(database, folder, port, workers, threads):
        time.sleep(5)  # everybody is up, and has looked how many there are
        with database.session(1) as session:
            _people(session, turn, count)
        began = time.perf_counter()
        while _accepted(database) - before < count:
            if time.perf_counter() - began > 300:
                raise SystemExit("not sent in 300 s")
            time.sleep(0.05)
        return count / (time.perf_counter() - began)


def _accepted(database: Database) -> int:
    with database.reading(ALL_TENANTS) as session:
        return session.scalar(select(func.count(Attempt.id)).where(Attempt.state == "accepted")) or 0


@contextmanager
def _hired(database: Database, folder: Path, port: int, workers: int, threads: int) -> Iterator[None]:
    processes = [
        subprocess.Popen(  # our own command
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            env={
                **os.environ,
                "DATABASE_URL": database.url,
                "STATE_DIR": str(folder / str(place)),
                "HOST_NAME": f"machine-{place}",
                "SMS_CARRIER": "twilio",
                "TWILIO_API_BASE": f"http://127.0.0.1:{port}",
                "TWILIO_ACCOUNT_SID": dispatch_peer.ACCOUNT,
                "TWILIO_AUTH_TOKEN": dispatch_peer.TOKEN,
                "SEND_THREADS": str(threads),
            },
            stderr=subprocess.DEVNULL,
        )
        for place in range(workers)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(10)


if __name__ == "__main__":
    main()
