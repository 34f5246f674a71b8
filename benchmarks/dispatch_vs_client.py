"""
SMS a second: the whole slice, every attempt durable, against a bare threaded loop over the twilio client.

    python -m benchmarks.dispatch_vs_client

Ours claims, asks the contact policy about each person (50,000 suppressions in the file, one recipient in a hundred
opted out), sends and records on SQLite; its time ends when the last record is committed. The peer keeps nothing and
gets its best of 8, 16 and 32 threads in 1 and 2 processes. Both talk to the same stub carrier, in turns; every run of
ours has people of its own, so that nothing about them is remembered from the run before.
"""

from __future__ import annotations

import gc
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks import dispatch_peer, stub_carrier
from benchmarks.result import result
from core import clock, schema
from core.bulk import insert_tuples, reserve_ids
from core.carriers import connect
from core.config import Config
from core.db import ALL_TENANTS, Database, ScopedSession
from core.models import Tenant
from core.runtime import Runtime
from core.spool import Spool
from customers.models import ConsentEvent, Customer, CustomerNumber, Suppression
from outbound import deliveries
from outbound.dispatch import run_sender
from outbound.models import Attempt, Sender

RUNS = 5
COUNT = 5_000
SUPPRESSIONS = 50_000
THREADS = 64
# a Wednesday, 10:00 in Los Angeles and 13:00 in New York: nobody is held for the hour
MORNING = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)
NEVER_LIMITS = 1_000_000.0
TEXT = "Hello {{ name }}, your appointment is tomorrow at nine. Reply STOP to opt out."
# area codes in four zones
AREAS = ("415", "312", "212", "303")


@dataclass(frozen=True)
class Bench:
    """What is measured: an installation whose texts go to the stub carrier."""

    runtime: Runtime
    pool: ThreadPoolExecutor
    sender_id: int


