"""Many workers on one PostgreSQL: each tick is done once, each lane by one at a time, and what a dead one held is taken over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from core import cluster
from core.cluster import cron
from core.config import Config
from core.db import Database
from core.runtime import Counts, Job, Lanes, Runtime
from core.spool import Spool

pytestmark = pytest.mark.storage
DEAD_WORKER = """
    SET search_path TO procrastinate;
    INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute');
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status, worker_id)
    VALUES ('ticks', 'look', 'look', 'look', 'doing', (SELECT max(id) FROM procrastinate_workers));
    SET search_path TO public
"""


@pytest.mark.parametrize(
    ("every_s", "line"),
    [
        pytest.param(0.5, "* * * * * */1", id="as often as cron can"),
        pytest.param(2.0, "* * * * * */2", id="two seconds"),
        pytest.param(30.0, "* * * * * */30", id="half a minute"),
        pytest.param(60.0, "* * * * *", id="a minute"),
        pytest.param(3600.0, "* * * * *", id="a job looks itself whether it is due"),
    ],
)
def test_how_often_a_job_is_woken(every_s: float, line: str) -> None:
    assert cron(every_s) == line


def test_the_tables_are_those_of_the_installed_version() -> None:
    """A newer Procrastinate needs its own migrations, in a revision of ours, before this name may change."""
    files = sorted(path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))

    assert files[-1] == cluster.NEWEST_MIGRATION


Start = Callable[..., Runtime]


@pytest.fixture
def start(postgres_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts one worker's engine; with a name, as another machine would."""
    started: list[tuple[Runtime, threading.Thread, ThreadPoolExecutor]] = []

    def one(*jobs: Job | Lanes) -> Runtime:
        folder = tmp_path / str(len(started))
        config = Config(database_url=postgres_url, state_dir=folder)
        runtime = Runtime(config, Database(postgres_url), {}, Spool(folder / "spool", "test"))
        pool = ThreadPoolExecutor(1)
        started.append((runtime, cluster.start(runtime, pool, jobs), pool))
        return runtime

    yield one
    for runtime, _, _ in started:
        runtime.stopping.set()
    for runtime, thread, pool in started:
        thread.join(30)
        assert not thread.is_alive()
        pool.shutdown()
        runtime.spool.close()
        runtime.database.close()


def wait(done: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_workers_do_a_tick_once_between_them(start: Start) -> None:
    done: list[float] = []

    def look(runtime: Runtime, pool: ThreadPoolExecutor) -> Counts:
        done.append(time.monotonic())
        return {}

    for _ in range(2):
        start(Job("look", 1.0, look))
    wait(lambda: len(done) > 5)

    assert done[-1] - done[1] > len(done) - 3, "one a second, not one a second and worker"


def test_lanes_are_shared_and_nobody_does_one_twice_at_a_time(start: Start) -> None:
    busy: dict[int, str] = {}
    doubled: list[int] = []
    workers: set[tuple[str, ...]] = set()

    def work(runtime: Runtime, pool: ThreadPoolExecutor, lane: int, goes_on: Callable[[], bool]) -> Counts:
        if lane in busy:
            doubled.append(lane)
        busy[lane] = str(runtime.spool_dir)
        while goes_on() and not runtime.stopping.is_set():
            workers.add(tuple(sorted(busy.values())))
            time.sleep(0.01)
        del busy[lane]
        return {}

    lanes = Lanes("work", 0.5, lambda runtime: [1, 2, 3, 4], work)
    first = start(lanes)
    wait(lambda: len(busy) == 4)
    second = start(lanes)

    even = tuple(sorted(2 * [str(first.spool_dir), str(second.spool_dir)]))
    wait(lambda: even in workers)
    assert doubled == []


def test_what_a_dead_worker_held_is_taken_over(start: Start, postgres_url: str) -> None:
    done = threading.Event()
    database = Database(postgres_url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(DEAD_WORKER)
    database.close()

    start(Job("look", 1.0, lambda runtime, pool: done.set() or {}))

    assert done.wait(30)


def test_a_worker_goes_on_after_the_database_was_away(start: Start, postgres_url: str) -> None:
    done = threading.Semaphore(0)
    start(Job("look", 1.0, lambda runtime, pool: done.release() or {}))
    assert done.acquire(timeout=20)
    database = Database(postgres_url)
    with database.engine.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        )
    database.close()

    for _ in range(3):
        assert done.acquire(timeout=30)
