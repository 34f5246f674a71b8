"""What the worker does for after-sales."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import select

from aftersales import (
    appointments,
    automated,
    called,
    calls_made,
    erasing,
    fax_letters,
    outreach_heard,
    resolving,
    service_due,
    summaries,
    watching,
)
from core import clock, draining, hosts
from core.db import ALL_TENANTS, ScopedSession
from core.models import Tenant
from core.runtime import Job, Runtime
from customers.retention import EVERY_S


def escalate(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Tell supervisors what was not kept in time."""
    counts: Counter[str] = Counter()
    while True:
        with runtime.database.session(ALL_TENANTS) as session:
            found = resolving.escalate(session, clock.now())
        counts += found
        if found["escalated"] < resolving.SLICE:
            return counts


def watch(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Have customers called whose promised date will not be kept; mark files that are late and calls that are overdue."""
    counts: Counter[str] = Counter()
    for tenant in _tenants(runtime):
        while True:
            with runtime.database.session(tenant.id) as session:
                warned = watching.warn(session, tenant, clock.now())
            counts["warned"] += warned
            if warned < watching.SLICE:
                break
        with runtime.database.session(tenant.id) as session:
            counts["late_files"] += watching.mark_late(session, tenant, clock.now())
            counts["overdue"] += watching.flag_overdue(session, tenant, clock.now())
    return counts


def arrange(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Have lines of ours make the follow-ups that are automated calls, and tell and ask what is to be told and asked."""
    counts: Counter[str] = Counter()
    for step in (automated.arrange, outreach_heard.arrange):
        counts["arranged"] += _all(runtime, step)
    return counts


def hear(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """See how that ended, unless a spool may still hold what was keyed in."""
    counts: Counter[str] = Counter()
    if draining.behind_s(runtime.spool_dir) > hosts.MAX_BEHIND_S:
        return counts
    with runtime.database.reading(ALL_TENANTS) as session:
        if hosts.in_the_way(session, runtime.host):
            return counts
    for step in (called.hear, outreach_heard.hear, calls_made.put_rest):
        counts["heard"] += _all(runtime, step)
    return counts


def tell_of_service(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Have customers told whose vehicles are due for service."""
    return {"told": _all(runtime, service_due.tell), "taken_back": _all(runtime, service_due.take_back)}


def lapse(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Give others the times that were offered and not taken."""
    counts: Counter[str] = Counter()
    for tenant in _tenants(runtime):
        with runtime.database.session(tenant.id) as session:
            counts["lapsed"] += appointments.lapse(session, tenant, clock.now())
    return counts


def register(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Put the faxes that have ended into the register of letters."""
    counts: Counter[str] = Counter()
    for tenant in _tenants(runtime):
        while not runtime.stopping.is_set():
            with runtime.database.reading(tenant.id) as session:
                faxes = fax_letters.read(session, tenant)
            if not faxes:
                break
            with runtime.database.session(tenant.id) as session:
                counts["registered"] += fax_letters.write(session, faxes)
    return counts


def summarize(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Draft the report of a month and a year that are over."""
    counts: Counter[str] = Counter()
    for tenant in _tenants(runtime):
        with runtime.database.session(tenant.id) as session:
            counts["drafted"] += summaries.draft_due(session, tenant, clock.now())
    return counts


def forget(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Blank the words of records that need not be kept any longer."""
    counts: Counter[str] = Counter()
    for tenant in _tenants(runtime):
        found = 1
        while found and not runtime.stopping.is_set():
            with runtime.database.session(tenant.id) as session:
                found = erasing.forget_words(session, tenant, clock.now())
            counts["forgotten"] += found
    return counts


def _all(runtime: Runtime, step: Callable[[ScopedSession, Tenant, datetime], int]) -> int:
    """Do *step* for every tenant, a slice a transaction; how much was done."""
    done = 0
    for tenant in _tenants(runtime):
        full = True
        while full and not runtime.stopping.is_set():
            with runtime.database.session(tenant.id) as session:
                count = step(session, tenant, clock.now())
            done += count
            full = count >= automated.SLICE
    return done


def _tenants(runtime: Runtime) -> Sequence[Tenant]:
    with runtime.database.reading(ALL_TENANTS) as session:
        return session.scalars(select(Tenant).order_by(Tenant.id)).all()


JOBS: tuple[Job, ...] = (
    Job("escalate", 60.0, escalate),
    Job("watch", 60.0, watch),
    Job("arrange", 5.0, arrange),
    Job("hear", 5.0, hear),
    Job("tell_of_service", 600.0, tell_of_service),
    Job("lapse", 60.0, lapse),
    Job("register", 5.0, register),
    Job("summarize", 600.0, summarize),
    Job("forget_words", EVERY_S, forget),
)
