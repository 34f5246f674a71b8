"""What the worker does for outbound: a lane for every sender that has something due, and reconciliation."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select

from core import clock, draining, hosts
from core.db import ALL_TENANTS, instant
from core.models import Tenant
from core.runtime import Counts, Job, Lanes, Runtime
from customers.retention import EVERY_S
from outbound import erasing, restored
from outbound.dispatch import run_sender
from outbound.following import follow
from outbound.models import CLAIMABLE, Delivery, Sender, Source
from outbound.reconcile import reconcile
from outbound.room import SLICE_S

LOGGER = logging.getLogger(__name__)


def busy(runtime: Runtime) -> Sequence[int]:
    """The senders that have something due; none while opt-outs may wait in the spool."""
    if (behind_s := draining.behind_s(runtime.spool_dir)) > hosts.MAX_BEHIND_S:
        LOGGER.warning("nothing is sent: the spool is %.0f s behind, opt-outs may wait in it", behind_s)
        return []
    now = clock.now()
    is_due = (CLAIMABLE, Delivery.due_at <= now, Delivery.expires_at > now)
    has_due = select(Delivery.id).where(Delivery.source_id == Source.id, *is_due).exists()
    due = (
        select(Source.id)
        .where(Source.tenant_id == Sender.tenant_id, Source.channel == Sender.channel, Source.state == "open")
        .where(has_due)
        .exists()
    )
    with runtime.database.reading(ALL_TENANTS) as session:
        if waiting_for := hosts.in_the_way(session, runtime.host):
            LOGGER.warning(
                "nothing is sent: %s may hold opt-outs; see: flask hosts list", ", ".join(waiting_for)
            )
            return []
        within_rate = Sender.next_at <= instant(session) + timedelta(seconds=SLICE_S)
        chosen = select(Sender.id).where(Sender.state == "open", within_rate, due)
        return list(session.scalars(chosen.order_by(Sender.id)))


def dispatch(
    runtime: Runtime, pool: ThreadPoolExecutor, sender_id: int, goes_on: Callable[[], bool]
) -> Counts:
    """Slice after slice of one sender."""
    with runtime.database.reading(ALL_TENANTS) as session:
        sender = session.get_one(Sender, sender_id)
    return run_sender(runtime, pool, sender.id, sender.tenant_id, sender.channel, goes_on)


def forget(runtime: Runtime, pool: ThreadPoolExecutor) -> Counts:
    """Blank the numbers in records that need not be kept any longer."""
    counts: Counter[str] = Counter()
    with runtime.database.reading(ALL_TENANTS) as session:
        tenants = session.scalars(select(Tenant).order_by(Tenant.id)).all()
    for tenant in tenants:
        found = 1
        while found and not runtime.stopping.is_set():
            with runtime.database.session(tenant.id) as session:
                found = erasing.forget_numbers(session, tenant, clock.now())
            counts["forgotten"] += found
    return counts


JOBS = (
    Lanes("dispatch", 0.5, busy, dispatch),
    Job("reconcile", 2.0, reconcile),
    Job("follow", 1.0, follow),
    Job("forget_numbers", EVERY_S, forget),
    Job("restore_guard", 5.0, restored.look, on_every_host=True),
)
