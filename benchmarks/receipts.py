"""
Receipts a second: signed, spooled to disk, applied to their attempts, against a bare Flask route.

    python -m benchmarks.receipts

Both are served by gunicorn with one process and sixteen threads and asked over the same kept connections, in turns. Ours
answers when the receipt is on disk, and a worker beside it carries it into SQLite; its time ends when the last one stands
in the database. The peer checks the signature and answers.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, abort, request
from sqlalchemy import func, insert, select
from twilio.request_validator import RequestValidator

from benchmarks import webhook
from benchmarks.result import result
from benchmarks.webhook import ACCOUNT, CONNECTIONS, PUBLIC, TOKEN
from core import schema
from core.config import Config
from core.db import ALL_TENANTS, Database
from core.models import Tenant
from outbound import deliveries
from outbound.models import Attempt, Delivery, Receipt, Sender

RUNS, COUNT = 5, 3_000
FROM = "+18005550101"

peer = Flask("peer")
_validator = RequestValidator(TOKEN)


@peer.post("/<path:path>")
def answer(path: str) -> tuple[str, int]:
    """The peer: is it signed?"""
    if not _validator.validate(PUBLIC + request.path, request.form, request.headers["X-Twilio-Signature"]):
        abort(403)
    return "", 204


def run(runs: int = RUNS, count: int = COUNT) -> dict[str, Any]:
    """Interleaved runs of both; *p99_ratio* compares the slowest hundredth of the answers."""
    with tempfile.TemporaryDirectory() as folder:
        config = settle(Path(folder), (runs + 1) * count)
        database = Database(config.database_url)
        with (
            webhook.served("wsgi:app", config) as ours,
            webhook.served("benchmarks.receipts:peer", config) as theirs,
            webhook.running([sys.executable, "-m", "benchmarks.webhook", "drain"], config),
        ):
            _ours(ours, database, 0, count)
            asyncio.run(_told(theirs, 0, count))
            pairs = [
                (_ours(ours, database, turn, count), _peers(theirs, turn, count))
                for turn in range(1, runs + 1)
            ]
        database.close()
    return result(
        "receipts",
        "requests/s",
        [(mine, bare) for (mine, _), (bare, _) in pairs],
        p99_ratio=round(statistics.median(mine / bare for (_, mine), (_, bare) in pairs), 2),
    )


def _ours(port: int, database: Database, turn: int, count: int) -> tuple[float, float]:
    """Receipts a second until all stand in the database, and the 99th percentile of an answer in seconds."""
    began = time.perf_counter()
    times = asyncio.run(_told(port, turn, count))
    while (kept := _kept(database)) < (turn + 1) * count:
        time.sleep(0.005)
    took_s = time.perf_counter() - began
    if kept != (turn + 1) * count:
        raise SystemExit(f"{kept} receipts in the database, not {(turn + 1) * count}")
    return count / took_s, statistics.quantiles(times, n=100)[98]


def _peers(port: int, turn: int, count: int) -> tuple[float, float]:
    began = time.perf_counter()
    times = asyncio.run(_told(port, turn, count))
    return count / (time.perf_counter() - began), statistics.quantiles(times, n=100)[98]


def _kept(database: Database) -> int:
    with database.reading(ALL_TENANTS) as session:
        return session.scalar(select(func.count()).select_from(Receipt)) or 0


async def _told(port: int, turn: int, count: int) -> list[float]:
    """One word about each of *count* attempts; seconds of each answer."""
    times: list[float] = []
    numbers = iter(range(turn * count, (turn + 1) * count))
    await asyncio.gather(*(_teller(port, numbers, times) for _ in range(CONNECTIONS)))
    return times


async def _teller(port: int, numbers: Iterator[int], times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        times.append(await tell(reader, writer, number))
    writer.close()
    await writer.wait_closed()


async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> float:
    """Say as the carrier does that text *number* was delivered; the seconds until it was answered that this is kept."""
    path = f"/receipts/{_token(number)}/sms"
    form = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": FROM,
        "MessageSid": f"SM{number:032x}",
        "MessageStatus": "delivered",
        "SmsSid": f"SM{number:032x}",
        "SmsStatus": "delivered",
        "To": _address(number),
    }
    began = time.perf_counter()
    writer.write(webhook.signed_post(path, form))
    if b" 204 " not in (answered := await reader.readuntil(b"\r\n\r\n"))[:16]:
        raise SystemExit(f"{path} was answered {answered[:40]!r}")
    return time.perf_counter() - began


def _token(number: int) -> str:
    return f"{number:022}"


def _address(number: int) -> str:
    return f"+1415{2_500_000 + number}"


def settle(folder: Path, total: int, url: str = "") -> Config:
    """*total* texts under way, on SQLite or in the database at *url*."""
    config = Config(
        database_url=url or f"sqlite:///{folder / 'bench.db'}", public_url=PUBLIC, state_dir=folder / "state"
    )
    database = Database(config.database_url)
    schema.upgrade(database)
    now = datetime.now(UTC)
    with database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="bench", name="Bench", created_at=now))
        session.flush()
        session.add(Sender(id=1, tenant_id=1, channel="sms", address=FROM, rate_per_s=1.0, next_at=now))
        source = deliveries.open_source(
            session,
            1,
            "bench:1",
            channel="sms",
            purpose="service",
            content={"texts": {"en": {"text": "Hello"}}},
        )
        wanted = [deliveries.Wanted(None, _address(number), "en", {}) for number in range(total)]
        deliveries.add(session, source, wanted, now, now + timedelta(days=1))
        ids = session.scalars(select(Delivery.id).order_by(Delivery.address)).all()
        under_way = {
            "tenant_id": 1,
            "source_id": source.id,
            "sender_id": 1,
            "channel": "sms",
            "state": "accepted",
        }
        rows = [
            {
                **under_way,
                "delivery_id": delivery_id,
                "address": _address(number),
                "token": _token(number),
                "carrier_id": f"SM{number:032x}",
                "started_at": now,
                "submitted_at": now,
                "expect_by": now + timedelta(days=1),
            }
            for number, delivery_id in enumerate(ids)
        ]
        session.execute(insert(Attempt), rows)
        # what a claim would have left; no worker is there to look at them
        session.connection().exec_driver_sql("UPDATE delivery SET state = 'active', attempts = 1")
    database.close()
    (config.state_dir / "spool").mkdir(parents=True)
    return config


if __name__ == "__main__":
    print(json.dumps(run()))
