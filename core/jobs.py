"""What the worker does for the floor itself: carries the spool into the database, and says that it is alive."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from core import clock, draining, hosts, turned
from core.db import ALL_TENANTS
from core.models import CarrierHealth, StaffSession
from core.runtime import Job, Runtime

HEARTBEAT_S = 5.0


def drain(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Carry what every process of this host has spooled into the database."""
    return {"carried": draining.drain(runtime.spool_dir, runtime.database, runtime.spooled)}


def heartbeat(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Say that this worker lives, and forget sessions that are over."""
    now = clock.real()
    with runtime.database.session(ALL_TENANTS) as session:
        spooled, behind_s = draining.waiting(runtime.spool_dir), draining.behind_s(runtime.spool_dir)
        hosts.report(session, runtime.host, now, spooled, behind_s)
        turned.note_running(session, now)
        session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
    return {}


def look_at_carriers(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Note whether each carrier's account is usable, for /readyz and /metrics."""
    found = {
        one.name: one.check()[:1] for one in {one.name: one for one in runtime.carriers.values()}.values()
    }
    with runtime.database.session(ALL_TENANTS) as session:
        session.execute(delete(CarrierHealth))
        for name, problems in found.items():
            session.add(CarrierHealth(name=name, at=clock.real(), problem="".join(problems)[:300]))
    return {}


def leave(runtime: Runtime) -> None:
    """End in order: nobody need wait for this machine if everything of it stands in the database."""
    if not draining.waiting(runtime.spool_dir):
        with suppress(OperationalError), runtime.database.session(ALL_TENANTS) as session:
            hosts.leave(session, runtime.host)


def analyze(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Keep the planner's statistics near the truth."""
    runtime.database.analyze()
    return {}


JOBS = (
    Job("drain", 0.3, drain, on_every_host=True),
    Job("heartbeat", HEARTBEAT_S, heartbeat, on_every_host=True),
    Job("analyze", 30.0, analyze),
    Job("look_at_carriers", 30.0, look_at_carriers),
)
