"""When anything of ours is due next: where nothing is, the clock may jump."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from aftersales import settings
from aftersales.calls_made import LATEST_WORDS
from aftersales.days import DAY
from aftersales.models import Case, FollowUp, Outreach, WorkOrder
from aftersales.work_orders import UNREADY
from core.db import ScopedSession
from core.models import Tenant
from outbound.models import CLAIMABLE, Delivery

Asked = tuple[Any, Any, timedelta]
NOTHING = timedelta()
# a column, the rows it matters of, and how long after it there is something to do: for what lines do, and for dates that pass
LINES: tuple[Asked, ...] = (
    (Delivery.due_at, CLAIMABLE, NOTHING),
    (Delivery.expires_at, CLAIMABLE, NOTHING),
    (Delivery.ended_at, Delivery.ended_at.is_not(None), LATEST_WORDS),
    (Outreach.due_at, Outreach.state == "waiting", NOTHING),
    (Outreach.expires_at, Outreach.state == "sent", NOTHING),
)
DATES: tuple[Asked, ...] = (
    (FollowUp.due_at, FollowUp.state.in_(("open", "calling")), NOTHING),
    (Case.tell_by, Case.state == "solved", NOTHING),
    (WorkOrder.warn_at, WorkOrder.state.in_(UNREADY), NOTHING),
)


def after(session: ScopedSession, now: datetime) -> tuple[datetime, bool]:
    """The first instant after *now* at which a job finds something to do, and whether a date passes then: at midnight every day does."""
    tenant = session.get_one(Tenant, 1)
    days = settings.days_of(tenant)
    asked: tuple[Asked, ...] = (*LINES, *DATES)
    firsts = [
        select(func.min(column)).where(column > now - more, which).scalar_subquery()
        for column, which, more in asked
    ]
    found = [
        (at + more, place >= len(LINES))
        for place, (at, (_, _, more)) in enumerate(
            zip(session.execute(select(*firsts)).one(), asked, strict=True)
        )
        if at is not None
    ]
    midnight = days.starts(days.on(now) + DAY)
    first = min([at for at, _ in found], default=midnight)
    if first >= midnight:
        return midnight, True
    return first, any(is_date for at, is_date in found if at == first)
