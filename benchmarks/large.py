"""
Large campaigns from launch to the last record, by the real `flask worker` against the stub carrier, which counts.

    make bench-large          # about an hour with nothing else running; or python -m benchmarks with large_sqlite, large_postgresql or million

Everybody is in one campaign and asked for by policy; 50,000 others have opted out. No receipts come: whoever was texted a
quarter of an hour ago is asked after. *ours* and *peer* are the worker's
processor milliseconds a recipient, of the large campaign and of smaller ones before and after it: the ratio says whether it grows
with size. Beside it are the seconds it took, recipients a second, the peaks of memory of a worker and of the web process, how many
the stub was asked to text twice, and the slowest hundredth of the live page, asked of the web process while it ran.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks import dispatch_vs_client, stub_carrier, webhook
from benchmarks.postgres import postgres
from broadcast import campaigns
from broadcast.models import Campaign
from console import sessions
from console.access import COOKIE
from console.staff import add_staff
from core import clock
from core.config import Config
from core.db import Database
from core.models import Tenant
from core.turned import write_turn
from outbound.models import Attempt

SUPPRESSIONS = 50_000
# without any progress for so long a campaign counts as stuck
PATIENCE_S = 180.0
LOOK_S = 1.0
EMAIL, PASSWORD = "bench@example.com", "seven bells at noon"  # of a database that is thrown away


@dataclass(frozen=True)
class Run:
    """One campaign of *count*, *sending_s* from the first to the last of them: *cpu_ms* are the worker's for each recipient, *page_ms* the live page's median, *slow_page_ms* its slowest hundredth."""

    count: int
    took_s: float
    sending_s: float
    cpu_ms: float
    peak_mb: float
    web_mb: float
    twice: int
    page_ms: float
    slow_page_ms: float


def run(name: str, count: int, smaller: int, is_postgres: bool) -> dict[str, Any]:
    """A campaign of *count* between two of *smaller*, whose mean it is held against: a machine may be slower by the hour."""
    before, large, after = (campaign(size, is_postgres) for size in (smaller, count, smaller))
    small = (before.cpu_ms + after.cpu_ms) / 2
    return {
        "name": name, "ours": round(large.cpu_ms, 3), "peer": round(small, 3), "ratio": round(large.cpu_ms / small, 3),
        "spread": round(abs(after.cpu_ms - before.cpu_ms) / small, 3), "unit": "CPU ms/recipient", "runs": 1, "recipients": count, "seconds": round(large.took_s, 1),
        "recipients_s": round(count / large.took_s, 1), "peak_mb": round(large.peak_mb, 1),
        "web_mb": round(large.web_mb, 1), "contacted_twice": before.twice + large.twice + after.twice, "page_ms": round(large.page_ms, 1),
        "slow_page_ms": round(large.slow_page_ms, 1),
    }  # fmt: skip


LARGE: Mapping[str, Callable[[], dict[str, Any]]] = {
    "large_sqlite": partial(run, "large_sqlite", 200_000, 50_000, False),
    "large_postgresql": partial(run, "large_postgresql", 200_000, 50_000, True),
    "million": partial(run, "million", 1_000_000, 100_000, False),
}


def campaign(count: int, is_postgres: bool) -> Run:
    """Run one, from two numbers."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stub_carrier.running("--count") as port,
        _database(is_postgres) as url,
        dispatch_vs_client.installed(Path(folder), port, url) as bench,
    ):
        database, config = bench.runtime.database, bench.runtime.config
        dispatch_vs_client.sender(database, "+18005550109")
        dispatch_vs_client.suppress(database, SUPPRESSIONS)
        turn = clock.Turn(clock.real(), dispatch_vs_client.MORNING)
        write_turn(database, turn)
        with database.session(1) as session:
            dispatch_vs_client.customers(
                session, [dispatch_vs_client.number(0, n, count) for n in range(count)]
            )
        campaign_id = _launched(database)
        database.analyze()
        with ExitStack() as stack:
            web = stack.enter_context(_served(config))
            page = Page(web.port, campaign_id, _signed_in(database))
            page.ask()  # its templates are read once
            began = time.monotonic()
            worker = stack.enter_context(_worker(config))
            first_at, pages = _until_recorded(database, page, port, count, worker)
            ended = time.monotonic()
            web_mb = max(_spent(pid)[1] for pid in _children(web.pid))
            cpu_s, peak_mb = _spent(worker.pid)
        return Run(
            count, ended - began, ended - first_at, 1000 * cpu_s / count,
            peak_mb, web_mb, _asked(port)["twice"], statistics.median(pages or [0.0]), _slowest(pages),
        )  # fmt: skip


