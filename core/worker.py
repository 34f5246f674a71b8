"""
`flask worker`: does the jobs until it is told to stop.

On SQLite APScheduler ticks over all of them, and one worker is all there is. On PostgreSQL core/cluster.py shares them
among the workers of every machine, and only what concerns the machine itself ticks here. A tick only wakes a job up;
rows hold the truth, so ticks may be missed, doubled or cut short. SIGTERM ends a worker within four seconds: what is on
its way by then is settled by its lease.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor as TickPool
from apscheduler.schedulers.background import BackgroundScheduler

from core import clock, memory
from core.doing import attempt
from core.runtime import Counts, Job, Lanes, Runtime

LOGGER = logging.getLogger(__name__)
GRACE_S = 3.5
TICK_S = 0.1
_lanes: set[str] = set()
_lock = threading.Lock()


def run(runtime: Runtime, jobs: Sequence[Job | Lanes], leave: Callable[[Runtime], None]) -> None:
    """Do *jobs* until SIGTERM or SIGINT, then *leave*."""
    memory.share_one_arena()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, partial(_stop, runtime))
    pool = ThreadPoolExecutor(runtime.config.send_threads, thread_name_prefix="send")
    here = [job for job in jobs if runtime.database.is_sqlite or _is_local(job)]
    scheduler = _ticking(runtime, pool, here)
    shared = [job for job in jobs if job not in here]
    threads = [_share(runtime, pool, shared)] if shared else []
    LOGGER.info("worker: started, %d jobs, %d of them shared", len(jobs), len(shared))
    while not runtime.stopping.is_set():  # wait() would hold the very lock that the signal's set() needs
        time.sleep(TICK_S)
    deadline = time.monotonic() + GRACE_S
    scheduler.shutdown(wait=False)
    for thread in [
        *threads,
        *(thread for thread in threading.enumerate() if thread.name.startswith("lane-")),
    ]:
        thread.join(max(0.0, deadline - time.monotonic()))  # what is cut short would count as unknown
    leave(runtime)
    LOGGER.info("worker: stopped")
    logging.shutdown()
    os._exit(0)  # a thread may wait for a carrier for up to 15 s more


def _share(runtime: Runtime, pool: ThreadPoolExecutor, jobs: Sequence[Job | Lanes]) -> threading.Thread:
    from core import cluster  # with it comes Procrastinate, for which nobody on SQLite should have to wait

    return cluster.start(runtime, pool, jobs)


def _is_local(job: Job | Lanes) -> bool:
    return isinstance(job, Job) and job.on_every_host


def _ticking(runtime: Runtime, pool: ThreadPoolExecutor, jobs: Sequence[Job | Lanes]) -> BackgroundScheduler:
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that finds the last one busy is no news
    scheduler = BackgroundScheduler(timezone="UTC", executors={"default": TickPool(max(1, len(jobs)))})
    for job in jobs:
        scheduler.add_job(
            partial(_tick, runtime, pool, job),
            "interval",
            seconds=job.every_s,
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            next_run_time=clock.real(),
        )
    scheduler.start()
    return scheduler


def _tick(runtime: Runtime, pool: ThreadPoolExecutor, job: Job | Lanes) -> None:
    if runtime.stopping.is_set():
        return
    if isinstance(job, Job):
        attempt(job.name, partial(job.run, runtime, pool), is_quiet=job.every_s < 1)
    else:
        attempt(job.name, partial(_open_lanes, runtime, pool, job))


def _open_lanes(runtime: Runtime, pool: ThreadPoolExecutor, job: Lanes) -> dict[str, int]:
    """A thread for every lane that has something due and none here yet."""
    for lane in job.busy(runtime):
        name = f"lane-{job.name}-{lane}"
        with _lock:
            if name in _lanes:
                continue
            _lanes.add(name)
        work = partial(job.run, runtime, pool, lane, lambda: True)
        threading.Thread(target=_in_lane, args=(name, work), name=name).start()
    return {}


def _in_lane(name: str, work: Callable[[], Counts]) -> None:
    try:
        attempt(name, work)
    finally:
        with _lock:
            _lanes.discard(name)


def _stop(runtime: Runtime, signum: int, frame: FrameType | None) -> None:
    runtime.stopping.set()
