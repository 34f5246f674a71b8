"""What the worker does for after-sales."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from aftersales import resolving
from core import clock
from core.db import ALL_TENANTS
from core.runtime import Job, Runtime


def escalate(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Tell supervisors what was not kept in time."""
    with runtime.database.session(ALL_TENANTS) as session:
        return resolving.escalate(session, clock.now())


JOBS: tuple[Job, ...] = (Job("escalate", 60.0, escalate),)
