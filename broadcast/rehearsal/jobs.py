"""What the worker does for rehearsals: plays those asked for, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import true

from broadcast.rehearsal import running
from core.db import ALL_TENANTS
from core.errors import Invalid, Unavailable
from core.runtime import Job, Runtime


def rehearse(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Play what waits; how many were played, and how many could not be."""
    with runtime.database.session(ALL_TENANTS) as session:
        running.take_back(session)
    counts = {"rehearsed": 0, "refused": 0}
    while not runtime.stopping.is_set():
        with runtime.database.session(ALL_TENANTS) as session:
            taken = running.take(session, true())
        if taken is None:
            break
        try:
            running.carry_out(runtime, taken)
            counts["rehearsed"] += 1
        except (Invalid, Unavailable):
            counts["refused"] += 1
    return counts


JOBS = (Job("rehearse", 1.0, rehearse),)