def run(runs: int = RUNS, count: int = COUNT, suppressions: int = SUPPRESSIONS) -> dict[str, Any]:
    """
    Interleaved runs of both. *shape* is the peer's best, threads x processes; *cpu_ratio* is its processor time for a
    message over ours, which a busy machine leaves alone.
    """
    with (
        stub_carrier.running() as port,
        tempfile.TemporaryDirectory() as folder,
        installed(Path(folder), port) as bench,
    ):
        suppress(bench.runtime.database, suppressions)
        ours(bench, 0, count)
        shape = _best_shape(port, count // 4)
        pairs = [
            (ours(bench, turn, count), dispatch_peer.measure(port, count, *shape))
            for turn in range(1, runs + 1)
        ]
    return result(
        "dispatch_vs_client",
        "SMS/s",
        [(mine, bare) for (mine, _), (bare, _) in pairs],
        cpu_ratio=round(statistics.median(bare / mine for (_, mine), (_, bare) in pairs), 2),
        shape=f"{shape[0]}x{shape[1]}",
        threads=THREADS,
    )


def _best_shape(port: int, count: int) -> tuple[int, int]:
    """The peer's threads and processes that did best in the better of two tries each."""
    first, second = dispatch_peer.rates(port, count), dispatch_peer.rates(port, count)
    return max(first, key=lambda shape: max(first[shape], second[shape]))


def ours(bench: Bench, turn: int, count: int) -> tuple[float, float]:
    """
    Sends a second, and processor seconds a send: *count* people get their text, and everything about it is committed.
    """
    with bench.runtime.database.session(1) as session:
        source_id = people(session, turn, count)
    gc.collect()
    began, before = time.perf_counter(), time.process_time()
    counts = run_sender(bench.runtime, bench.pool, bench.sender_id, 1, "sms")
    took_s, spent_s = time.perf_counter() - began, time.process_time() - before
    _check(bench.runtime.database, source_id, counts, count)
    return count / took_s, spent_s / count


def _check(database: Database, source_id: int, counts: Counter[str], count: int) -> None:
    with database.reading(ALL_TENANTS) as session:
        accepted = session.scalar(
            select(func.count())
            .select_from(Attempt)
            .where(
                Attempt.source_id == source_id, Attempt.state == "accepted", Attempt.carrier_id.is_not(None)
            )
        )
    opted_out = _opted_out(count)
    if accepted != count or counts["accepted"] != count or counts["blocked"] != opted_out:
        raise SystemExit(f"{accepted} accepted in the database, {dict(counts)} counted, of {count}")


def _opted_out(count: int) -> int:
    return count // 100


def people(session: ScopedSession, turn: int, count: int) -> int:
    """*count* customers who agreed, as many again in a hundred who opted out since, and a delivery each; the source."""
    total = count + _opted_out(count)
    numbers = [number(turn, place, total) for place in range(total)]
    ids, now = customers(session, numbers), clock.now()
    _stop(session, numbers[count:])
    source = deliveries.open_source(
        session,
        1,
        f"bench:{turn}",
        channel="sms",
        purpose="marketing",
        campaign=f"bench:{turn}",
        content={"texts": {"en": {"text": TEXT}}, "variables": {}},
    )
    wanted = [
        deliveries.Wanted(one, number, "en", {"name": f"Ann {one}"})
        for one, number in zip(ids, numbers, strict=True)
    ]
    deliveries.add(session, source, wanted, now, now + timedelta(days=3))
    return source.id


def customers(session: ScopedSession, numbers: Sequence[str]) -> Sequence[int]:
    """Somebody who agreed to everything for each of *numbers*."""
    ids, now = reserve_ids(session, Customer, len(numbers)), clock.now()
    own = [(1, customer_id) for customer_id in ids]
    insert_tuples(
        session,
        Customer,
        ("id", "tenant_id", "name", "company", "language", "zone", "address", "state", "preferred_channel", "tags", "created_at"),
        [(one, 1, f"Ann {one}", "", "en", "", "", "", "", (), now) for one in ids],
    )  # fmt: skip
    insert_tuples(
        session,
        CustomerNumber,
        ("tenant_id", "customer_id", "address", "kind", "position"),
        [(*one, number, "mobile", 0) for one, number in zip(own, numbers, strict=True)],
    )
    insert_tuples(
        session,
        ConsentEvent,
        ("tenant_id", "customer_id", "purpose", "channel", "level", "is_given", "source", "at"),
        [(*one, "marketing", "", "express_written", True, "bench", now) for one in own],
    )
    return ids


def number(turn: int, place: int, total: int) -> str:
    """The *place*-th of *total* numbers of one turn."""
    serial = turn * total + place
    return f"+1{AREAS[serial % len(AREAS)]}{2_500_000 + serial // len(AREAS)}"


def suppress(database: Database, count: int) -> None:
    """Others who opted out."""
    with database.session(1) as session:
        _stop(session, [f"+1646{2_500_000 + serial}" for serial in range(count)])


def _stop(session: ScopedSession, addresses: list[str]) -> None:
    insert_tuples(
        session,
        Suppression,
        ("tenant_id", "address", "scope", "reason", "source", "at"),
        [(1, address, "marketing", "asked", "bench", clock.now()) for address in addresses],
    )


@contextmanager
def installed(folder: Path, port: int, url: str = "") -> Iterator[Bench]:
    """An installation on SQLite, or on the database at *url*, whose texts go to the stub carrier."""
    config = Config(
        database_url=url or f"sqlite:///{folder / 'bench.db'}",
        state_dir=folder / "state",
        sms_carrier="twilio",
        twilio_api_base=f"http://127.0.0.1:{port}",
        twilio_account_sid=dispatch_peer.ACCOUNT,
        twilio_auth_token=dispatch_peer.TOKEN,
        send_threads=THREADS,
    )
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(config.database_url)
    schema.upgrade(database)
    runtime = Runtime(config, database, connect(config), Spool(config.state_dir / "spool", "bench"))
    clock.turn(clock.Turn(clock.real(), MORNING))
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            yield Bench(runtime, pool, _sender(database))
    finally:
        clock.turn(None)
        runtime.spool.close()
        database.close()


def _sender(database: Database) -> int:
    with database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="bench", name="Bench", zone="America/New_York", created_at=clock.now()))
    return sender(database, "+18005550100")


def sender(database: Database, address: str, rate_per_s: float = NEVER_LIMITS) -> int:
    """A number to send from, as fast as can be unless told; its id."""
    with database.session(ALL_TENANTS) as session:
        added = Sender(
            tenant_id=1, channel="sms", address=address, rate_per_s=rate_per_s, next_at=clock.real()
        )
        session.add(added)
        session.flush()
        return added.id


if __name__ == "__main__":
    print(json.dumps(run()))
