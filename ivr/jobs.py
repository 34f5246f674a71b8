"""What the worker does for the hotline: keeps its snapshot fresh and closes calls nobody reported the end of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select

from core import clock
from core.db import ALL_TENANTS
from core.models import Tenant
from core.runtime import Job, Runtime
from core.states import move_all, move_each
from customers.retention import EVERY_S
from ivr import audio, erasing, snapshot, voicemail
from ivr.models import Call
from outbound.models import Attempt

SNAPSHOT_S = 60
LONGEST_CALL = timedelta(hours=5)
"""The carrier ends every call after four hours."""
BATCH = 1000


def write_snapshot(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Rewrite the snapshot when something was published or changed, and each minute anyway."""
    return {"written": int(snapshot.refresh(runtime.database, runtime.config.state_dir, SNAPSHOT_S))}


def end_calls(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """End calls we placed by what their attempts say, and calls whose end was never reported."""
    with runtime.database.session(ALL_TENANTS) as session:
        finished = session.execute(
            select(Call.id, Call.reason, Attempt.ended_at, Attempt.duration_s)
            .join(Attempt, Attempt.carrier_id == Call.carrier_id)
            .where(Call.state == "live", Call.direction == "out", Attempt.state == "ended")
            .limit(BATCH)
        )
        rows = [
            {
                "id": row.id,
                "reason": row.reason or "hung_up",
                "duration_s": row.duration_s,
                "ended_at": row.ended_at or clock.now(),
            }
            for row in finished
        ]
        ended = move_each(session, Call, rows, "ended")
        forgotten = (Call.state == "live") & (Call.started_at < clock.now() - LONGEST_CALL)
        lost = move_all(session, Call, forgotten, "ended", ended_at=clock.now())
    return {"ended": ended, "never_reported": lost}


def escalate(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Put messages nobody answered in time before a supervisor."""
    with runtime.database.session(ALL_TENANTS) as session:
        return {"escalated": voicemail.escalate(session, clock.now())}


def forget(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Blank who called, and delete what was said, in calls whose records need not be kept any longer."""
    counts: Counter[str] = Counter()
    for tenant in _tenants(runtime):
        found = 1
        while found and not runtime.stopping.is_set():
            with runtime.database.session(tenant.id) as session:
                found = erasing.forget_calls(session, tenant, clock.now())
            counts["forgotten"] += found
    return counts


def delete_recordings(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Have the carrier delete recordings whose days are over, and those of people who were erased."""
    counts: Counter[str] = Counter()
    for tenant in _tenants(runtime):
        counts["deleted"] += erasing.delete_recordings(runtime, tenant)
    return counts


def _tenants(runtime: Runtime) -> Sequence[Tenant]:
    with runtime.database.reading(ALL_TENANTS) as session:
        return session.scalars(select(Tenant).order_by(Tenant.id)).all()


JOBS = (
    Job("snapshot", 5, write_snapshot, on_every_host=True),
    Job("prompts", 5, audio.keep_files, on_every_host=True),
    Job("end_calls", 5, end_calls),
    Job("escalate_messages", 60.0, escalate),
    Job("forget_calls", EVERY_S, forget),
    Job("delete_recordings", 60.0, delete_recordings),
)
