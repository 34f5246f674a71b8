"""
The engine of many machines: jobs and lanes as tasks of Procrastinate, in the PostgreSQL database they are about.

Every worker defers the periodic ticks and the database lets each through once. `lock` keeps one of a job or lane running,
`queueing_lock` one waiting. Tasks only wake somebody up, so those of a dead worker are not run again but forgotten: the
next tick finds what is due. Procrastinate's own tables live in a schema of that name, beside ours.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job as Task
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from core.doing import attempt
from core.runtime import Job, Lanes, Runtime
from core.sharing import Share

T = TypeVar("T")
LOGGER = logging.getLogger(__name__)
SCHEMA = "procrastinate"
# what the tables are made by: raising Procrastinate's pin takes a revision of ours that runs the files after this one
NEWEST_MIGRATION = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
TICKS, LANES = "ticks", "lanes"
MAX_LANES = 64
HEARTBEAT_S, STALLED_S = 2.0, 10.0
# a lane that ends wakes nobody, so whoever waits for it looks
POLL_S = 0.25
LOOK_AROUND_S = 1.0
LAST_WORDS_S = 3.0
CONNECT_S = 5.0


def start(runtime: Runtime, pool: ThreadPoolExecutor, jobs: Sequence[Job | Lanes]) -> threading.Thread:
    """Take part in *jobs* in a thread of its own until the runtime stops."""
    logging.getLogger("procrastinate").setLevel(
        logging.CRITICAL
    )  # attempt() and _keep_serving() say it in our words
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    engine = Engine(runtime, pool, jobs)
    thread = threading.Thread(target=engine.run, name="cluster")
    thread.start()
    return thread


class _Fair(JobManager):
    """Fetches no lane while this worker has its share: what it fetched and declined would have to wait for the next tick."""

    def __init__(self, connector: procrastinate.PsycopgConnector, share: Share) -> None:
        super().__init__(connector)
        self._share = share

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Task | None:
        return await super().fetch_job([TICKS] if self._share.is_full() else [TICKS, LANES], worker_id)


class Engine:
    """One worker's part in the jobs of all."""

    def __init__(self, runtime: Runtime, pool: ThreadPoolExecutor, jobs: Sequence[Job | Lanes]) -> None:
        self._runtime = runtime
        self._pool = pool
        self._jobs = jobs
        self._share = Share()
        self._threads = ThreadPoolExecutor(len(jobs) + MAX_LANES, thread_name_prefix="task")

    def run(self) -> None:
        """Serve until the runtime stops; after an outage of the database, again."""
        while not self._runtime.stopping.is_set():
            if self._runtime.database.is_up():
                asyncio.run(self._serve())
            self._runtime.stopping.wait(LOOK_AROUND_S)

    async def _serve(self) -> None:
        app = self._app()
        try:
            async with app.open_async():
                worker = asyncio.create_task(self._worker(app))
                try:
                    await self._look_around(app, worker)
                finally:
                    worker.cancel()
                    await asyncio.gather(worker, return_exceptions=True)
        except Exception as error:  # the connection pool's own errors among them
            LOGGER.warning("worker: the database does not answer (%s); trying again", type(error).__name__)

    async def _worker(self, app: procrastinate.App) -> None:
        await app.run_worker_async(
            concurrency=len(self._jobs) + MAX_LANES,
            fetch_job_polling_interval=POLL_S,
            shutdown_graceful_timeout=LAST_WORDS_S,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=STALLED_S,
        )

    async def _look_around(self, app: procrastinate.App, worker: asyncio.Task[None]) -> None:
        """Every second: how many share the lanes, and whose tasks have nobody left to do them."""
        looked_at = 0.0
        while not self._runtime.stopping.is_set() and not worker.done():
            if time.monotonic() - looked_at >= LOOK_AROUND_S:
                looked_at = time.monotonic()
                await self._forget_stalled(app)
                busy = await self._in_thread(self._busy)
                await self._share.look(app, LANES, STALLED_S, busy)
            await asyncio.sleep(0.1)
        if worker.done() and not worker.cancelled() and (error := worker.exception()):
            raise error

    def _busy(self) -> int:
        return sum(len(job.busy(self._runtime)) for job in self._jobs if isinstance(job, Lanes))

    async def _forget_stalled(self, app: procrastinate.App) -> None:
        manager = app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            try:
                await manager.finish_job(job, Status.FAILED, delete_job=True)
            except ConnectorException:
                continue  # another worker was faster
            LOGGER.warning("%s: its worker is gone; whatever is due is taken over", job.lock or job.task_name)

    def _app(self) -> procrastinate.App:
        url = self._runtime.database.engine.url.set(drivername="postgresql")
        connector = procrastinate.PsycopgConnector(
            conninfo=url.render_as_string(hide_password=False),
            kwargs={"options": f"-c search_path={SCHEMA}", "connect_timeout": int(CONNECT_S)},
            min_size=2,
            max_size=8,
            timeout=CONNECT_S,
        )
        app = procrastinate.App(connector=connector)
        app.job_manager = _Fair(connector, self._share)
        for job in self._jobs:
            self._add(app, job)
        return app

    def _add(self, app: procrastinate.App, job: Job | Lanes) -> None:
        """The tick of *job*, and where it has lanes the task for one of them."""

        async def tick(timestamp: int) -> None:
            if isinstance(job, Lanes):
                await self._open_lanes(app, job)
            else:
                await self._in_thread(attempt, job.name, partial(job.run, self._runtime, self._pool))

        async def lane(lane: int) -> None:
            if isinstance(job, Lanes) and self._share.take(name := f"{job.name}:{lane}"):
                await self._in_thread(self._run_lane, name, job, lane)

        task = app.task(name=job.name, queue=TICKS, lock=job.name, queueing_lock=job.name)(tick)
        app.periodic(cron=cron(job.every_s))(task)
        if isinstance(job, Lanes):
            app.task(name=f"{job.name}.lane", queue=LANES)(lane)

    async def _open_lanes(self, app: procrastinate.App, job: Lanes) -> None:
        """One waiting task for every lane that has something due."""
        wanted = await self._in_thread(job.busy, self._runtime)
        waiting = await app.job_manager.list_jobs_async(queue=LANES, status=Status.TODO.value)
        there = {task.queueing_lock for task in waiting}
        for lane in wanted:
            if (name := f"{job.name}:{lane}") in there:
                continue
            task = app.configure_task(f"{job.name}.lane", lock=name, queueing_lock=name, queue=LANES)
            with suppress(AlreadyEnqueued):
                await task.defer_async(lane=lane)

    def _run_lane(self, name: str, job: Lanes, lane: int) -> None:
        goes_on = partial(self._share.keeps, name)
        try:
            attempt(name, partial(job.run, self._runtime, self._pool, lane, goes_on))
        finally:
            self._share.give_back(name)

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        """*work* in a thread of ours: where a task is cut short, its thread still ends what it does."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


def cron(every_s: float) -> str:
    """A cron line with seconds (the sixth field) that comes every *every_s*, at least each second and at most each minute."""
    seconds = min(60, max(1, round(every_s)))
    return "* * * * *" if seconds == 60 else f"* * * * * */{seconds}"