@contextmanager
def _database(is_postgres: bool) -> Iterator[str]:
    if is_postgres:
        with postgres() as url:
            yield url
    else:
        yield ""


def _launched(database: Database, name: str = "Large") -> int:
    document = (
        f"name: {name}\npurpose: marketing\nchannel: sms\naudience: {{segment: {{}}}}\nends_after_h: 48\n"
        f"message: {{en: {{text: '{dispatch_vs_client.TEXT}'}}}}\n"
    )
    with database.session(1) as session:
        campaign = campaigns.create(session, session.get_one(Tenant, 1), document, "bench")
    with database.reading(1) as session:
        content = campaigns.ready(session, campaign)
    with database.session(1) as session:
        campaigns.launch(session, campaigns.get(session, campaign.id), content, "bench")
    return campaign.id


@contextmanager
def _worker(config: Config) -> Iterator[subprocess.Popen[bytes]]:
    with _running(config, "flask", "--app", "wsgi", "worker") as process:
        yield process


@contextmanager
def _running(config: Config, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    settings = {name.upper(): str(value) for name, value in config.model_dump(exclude_unset=True).items()}
    started = [sys.executable, "-m", *command]
    with subprocess.Popen(started, env={**os.environ, **settings}, stderr=subprocess.DEVNULL) as process:  # noqa: S603  # our own
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


@dataclass(frozen=True)
class Web:
    """A web process as an installation has it; *pid* is its master's."""

    port: int
    pid: int


@contextmanager
def _served(config: Config) -> Iterator[Web]:
    port = webhook.free_port()
    with _running(config, "gunicorn", *webhook.options(port), "wsgi:app") as process:
        webhook.wait_for(port)
        yield Web(port, process.pid)


@dataclass(frozen=True)
class Page:
    """The live page of a campaign, as a member of staff has it open."""

    port: int
    campaign_id: int
    session: str

    def ask(self) -> float:
        """Milliseconds until it was there."""
        address = f"http://127.0.0.1:{self.port}/campaigns/{self.campaign_id}"
        asked, began = urllib.request.Request(address), time.perf_counter()  # our own web process
        asked.add_header("Cookie", f"{COOKIE}={self.session}")
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310  # the same
            answer.read()
            if answer.url != address:
                raise SystemExit(f"the live page does not open: {answer.url}")
        return 1000 * (time.perf_counter() - began)


def _signed_in(database: Database) -> str:
    """The session of a member of staff."""
    with database.session(1) as session:
        add_staff(session, 1, EMAIL, "Bench", ("marketing",), "en", PASSWORD)
    return str(sessions.sign_in(database, EMAIL, PASSWORD, timedelta(hours=12)))


def _until_recorded(
    database: Database,
    page: Page,
    port: int,
    count: int,
    worker: subprocess.Popen[bytes],
) -> tuple[float, list[float]]:
    """Wait until all are recorded in the database; when the first was sent, and milliseconds of the live page meanwhile."""
    pages = list[float]()
    before, moved_at, first_at = (0, 0), time.monotonic(), 0.0
    while (standing := _standing(database, port, count)) != (count, count):
        now = time.monotonic()
        if standing != before:
            before, moved_at = standing, now
        first_at = first_at or (now if standing[0] else 0.0)
        if worker.poll() is not None or now - moved_at > PATIENCE_S:
            raise SystemExit(f"the worker ended or is stuck: sent and recorded are {standing} of {count}")
        pages.append(page.ask())
        time.sleep(LOOK_S)
    return first_at or moved_at, pages


def _standing(database: Database, port: int, count: int) -> tuple[int, int]:
    """How many were sent, and once all were how many of them are recorded; before, how many are prepared."""
    if sent := _asked(port)["sent"]:
        return min(sent, count), _recorded(database) if sent >= count else 0
    with database.reading(1) as session:
        return 0, -(session.scalar(select(Campaign.prepared_to)) or 0)


def _recorded(database: Database) -> int:
    with database.reading(1) as session:
        return (
            session.scalar(
                select(func.count()).select_from(Attempt).where(Attempt.state.in_(("accepted", "ended")))
            )
            or 0
        )


def _asked(port: int) -> dict[str, int]:
    with urllib.request.urlopen(
        f"http://127.0.0.1:{port}/counted", timeout=10
    ) as answer:  # the stub beside us
        found: dict[str, int] = json.load(answer)
    return found


def _spent(pid: int) -> tuple[float, float]:
    """Processor seconds and peak megabytes of a process (Linux)."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak_kb = next(int(one.split()[1]) for one in status.splitlines() if one.startswith("VmHWM"))
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"), peak_kb / 1024


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _slowest(pages: Sequence[float]) -> float:
    return statistics.quantiles(pages, n=100)[98] if len(pages) > 1 else max(pages, default=0.0)
