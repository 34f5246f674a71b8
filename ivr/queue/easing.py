"""While callers wait too long for an agent, promotions slow down by themselves: they only bring more callers."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Tenant
from ivr import settings
from ivr.queue.models import Waiter
from outbound import ceilings

SLOW = 1
"""So many attempts of each promotion are under way then."""


def is_crowded(session: Session, tenant: Tenant, now: datetime) -> bool:
    """Whether somebody on the line has waited longer than this tenant's hotline lets promotions go on."""
    limit_s = settings.of(tenant).slow_promotions_after_s
    late = select(Waiter.id).where(
        Waiter.tenant_id == tenant.id,
        Waiter.kind == "call",
        Waiter.state == "waiting",
        Waiter.entered_at <= now - timedelta(seconds=limit_s),
    )
    return session.scalar(late.limit(1)) is not None


def ease(session: Session, tenant: Tenant, now: datetime) -> int:
    """Slow the promotions of a crowded hotline, let the others go; how many changed."""
    return ceilings.put(session, tenant.id, "marketing", SLOW if is_crowded(session, tenant, now) else None)
