"""
Webhooks a second: a signed three-level menu, every step in the database and counted, against a bare Flask route.

    python -m benchmarks.webhook

Both are served by gunicorn with one process and sixteen threads, as each web process of an installation is, and asked
by the same client over the same kept connections, in turns. A call is four requests: answered, then three keys. Ours
spools every step and a worker beside it carries it into SQLite; its time ends when the last step can be counted there.
The peer checks the signature and answers with a constant document.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, request
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from app import SPOOLED
from benchmarks.menu import menus
from benchmarks.result import result
from core import draining, jobs
from core.config import Config
from core.db import ALL_TENANTS, Base, Database
from core.models import Tenant
from flows import publish
from ivr import lines, snapshot
from ivr.models import CallStep, HotlineNumber

RUNS = 7
CALLS = 600
CONNECTIONS = 16
PUBLIC = "http://127.0.0.1:8000"
ACCOUNT, TOKEN, HOTLINE = "AC" + "0" * 31 + "1", "exchange-demo-token", "+18005550100"
KEYS = ("2", "1", "3")
ACTION = re.compile(rb'action="http://127\.0\.0\.1:8000([^"]+)"')
STEPS_A_CALL = 1 + 2 * len(KEYS)
PAGE = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Gather action="http://127.0.0.1:8000/peer" numDigits="1">'
    "<Say>For service number 1, press 1. For service number 2, press 2.</Say></Gather></Response>"
)

peer = Flask("peer")
_validator = RequestValidator(TOKEN)


@peer.post("/<path:path>")
def answer(path: str) -> Response:
    """The peer: is it signed? Then say the menu."""
    if not _validator.validate(PUBLIC + request.path, request.form, request.headers["X-Twilio-Signature"]):
        abort(403)
    return Response(PAGE, mimetype="text/xml")


def run(turns: int = RUNS, calls: int = CALLS) -> dict[str, Any]:
    """Interleaved runs of both; *ratio* is the median of ours / peer, *p99_ratio* that of the slowest hundredth."""
    with tempfile.TemporaryDirectory() as folder:
        config = settle(Path(folder), menus(3, 4))
        database = Database(config.database_url)
        with (
            served("wsgi:app", config) as ours,
            served("benchmarks.webhook:peer", config) as theirs,
            _draining(config),
        ):
            asyncio.run(ring(ours, 40, 0))
            asyncio.run(ring(theirs, 40, 0))
            done = 40
            pairs = []
            for turn in range(1, turns + 1):
                pairs.append((_ours(ours, database, turn, calls, done), _peers(theirs, turn, calls)))
                done += calls
                hang_up(config)
        database.close()
    return result(
        "webhook",
        "requests/s",
        [(mine, bare) for (mine, _), (bare, _) in pairs],
        p99_ratio=round(statistics.median(mine / bare for (_, mine), (_, bare) in pairs), 2),
    )


def _ours(port: int, database: Database, turn: int, calls: int, calls_before: int) -> tuple[float, float]:
    """Requests a second until all their steps are counted in the database, and the 99th percentile in seconds."""
    began = time.perf_counter()
    times = asyncio.run(ring(port, calls, turn))
    wanted = (calls_before + calls) * STEPS_A_CALL
    while (counted := _steps(database)) < wanted:
        time.sleep(0.005)
    took_s = time.perf_counter() - began
    if counted != wanted:
        raise SystemExit(f"{counted} steps in the database, not {wanted}")
    return len(times) / took_s, statistics.quantiles(times, n=100)[98]


def _peers(port: int, turn: int, calls: int) -> tuple[float, float]:
    began = time.perf_counter()
    times = asyncio.run(ring(port, calls, turn))
    return len(times) / (time.perf_counter() - began), statistics.quantiles(times, n=100)[98]


def hang_up(config: Config) -> None:
    """These calls are over: each host counts the calls it has, and would count ever more."""
    file = sqlite3.connect(config.state_dir / lines.FILE)
    with file:
        file.execute("UPDATE line SET until = 0")
    file.close()


def _steps(database: Database) -> int:
    with database.reading(ALL_TENANTS) as session:
        return session.scalar(select(func.count()).select_from(CallStep)) or 0


async def ring(
    port: int, calls: int, turn: int, keys: Callable[[int], Sequence[str]] = lambda number: KEYS
) -> list[float]:
    """Place *calls* calls over the kept connections, pressing *keys* in the n-th; seconds of each request."""
    times: list[float] = []
    numbers = iter(range(calls))
    await asyncio.gather(*(_caller(port, numbers, turn, keys, times) for _ in range(CONNECTIONS)))
    return times


async def _caller(
    port: int, numbers: Iterator[int], turn: int, keys: Callable[[int], Sequence[str]], times: list[float]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        form = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "CallSid": f"CA{turn:08x}{number:024x}",
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "From": f"+1415{number:07}",
            "To": HOTLINE,
        }
        path = "/ivr/answer"
        for key in ("", *keys(number)):
            asked = {**form, "Digits": key} if key else form
            began = time.perf_counter()
            body = await _post(reader, writer, path, asked)
            times.append(time.perf_counter() - began)
            if found := ACTION.search(body):
                path = found[1].decode()
    writer.close()
    await writer.wait_closed()


async def _post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, form: dict[str, str]
) -> bytes:
    writer.write(signed_post(path, form))
    answered = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in answered[:16]:
        raise SystemExit(f"{path} was answered {answered[:40]!r}")
    length = re.search(rb"(?i)content-length: (\d+)", answered)
    assert length
    return await reader.readexactly(int(length[1]))


def signed_post(path: str, form: dict[str, str]) -> bytes:
    """One request as the carrier makes it."""
    signed = PUBLIC + path + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.digest(TOKEN.encode(), signed.encode(), hashlib.sha1)).decode()
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def settle(folder: Path, menu: str) -> Config:
    """A database with one hotline number and *menu* published."""
    folder.mkdir(exist_ok=True)
    config = Config(
        database_url=f"sqlite:///{folder / 'bench.db'}", public_url=PUBLIC, state_dir=folder / "state"
    )
    database = Database(config.database_url)
    Base.metadata.create_all(database.engine)
    now = datetime.now(UTC)
    with database.session(ALL_TENANTS) as session:
        # nobody reports the end of these calls, and the same callers ring in every turn
        limits = {"at_once": 100_000, "of_a_caller": 1000, "a_day": 10_000}
        tenant = Tenant(id=1, slug="bench", name="Bench", created_at=now, hotline={"limits": limits})
        session.add(tenant)
        session.flush()
        version = publish.save_draft(session, 1, menu, now)
        version.state, version.published_at = "published", now
        session.add(HotlineNumber(tenant_id=1, address=HOTLINE, flow="bench"))
    snapshot.refresh(database, config.state_dir)
    (config.state_dir / "spool").mkdir()
    database.close()
    return config


@contextmanager
def served(module: str, config: Config) -> Iterator[int]:
    """gunicorn serving *module*; its port."""
    port = free_port()
    with running([sys.executable, "-m", "gunicorn", *options(port), module], config):
        wait_for(port)
        yield port


def free_port() -> int:
    """One nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def options(port: int) -> list[str]:
    """How gunicorn is started: one process, sixteen threads."""
    said = f"--workers 1 --worker-class gthread --threads 16 --no-control-socket --keep-alive 30 --log-level error --bind 127.0.0.1:{port}"
    return said.split()


@contextmanager
def _draining(config: Config) -> Iterator[None]:
    """A worker that carries the spool into the database."""
    with running([sys.executable, "-m", "benchmarks.webhook", "drain"], config):
        yield


@contextmanager
def running(command: list[str], config: Config) -> Iterator[None]:
    """A process of ours with the settings of *config*, for as long as the body runs."""
    settings = {
        "DATABASE_URL": config.database_url,
        "PUBLIC_URL": config.public_url,
        "STATE_DIR": str(config.state_dir),
    }
    process = subprocess.Popen(command, env={**os.environ, **settings})  # noqa: S603  # our own commands
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    """Return once somebody listens."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("gunicorn did not start")


def drain() -> None:
    """What the worker's job does, as often as it does, for as long as the benchmark runs."""
    config = Config(database_url=os.environ["DATABASE_URL"], state_dir=Path(os.environ["STATE_DIR"]))
    database = Database(config.database_url)
    every_s = next(job.every_s for job in jobs.JOBS if job.name == "drain")
    while True:
        draining.drain(config.state_dir / "spool", database, SPOOLED)
        time.sleep(every_s)


if __name__ == "__main__":
    if sys.argv[1:] == ["drain"]:
        drain()
    print(json.dumps(run()))
