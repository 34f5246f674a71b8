"""
SMS a second of two workers against one, on PostgreSQL, where the carrier's latency and not a processor is the limit.

    python -m benchmarks.two_workers

Each worker is the real `flask worker` with its 16 posting threads, and the stub carrier answers after 100 ms: one worker can
send 160 a second and uses a fraction of a core for it, so that two can show what they are worth even on a small machine
that also runs the database and the carrier. There are eight numbers to send from, together faster than two workers. A run
goes from the first text the carrier sees to the last record, with everybody up and known to each other before; the stub
counts that nobody is texted twice. *cpu_ms* is what one worker spends for each text.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, update

from benchmarks import dispatch_vs_client, stub_carrier
from benchmarks.dispatch_vs_client import Bench
from benchmarks.large import _asked, _spent, _worker
from benchmarks.postgres import postgres
from benchmarks.result import result
from core import clock
from core.db import ALL_TENANTS, Database
from core.turned import write_turn
from outbound.models import Attempt, Sender

RUNS, COUNT = 5, 2_000
LATENCY_MS, THREADS = 100, 16
SENDERS, RATE = 8, 50.0
# each looks once a second how many share the lanes
ACQUAINTED_S = 3.0
LOOK_S = 0.05
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Run:
    """One run: texts a second, and processor milliseconds of the workers for each."""

    rate: float
    cpu_ms: float


def run(runs: int = RUNS, count: int = COUNT) -> dict[str, Any]:
    """Two workers and one, in turns."""
    latency = ("--count", "--latency-ms", str(LATENCY_MS))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port, url = stack.enter_context(stub_carrier.running(*latency)), stack.enter_context(postgres())
        bench = stack.enter_context(dispatch_vs_client.installed(folder, port, url))
        _furnish(bench.runtime.database)
        turns = [
            (_measure(bench, port, 2, 2 * turn, count), _measure(bench, port, 1, 2 * turn + 1, count))
            for turn in range(runs)
        ]
        twice = _asked(port)["twice"]
    return result(
        "two_workers",
        "SMS/s",
        [(two.rate, one.rate) for two, one in turns],
        contacted_twice=twice,
        cpu_ms=round(statistics.median(one.cpu_ms for _, one in turns), 2),
        latency_ms=LATENCY_MS,
        threads=THREADS,
    )


def _furnish(database: Database) -> None:
    write_turn(database, clock.Turn(clock.real(), dispatch_vs_client.MORNING))
    with database.session(ALL_TENANTS) as session:
        session.execute(update(Sender).values(rate_per_s=RATE))
    for place in range(1, SENDERS):
        dispatch_vs_client.sender(database, f"+180055501{place:02}", RATE)


def _measure(bench: Bench, port: int, workers: int, turn: int, count: int) -> Run:
    database = bench.runtime.database
    config = bench.runtime.config.model_copy(update={"send_threads": THREADS})
    before = _asked(port)["sent"]
    accepted = _accepted(database)
    with ExitStack() as stack:
        running = [stack.enter_context(_worker(config)) for _ in range(workers)]
        _until(lambda: _present(database) == workers)
        time.sleep(ACQUAINTED_S)
        with database.session(1) as session:
            dispatch_vs_client.people(session, turn, count)
        _until(lambda: _asked(port)["sent"] > before)
        began, idle_s = time.perf_counter(), sum(_spent(one.pid)[0] for one in running)
        _until(lambda: _accepted(database) - accepted >= count)
        took_s = time.perf_counter() - began
        cpu_s = sum(_spent(one.pid)[0] for one in running) - idle_s
    return Run(count / took_s, 1000 * cpu_s / count)


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"not done in {PATIENCE_S:.0f} s")
        time.sleep(LOOK_S)


def _accepted(database: Database) -> int:
    with database.reading(1) as session:
        return session.scalar(select(func.count(Attempt.id)).where(Attempt.state == "accepted")) or 0


def _present(database: Database) -> int:
    """The workers that say they are alive."""
    with database.reading(ALL_TENANTS) as session:
        return session.scalar(text("SELECT count(*) FROM procrastinate.procrastinate_workers")) or 0


if __name__ == "__main__":
    print(json.dumps(run()))
