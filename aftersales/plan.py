"""
Which contacts a delivery and each contact made bring with them: the tenant's plan as promises (R-37, R-38).

`windows` is pure; the rest writes what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from aftersales import settings
from aftersales.days import Days
from aftersales.follow_ups import promise
from aftersales.models import FollowUp, WorkOrder
from aftersales.settings import DELIVERED, AfterSales, Step
from core import clock
from core.models import Tenant


@dataclass(frozen=True)
class Window:
    """A step of the plan and the days, both included, on which it is to be made."""

    step: Step
    earliest_on: date
    due_on: date


def windows(rules: AfterSales, days: Days, after: str, on: date) -> Iterator[Window]:
    """What the plan promises when *after* (`delivered`, or a step) happened *on* a day."""
    for step in rules.plan:
        if step.after == after:
            yield Window(step, days.after(on, step.first), days.after(on, step.last))


def on_delivered(session: Session, tenant: Tenant, order: WorkOrder) -> list[FollowUp]:
    """The contacts that *order*, which is delivered, brings with it."""
    return _promised(
        session, tenant, order.id, order.customer_id, DELIVERED, order.delivered_at or clock.now()
    )


def on_done(session: Session, tenant: Tenant, done: FollowUp) -> list[FollowUp]:
    """The contacts that come after *done*, counted from the day it was made: no first call, no second."""
    if done.work_order_id is None or done.done_at is None:
        return []
    return _promised(
        session, tenant, done.work_order_id, done.customer_id, done.step, done.done_at, earlier=done
    )


def _promised(
    session: Session,
    tenant: Tenant,
    order_id: int,
    customer_id: int,
    after: str,
    at: datetime,
    earlier: FollowUp | None = None,
) -> list[FollowUp]:
    days = settings.days_of(tenant)
    return [
        promise(
            session, tenant.id, f"work_order:{order_id}:{window.step.step}",
            step=window.step.step, means=window.step.by, customer_id=customer_id, work_order_id=order_id,
            earliest_on=window.earliest_on, due_on=window.due_on,
            earlier_id=earlier.id if earlier else None, owner_id=earlier.owner_id if earlier else None,
        )
        for window in windows(settings.of(tenant), days, after, days.on(at))
    ]  # fmt: skip
