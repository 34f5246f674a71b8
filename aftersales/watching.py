"""Promised dates and files under watch: the customer is called before he calls (R-17), the supervisor sees what is late (R-31)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from aftersales import settings
from aftersales.days import Days
from aftersales.follow_ups import WAITING, promise_all
from aftersales.models import CustomerFile, FollowUp, WorkOrder
from aftersales.work_orders import PROMISE, UNREADY
from core import audit
from core.models import Tenant

SLICE = 500
WHO = "watch"


def warn(session: Session, tenant: Tenant, now: datetime) -> int:
    """
    Promise a call for each job that will not be ready when it was said, or was not, and put it before the supervisor; how many.

    A new date starts this anew. At most SLICE at once, the most urgent first.
    """
    soon = now + timedelta(hours=settings.of(tenant).warn_ahead_h)
    unready = select(WorkOrder).where(
        WorkOrder.tenant_id == tenant.id,
        WorkOrder.state.in_(UNREADY),
        WorkOrder.promised_at <= soon,
        # rows of before there was a warn_at are in danger once their date is there
        func.coalesce(WorkOrder.warn_at, WorkOrder.promised_at) <= now,
        WorkOrder.warned_at.is_(None),
    )
    ordered = (
        unready.order_by(WorkOrder.promised_at, WorkOrder.id).limit(SLICE).with_for_update(skip_locked=True)
    )
    found = session.scalars(ordered).all()
    if not found:
        return 0
    days = settings.days_of(tenant)
    promise_all(
        session,
        tenant.id,
        [_call(order, order.promised_at, days, now) for order in found if order.promised_at],
    )
    for order in found:
        order.warned_at = now
        audit.record(
            session,
            tenant.id,
            WHO,
            "work_order_late",
            f"work_order:{order.id}",
            promised_at=str(order.promised_at),
        )
    return len(found)


def mark_late(session: Session, tenant: Tenant, now: datetime) -> int:
    """Mark the files that are not complete and whose day is over; how many."""
    today = settings.days_of(tenant).on(now)
    late = update(CustomerFile).where(
        CustomerFile.tenant_id == tenant.id,
        CustomerFile.state == "open",
        CustomerFile.due_on < today,
        CustomerFile.is_late.is_(False),
    )
    marked = session.scalars(
        late.values(is_late=True).returning(CustomerFile.id), execution_options={"synchronize_session": False}
    ).all()
    for file_id in marked:
        audit.record(session, tenant.id, WHO, "file_late", f"customer_file:{file_id}")
    return len(marked)


def flag_overdue(session: Session, tenant: Tenant, now: datetime) -> int:
    """Put before the supervisor, once, the calls that were not made by their day or hour; how many."""
    today = settings.days_of(tenant).on(now)
    overdue = update(FollowUp).where(
        FollowUp.tenant_id == tenant.id,
        FollowUp.state.in_(WAITING),
        (FollowUp.due_on < today) | (FollowUp.due_at <= now),
        FollowUp.flagged_at.is_(None),
    )
    flagged = session.scalars(
        overdue.values(flagged_at=now).returning(FollowUp.id),
        execution_options={"synchronize_session": False},
    ).all()
    for follow_up_id in flagged:
        audit.record(session, tenant.id, WHO, "follow_up_overdue", f"follow_up:{follow_up_id}")
    return len(flagged)


def _call(order: WorkOrder, promised_at: datetime, days: Days, now: datetime) -> dict[str, object]:
    """The call that tells a customer that his date will not be kept: before that date, or now if it has passed."""
    promised_on = days.on(promised_at)
    today = days.on(now)
    return {
        "key": f"work_order:{order.id}:{PROMISE}:{promised_on}", "step": PROMISE, "customer_id": order.customer_id,
        "work_order_id": order.id, "earliest_on": today, "due_on": max(today, promised_on),
        "due_at": max(now, promised_at), "topic": order.number,
    }  # fmt: skip
