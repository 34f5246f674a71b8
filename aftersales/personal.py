"""What lines of ours cannot settle with a customer is somebody's call, today."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aftersales import settings
from aftersales.follow_ups import promise
from aftersales.models import Outreach
from core import clock
from core.models import Tenant


def call(session: Session, tenant: Tenant, one: Outreach, reason: str) -> None:
    """Have a person call about *one*, once: by its deadline, if that is today."""
    days = settings.days_of(tenant)
    on = days.on(clock.now())
    follow_up = promise(
        session, tenant.id, f"outreach:{one.id}", step=one.kind, customer_id=one.customer_id, earliest_on=on, due_on=on,
        due_at=one.expires_at if clock.now() < one.expires_at < days.ends(on) else None, topic=topic_of(one), work_order_id=one.work_order_id,
    )  # fmt: skip
    follow_up.reason = reason
    session.flush()


def topic_of(one: Outreach) -> str:
    """What a person is to talk about."""
    return ", ".join(
        one.variables[name] for name in ("job", "item", "price", "slot") if one.variables.get(name)
    )[:200]
