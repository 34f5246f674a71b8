"""`flask worker` as a process: it works, and ends when it is told to."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from core import jobs
from core.config import Config
from core.db import ALL_TENANTS, Database
from core.models import Host
from core.runtime import Job, Runtime
from core.spool import Spool
from core.worker import _tick

ROOT = Path(__file__).parents[2]
Counts = Mapping[str, int]


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return settings(database_url, tmp_path)


def settings(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "STATE_DIR": str(tmp_path / "state"),
        "EXCHANGE_URL": "http://127.0.0.1:1",
        "PUBLIC_URL": "http://127.0.0.1:8000",
    }


def start(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.storage
def test_a_worker_works_and_ends_when_it_is_told_to(environment: dict[str, str]) -> None:
    process = start(environment)
    database = Database(environment["DATABASE_URL"])
    try:
        wait(lambda: hosts(database) == ["worker"], 30, process)
        wait(lambda: database.is_sqlite or has_registered(database), 30, process)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1]
    finally:
        process.kill()
        process.wait()
        database.close()

    assert process.returncode == 0
    assert "worker: stopped" in said
    assert "Traceback" not in said


def wait(done: Callable[[], bool], timeout_s: float, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "the worker does not say that it is alive"
        time.sleep(0.05)


def hosts(database: Database) -> list[str]:
    with database.reading(ALL_TENANTS) as session:
        return list(session.scalars(select(Host.role)))


def has_registered(database: Database) -> bool:
    with database.engine.connect() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM procrastinate.procrastinate_workers")))


def test_a_worker_refuses_a_database_that_lacks_a_migration(tmp_path: Path) -> None:
    process = start(settings(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path))
    said = process.communicate(timeout=60)[1]

    assert process.returncode == 1
    assert "the database is not up to date; run: flask db upgrade" in said
    assert "Traceback" not in said


@pytest.fixture
def runtime(fresh_url: str, tmp_path: Path) -> Iterator[Runtime]:
    database, spool = Database(fresh_url), Spool(tmp_path / "state" / "spool", "web")
    yield Runtime(Config(database_url=fresh_url, state_dir=tmp_path / "state"), database, {}, spool)
    spool.close()
    database.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as found:
        yield found


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(
            OperationalError("x", {}, ValueError()), "job: the database does not answer", id="database"
        ),
        pytest.param(RuntimeError("odd"), "job failed; trying again", id="anything else"),
    ],
)
def test_a_job_that_fails_is_logged_and_tried_again(
    runtime: Runtime,
    pool: ThreadPoolExecutor,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    said: str,
) -> None:
    def fail(runtime: Runtime, pool: ThreadPoolExecutor) -> Counts:
        raise error

    with caplog.at_level(logging.WARNING):
        _tick(runtime, pool, Job("job", 1, fail))

    assert said in caplog.text


def test_a_worker_that_ends_begins_nothing_more(runtime: Runtime, pool: ThreadPoolExecutor) -> None:
    ran = threading.Event()

    def run(runtime: Runtime, pool: ThreadPoolExecutor) -> Counts:
        ran.set()
        return {}

    runtime.stopping.set()
    _tick(runtime, pool, Job("job", 1, run))

    assert not ran.is_set()


def test_a_heartbeat_says_what_the_spool_still_holds(runtime: Runtime, pool: ThreadPoolExecutor) -> None:
    runtime.spool.append("note", {})
    jobs.heartbeat(runtime, pool)
    jobs.heartbeat(runtime, pool)

    with runtime.database.reading(ALL_TENANTS) as session:
        [host] = session.scalars(select(Host))
    assert host.name == runtime.host
    assert host.spooled > 0
