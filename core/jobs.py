"""What the worker does for the floor itself: carries the spool into the database, and says that it is alive."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete

from core import clock, draining
from core.bulk import insert_new
from core.db import ALL_TENANTS
from core.models import Host, StaffSession
from core.runtime import Job, Runtime


def drain(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Carry what every process of this host has spooled into the database."""
    return {"carried": draining.drain(runtime.spool_dir, runtime.database, runtime.spooled)}


def heartbeat(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Say that this worker lives, and forget sessions that are over."""
    now = clock.real()
    with runtime.database.session(ALL_TENANTS) as session:
        insert_new(session, Host, [{"name": runtime.host, "role": "worker", "seen_at": now, "spooled": 0}])
        host = session.query(Host).filter_by(name=runtime.host, role="worker").one()
        host.seen_at, host.spooled = now, draining.waiting(runtime.spool_dir)
        session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
    return {}


def analyze(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Keep the planner's statistics near the truth."""
    runtime.database.analyze()
    return {}


JOBS = (
    Job("drain", 0.3, drain, on_every_host=True),
    Job("heartbeat", 5.0, heartbeat, on_every_host=True),
    Job("analyze", 30.0, analyze),
)
