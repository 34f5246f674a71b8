"""
`flask worker`: APScheduler ticks over the jobs, one thread pool posts to carriers.

A tick only wakes a job up; rows hold the truth, so ticks may be missed, doubled or cut short. SIGTERM ends it within four
seconds: what is on its way by then is settled by its lease.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor as TickPool
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import OperationalError

from core.runtime import Job, Runtime

LOGGER = logging.getLogger(__name__)
GRACE_S = 3.5
TICK_S = 0.1


def run(runtime: Runtime, jobs: Sequence[Job]) -> None:
    """Do *jobs* until SIGTERM or SIGINT."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, partial(_stop, runtime))
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that finds the last one busy is no news
    pool = ThreadPoolExecutor(runtime.config.send_threads, thread_name_prefix="send")
    scheduler = BackgroundScheduler(timezone="UTC", executors={"default": TickPool(len(jobs))})
    for job in jobs:
        scheduler.add_job(
            partial(_tick, runtime, pool, job),
            "interval",
            seconds=job.every_s,
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()
    LOGGER.info("worker: started, %d jobs", len(jobs))
    while not runtime.stopping.is_set():  # wait() would hold the very lock that the signal's set() needs
        time.sleep(TICK_S)
    deadline = time.monotonic() + GRACE_S
    scheduler.shutdown(wait=False)
    _wait_for_senders(deadline)  # the pool goes on meanwhile: what is cut short there would count as unknown
    LOGGER.info("worker: stopped")
    logging.shutdown()
    os._exit(0)  # a thread may wait for a carrier for up to 15 s more


def _tick(runtime: Runtime, pool: ThreadPoolExecutor, job: Job) -> None:
    if runtime.stopping.is_set():
        return
    try:
        done = {what: count for what, count in job.run(runtime, pool).items() if count}
        if done:
            LOGGER.log(logging.DEBUG if job.every_s < 1 else logging.INFO, "%s: %s", job.name, done)
    except OperationalError as error:
        LOGGER.warning(
            "%s: the database does not answer (%s); trying again", job.name, type(error.orig).__name__
        )
    except Exception:
        LOGGER.exception("%s failed; trying again", job.name)


def _stop(runtime: Runtime, signum: int, frame: FrameType | None) -> None:
    runtime.stopping.set()


def _wait_for_senders(deadline: float) -> None:
    """Give what is on its way the chance to be recorded."""
    for thread in threading.enumerate():
        if thread.name.startswith("sender-"):
            thread.join(max(0.0, deadline - time.monotonic()))
